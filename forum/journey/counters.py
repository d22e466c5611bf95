"""Day counters: make, mark, take back, hide. A day of use adds a ring to the path and takes nothing away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import delete, func, select

from forum.core.db import db
from forum.core.errors import BadInput, NotFound, TooLong
from forum.core.text import one_line
from forum.identity.models import Member
from forum.journey.days import DAY, Mark, Tally, tally
from forum.journey.models import CounterMark, DayCounter

MAX_LABEL = 60
MAX_COUNTERS = 12
EARLIEST = date(1950, 1, 1)
GOALS = ("without", "within")
ABOUT = ("substance", "behaviour")


@dataclass(frozen=True, slots=True)
class Counted:
    """A counter with what it says today."""

    counter: DayCounter
    tally: Tally


def make(member: Member, *, label: str, goal: str, about: str, since: date, today: date) -> DayCounter:
    """Start counting something.

    Raises:
        BadInput, TooLong: naming the field.
    """
    words = check_label(label)
    if db.session.scalar(select(func.count()).where(DayCounter.member_id == member.id)) >= MAX_COUNTERS:  # type: ignore[operator]
        raise BadInput(f"You can count {MAX_COUNTERS} things. Take one away to make room.", field="form")
    check_day(since, today)
    row = DayCounter(
        member_id=member.id,
        label=words,
        goal=goal if goal in GOALS else GOALS[0],
        about=about if about in ABOUT else ABOUT[0],
    )
    db.session.add(row)
    db.session.flush()
    _add(row, since, "start")
    return row


def check_label(label: str) -> str:
    """Clean a counter's name.

    Raises:
        BadInput, TooLong: empty or too long.
    """
    words = one_line(label)
    if not words:
        raise BadInput("Please give it a name. One word is fine, and only you see it.", field="label")
    if len(words) > MAX_LABEL:
        raise TooLong(f"A name has at most {MAX_LABEL} characters.", field="label")
    return words


def check_day(day: date, today: date) -> None:
    """Refuse days that can't be counted from.

    Raises:
        BadInput: the day is ahead of tomorrow, or long before anybody's time.
    """
    if not EARLIEST <= day <= today + DAY:
        raise BadInput("Please choose a day that has been, today or tomorrow.", field="day")


def change(row: DayCounter, *, label: str, is_hidden: bool) -> None:
    """Rename a counter; fold its number away or show it."""
    row.label, row.is_hidden = check_label(label), is_hidden
    db.session.flush()


def remove(row: DayCounter) -> None:
    """Stop counting this and forget its days."""
    db.session.delete(row)
    db.session.flush()


def mark_used(row: DayCounter, day: date, today: date) -> None:
    """Mark a day; counting stops there until the member says when it starts again. Marking twice is one mark.

    Raises:
        BadInput: the day has not come yet.
    """
    check_day(day, today)
    if day > today:
        raise BadInput("That day hasn't come yet.", field="day")
    found = count(row, today)
    if day not in found.used or (found.current is not None and found.current.start <= day):
        _add(row, day, "used")


def start_again(row: DayCounter, day: date, today: date) -> None:
    """Count again from a day on; does nothing while counting is going on."""
    check_day(day, today)
    if count(row, max(day, today)).current is None:
        _add(row, day, "start")


def take_back(row: DayCounter, day: date) -> None:
    """Remove the mark of a day: it was a slip of the finger. The run it ended goes on."""
    wrong = delete(CounterMark).where(
        CounterMark.counter_id == row.id, CounterMark.day == day, CounterMark.kind == "used"
    )
    db.session.execute(wrong)


def _add(row: DayCounter, day: date, kind: str) -> None:
    db.session.add(CounterMark(counter_id=row.id, day=day, kind=kind))
    db.session.flush()


def count(row: DayCounter, today: date) -> Tally:
    """Return what one counter says."""
    return tally(marks_of(row), today)


def marks_of(row: DayCounter) -> list[Mark]:
    """Return a counter's marks."""
    found = db.session.scalars(select(CounterMark).where(CounterMark.counter_id == row.id))
    return [Mark(mark.day, mark.kind, mark.id) for mark in found]


def list_counted(member: Member, today: date) -> list[Counted]:
    """Return a member's counters, in the order they were made; two queries however many."""
    rows = list_counters(member)
    marks: dict[int, list[Mark]] = {row.id: [] for row in rows}
    for mark in db.session.scalars(select(CounterMark).where(CounterMark.counter_id.in_(marks))):
        marks[mark.counter_id].append(Mark(mark.day, mark.kind, mark.id))
    return [Counted(row, tally(marks[row.id], today)) for row in rows]


def list_counters(member: Member) -> Sequence[DayCounter]:
    """Return a member's counters."""
    return db.session.scalars(select(DayCounter).filter_by(member_id=member.id).order_by(DayCounter.id)).all()


def get_own(member: Member, public_id: str) -> DayCounter:
    """Return one of a member's counters.

    Raises:
        NotFound: it is nobody's, or somebody else's.
    """
    row = db.session.scalar(select(DayCounter).filter_by(member_id=member.id, public_id=public_id))
    if row is None:
        raise NotFound
    return row
