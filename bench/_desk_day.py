"""What `bench.queue_order` assumes of a day at the desk and of the people there, and what it counts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

START = datetime(2026, 1, 5, tzinfo=UTC)
LATE, LATE_ON_CALL = timedelta(minutes=5), timedelta(minutes=15)
CASES_PER_DAY = 197
MIX = (0.03, 0.07, 0.25, 0.50, 0.15)
"""Shares of T0 … T4."""
MEDIAN_MINUTES = (8.0, 5.0, 3.0, 1.5, 0.75)
SPREAD = 0.6
"""Sigma of the lognormal times."""
SHIFTS = (("Ash", 8, 13), ("Bea", 18, 23), ("Cal", 18, 23))
"""(who, from, until): ten staffed hours a day, one person by day, two in the evening."""
NOTICE_MINUTES, NOTICED = 0.5, 0.9
HEARD, THERE_MINUTES = 0.7, 5.0
ON_CALL = "Dot"
OURS = "lane, then oldest (ours)"
ASSUMED = (
    f"{CASES_PER_DAY} cases a day, evenly over 24 hours; T0 to T4: {', '.join(f'{share:.0%}' for share in MIX)}",
    f"handling time lognormal, medians {', '.join(f'{m:g}' for m in MEDIAN_MINUTES)} minutes, sigma {SPREAD:g}",
    "one moderator from 8 to 13, two from 18 to 23 o'clock; what comes in between waits for them, save emergencies",
    f"whoever is on notices an emergency after {NOTICE_MINUTES:g} minutes (lognormal median) in {NOTICED:.0%} of "
    "cases; else, or where it is not to be left, they finish their case first",
    f"a call is heard {HEARD:.0%} of the time, and whoever heard it is at the desk {THERE_MINUTES:g} minutes later "
    "(lognormal median); one person is on call, by day too",
    "a third of T2 is held (its author waits), a fifth of T3 has a second reporter",
)


@dataclass(frozen=True, slots=True)
class Way:
    """How people work."""

    words: str
    interrupts: bool
    leaves_t1: bool = False
    pace: float = 1.0
    """Times the handling times."""


@dataclass(slots=True)
class Tally:
    """What was counted."""

    urgent: int = 0
    late: int = 0
    night: int = 0
    night_late: int = 0
    worked: float = 0.0
    staffed: float = 0.0
    by_lane: dict[int, list[float]] = field(default_factory=lambda: {lane: [] for lane in range(5)})

    @property
    def busy(self) -> float:
        """Share of the staffed time somebody spent on cases."""
        return self.worked / self.staffed if self.staffed else 0.0

    def add(self, other: Tally) -> None:
        """Add another run's numbers."""
        for name in ("urgent", "late", "night", "night_late", "worked", "staffed"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for lane, waits in other.by_lane.items():
            self.by_lane[lane] += waits


def is_staffed(at: datetime) -> bool:
    """Tell whether anybody is on."""
    return any(start <= at.hour < end for _name, start, end in SHIFTS)
