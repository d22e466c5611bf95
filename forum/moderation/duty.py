"""Who is on: going on, taking a break, going off, and how many are there now.

One row is one uninterrupted stretch. A break ends the stretch, coming back starts another, so that the staffed
minutes of any period can be added up afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, func, select, update

from forum.core.db import db
from forum.core.events import announce
from forum.identity.models import Staff
from forum.identity.roles import ROLES, may
from forum.moderation.actors import Actor, require
from forum.moderation.events import DutyChanged
from forum.moderation.models import DutyShift

SILENCE = timedelta(minutes=5)
"""Somebody not heard from for so long is not counted as on duty: a closed laptop helps nobody."""
LONGEST = timedelta(hours=4)
"""A stretch ends by itself after four hours; coming on again is one tap."""


READERS = tuple(role for role in ROLES if may(role, "queue.read"))
"""Roles that count as cover."""


@dataclass(frozen=True, slots=True)
class OnDuty:
    """Somebody who is on now."""

    staff_id: int
    alias: str
    until: datetime


def go_on(*, actor: Actor, now: datetime) -> DutyShift:
    """Start a stretch of duty; does nothing new if one is running."""
    require(actor, "duty.own")
    running = _running(actor.staff_id, now)
    if running is None:
        running = DutyShift(
            staff_id=actor.staff_id, starts_at=now, ends_at=now + LONGEST, status="on", heartbeat_at=now
        )
        db.session.add(running)
    running.heartbeat_at = now
    db.session.flush()
    announce(DutyChanged(coverage(now)))
    return running


def go_off(*, actor: Actor, now: datetime, on_break: bool = False) -> None:
    """End the running stretch, if any. The caller releases the person's leases (`leases.release_all`)."""
    db.session.execute(
        update(DutyShift)
        .where(DutyShift.staff_id == actor.staff_id, DutyShift.status == "on", DutyShift.ends_at > now)
        .values(status="break" if on_break else "off", ends_at=now)
    )
    announce(DutyChanged(coverage(now)))


def heartbeat(*, staff_id: int, now: datetime) -> bool:
    """Note that somebody on duty is still there; returns whether they are on."""
    running = _running(staff_id, now)
    if running is None:
        return False
    if now - running.heartbeat_at >= timedelta(seconds=20):
        running.heartbeat_at = now
    return True


def is_on(staff_id: int, now: datetime) -> bool:
    """Tell whether this person is on duty."""
    return _running(staff_id, now) is not None


def coverage(now: datetime) -> int:
    """Return how many people who can read the queue are on duty now.

    Members are told "2 moderators are on": somebody who leads meetings and has no queue does not count.
    """
    found = _on_now(now).join(Staff, Staff.id == DutyShift.staff_id).where(Staff.role.in_(READERS))
    return db.session.scalar(found.with_only_columns(func.count(DutyShift.staff_id.distinct()))) or 0


def list_on(now: datetime) -> list[OnDuty]:
    """Return who is on now, by alias."""
    rows = db.session.execute(
        _on_now(now)
        .join(Staff, Staff.id == DutyShift.staff_id)
        .with_only_columns(DutyShift.staff_id, Staff.name, DutyShift.ends_at)
        .order_by(Staff.name)
    )
    return list({row.staff_id: OnDuty(row.staff_id, row.name, row.ends_at) for row in rows}.values())


def staffed_minutes(start: datetime, end: datetime) -> int:
    """Return the minutes between two times in which at least one person was on."""
    rows = db.session.execute(
        select(DutyShift.starts_at, DutyShift.ends_at, DutyShift.heartbeat_at)
        .join(Staff, Staff.id == DutyShift.staff_id)
        .where(DutyShift.starts_at < end, DutyShift.ends_at > start, Staff.role.in_(READERS))
        .order_by(DutyShift.starts_at)
    )
    total, reached = timedelta(), start
    for row in rows:
        begin, stop = max(row.starts_at, reached), min(row.ends_at, row.heartbeat_at + SILENCE, end)
        if stop > begin:
            total, reached = total + (stop - begin), stop
    return int(total.total_seconds() // 60)


def hours_of(start: datetime, end: datetime, *, staff_id: int | None = None) -> float:
    """Return the hours people were on between two times, added up over everybody, or of one person."""
    wanted = select(DutyShift.starts_at, DutyShift.ends_at, DutyShift.heartbeat_at).where(
        DutyShift.starts_at < end, DutyShift.ends_at > start
    )
    rows = db.session.execute(wanted if staff_id is None else wanted.where(DutyShift.staff_id == staff_id))
    spans = (min(row.ends_at, row.heartbeat_at + SILENCE, end) - max(row.starts_at, start) for row in rows)
    return sum((max(span, timedelta()) for span in spans), timedelta()).total_seconds() / 3600


def _on_now(now: datetime) -> Select[DutyShift]:
    return select(DutyShift).where(
        DutyShift.status == "on",
        DutyShift.starts_at <= now,
        DutyShift.ends_at > now,
        DutyShift.heartbeat_at > now - SILENCE,
    )


def _running(staff_id: int, now: datetime) -> DutyShift | None:
    return db.session.scalar(_on_now(now).where(DutyShift.staff_id == staff_id).limit(1))
