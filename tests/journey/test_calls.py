"""Asking a moderator to write: the member's choice, answered where they asked, and what was private stays private."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from forum.core.clock import utcnow
from forum.core.db import db
from forum.journey import calls
from forum.journey.models import CallLine, CheckIn
from forum.moderation import actions, leases
from forum.moderation.actors import Actor
from forum.moderation.models import Case
from forum.moderation.subjects import subject_of
from tests import factories
from tests.conftest import Browser
from tests.journey.people import TROUBLE, level_of

SignIn = Callable[..., Browser]
ASK = "/me/journey/ask"


def cases() -> list[Case]:
    return list(db.session.scalars(select(Case).where(Case.target_type == calls.SUBJECT)))


@pytest.mark.parametrize(("level", "lane"), [("3", 0), ("2", 1), ("", 2), ("9", 2)])
def test_the_button_on_a_card_calls_as_urgently_as_the_card_was(sign_in_as: SignIn, level: str, lane: int) -> None:
    sign_in_as(factories.make_member()).post(ASK, {"client_id": "a", "level": level})
    (case,) = cases()
    assert (case.lane, case.state, case.lane_reason) == (lane, "open", "asked_for_moderator")


def test_moderators_see_that_somebody_asked_and_nothing_of_what_was_private(sign_in_as: SignIn) -> None:
    browser = sign_in_as(factories.make_member("Plain Otter 12"))
    browser.post("/me/journey/check-ins", {"line": TROUBLE, "client_id": "a"})
    page = browser.get("/me/journey").text
    ask_id = page.split('action="/me/journey/ask"')[1].split('name="client_id" value="')[1].split('"')[0]
    assert db.session.scalars(select(CheckIn)).one().public_id in ask_id
    browser.post(ASK, {"client_id": ask_id, "level": "3"})
    (case,) = cases()
    assert case.lane == 0
    quote = subject_of(calls.SUBJECT).quote(case.target_id)
    assert quote is not None
    assert (quote.text, quote.author_handle) == ("Please write to me.", "Plain Otter 12")
    shown = subject_of(calls.SUBJECT).excerpts([case.target_id])[case.target_id]
    assert TROUBLE not in f"{quote} {shown}"


def test_asking_twice_with_one_press_is_asking_once(sign_in_as: SignIn) -> None:
    browser = sign_in_as(factories.make_member())
    for _ in range(2):
        browser.post(ASK, {"client_id": "a", "body": "Is anybody there"})
    assert len(list(db.session.scalars(select(CallLine)))) == 1
    assert len(cases()) == 1


def test_words_that_ask_are_read_for_distress(sign_in_as: SignIn) -> None:
    answer = sign_in_as(factories.make_member()).post(ASK, {"client_id": "a", "body": TROUBLE})
    assert level_of(answer.text) == 3
    assert cases()[0].lane == 0


def test_too_many_words_come_back_with_the_card(sign_in_as: SignIn) -> None:
    body = TROUBLE + ". " + "and then " * 300
    answer = sign_in_as(factories.make_member()).post(ASK, {"client_id": "a", "body": body})
    assert (answer.status_code, level_of(answer.text)) == (413, 3)
    assert TROUBLE in answer.text


def test_the_answer_is_read_where_it_was_asked_for(sign_in_as: SignIn) -> None:
    browser = sign_in_as(factories.make_member())
    browser.post(ASK, {"client_id": "a", "body": "Could somebody write"})
    (case,) = cases()
    mo = factories.make_staff("Mo 71")
    actor, now = Actor(mo.id, mo.role, mo.name), utcnow()
    leases.claim(case, actor=actor, now=now)
    db.session.refresh(case)
    actions.support(case.id, actor=actor, version=case.version, now=now, message="I'm here until six. Ash")
    db.session.info.pop("forum.events", None)
    assert "A moderator has written to you." in browser.get("/me/journey").text
    assert "I&#39;m here until six. Ash" in browser.get(ASK).text
    assert "A moderator has written to you." not in browser.get("/me/journey").text
    assert "Mo 71" not in browser.get(ASK).text


def test_asking_again_opens_the_case_again(sign_in_as: SignIn) -> None:
    browser = sign_in_as(factories.make_member())
    browser.post(ASK, {"client_id": "a"})
    (case,) = cases()
    mo = factories.make_staff()
    actor, now = Actor(mo.id, mo.role, mo.name), utcnow()
    leases.claim(case, actor=actor, now=now)
    db.session.refresh(case)
    actions.support(case.id, actor=actor, version=case.version, now=now, message="I read it. Ash")
    db.session.info.pop("forum.events", None)
    assert cases()[0].state == "resolved"
    browser.post(ASK, {"client_id": "b", "body": "Are you still there"})
    (case,) = cases()
    db.session.refresh(case)
    assert case.state == "open"


def test_one_members_lines_are_not_anothers(sign_in_as: SignIn) -> None:
    sign_in_as(factories.make_member()).post(ASK, {"client_id": "a", "body": "Only for the team"})
    assert "Only for the team" not in sign_in_as(factories.make_member()).get(ASK).text


def test_nothing_moderation_does_to_a_call_changes_it(sign_in_as: SignIn) -> None:
    sign_in_as(factories.make_member()).post(ASK, {"client_id": "a", "body": "Still here"})
    subject, target, now = subject_of(calls.SUBJECT), cases()[0].target_id, utcnow()
    subject.lock(target)
    subject.hide(target, "x", now)
    subject.hold(target, "x", now)
    subject.limit(target, "x", now)
    subject.release(target, now)
    subject.restore(target, "live", now)
    quote = subject.quote(target)
    assert quote is not None
    assert (quote.text, quote.visibility) == ("Still here", "live")
    assert subject.quote(10**9) is None
    assert subject.author_of(10**9) is None
