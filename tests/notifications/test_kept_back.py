"""Somebody told to die never sees it and gets help all the same, once a day; whoever is not meant hears nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from forum.core.db import db
from forum.discussions.models import Post, Thread
from forum.identity.models import Member
from forum.moderation.models import Case
from forum.notifications.models import Notification
from tests import factories
from tests.conftest import Browser

SignIn = Callable[..., Browser]
CRUEL = "just kill yourself already, nobody would notice"


def say(browser: Browser, thread: Thread, body: str, client_id: str, **more: str) -> Post:
    browser.post(f"/t/{thread.public_id}/posts", {"body": body, "client_id": client_id, **more})
    return db.session.scalars(select(Post).where(Post.client_id == client_id)).one()


def told(member: Member) -> list[Notification]:
    query = select(Notification).where(Notification.member_id == member.id, Notification.subject == "kept_back")
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def test_the_member_it_answers_is_offered_help_without_the_words(sign_in_as: SignIn) -> None:
    alice, bob, carol = (factories.make_member() for _ in range(3))
    thread = factories.make_thread(carol)
    hers = factories.make_post(thread, alice, "day nine and shaky")
    post = say(sign_in_as(bob), thread, CRUEL, "kb-1", reply_to=hers.public_id)
    case = db.session.scalars(select(Case).where(Case.target_id == post.id)).one()
    assert (post.visibility, case.lane, case.lane_reason) == ("held", 1, "incitement")
    assert [len(told(one)) for one in (alice, bob, carol)] == [1, 0, 0]
    browser = sign_in_as(alice)
    assert "We kept something from you" in browser.get("/notifications").text
    page = browser.get(f"/notifications/{told(alice)[0].public_id}", follow_redirects=True)
    assert page.request.path == "/notifications/kept"
    assert "you don’t have to carry it alone" in page.text
    assert 'data-level="2"' in page.text
    assert "kill yourself" not in page.text
    assert "nobody would notice" not in browser.get(f"/t/{thread.public_id}").text


@pytest.mark.parametrize(
    ("body", "meant"),
    [("kys", "starter"), ("@Early Heron 77 kys", "named")],
)
def test_who_is_meant_is_whom_it_names_or_whose_thread_it_is(sign_in_as: SignIn, body: str, meant: str) -> None:
    starter, named, bob = factories.make_member(), factories.make_member("Early Heron 77"), factories.make_member()
    thread = factories.make_thread(starter)
    factories.make_post(thread, named, "still here")
    assert say(sign_in_as(bob), thread, body, f"kb-{meant}").visibility == "held"
    assert [bool(told(starter)), bool(told(named))] == [meant == "starter", meant == "named"]


def test_it_is_said_once_a_day_however_often_it_is_written(sign_in_as: SignIn) -> None:
    starter, bob = factories.make_member(), factories.make_member()
    thread = factories.make_thread(starter)
    browser = sign_in_as(bob)
    say(browser, thread, CRUEL, "kb-a")
    say(browser, thread, "go die, kys", "kb-b")
    assert [line.count for line in told(starter)] == [1]


def test_words_against_oneself_and_quoted_ones_tell_nobody(sign_in_as: SignIn) -> None:
    starter, bob = factories.make_member(), factories.make_member()
    thread = factories.make_thread(starter)
    browser = sign_in_as(bob)
    say(browser, thread, "my ex used to tell me to kill myself. took years to stop hearing it", "kb-q")
    say(browser, thread, "kys is what my head says to me every night", "kb-s")
    assert told(starter) == []
