"""Check-ins are private: distress brings the card and tells nobody, unless the member presses the button."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from forum.core.clock import utcnow
from forum.core.db import db
from forum.journey import checkins
from forum.journey.models import CheckIn
from forum.moderation.models import Case, LookIn
from tests import factories
from tests.conftest import Browser
from tests.journey.people import LOW, TROUBLE, level_of

SignIn = Callable[..., Browser]
CHECK_INS = "/me/journey/check-ins"


def entries() -> list[CheckIn]:
    return list(db.session.scalars(select(CheckIn).order_by(CheckIn.id)))


def test_a_word_is_a_check_in(sign_in_as: SignIn) -> None:
    browser = sign_in_as(factories.make_member())
    assert browser.post(CHECK_INS, {"mood": "2", "client_id": "a"}).status_code == 303
    (entry,) = entries()
    assert (entry.mood, entry.craving, entry.line) == (2, None, "")
    assert "You checked in today." in browser.get("/me/journey").text


def test_a_double_click_is_one_check_in(sign_in_as: SignIn) -> None:
    browser = sign_in_as(factories.make_member())
    for _ in range(2):
        assert browser.post(CHECK_INS, {"mood": "3", "client_id": "a"}).status_code == 303
    assert len(entries()) == 1


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({}, 400),
        ({"mood": "9", "craving": "-1"}, 400),
        ({"mood": "one", "craving": "11", "line": "  "}, 400),
        ({"line": "x" * 281}, 413),
    ],
)
def test_what_is_no_check_in_comes_back(sign_in_as: SignIn, form: dict[str, str], status: int) -> None:
    answer = sign_in_as(factories.make_member()).post(CHECK_INS, {"client_id": "a", **form})
    assert answer.status_code == status
    assert form.get("line", "").strip() in answer.text
    assert entries() == []


@pytest.mark.parametrize(("line", "level"), [(TROUBLE, 3), (LOW, 2)])
def test_distress_brings_the_card_and_it_stays(sign_in_as: SignIn, line: str, level: int) -> None:
    browser = sign_in_as(factories.make_member(country="GB"))
    assert browser.post(CHECK_INS, {"line": line, "client_id": "a"}).status_code == 303
    for _ in range(2):
        assert level_of(browser.get("/me/journey").text) == level


def test_it_tells_nobody(sign_in_as: SignIn) -> None:
    browser = sign_in_as(factories.make_member(country="GB"))
    browser.post(CHECK_INS, {"line": TROUBLE, "client_id": "a"})
    page = browser.get("/me/journey").text
    assert "No moderator has been told." in page
    assert "called a moderator" not in page
    for table in (Case, LookIn):
        assert db.session.scalar(select(func.count()).select_from(table)) == 0


def test_distress_in_a_refused_line_brings_the_card_too(sign_in_as: SignIn) -> None:
    answer = sign_in_as(factories.make_member()).post(CHECK_INS, {"line": TROUBLE + " and" * 90, "client_id": "a"})
    assert (answer.status_code, level_of(answer.text)) == (413, 3)


def test_the_card_can_be_put_away(sign_in_as: SignIn) -> None:
    browser = sign_in_as(factories.make_member())
    browser.post(CHECK_INS, {"line": LOW, "client_id": "a"})
    browser.post(f"{CHECK_INS}/{entries()[0].public_id}/card")
    assert level_of(browser.get("/me/journey").text) == 0


def test_nobody_else_can_touch_it(sign_in_as: SignIn) -> None:
    sign_in_as(factories.make_member()).post(CHECK_INS, {"line": LOW, "client_id": "a"})
    entry, other = entries()[0].public_id, sign_in_as(factories.make_member())
    assert other.post(f"{CHECK_INS}/{entry}/delete").status_code == 404
    assert other.post(f"{CHECK_INS}/{entry}/card").status_code == 404
    assert LOW not in other.get(CHECK_INS).text


def test_it_can_be_taken_back(sign_in_as: SignIn) -> None:
    browser = sign_in_as(factories.make_member())
    browser.post(CHECK_INS, {"mood": "1", "client_id": "a"})
    browser.post(f"{CHECK_INS}/{entries()[0].public_id}/delete")
    assert entries() == []


def test_a_strong_pull_is_met_with_ways_through(sign_in_as: SignIn) -> None:
    browser = sign_in_as(factories.make_member())
    browser.post(CHECK_INS, {"craving": "8", "client_id": "a"})
    assert "It goes up, and it comes down again." in browser.get("/me/journey").text


def test_the_weeks_show_means_as_drawing_sentence_and_table(sign_in_as: SignIn) -> None:
    alice = factories.make_member()
    today = utcnow().date()
    for mood, craving, back in ((1, 8, 70), (4, 2, 0), (5, 4, 0)):
        day = today - timedelta(days=back)
        db.session.add(CheckIn(member_id=alice.id, client_id=f"{mood}", day=day, mood=mood, craving=craving))
    page = sign_in_as(alice).get(CHECK_INS).text
    assert "Mood over twelve weeks: first Rough, lately" in page
    assert "The pull went from 3.0 to 8.0, lately 3.0." in page
    assert page.count('<tr><th scope="row">') == 12
    assert 'role="img"' in page


def test_weeks_begin_on_monday_and_end_with_this_one(database: None) -> None:
    alice = factories.make_member()
    weeks = checkins.weekly(alice, date(2026, 11, 22))
    assert next(monday for monday, _ in weeks) == date(2026, 8, 31)
    assert [monday for monday, _ in weeks][-1] == date(2026, 11, 16)
    assert all(monday.weekday() == 0 for monday, _ in weeks)


def test_one_week_is_not_compared_with_itself(sign_in_as: SignIn) -> None:
    browser = sign_in_as(factories.make_member())
    browser.post(CHECK_INS, {"mood": "2", "craving": "9", "client_id": "a"})
    page = browser.get(CHECK_INS).text
    assert "One week so far. Mood: Shaky. The pull: 9 of 10." in page
    assert "went from" not in page
