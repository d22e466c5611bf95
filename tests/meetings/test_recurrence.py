"""When a meeting comes back, and what calendars make of it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from forum.core.errors import BadInput
from forum.core.events import commit
from forum.core.settings import write_setting
from forum.meetings import queries, timetable
from forum.meetings.recurrence import check_rule, check_time, check_zone, occurrences, to_utc
from tests import factories
from tests.conftest import Browser
from tests.meetings.conftest import actor, make_series

LONDON = ZoneInfo("Europe/London")


def starts(rule: str, first: date, clock: str, zone: str, weeks: int = 4) -> list[datetime]:
    after = datetime.combine(first, datetime.min.time(), UTC) - timedelta(days=1)
    return occurrences(
        rule=rule, first_on=first, local_time=clock, zone=zone, after=after, before=after + timedelta(weeks=weeks)
    )


def test_half_past_seven_stays_half_past_seven_when_the_clocks_change() -> None:
    found = starts("FREQ=WEEKLY;BYDAY=SU", date(2026, 10, 11), "19:30", "Europe/London")
    assert [f"{one.astimezone(LONDON):%d %H:%M}" for one in found] == ["11 19:30", "18 19:30", "25 19:30", "01 19:30"]
    assert [one.hour for one in found] == [18, 18, 19, 19]


def test_an_hour_the_change_skips_moves_on_and_one_that_comes_twice_is_taken_once() -> None:
    spring = starts("FREQ=DAILY", date(2026, 3, 28), "01:30", "Europe/London", 1)
    assert [f"{one.astimezone(LONDON):%d %H:%M}" for one in spring[:3]] == ["28 01:30", "29 02:30", "30 01:30"]
    autumn = starts("FREQ=DAILY", date(2026, 10, 24), "01:30", "Europe/London", 1)
    assert [one.hour for one in autumn[:3]] == [0, 0, 1]
    assert len({one.date() for one in autumn}) == len(autumn)


def test_a_day_is_the_hosts_day_across_the_date_line() -> None:
    found = starts("FREQ=WEEKLY;BYDAY=MO", date(2026, 11, 2), "08:00", "Pacific/Auckland", 2)
    assert [one.strftime("%a %H") for one in found] == ["Sun 19", "Sun 19"]


def test_monthly_and_limited_rules() -> None:
    assert [one.day for one in starts("FREQ=MONTHLY;BYDAY=1TU", date(2026, 1, 1), "20:00", "UTC", 14)] == [6, 3, 3, 7]
    assert len(starts("FREQ=DAILY;COUNT=3", date(2026, 1, 1), "20:00", "UTC")) == 3
    assert len(starts("FREQ=DAILY;UNTIL=20260104T235959Z", date(2026, 1, 1), "20:00", "UTC")) == 4


@pytest.mark.parametrize(
    "rule",
    ["", "FREQ=SECONDLY", "FREQ=HOURLY", "DAILY", "FREQ=WEEKLY;BYDAY=XX", "FREQ=DAILY;BYEASTER=1", "FREQ=DAILY;" * 2],
)
def test_rules_that_make_no_sense_or_never_end_are_refused(rule: str) -> None:
    with pytest.raises(BadInput):
        check_rule(rule)


def test_what_people_type() -> None:
    assert check_rule(" rrule:freq=weekly;byday=mo,th ") == "FREQ=WEEKLY;BYDAY=MO,TH"
    for wrong in ("24:00", "7:30", "19.30"):
        with pytest.raises(BadInput):
            check_time(wrong)
    with pytest.raises(BadInput):
        check_zone("Mars/Olympus")


@settings(max_examples=60, deadline=None)
@given(
    day=st.dates(date(2025, 1, 1), date(2027, 12, 1)),
    minute=st.integers(0, 24 * 60 - 1),
    zone=st.sampled_from(["Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"]),
)
def test_every_daily_meeting_comes_once_a_local_day_at_its_hour_or_just_after_a_gap(
    day: date, minute: int, zone: str
) -> None:
    clock = f"{minute // 60:02}:{minute % 60:02}"
    found = occurrences(
        rule="FREQ=DAILY", first_on=day, local_time=clock, zone=zone,
        after=to_utc(datetime.combine(day, datetime.min.time()), zone),
        before=to_utc(datetime.combine(day + timedelta(days=9), datetime.min.time()), zone),
    )  # fmt: skip
    local = [one.astimezone(ZoneInfo(zone)) for one in found]
    assert [one.date() for one in local] == [day + timedelta(days=number) for number in range(9)]
    assert found == sorted(set(found))
    for one in local:
        late = timedelta(hours=one.hour, minutes=one.minute) - timedelta(minutes=minute)
        assert timedelta() <= late <= timedelta(hours=1)


# ── Sessions ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_filling_twice_makes_nothing_twice(database: None, now: datetime) -> None:
    series = make_series(factories.make_staff(role="facilitator"), now)
    assert len(queries.next_sessions(series, now, 50)) == 14
    assert timetable.fill(series, now) == 0
    assert timetable.fill(series, now + timedelta(days=1)) == 1


def test_a_moved_session_is_not_made_again_and_a_new_rule_leaves_it_alone(database: None, now: datetime) -> None:
    host = factories.make_staff(role="facilitator")
    series = make_series(host, now)
    first = queries.next_sessions(series, now)[0]
    timetable.move(session=first, starts_at=first.starts_at + timedelta(hours=2), actor=actor(host), now=now)
    assert timetable.fill(series, now) == 0
    wish = timetable.Wish(
        name="Night shift", summary="x", format="topic", rule="FREQ=WEEKLY;BYDAY=WE", first_on=now.date(),
        local_time="20:00", zone="Europe/London",
    )  # fmt: skip
    timetable.change_series(series, wish, actor=actor(host), now=now)
    coming = queries.next_sessions(series, now, 50)
    assert first.id in [one.id for one in coming]
    assert {one.starts_at.strftime("%a") for one in coming if one.id != first.id} == {"Wed"}


def test_a_slot_far_ahead_can_be_cancelled(database: None, now: datetime) -> None:
    host = factories.make_staff(role="facilitator")
    series = make_series(host, now)
    slot = queries.next_sessions(series, now)[0].slot_at + timedelta(days=40)
    session = timetable.session_at(series, slot)
    timetable.cancel(session=session, why="A holiday.", actor=actor(host), now=now)
    assert timetable.fill(series, slot - timedelta(days=3)) == 13
    with pytest.raises(BadInput):
        timetable.session_at(series, slot + timedelta(minutes=1))


# ── Calendars ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_calendars_open_with_neutral_titles_and_the_right_hours(database: None, browser: Browser) -> None:
    now = datetime.now(UTC)
    host = factories.make_staff(role="facilitator")
    series = make_series(host, now, name="After a slip, café; “quiet”")
    second = queries.next_sessions(series, now)[1]
    timetable.cancel(session=second, why="Ill.", actor=actor(host), now=now)
    commit()
    answer = browser.get("/meetings.ics")
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert "slip" not in answer.text
    events = list(Calendar.from_ical(answer.data).walk("VEVENT"))
    assert len(events) == 8 * 7
    assert {str(event["summary"]) for event in events} == {"Small Hours"}
    assert len({str(event["uid"]) for event in events}) == len(events)
    slots = sorted(event.decoded("dtstart") for event in events)
    assert slots[0] == queries.next_sessions(series, now)[0].starts_at
    cancelled = [event for event in events if event["status"] == "CANCELLED"]
    assert [event.decoded("dtstart") for event in cancelled] == [second.starts_at]
    write_setting("meeting_calendar_names", True)
    commit()
    named = Calendar.from_ical(browser.get(f"/m/{series.public_id}.ics").data).walk("VEVENT")[0]
    assert str(named["summary"]) == "After a slip, café; “quiet”"


def test_an_instance_without_meetings_has_an_empty_calendar(browser: Browser) -> None:
    assert Calendar.from_ical(browser.get("/meetings.ics").data).walk("VEVENT") == []
