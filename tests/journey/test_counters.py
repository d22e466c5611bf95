"""Counting in the browser: several things at once, a day of use that keeps the days, a draft that is never sent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from forum.core.clock import utcnow
from forum.core.db import db
from forum.discussions.models import Post, Thread
from forum.journey.models import CounterMark, DayCounter
from tests import factories
from tests.conftest import Browser
from tests.journey.people import LOW, level_of

SignIn = Callable[..., Browser]
DAYS = "/me/journey/days"


def ago(days: int) -> str:
    return (utcnow().date() - timedelta(days=days)).isoformat()


def start(browser: Browser, label: str = "wine", *, days: int = 41, **more: str) -> str:
    """Start counting; return the path of the counter."""
    answer = browser.post(DAYS, {"label": label, "day": ago(days), "goal": "without", "about": "substance", **more})
    assert answer.status_code == 303
    row = db.session.scalars(select(DayCounter).where(DayCounter.label == label)).one()
    return f"{DAYS}/{row.public_id}"


def test_several_things_are_counted_each_on_its_own(sign_in_as: SignIn) -> None:
    browser = sign_in_as(factories.make_member())
    start(browser, "wine", days=41)
    start(browser, "the machines", days=3, about="behaviour")
    start(browser, "only at weekends", days=12, goal="within")
    page = browser.get("/me/journey").text
    for words in (
        "41 days since",
        "3 days since",
        "12 days since",
        "I used today",
        "It happened today",
        "I went past it",
    ):
        assert words in page


def test_marking_a_day_keeps_the_days_and_says_so(sign_in_as: SignIn) -> None:
    browser = sign_in_as(factories.make_member())
    counter = start(browser)
    answer = browser.post(f"{counter}/today", {"day": ago(0)})
    after = browser.get(answer.location).text
    assert "Thank you for being straight with yourself." in after
    assert "Your 41 days happened. They stay on your path." in after
    assert "keep naloxone close" in after
    assert "41 days in all." in browser.get("/me/journey").text


def test_the_warning_about_tolerance_is_only_for_what_people_take(sign_in_as: SignIn) -> None:
    browser = sign_in_as(factories.make_member())
    counter = start(browser, about="behaviour")
    browser.post(f"{counter}/today", {"day": ago(0)})
    assert "naloxone" not in browser.get(f"{counter}/after").text


def test_the_count_starts_when_the_member_says_so(sign_in_as: SignIn) -> None:
    browser = sign_in_as(factories.make_member())
    counter = start(browser)
    browser.post(f"{counter}/today", {"day": ago(5)})
    assert "Not counting just now." in browser.get("/me/journey").text
    browser.post(f"{counter}/start", {"day": ago(2)})
    page = browser.get("/me/journey").text
    assert "2 days since" in page
    assert "38 days in all." in page


def test_a_second_press_starts_no_second_count(sign_in_as: SignIn) -> None:
    browser = sign_in_as(factories.make_member())
    counter = start(browser)
    for _ in range(2):
        browser.post(f"{counter}/today", {"day": ago(0)})
    for _ in range(2):
        browser.post(f"{counter}/start", {"day": (utcnow().date() + timedelta(days=1)).isoformat()})
    assert db.session.scalar(select(func.count()).select_from(CounterMark)) == 3
    assert "Counting starts on" in browser.get(counter).text


def test_a_mark_can_be_taken_away_and_the_run_goes_on(sign_in_as: SignIn) -> None:
    browser = sign_in_as(factories.make_member())
    counter = start(browser)
    browser.post(f"{counter}/today", {"day": ago(0)})
    browser.post(f"{counter}/undo", {"day": ago(0)})
    assert "41 days since" in browser.get(counter).text


def test_a_folded_number_waits_behind_a_word(sign_in_as: SignIn) -> None:
    browser = sign_in_as(factories.make_member())
    counter = start(browser)
    assert "Show the number" not in browser.get("/me/journey").text
    browser.post(counter, {"label": "wine", "is_hidden": "yes"})
    assert "Show the number" in browser.get("/me/journey").text


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"label": " "}, "Please give it a name."),
        ({"label": "x" * 61}, "at most 60 characters"),
        ({"label": "wine", "day": "1850-01-01"}, "Please choose a day"),
        ({"label": "wine", "day": "2150-01-01"}, "Please choose a day"),
        ({"label": "wine", "day": "soon"}, "We couldn&#39;t read that day"),
    ],
)
def test_what_cannot_be_counted_says_why(sign_in_as: SignIn, form: dict[str, str], sentence: str) -> None:
    answer = sign_in_as(factories.make_member()).post(DAYS, form)
    assert answer.status_code in (400, 413)
    assert sentence in answer.text
    assert db.session.scalar(select(func.count()).select_from(DayCounter)) == 0


def test_a_label_is_read_for_distress(sign_in_as: SignIn) -> None:
    answer = sign_in_as(factories.make_member()).post(DAYS, {"label": LOW})
    assert level_of(answer.text) == 2


def test_a_day_ahead_cannot_be_marked(sign_in_as: SignIn) -> None:
    browser = sign_in_as(factories.make_member())
    counter = start(browser)
    tomorrow = (utcnow().date() + timedelta(days=1)).isoformat()
    assert browser.post(f"{counter}/today", {"day": tomorrow}).status_code == 400


def test_nobody_else_reaches_it(sign_in_as: SignIn) -> None:
    counter = start(sign_in_as(factories.make_member()))
    other = sign_in_as(factories.make_member())
    for path in ("", "/today", "/after", "/say"):
        assert other.get(counter + path).status_code == 404
    for path in ("", "/today", "/start", "/undo", "/delete"):
        assert other.post(counter + path, {"label": "mine", "day": ago(0)}).status_code == 404


def test_saying_it_out_loud_is_a_draft_and_posts_nothing(sign_in_as: SignIn) -> None:
    browser = sign_in_as(factories.make_member())
    counter = start(browser)
    page = browser.get(f"{counter}/say").text
    assert 'value="41 days"' in page
    room = factories.a_room("milestones")
    assert f'action="/r/{room.public_id}/threads"' in page
    assert db.session.scalar(select(func.count()).select_from(Post)) == 0


def test_the_draft_can_be_sent_as_it_stands(sign_in_as: SignIn) -> None:
    browser = sign_in_as(factories.make_member())
    page = browser.get(f"{start(browser)}/say").text
    client_id = page.split('name="client_id" value="')[1].split('"')[0]
    body = page.split("<textarea")[1].split(">", 1)[1].split("<")[0]
    room = factories.a_room("milestones")
    form = {"title": "41 days", "body": body, "client_id": client_id}
    assert browser.post(f"/r/{room.public_id}/threads", form).status_code == 303
    assert db.session.scalars(select(Thread)).one().title == "41 days"


def test_forgetting_a_counter_forgets_its_days(sign_in_as: SignIn) -> None:
    browser = sign_in_as(factories.make_member())
    browser.post(f"{start(browser)}/delete")
    assert db.session.scalar(select(func.count()).select_from(CounterMark)) == 0


def test_a_day_changes_at_the_members_midnight(sign_in_as: SignIn) -> None:
    browser = sign_in_as(factories.make_member())
    assert browser.post("/me/journey/midnight", {"zone": "Nowhere/Land"}).status_code == 400
    assert browser.post("/me/journey/midnight", {"zone": "Pacific/Auckland"}).status_code == 303
    assert '<option value="Pacific/Auckland" selected>' in browser.get("/me/journey/midnight").text


def test_the_clock_chosen_for_meetings_is_offered_first(sign_in_as: SignIn) -> None:
    browser = sign_in_as(factories.make_member())
    for zone, shown in (("Asia/Tokyo", "Asia/Tokyo"), ("Mars/Base", "UTC")):
        browser.client.set_cookie("zone", zone, domain="127.0.0.1")
        assert f'<option value="{shown}" selected>' in browser.get("/me/journey/midnight").text
