"""Reminders come once, at the member's own clock; small things clear away at four."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from forum.core import events
from forum.core.clock import utcnow
from forum.core.db import db
from forum.core.errors import BadInput
from forum.journey import reminders, smallthings, zones
from forum.journey.days import small_day
from forum.journey.events import ReminderDue
from forum.journey.models import Reminder, SmallThing
from tests import factories
from tests.conftest import Browser
from tests.journey.people import LOW, level_of

SignIn = Callable[..., Browser]
NOW = datetime(2026, 3, 27, 12, 0, tzinfo=UTC)


def remind(zone: str = "UTC", *, clock: str = "13:00", rhythm: str = "once", day: date | None = None) -> Reminder:
    alice = factories.make_member()
    zones.set_zone(alice, zone)
    return reminders.add(
        alice, words="the morning one", day=day or NOW.date(), clock=clock, rhythm=rhythm, zone=zone, now=NOW
    )


def test_it_comes_at_its_time_and_once(database: None) -> None:
    row = remind()
    assert reminders.come_due(NOW + timedelta(minutes=59)) == 0
    assert reminders.come_due(NOW + timedelta(minutes=60)) == 1
    assert reminders.come_due(NOW + timedelta(hours=9)) == 0
    assert row.due_since == NOW + timedelta(minutes=60)


def test_it_announces_that_it_came_and_no_words(database: None) -> None:
    heard: list[ReminderDue] = []
    events.subscribe(ReminderDue)(heard.append)
    row = remind()
    reminders.come_due(NOW + timedelta(hours=2))
    assert heard == []  # nothing is told before it is committed
    events.commit()
    assert heard == [ReminderDue(row.member_id, row.public_id)]
    assert "morning" not in repr(heard)


def test_two_schedulers_bring_one_reminder(database: None) -> None:
    row = remind()
    stale = Reminder(id=row.id, next_at=row.next_at, member_id=row.member_id, public_id=row.public_id, rhythm="once")
    assert reminders.come_due(NOW + timedelta(hours=2)) == 1
    assert reminders._come(stale, "UTC", NOW + timedelta(hours=2)) == 0


def test_nine_stays_nine_when_the_clocks_change(database: None) -> None:
    row = remind("Europe/London", clock="09:00", rhythm="daily", day=date(2026, 3, 28))
    assert row.next_at == datetime(2026, 3, 28, 9, 0, tzinfo=UTC)
    reminders.come_due(datetime(2026, 3, 28, 9, 0, 10, tzinfo=UTC))
    assert row.next_at == datetime(2026, 3, 29, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(("rhythm", "expected"), [("daily", 31), ("weekly", 31 + 3)])
def test_days_the_forum_was_down_are_not_made_up_for(database: None, rhythm: str, expected: int) -> None:
    row = remind(rhythm=rhythm)
    assert reminders.come_due(datetime(2026, 3, 30, 14, 0, tzinfo=UTC)) == 1
    assert row.next_at is not None
    assert row.next_at.date() == date(2026, 3, 1) + timedelta(days=expected - 1)


def test_a_time_that_has_passed_today_comes_with_its_next_turn(database: None) -> None:
    assert remind(clock="09:00", rhythm="daily").next_at == datetime(2026, 3, 28, 9, 0, tzinfo=UTC)
    with pytest.raises(BadInput):
        remind(clock="09:00")


@pytest.mark.parametrize(
    "form",
    [{"words": ""}, {"words": "x" * 61}, {"clock": "25:00"}, {"clock": ""}, {"rhythm": "often"}, {"day": "2001-01-01"}],
)
def test_what_cannot_be_kept_says_so(sign_in_as: SignIn, form: dict[str, str]) -> None:
    whole = {"words": "two o'clock thing", "clock": "14:00", "rhythm": "daily", "day": utcnow().date().isoformat()}
    answer = sign_in_as(factories.make_member()).post("/me/journey/times", {**whole, **form})
    assert answer.status_code in (400, 413)
    assert db.session.scalars(select(Reminder)).all() == []


def test_one_that_came_waits_on_the_page_until_it_is_seen(sign_in_as: SignIn) -> None:
    alice = factories.make_member()
    browser = sign_in_as(alice)
    form = {"words": "two o'clock thing", "clock": "14:00", "rhythm": "once",
            "day": (utcnow() + timedelta(days=1)).date().isoformat()}  # fmt: skip
    assert browser.post("/me/journey/times", form).status_code == 303
    assert "two o&#39;clock thing" not in browser.get("/me/journey").text
    reminders.come_due(utcnow() + timedelta(days=2))
    page = browser.get("/me/journey").text
    assert "two o&#39;clock thing" in page
    path = page.split('action="/me/journey/times/')[1].split('"')[0]
    assert sign_in_as(factories.make_member()).post(f"/me/journey/times/{path}").status_code == 404
    browser.post(f"/me/journey/times/{path}")
    assert db.session.scalars(select(Reminder)).all() == []


def test_its_words_are_read_for_distress(sign_in_as: SignIn) -> None:
    form = {"words": LOW, "clock": "14:00", "rhythm": "daily", "day": utcnow().date().isoformat()}
    assert level_of(sign_in_as(factories.make_member()).post("/me/journey/times", form).text) == 2


# ── Small things ────────────────────────────────────────────────────────────────────────────────────────────────


def test_three_small_things_and_no_more(sign_in_as: SignIn) -> None:
    browser = sign_in_as(factories.make_member())
    for words in ("Text Sam back", "Eat something hot", "Open the window"):
        assert browser.post("/me/journey/small", {"words": words}).status_code == 303
    answer = browser.post("/me/journey/small", {"words": "And another"})
    assert answer.status_code == 400
    assert "Three is enough for one day." in answer.text


def test_they_can_be_ticked_and_unticked(sign_in_as: SignIn) -> None:
    browser = sign_in_as(factories.make_member())
    browser.post("/me/journey/small", {"words": "Text Sam back"})
    thing = db.session.scalars(select(SmallThing)).one()
    assert sign_in_as(factories.make_member()).post(f"/me/journey/small/{thing.public_id}").status_code == 404
    for done in (True, False):
        browser.post(f"/me/journey/small/{thing.public_id}")
        db.session.refresh(thing)
        assert thing.is_done is done


def test_they_are_gone_after_four_and_forgotten_after_two_days(database: None) -> None:
    alice = factories.make_member()
    night = datetime(2026, 11, 22, 3, 30, tzinfo=UTC)
    smallthings.add(alice, "Sit by the window", small_day(night, "UTC"))
    assert len(smallthings.list_today(alice, small_day(night, "UTC"))) == 1
    assert not smallthings.list_today(alice, small_day(night + timedelta(hours=1), "UTC"))
    smallthings.forget_old(date(2026, 11, 23))
    assert db.session.scalars(select(SmallThing)).all() != []
    smallthings.forget_old(date(2026, 11, 24))
    assert db.session.scalars(select(SmallThing)).all() == []


def test_distress_in_a_small_thing_brings_the_card(sign_in_as: SignIn) -> None:
    browser = sign_in_as(factories.make_member())
    assert level_of(browser.post("/me/journey/small", {"words": LOW}).text) == 2
    assert level_of(browser.post("/me/journey/small", {"words": LOW + " really" * 20}).text) == 2
