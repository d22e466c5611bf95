"""The rota: who means to come when, where nobody does, and until when nobody is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from forum.core.db import db
from forum.core.errors import BadInput, Forbidden, NotFound
from forum.identity.models import Staff
from forum.identity.roles import may
from forum.moderation.actors import Actor, require
from forum.moderation.models import RotaShift

LONGEST, AHEAD = timedelta(hours=8), timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Planned:
    """One planned stretch."""

    id: str
    alias: str
    staff_id: int
    starts_at: datetime
    ends_at: datetime
    role: str


def add(*, actor: Actor, starts_at: datetime, ends_at: datetime, now: datetime) -> RotaShift:
    """Plan to be on.

    Raises:
        BadInput: in the past, too far ahead, too long, or over another of one's own.
    """
    require(actor, "duty.own")
    if not now - timedelta(hours=1) < starts_at < now + AHEAD:
        raise BadInput("A shift begins between now and sixty days from now.", field="day")
    if not timedelta() < ends_at - starts_at <= LONGEST:
        raise BadInput("A shift has eight hours at most. Two are better.", field="hours")
    same = select(RotaShift.id).where(
        RotaShift.staff_id == actor.staff_id, RotaShift.starts_at < ends_at, RotaShift.ends_at > starts_at
    )
    if db.session.scalar(same.limit(1)) is not None:
        raise BadInput("You are down for part of that time already.", field="day")
    row = RotaShift(staff_id=actor.staff_id, starts_at=starts_at, ends_at=ends_at)
    db.session.add(row)
    db.session.flush()
    return row


def remove(public_id: str, *, actor: Actor) -> None:
    """Take a shift off the rota: one's own, or anybody's for a lead. No reason is asked."""
    row = db.session.scalar(select(RotaShift).where(RotaShift.public_id == public_id))
    if row is None:
        raise NotFound()
    if row.staff_id != actor.staff_id and not may(actor.role, "duty.manage"):
        raise Forbidden()
    db.session.delete(row)
    db.session.flush()


def list_between(start: datetime, end: datetime) -> list[Planned]:
    """Return planned stretches of people who are on the team, in order of time."""
    rows = db.session.execute(
        select(RotaShift, Staff.name, Staff.role)
        .join(Staff, Staff.id == RotaShift.staff_id)
        .where(RotaShift.starts_at < end, RotaShift.ends_at > start, Staff.is_active)
        .order_by(RotaShift.starts_at, Staff.name)
    )
    return [Planned(row.public_id, name, row.staff_id, row.starts_at, row.ends_at, role) for row, name, role in rows]


def gaps_in(planned: Sequence[Planned], start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
    """Return the times between start and end in which nobody means to be on."""
    found, reached = [], start
    for shift in sorted(planned, key=lambda one: one.starts_at):
        if shift.starts_at > reached:
            found.append((reached, min(shift.starts_at, end)))
        reached = max(reached, shift.ends_at)
    if reached < end:
        found.append((reached, end))
    return found


def next_on(now: datetime) -> datetime | None:
    """Return when the next moderator means to come.

    None when nobody has said so, and when somebody should be here already: then they may come any minute, and a later
    time would be wrong.
    """
    planned = [shift for shift in list_between(now, now + timedelta(days=7)) if may(shift.role, "queue.read")]
    if not planned or planned[0].starts_at <= now:
        return None
    return planned[0].starts_at
