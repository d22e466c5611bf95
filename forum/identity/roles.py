"""Staff roles and what each may do: the one permission table, used by routes, events and tests."""

from __future__ import annotations

from typing import Literal

Role = Literal["helper", "facilitator", "peer_supporter", "moderator", "lead", "admin"]
ROLES: tuple[Role, ...] = ("helper", "facilitator", "peer_supporter", "moderator", "lead", "admin")

Permission = Literal[
    "queue.read", "case.claim", "case.decide", "case.hide", "case.escalate", "member.read", "member.sanction",
    "appeal.decide", "audit.read", "audit.export", "duty.own", "duty.manage", "meeting.run", "settings.change",
    "rooms.change", "rules.change", "helplines.change", "staff.read", "staff.invite", "staff.role", "purge.approve",
    "dashboard.team", "training.signoff", "approve.second", "messages.change",
]  # fmt: skip

_HELPER: frozenset[Permission] = frozenset({"queue.read", "case.claim", "case.escalate", "duty.own"})
_MODERATOR: frozenset[Permission] = _HELPER | {
    "case.decide", "case.hide", "member.read", "member.sanction", "appeal.decide", "audit.read", "meeting.run",
}  # fmt: skip
_LEAD: frozenset[Permission] = _MODERATOR | {
    "audit.export", "duty.manage", "dashboard.team", "training.signoff", "rooms.change", "rules.change",
    "helplines.change", "staff.read", "purge.approve", "approve.second", "messages.change",
}  # fmt: skip

PERMISSIONS: dict[str, frozenset[Permission]] = {
    "helper": _HELPER,
    "facilitator": frozenset({"meeting.run", "duty.own"}),
    "peer_supporter": frozenset({"duty.own"}),
    "moderator": _MODERATOR,
    "lead": _LEAD,
    "admin": _LEAD | {"settings.change", "staff.invite", "staff.role"},
}


def may(role: str, permission: Permission) -> bool:
    """Tell whether a role carries a permission; unknown roles carry none."""
    return permission in PERMISSIONS.get(role, frozenset())
