"""Who acts: a moderator as operations see one. Pure data, filled in by the edge from the session it re-reads."""

from __future__ import annotations

from dataclasses import dataclass

from forum.core.errors import Forbidden
from forum.identity.roles import Permission, may


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody on the team, at work."""

    staff_id: int
    role: str
    alias: str
    own_member_id: int | None = None
    """Their own membership, where the same browser carries one; staff accounts hold no link to it otherwise."""
    request_id: str = ""


def require(actor: Actor, permission: Permission) -> None:
    """Refuse an actor whose role does not carry a permission. Routes check as well; operations do not rely on it.

    Raises:
        Forbidden: always with the same words.
    """
    if not may(actor.role, permission):
        raise Forbidden()


def is_lead(actor: Actor) -> bool:
    """Tell whether somebody may close what was escalated: leads and admins."""
    return may(actor.role, "duty.manage")
