"""Days are counted from marks alone; nothing a member marks takes earlier days away."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from forum.journey.days import (
    Dot,
    Mark,
    count_dots,
    local_day,
    moment,
    next_landmark,
    path,
    ring_dots,
    small_day,
    tally,
)

TODAY = date(2026, 11, 22)  # a Sunday


def marks(*pairs: tuple[str, str]) -> list[Mark]:
    """Return marks from (day, kind); the order given is the order they were made."""
    return [Mark(date.fromisoformat(day), kind, place) for place, (day, kind) in enumerate(pairs)]


def test_a_run_counts_the_days_that_are_over() -> None:
    found = tally(marks(("2026-10-12", "start")), TODAY)
    assert (found.days, found.total) == (41, 41)


def test_the_first_day_is_day_nought() -> None:
    assert tally(marks(("2026-11-22", "start")), TODAY).days == 0


def test_a_day_of_use_ends_the_run_and_keeps_its_days() -> None:
    found = tally(marks(("2026-10-12", "start"), ("2026-11-22", "used")), TODAY)
    assert found.current is None
    assert (found.days, found.total) == (0, 41)
    assert found.last is not None
    assert found.last.days == 41


def test_total_days_are_those_of_all_runs() -> None:
    found = tally(
        marks(("2026-09-01", "start"), ("2026-09-11", "used"), ("2026-09-12", "start"), ("2026-09-22", "used"),
              ("2026-11-12", "start")),
        TODAY,
    )  # fmt: skip
    assert (found.days, found.total) == (10, 30)


def test_counting_waits_until_the_member_says_so() -> None:
    found = tally(marks(("2026-11-01", "start"), ("2026-11-10", "used")), TODAY)
    assert found.current is None
    assert found.total == 9


def test_using_on_the_day_it_began_leaves_nothing_counted_and_nothing_lost() -> None:
    found = tally(marks(("2026-11-22", "start"), ("2026-11-22", "used")), TODAY)
    assert (found.current, found.total) == (None, 0)


def test_it_can_start_again_on_the_same_day() -> None:
    found = tally(marks(("2026-11-20", "start"), ("2026-11-20", "used"), ("2026-11-20", "start")), TODAY)
    assert found.days == 2


def test_a_day_marked_afterwards_cuts_the_run_where_it_was() -> None:
    found = tally(marks(("2026-11-01", "start"), ("2026-11-15", "used"), ("2026-11-15", "start"),
                        ("2026-11-05", "used")), TODAY)  # fmt: skip
    assert (found.days, found.total) == (7, 4 + 7)


def test_a_start_tomorrow_waits() -> None:
    found = tally(marks(("2026-11-01", "start"), ("2026-11-22", "used"), ("2026-11-23", "start")), TODAY)
    assert found.current is None
    assert found.begins == date(2026, 11, 23)


@pytest.mark.parametrize("seed", range(40))
def test_marking_a_day_never_lowers_the_total_of_days_before_it(seed: int) -> None:
    import random

    dice = random.Random(seed)
    made = [Mark(TODAY - timedelta(days=dice.randrange(1, 90)), dice.choice(["start", "used"]), n) for n in range(12)]
    before = tally(made, TODAY)
    after = tally([*made, Mark(TODAY, "used", 99)], TODAY)
    assert after.total == before.total


def test_the_path_has_a_dot_for_each_day_of_twelve_weeks() -> None:
    found = path(tally(marks(("2026-10-12", "start"), ("2026-10-20", "used"), ("2026-10-26", "start")), TODAY))
    assert [len(week) for week in found] == [7] * 12
    assert count_dots(found, Dot.USED) == 1
    assert count_dots(found, Dot.COUNTED) == 8 + 27
    assert found[-1][-1] is Dot.TODAY
    assert count_dots(found, Dot.OPEN) == 84 - 8 - 27 - 1 - 1


def test_days_to_come_are_not_judged() -> None:
    monday = date(2026, 11, 16)
    assert path(tally(marks(("2026-11-16", "start")), monday))[-1] == [Dot.TODAY, *[Dot.AHEAD] * 6]


@pytest.mark.parametrize(
    ("days", "goal", "lit"), [(0, 1, 0), (41, 50, 6), (364, 365, 11), (365, 730, 0), (729, 730, 11)]
)
def test_the_ring_fills_towards_the_next_round_number(days: int, goal: int, lit: int) -> None:
    assert (next_landmark(days), ring_dots(days)) == (goal, lit)


@pytest.mark.parametrize("days", range(0, 2000, 7))
def test_the_ring_is_never_over_full(days: int) -> None:
    assert 0 <= ring_dots(days) < 12
    assert next_landmark(days) > days


def test_the_day_is_the_members_own() -> None:
    now = datetime(2026, 11, 22, 3, 30, tzinfo=UTC)
    assert local_day(now, "America/New_York") == date(2026, 11, 21)
    assert local_day(now, "Asia/Tokyo") == date(2026, 11, 22)


def test_the_night_belongs_to_the_day_before_until_four() -> None:
    assert small_day(datetime(2026, 11, 22, 3, 59, tzinfo=UTC), "UTC") == date(2026, 11, 21)
    assert small_day(datetime(2026, 11, 22, 4, 0, tzinfo=UTC), "UTC") == date(2026, 11, 22)


def test_nine_in_the_morning_stays_nine_when_the_clocks_change() -> None:
    assert moment(date(2026, 3, 28), "09:00", "Europe/London").hour == 9
    assert moment(date(2026, 3, 29), "09:00", "Europe/London").hour == 8
