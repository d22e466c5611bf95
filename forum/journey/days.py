"""Counting days, without a database: marks go in, runs, totals and a path of days come out.

A day is counted when it is over. A run reaches from the day it starts to the day the member marks as used, that day
not included, or to today. Nothing is ever taken back from earlier runs: total days only grow.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
WEEKS = 12
LANDMARKS = (1, 3, 7, 14, 21, 30, 50, 75, 100, 150, 200, 250, 300, 365)
YEAR = 365
RING_DOTS = 12
SMALL_HOURS = timedelta(hours=4)
"""Small things clear themselves at four in the morning: the night still belongs to the day before."""


class Dot(Enum):
    """What one day of the path shows."""

    COUNTED = "counted"
    USED = "used"
    OPEN = "open"
    """Not filled in: nobody was counting."""
    TODAY = "today"
    AHEAD = "ahead"


@dataclass(frozen=True, slots=True)
class Mark:
    """A day on which counting began (`start`) or that was marked as used (`used`); `order` breaks ties of one day."""

    day: date
    kind: str
    order: int = 0


@dataclass(frozen=True, slots=True)
class Run:
    """Days counted in one go: from `start` up to, not including, `end`."""

    start: date
    end: date
    is_open: bool = False

    @property
    def days(self) -> int:
        """Return how many days are over."""
        return max(0, (self.end - self.start).days)


@dataclass(frozen=True, slots=True)
class Tally:
    """What a counter says today."""

    runs: tuple[Run, ...]
    used: frozenset[date]
    today: date
    begins: date | None = None
    """The day ahead on which counting starts again, if the member chose one."""

    @property
    def current(self) -> Run | None:
        """Return the run that is going on, if counting is."""
        return self.runs[-1] if self.runs and self.runs[-1].is_open else None

    @property
    def days(self) -> int:
        """Return the days of the current run."""
        return self.current.days if self.current else 0

    @property
    def total(self) -> int:
        """Return all days ever counted."""
        return sum(run.days for run in self.runs)

    @property
    def last(self) -> Run | None:
        """Return the run before the latest marked day, for "these days happened"."""
        closed = [run for run in self.runs if not run.is_open]
        return closed[-1] if closed else None


def tally(marks: Iterable[Mark], today: date) -> Tally:
    """Work out runs and totals; marks in the future wait until their day has come."""
    marks = list(marks)
    runs: list[Run] = []
    started: date | None = None
    ahead = [mark.day for mark in marks if mark.day > today and mark.kind == "start"]
    seen = sorted((mark for mark in marks if mark.day <= today), key=lambda mark: (mark.day, mark.order))
    for mark in seen:
        if mark.kind == "start" and started is None:
            started = mark.day
        elif mark.kind == "used" and started is not None:
            runs.append(Run(started, mark.day))
            started = None
    if started is not None:
        runs.append(Run(started, today, is_open=True))
    used = frozenset(mark.day for mark in seen if mark.kind == "used")
    return Tally(tuple(runs), used, today, min(ahead, default=None))


def path(found: Tally, weeks: int = WEEKS) -> list[list[Dot]]:
    """Return the last weeks, oldest first, each from Monday to Sunday."""
    monday = found.today - DAY * found.today.weekday() - DAY * 7 * (weeks - 1)
    return [[_dot(found, monday + DAY * (7 * week + day)) for day in range(7)] for week in range(weeks)]


def _dot(found: Tally, day: date) -> Dot:
    if day > found.today:
        return Dot.AHEAD
    if day in found.used:
        return Dot.USED
    if day == found.today and found.current is not None:
        return Dot.TODAY
    return Dot.COUNTED if any(run.start <= day < run.end for run in found.runs) else Dot.OPEN


def count_dots(weeks: Sequence[Sequence[Dot]], wanted: Dot) -> int:
    """Return how many days of a path show something."""
    return sum(week.count(wanted) for week in (list(week) for week in weeks))


def next_landmark(days: int) -> int:
    """Return the round number that comes next; after a year, the next full year."""
    return next((mark for mark in LANDMARKS if mark > days), (days // YEAR + 1) * YEAR)


def ring_dots(days: int) -> int:
    """Return how many of the ring's twelve dots are lit on the way from the last round number to the next."""
    goal = next_landmark(days)
    before = max((mark for mark in (0, *LANDMARKS) if mark <= days), default=0)
    before = before if goal <= LANDMARKS[-1] else goal - YEAR
    return (days - before) * RING_DOTS // (goal - before)


# ── The member's own midnight ───────────────────────────────────────────────────────────────────────────────────


def local_day(now: datetime, zone: str) -> date:
    """Return the day it is for the member."""
    return now.astimezone(ZoneInfo(zone)).date()


def small_day(now: datetime, zone: str) -> date:
    """Return the day small things belong to: until four in the morning it is still yesterday."""
    return (now.astimezone(ZoneInfo(zone)) - SMALL_HOURS).date()


def moment(day: date, clock: str, zone: str) -> datetime:
    """Return when a wall clock in the zone shows `clock` (HH:MM) on a day; a skipped hour comes an hour later."""
    hour, minute = clock.split(":")
    placed = datetime.combine(day, time(int(hour), int(minute)), tzinfo=ZoneInfo(zone))
    return placed.astimezone(ZoneInfo("UTC"))
