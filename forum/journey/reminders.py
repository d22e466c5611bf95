"""Reminders of appointments and daily things, in words that tell a stranger nothing.

A reminder comes once: the job moves `next_at` on by a conditional UPDATE, so of two schedulers one announces it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select, update

from forum.core.db import db
from forum.core.errors import BadInput, NotFound, TooLong
from forum.core.events import announce
from forum.core.text import one_line
from forum.identity.models import Member
from forum.journey.days import DAY, local_day, moment
from forum.journey.events import ReminderDue
from forum.journey.models import JourneySettings, Reminder

MAX_WORDS = 60
MOST = 20
RHYTHMS = {"once": None, "daily": DAY, "weekly": DAY * 7}
AHEAD = timedelta(days=800)
BATCH = 200
_CLOCK = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d")


def add(member: Member, *, words: str, day: date, clock: str, rhythm: str, zone: str, now: datetime) -> Reminder:
    """Set a reminder.

    Raises:
        BadInput, TooLong: naming the field.
    """
    words = one_line(words)
    _check(member, words, day, clock, rhythm, local_day(now, zone))
    row = Reminder(
        member_id=member.id,
        words=words,
        local_time=clock,
        rhythm=rhythm,
        next_at=_first(day, clock, rhythm, zone, now),
    )
    db.session.add(row)
    db.session.flush()
    return row


def _check(member: Member, words: str, day: date, clock: str, rhythm: str, today: date) -> None:
    if not words:
        raise BadInput("Please write what you want to read then. One word is fine.", field="words")
    if len(words) > MAX_WORDS:
        raise TooLong(f"This holds {MAX_WORDS} characters.", field="words")
    if not _CLOCK.fullmatch(clock):
        raise BadInput("Please give a time, such as 09:00.", field="clock")
    if rhythm not in RHYTHMS:
        raise BadInput("Please choose how often.", field="rhythm")
    if not today <= day <= today + AHEAD:
        raise BadInput("Please choose today or a day to come.", field="day")
    if len(list_own(member)) >= MOST:
        raise BadInput(f"You can keep {MOST} of these. Take one away to make room.", field="form")


def _first(day: date, clock: str, rhythm: str, zone: str, now: datetime) -> datetime:
    """Return the first moment; one that has passed today comes with the next turn of its rhythm.

    Raises:
        BadInput: it comes once, and that has passed.
    """
    first, step = moment(day, clock, zone), RHYTHMS[rhythm]
    if first > now:
        return first
    if step is None:
        raise BadInput("That time has passed. Please choose a later one.", field="clock")
    return moment(day + step, clock, zone)


def list_own(member: Member) -> Sequence[Reminder]:
    """Return a member's reminders: those that have come first, then by when they come."""
    rows = db.session.scalars(select(Reminder).filter_by(member_id=member.id).order_by(Reminder.id)).all()
    return sorted(rows, key=lambda row: (row.due_since is None, row.next_at is None, row.next_at or row.due_since))


def list_due(member: Member) -> Sequence[Reminder]:
    """Return those that have come and were not put away."""
    wanted = select(Reminder).where(Reminder.member_id == member.id, Reminder.due_since.is_not(None))
    return db.session.scalars(wanted.order_by(Reminder.due_since)).all()


def get_own(member: Member, public_id: str) -> Reminder:
    """Return one of a member's reminders.

    Raises:
        NotFound: it is nobody's, or somebody else's.
    """
    row = db.session.scalar(select(Reminder).filter_by(member_id=member.id, public_id=public_id))
    if row is None:
        raise NotFound
    return row


def put_away(row: Reminder) -> None:
    """The member has seen it. One that comes only once is gone with that."""
    row.due_since = None
    if row.next_at is None:
        db.session.delete(row)
    db.session.flush()


def remove(row: Reminder) -> None:
    """Forget a reminder."""
    db.session.delete(row)
    db.session.flush()


def come_due(now: datetime) -> int:
    """Let reminders come whose time is here; returns how many. Safe to run twice, late, or in two processes."""
    wanted = select(Reminder, JourneySettings.zone).outerjoin(
        JourneySettings, JourneySettings.member_id == Reminder.member_id
    )
    rows = db.session.execute(wanted.where(Reminder.next_at <= now).limit(BATCH)).all()
    return sum(_come(row, zone or "UTC", now) for row, zone in rows)


def _come(row: Reminder, zone: str, now: datetime) -> int:
    taken = db.session.execute(
        update(Reminder)
        .where(Reminder.id == row.id, Reminder.next_at == row.next_at)
        .values(next_at=_after(row, zone, now), due_since=now)
        .execution_options(synchronize_session=False)
    )
    if not getattr(taken, "rowcount", 0):
        return 0
    announce(ReminderDue(row.member_id, row.public_id))
    db.session.expire(row)
    return 1


def _after(row: Reminder, zone: str, now: datetime) -> datetime | None:
    """Return the next moment after now; days missed while the forum was down are not made up for."""
    step = RHYTHMS[row.rhythm]
    if step is None or row.next_at is None:
        return None
    day = local_day(row.next_at, zone)
    behind = max(0, (local_day(now, zone) - day) // step)
    day += step * behind
    while moment(day, row.local_time, zone) <= now:
        day += step
    return moment(day, row.local_time, zone)
