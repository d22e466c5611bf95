"""Looking after the people who read. Nothing here blocks anybody or is shown to anybody else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from forum.core.db import db
from forum.moderation import duty, settings
from forum.moderation.models import AccessEntry, Case

WINDOW = timedelta(hours=2)
LIGHTER_FROM = 3


@dataclass(frozen=True, slots=True)
class Care:
    """What one person has carried lately, and whether somebody else could take the next."""

    reveals: int
    """T0 and T1 texts read within two hours."""
    cap: int
    just_answered_danger: bool
    others: tuple[str, ...]
    """Aliases of who else is on."""

    @property
    def is_much(self) -> bool:
        """True at the soft cap."""
        return self.reveals >= self.cap

    @property
    def wants_lighter(self) -> bool:
        """True after three hard texts: something light may be welcome next."""
        return self.reveals >= LIGHTER_FROM and not self.is_much

    @property
    def wants_saying(self) -> bool:
        """True when a word about it is due: at the cap, or after an emergency while somebody else is on."""
        return self.is_much or (self.just_answered_danger and bool(self.others))


def of(staff_id: int, now: datetime) -> Care:
    """Return what somebody has carried lately."""
    read = select(func.count(AccessEntry.case_id.distinct())).where(
        AccessEntry.staff_id == staff_id,
        AccessEntry.kind == "reveal",
        AccessEntry.lane <= 1,
        AccessEntry.at > now - WINDOW,
    )
    since = now - timedelta(minutes=settings.t0_gap_minutes())
    # The half hour is the short way in; somebody's whole work of years is the long one.
    danger = select(Case.id).where(Case.resolved_at > since, func.coalesce(Case.resolved_by_id, 0) == staff_id)
    danger = danger.where(Case.lane == 0)
    others = tuple(person.alias for person in duty.list_on(now) if person.staff_id != staff_id)
    return Care(
        db.session.scalar(read) or 0, settings.reveal_cap(), db.session.scalar(danger.limit(1)) is not None, others
    )
