"""What happened to a case since somebody looked, in words: the content of every "changed meanwhile" answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from forum.core.db import db
from forum.core.errors import Conflict
from forum.identity.models import Staff
from forum.moderation.models import AuditEntry, Case
from forum.moderation.words import ACTIONS, say


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of a case's record, for people."""

    at: datetime
    by: str
    """Alias, "" for the system."""
    words: str
    from_state: str = ""
    to_state: str = ""
    reason_code: str = ""


class CaseChanged(Conflict):
    """The case is not as it was when the moderator looked: nothing was done, and here is what changed."""

    def __init__(self, case: Case, changes: Sequence[Change]) -> None:
        super().__init__()
        self.case_public_id = case.public_id
        self.version = case.version
        self.changes = tuple(changes)


def changes_since(case: Case, version: int) -> list[Change]:
    """Return what was recorded after a version, oldest first."""
    return _read(case.id, AuditEntry.case_version > version)


def history_of(case: Case) -> list[Change]:
    """Return everything recorded of a case, oldest first."""
    return _read(case.id, AuditEntry.case_version >= 0)


ACCOUNTS = (
    "staff.totp", "staff.password", "staff.codes", "staff.sessions", "staff.off", "staff.invited", "role.approved",
    "return.approved",
)  # fmt: skip
LATELY = timedelta(days=14)
ENTRIES_A_DAY = 5_000
"""More than the record grows by in a day on the busiest forum."""


def of_accounts(now: datetime, *, since: timedelta = LATELY, besides: int | None = None) -> list[Change]:
    """Return what changed about accounts of the team lately, newest first: every admin should see it.

    Args:
        besides: whose own changes to leave out.
    """
    newest = db.session.scalar(select(func.max(AuditEntry.seq))) or 0
    rows = db.session.execute(
        select(AuditEntry, Staff.name)
        .outerjoin(Staff, Staff.id == AuditEntry.actor_id)
        .where(
            # The newest entries only: the time has no index, and the record is long.
            AuditEntry.seq > newest - ENTRIES_A_DAY * max(1, since.days),
            AuditEntry.action.in_(ACCOUNTS),
            AuditEntry.at > now - since,
            AuditEntry.actor_id.is_distinct_from(besides) if besides is not None else AuditEntry.id.is_not(None),
        )
        .order_by(AuditEntry.seq.desc())
        .limit(20)
    )
    return [Change(entry.at, name or "", say(ACTIONS, entry.action)) for entry, name in rows]


def _read(case_id: int, condition: object) -> list[Change]:
    rows = db.session.execute(
        select(AuditEntry, Staff.name)
        .outerjoin(Staff, Staff.id == AuditEntry.actor_id)
        .where(AuditEntry.case_id == case_id, condition)  # type: ignore[arg-type]
        .order_by(AuditEntry.seq)
    )
    return [
        Change(
            entry.at,
            name or "",
            say(ACTIONS, entry.action),
            entry.from_state,
            entry.to_state,
            entry.reason_code,
        )
        for entry, name in rows
    ]
