"""Who is looking at a case now. A lease is lost silently and leaves no trace: it says nothing about anybody's work.

Taking one is a single statement: the row is inserted, or taken over where the old one has run out. Of two people at
once exactly one gets it, decided by the database.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, select, update

from forum.core.db import db
from forum.core.errors import Conflict, NotFound
from forum.core.ids import new_public_id
from forum.identity.models import Staff
from forum.moderation import settings
from forum.moderation.actors import Actor, require
from forum.moderation.cases import tell
from forum.moderation.events import CaseLeased, CaseReleased
from forum.moderation.models import Case, CaseLease
from forum.moderation.sql import insert_into


class AlreadyLeased(Conflict):
    """Somebody else is looking at this case."""

    def __init__(self, alias: str, until: datetime) -> None:
        super().__init__(f"{alias} has this one now.")
        self.alias = alias
        self.until = until


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody who has a case open."""

    staff_id: int
    alias: str
    until: datetime
    seat: int = 0


def claim(case: Case, *, actor: Actor, now: datetime, join: bool = False) -> CaseLease:
    """Take or renew the lease of a case.

    Args:
        join: sit down beside the holder; only in lane T0, where nobody works alone.

    Raises:
        AlreadyLeased: somebody else has it.
        NotFound: the case is closed, there is nothing to claim.
    """
    require(actor, "case.claim")
    if case.state == "resolved":
        raise NotFound()
    for seat in (0, 1) if join and case.lane == 0 else (0,):
        taken = _take(case.id, seat, actor.staff_id, now)
        if taken is not None:
            if taken.acquired_at == now:
                tell(CaseLeased, case, alias=actor.alias)
            return taken
    holders = holders_of([case.id], now)[case.id]
    raise AlreadyLeased(holders[0].alias, holders[0].until) if holders else Conflict()


def _take(case_id: int, seat: int, staff_id: int, now: datetime) -> CaseLease | None:
    mine = _live(now, CaseLease.case_id == case_id, CaseLease.holder_id == staff_id)
    until = now + timedelta(minutes=settings.lease_minutes())
    held = _extend(mine, active_until=until, expires_at=until)
    if held is not None:
        return held
    # An own lease that ran out, in whichever seat, would meet the unique (case, holder).
    db.session.execute(delete(CaseLease).where(CaseLease.case_id == case_id, CaseLease.holder_id == staff_id))
    fresh = {
        "holder_id": staff_id,
        "token": new_public_id(),
        "acquired_at": now,
        "active_until": until,
        "expires_at": until,
    }
    statement = insert_into(CaseLease).values(case_id=case_id, seat=seat, **fresh)
    statement = statement.on_conflict_do_update(
        index_elements=["case_id", "seat"], set_=fresh, where=CaseLease.expires_at <= now
    )
    got = db.session.execute(statement.returning(CaseLease.case_id)).one_or_none()
    if got is None:
        return None
    return db.session.get_one(CaseLease, (case_id, seat), populate_existing=True)


def _extend(mine: ColumnElement[bool], **until: datetime) -> CaseLease | None:
    """Move a lease's end on, if it is still there: another tab of the same person may give it back at this moment."""
    done = update(CaseLease).where(mine).values(**until).returning(CaseLease.case_id, CaseLease.seat)
    row = db.session.execute(done.execution_options(synchronize_session=False)).first()
    return db.session.get(CaseLease, tuple(row), populate_existing=True) if row is not None else None


def heartbeat(case_id: int, *, actor: Actor, now: datetime, active: bool) -> CaseLease | None:
    """Note that the holder's browser is still there; returns the lease, None when it is lost.

    Args:
        active: the person did something since the last beat (moved, typed, scrolled).
    """
    mine = _live(now, CaseLease.case_id == case_id, CaseLease.holder_id == actor.staff_id)
    held = db.session.scalar(select(CaseLease).where(mine))
    if held is None:
        return None
    until = now + timedelta(minutes=settings.lease_minutes()) if active else held.active_until
    idle = now + timedelta(minutes=settings.lease_idle_minutes())
    return _extend(mine, active_until=until, expires_at=min(until, idle))


def beat_all(*, actor: Actor, now: datetime, active: bool) -> list[str]:
    """Note a heartbeat for every case somebody has open; returns the public ids of those still theirs."""
    rows = db.session.execute(
        select(CaseLease.case_id, Case.public_id)
        .join(Case, Case.id == CaseLease.case_id)
        .where(_live(now, CaseLease.holder_id == actor.staff_id))
    ).all()
    return [row.public_id for row in rows if heartbeat(row.case_id, actor=actor, now=now, active=active) is not None]


def release(case: Case, *, actor: Actor) -> bool:
    """Give a case back; silent and unaudited. Returns whether there was anything to give back."""
    gone = db.session.execute(
        delete(CaseLease).where(CaseLease.case_id == case.id, CaseLease.holder_id == actor.staff_id)
    )
    if not getattr(gone, "rowcount", 0):
        return False
    tell(CaseReleased, case)
    return True


def release_all(*, actor: Actor) -> int:
    """Give everything back, on a break or at the end of a shift."""
    cases = db.session.scalars(
        select(Case).join(CaseLease, CaseLease.case_id == Case.id).where(CaseLease.holder_id == actor.staff_id)
    ).all()
    return sum(release(case, actor=actor) for case in cases)


def holders_of(case_ids: Collection[int], now: datetime) -> dict[int, list[Holder]]:
    """Return who has which of these cases open now, the first seat first."""
    found: dict[int, list[Holder]] = {case_id: [] for case_id in case_ids}
    rows = db.session.execute(
        select(CaseLease.case_id, CaseLease.seat, CaseLease.holder_id, CaseLease.expires_at, Staff.name)
        .join(Staff, Staff.id == CaseLease.holder_id)
        .where(_live(now, CaseLease.case_id.in_(list(case_ids))))
        .order_by(CaseLease.case_id, CaseLease.seat)
    )
    for row in rows:
        found[row.case_id].append(Holder(row.holder_id, row.name, row.expires_at, row.seat))
    return found


def refuse_taken(case: Case, *, actor: Actor, now: datetime) -> None:
    """Refuse to act on a case that only somebody else has open.

    Raises:
        AlreadyLeased: it is theirs.
    """
    holders = holders_of([case.id], now)[case.id]
    if holders and actor.staff_id not in {holder.staff_id for holder in holders}:
        raise AlreadyLeased(holders[0].alias, holders[0].until)


def _live(now: datetime, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return and_(CaseLease.expires_at > now, *conditions)
