"""Goals change and rest; they don't fail. Others see one only through a link its member made."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from forum.core.clock import utcnow
from forum.core.db import db
from forum.journey import goals
from forum.journey.events import GoalToLookAt
from forum.journey.models import Goal
from tests import factories
from tests.conftest import Browser
from tests.journey.people import TROUBLE, level_of

SignIn = Callable[..., Browser]
AIMS = "/me/journey/aims"
FORM = {
    "what": "Ring my sister on Sundays",
    "why": "She keeps asking how I am",
    "strength": "I can listen",
    "first_step": "Put her number on the fridge",
    "rhythm": "weekly",
}


def made(browser: Browser, **more: str) -> Goal:
    assert browser.post(AIMS, {**FORM, **more}).status_code == 303
    return db.session.scalars(select(Goal).order_by(Goal.id.desc()).limit(1)).one()


def test_a_goal_keeps_why_strength_step_and_rhythm(sign_in_as: SignIn) -> None:
    browser = sign_in_as(factories.make_member())
    goal = made(browser, by_when=(utcnow().date() + timedelta(days=30)).isoformat())
    page = browser.get(f"{AIMS}/{goal.public_id}").text
    for words in ("Ring my sister", "She keeps asking", "I can listen", "on the fridge", "By when", "Only you"):
        assert words in page
    assert goal.look_again_on == utcnow().date() + timedelta(days=7)


@pytest.mark.parametrize("how", ["going", "some", "change"])
def test_looking_again_keeps_it_open_and_sets_the_next_look(sign_in_as: SignIn, how: str) -> None:
    browser = sign_in_as(factories.make_member())
    goal = made(browser)
    answer = browser.post(f"{AIMS}/{goal.public_id}/look", {"how": how, "note": "Twice this week"})
    assert answer.location.endswith("/edit" if how == "change" else goal.public_id)
    db.session.refresh(goal)
    assert goal.state == "open"
    assert goal.look_again_on is not None
    assert "Twice this week" in browser.get(f"{AIMS}/{goal.public_id}").text


def test_a_goal_can_rest_and_be_taken_up_again(sign_in_as: SignIn) -> None:
    browser = sign_in_as(factories.make_member())
    goal = made(browser)
    browser.post(f"{AIMS}/{goal.public_id}/look", {"how": "rest"})
    db.session.refresh(goal)
    assert (goal.state, goal.look_again_on) == ("resting", None)
    browser.post(f"{AIMS}/{goal.public_id}/again")
    db.session.refresh(goal)
    assert goal.state == "open"


@pytest.mark.parametrize(
    "form",
    [{"what": ""}, {"what": "x" * 121}, {"why": "x" * 401}, {"by_when": "never"}, {"by_when": "9999-01-01"}],
)
def test_what_cannot_be_kept_comes_back(sign_in_as: SignIn, form: dict[str, str]) -> None:
    answer = sign_in_as(factories.make_member()).post(AIMS, {**FORM, **form})
    assert answer.status_code in (400, 413)
    assert "Put her number on the fridge" in answer.text
    assert db.session.scalars(select(Goal)).all() == []


@pytest.mark.parametrize("field", ["what", "why", "strength", "first_step"])
def test_every_box_is_read_for_distress(sign_in_as: SignIn, field: str) -> None:
    answer = sign_in_as(factories.make_member()).post(AIMS, {**FORM, field: TROUBLE})
    assert level_of(answer.text) == 3


def test_distress_is_read_in_a_refused_goal_and_in_a_note(sign_in_as: SignIn) -> None:
    browser = sign_in_as(factories.make_member())
    assert level_of(browser.post(AIMS, {**FORM, "why": TROUBLE, "by_when": "never"}).text) == 3
    assert level_of(browser.post(AIMS, {"why": TROUBLE}).text) == 3
    goal = made(browser)
    for how in ("going", "nonsense"):
        assert level_of(browser.post(f"{AIMS}/{goal.public_id}/look", {"how": how, "note": TROUBLE}).text) == 3


def test_nobody_else_sees_it_without_a_link(sign_in_as: SignIn) -> None:
    goal = made(sign_in_as(factories.make_member()))
    other = sign_in_as(factories.make_member())
    assert other.get(f"{AIMS}/{goal.public_id}").status_code == 404
    assert other.get(f"/g/{goal.public_id}").status_code == 404
    for path in ("edit", "look", "again", "delete", "link"):
        assert other.post(f"{AIMS}/{goal.public_id}/{path}", {**FORM, "how": "going"}).status_code == 404


def test_a_link_shows_the_goal_without_its_member_until_it_is_taken_back(sign_in_as: SignIn) -> None:
    alice = factories.make_member("Quiet Lantern 33")
    browser, other = sign_in_as(alice), sign_in_as(factories.make_member())
    goal = made(browser)
    browser.post(f"{AIMS}/{goal.public_id}/look", {"how": "going", "note": "A private note"})
    browser.post(f"{AIMS}/{goal.public_id}/link")
    db.session.refresh(goal)
    shown = other.get(f"/g/{goal.link_id}").text
    assert "Ring my sister on Sundays" in shown
    assert "Quiet Lantern" not in shown
    assert "A private note" not in shown
    first = goal.link_id
    browser.post(f"{AIMS}/{goal.public_id}/link", {"stop": "yes"})
    assert other.get(f"/g/{first}").status_code == 404


def test_a_guest_cannot_follow_a_link(sign_in_as: SignIn, browser: Browser) -> None:
    mine = sign_in_as(factories.make_member())
    goal = made(mine)
    mine.post(f"{AIMS}/{goal.public_id}/link")
    db.session.refresh(goal)
    assert browser.get(f"/g/{goal.link_id}").status_code == 303


def test_words_that_would_be_held_from_others_cannot_be_shared(sign_in_as: SignIn) -> None:
    browser = sign_in_as(factories.make_member())
    goal = made(browser, why="Write to me at jane.doe@example.com or 020 7946 0018")
    answer = browser.post(f"{AIMS}/{goal.public_id}/link")
    assert answer.status_code == 400
    assert "it stays with you" in answer.text
    db.session.refresh(goal)
    assert goal.link_id is None


def test_changing_a_shared_goal_into_such_words_stops_the_link(sign_in_as: SignIn) -> None:
    browser = sign_in_as(factories.make_member())
    goal = made(browser)
    browser.post(f"{AIMS}/{goal.public_id}/link")
    browser.post(f"{AIMS}/{goal.public_id}/edit", {**FORM, "why": "Mail jane.doe@example.com, 020 7946 0018"})
    db.session.refresh(goal)
    assert (goal.is_shareable, goal.link_id) == (False, None)


def test_the_day_to_look_again_is_told_once(sign_in_as: SignIn) -> None:
    goal = made(sign_in_as(factories.make_member()))
    day = utcnow().date() + timedelta(days=7)
    assert goals.take_due(day - timedelta(days=1)) == []
    assert [found.id for found in goals.take_due(day)] == [goal.id]
    assert goals.take_due(day) == []
    assert goals.take_due(day + timedelta(days=1)) == []
    assert GoalToLookAt(1, "x").member_id == 1
