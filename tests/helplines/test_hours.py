"""Opening hours: midnight, summer time, and honesty where nothing is known."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from forum.helplines.hours import parse_hours


def at(zone, *when):
    return datetime(*when, tzinfo=ZoneInfo(zone)).astimezone(UTC)


LONDON, COPENHAGEN, PARIS = "Europe/London", "Europe/Copenhagen", "Europe/Paris"


@pytest.mark.parametrize(
    ("when", "state"),
    [
        ((2026, 11, 20, 23, 59), "open"),
        ((2026, 11, 21, 0, 0), "open"),
        ((2026, 11, 21, 4, 59), "open"),
        ((2026, 11, 21, 5, 0), "closed"),
        ((2026, 11, 21, 10, 59), "closed"),
        ((2026, 11, 21, 11, 0), "open"),
    ],
)
def test_a_line_that_runs_past_midnight(when, state):
    assert parse_hours("daily 11:00-05:00", COPENHAGEN).state(at(COPENHAGEN, *when)) == state


def test_past_midnight_belongs_to_the_evening_before():
    hours = parse_hours("Fri-Sat 20-03", LONDON)
    assert hours.state(at(LONDON, 2026, 11, 22, 2, 0)) == "open"  # Sunday morning is still Saturday's evening
    assert hours.state(at(LONDON, 2026, 11, 20, 2, 0)) == "closed"  # Friday morning is Thursday's
    assert hours.state(at(LONDON, 2026, 11, 23, 2, 0)) == "closed"


def test_a_week_that_wraps():
    hours = parse_hours("Fri-Mon 9-17", LONDON)
    assert hours.state(at(LONDON, 2026, 11, 22, 12, 0)) == "open"
    assert hours.state(at(LONDON, 2026, 11, 24, 12, 0)) == "closed"


@pytest.mark.parametrize(
    ("utc", "state"),
    [
        (datetime(2026, 3, 28, 8, 30, tzinfo=UTC), "closed"),  # Saturday before the change: 8:30 in London
        (datetime(2026, 3, 30, 8, 30, tzinfo=UTC), "open"),  # Monday after: 9:30
        (datetime(2026, 10, 23, 8, 30, tzinfo=UTC), "open"),  # Friday before the clocks go back: 9:30
        (datetime(2026, 10, 26, 8, 30, tzinfo=UTC), "closed"),  # Monday after: 8:30
    ],
)
def test_summer_time_moves_the_line_not_the_wall_clock(utc, state):
    assert parse_hours("daily 9-17", LONDON).state(utc) == state


def test_the_hour_that_comes_twice_and_the_hour_that_never_comes():
    hours = parse_hours("daily 22-02:30", PARIS)
    assert hours.state(datetime(2026, 10, 25, 0, 15, tzinfo=UTC)) == "open"  # 2:15, first time
    assert hours.state(datetime(2026, 10, 25, 1, 15, tzinfo=UTC)) == "open"  # 2:15, second time
    assert hours.state(datetime(2026, 3, 29, 1, 15, tzinfo=UTC)) == "closed"  # 3:15; 2:15 never came


@pytest.mark.parametrize(
    ("raw", "when", "opens"),
    [
        ("Mon-Fri 9:30am-5:30pm", (2026, 11, 20, 18, 0), (2026, 11, 23, 9, 30)),
        ("daily 16-21", (2026, 11, 20, 21, 0), (2026, 11, 21, 16, 0)),
        ("daily 16-21", (2026, 11, 20, 15, 59), (2026, 11, 20, 16, 0)),
        ("Wed 10-12", (2026, 11, 25, 12, 0), (2026, 12, 2, 10, 0)),
        ("daily 9-17", (2026, 3, 28, 20, 0), (2026, 3, 29, 9, 0)),
    ],
)
def test_next_opening(raw, when, opens):
    found = parse_hours(raw, LONDON).next_opening(at(LONDON, *when))
    assert found == datetime(*opens, tzinfo=ZoneInfo(LONDON))


@pytest.mark.parametrize("raw", ["24/7", "24/7 (confirm)", "24/7 (SA 8:30am-10pm)"])
def test_always(raw):
    hours = parse_hours(raw)
    assert hours.state(datetime(2026, 1, 1, tzinfo=UTC)) == "always"
    assert hours.confirmed == ("confirm" not in raw)
    assert hours.next_opening(datetime(2026, 1, 1, tzinfo=UTC)) is None


@pytest.mark.parametrize(
    "raw",
    [None, "", "by prefecture", "daily", "not 24/7; see site", "24/7 phone; chat evenings", "9-25", "Foo 9-17",
     "-", "9-", "Mon-Tue-Wed 9-17", "daily 9:75-17", "disputed: 24/7 in 2023 press; Mon-Thu 10-22",
     "daily ~9/10:00-24:00"],
)  # fmt: skip
def test_what_cannot_be_read_is_unknown_not_open(raw):
    assert parse_hours(raw, LONDON).state(datetime(2026, 6, 1, 12, tzinfo=UTC)) == "unknown"


def test_no_zone_no_claim():
    assert parse_hours("daily 9-17", "").state(datetime(2026, 6, 1, 12, tzinfo=UTC)) == "unknown"


def test_a_named_zone_wins():
    hours = parse_hours("Mon-Fri 9am-9pm CT", "")
    assert hours.state(datetime(2026, 11, 23, 14, 59, tzinfo=UTC)) == "closed"
    assert hours.state(datetime(2026, 11, 23, 15, 0, tzinfo=UTC)) == "open"


def test_a_part_without_days_covers_the_rest():
    hours = parse_hours("11-23, Fri-Sat 11-03", "Europe/Luxembourg")
    assert hours.state(at("Europe/Luxembourg", 2026, 11, 21, 2, 0)) == "open"
    assert hours.state(at("Europe/Luxembourg", 2026, 11, 19, 2, 0)) == "closed"


def test_all_day_on_some_days():
    hours = parse_hours("Mon/Thu/Fri 0-24, Tue/Wed/Sat/Sun 6-24", "Asia/Tokyo")
    assert hours.state(at("Asia/Tokyo", 2026, 11, 23, 3, 0)) == "open"
    assert hours.state(at("Asia/Tokyo", 2026, 11, 24, 3, 0)) == "closed"


@pytest.mark.alone
def test_hostile_text_takes_no_time():
    import time

    started = time.perf_counter()
    for raw in ("Mon-" * 5000 + "Fri 9-17", "9" * 20000, "(" * 20000, "daily 9-17," * 5000):
        parse_hours(raw, LONDON)
    assert time.perf_counter() - started < 1
