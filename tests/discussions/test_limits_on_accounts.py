"""What a limit on an account means where people write: at once, on pages and sockets, and never against distress."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from forum.core import events
from forum.core.clock import utcnow
from forum.core.db import db
from forum.discussions import jobs, judging
from forum.discussions.models import Post, Thread
from forum.moderation import actions, intake, pipeline, sanctions
from forum.moderation.actors import Actor
from forum.moderation.models import Case, Decision, Sanction
from forum.moderation.verdict import Finding, Verdict
from tests.factories import make_member, make_post, make_staff, make_thread

RUDE = Finding("toxicity", "insult", score=0.9, threshold=0.6, explanation="It reads as unkind.", version="m1")
DANGER = "i have the pills lined up on the table and i am going to take them tonight"


def case_about(post: Post) -> Case:
    verdict = Verdict("live", 0, "T2", (RUDE,))
    case = intake.record_verdict(judging.target_of(post), verdict, now=utcnow())
    assert case is not None
    return case


def moderator() -> Actor:
    person = make_staff()
    return Actor(person.id, "moderator", person.name)


@pytest.fixture
def thread(database: None) -> Thread:
    return make_thread(make_member())


@pytest.fixture
def alice(thread: Thread, sign_in_as: Callable[..., Any]) -> Any:
    person = make_member()
    browser = sign_in_as(person)
    browser.person = person
    return browser


def limit(thread: Thread, alice: Any, kind: str, hours: int) -> Sanction:
    post = make_post(thread, alice.person, now=utcnow() - timedelta(hours=1))
    case = case_about(post)
    found = sanctions.impose(
        case.id,
        actor=moderator(),
        version=case.version,
        now=utcnow(),
        kind=kind,
        hours=hours,
        reason_code="threat_or_hate",
    )
    events.commit()
    return found


def send(alice: Any, thread: Thread, body: str, number: int) -> Any:
    return alice.post(f"/t/{thread.public_id}/posts", {"body": body, "client_id": f"c{number}"})


def test_slowed_means_one_post_in_ten_minutes(thread: Thread, alice: Any) -> None:
    limit(thread, alice, "slow", 24)
    assert send(alice, thread, "The first one goes up.", 1).status_code == 303
    refused = send(alice, thread, "The second one is early.", 2)
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 600
    assert "The second one is early." in refused.get_data(as_text=True)
    mine = db.session.scalars(select(Post).where(Post.author_id == alice.person.id, Post.client_id == "c1")).one()
    mine.created_at -= timedelta(minutes=10, seconds=1)
    assert send(alice, thread, "The third one has waited.", 3).status_code == 303


def test_the_same_words_sent_twice_are_no_second_post(thread: Thread, alice: Any) -> None:
    limit(thread, alice, "slow", 24)
    assert send(alice, thread, "Once.", 1).status_code == 303
    assert send(alice, thread, "Once.", 1).status_code == 303


def test_somebody_in_danger_is_never_told_to_slow_down(thread: Thread, alice: Any) -> None:
    limit(thread, alice, "slow", 24)
    send(alice, thread, "Just now.", 1)
    assert send(alice, thread, DANGER, 2).status_code == 303


def test_the_page_says_what_is_limited_and_where_to_read_why(thread: Thread, alice: Any) -> None:
    page = f"/t/{thread.public_id}"
    assert "data-standing hidden" in alice.get(page).get_data(as_text=True)
    limit(thread, alice, "read_only", 24)
    shown = alice.get(page).get_data(as_text=True)
    assert "data-standing hidden" not in shown
    assert "You can&#39;t post until" in shown
    assert 'href="/me/letters"' in shown


def test_open_pages_hear_of_it_at_once_and_the_next_event_is_refused(app: Flask, thread: Thread, alice: Any) -> None:
    from forum.realtime.server import socketio

    socket = socketio.test_client(app, namespace="/live", flask_test_client=alice.client)
    found = limit(thread, alice, "read_only", 24).id
    path = thread.public_id
    heard = [event for event in socket.get_received("/live") if event["name"] == "standing:changed"]
    assert [event["args"][0] for event in heard] == [{"kind": "read_only", "state": "active"}]
    sent = {"thread": path, "body": "hello", "client_id": "c1"}
    answer = socket.emit("post:create", sent, namespace="/live", callback=True)
    assert answer["error"]["code"] == "forbidden"
    sanctions.lift(found, actor=moderator(), now=utcnow())
    events.commit()
    heard = [event for event in socket.get_received("/live") if event["name"] == "standing:changed"]
    assert heard[0]["args"][0]["state"] == "lifted"
    assert socket.emit("post:create", sent, namespace="/live", callback=True)["ok"]


@pytest.mark.parametrize("was_read", [True, False])
def test_a_late_model_never_overrules_a_person(thread: Thread, monkeypatch: pytest.MonkeyPatch, was_read: bool) -> None:
    post = make_post(thread, make_member(), "you are all fools")
    case = case_about(post)
    if was_read:
        actions.approve(case.id, actor=moderator(), version=case.version, now=utcnow())
    post.scan_state = "pending"
    events.commit()
    late = Verdict("held", 0, "T2", (RUDE,), reason_code="abuse", explanation="It reads as unkind.")
    monkeypatch.setattr(pipeline, "rescreen", lambda *_args, **_more: late)
    assert jobs.rescan(post) == 1
    assert post.visibility == ("live" if was_read else "held")
    held = db.session.scalars(select(Decision.action).where(Decision.case_id == case.id, Decision.action == "hold"))
    assert list(held) == ([] if was_read else ["hold"])


def test_an_edited_text_is_new_to_everybody(thread: Thread, monkeypatch: pytest.MonkeyPatch) -> None:
    post = make_post(thread, make_member(), "you are all fools")
    case = case_about(post)
    actions.approve(case.id, actor=moderator(), version=case.version, now=utcnow())
    post.revision += 1
    events.commit()
    late = Verdict("held", 0, "T2", (RUDE,), reason_code="abuse", explanation="It reads as unkind.")
    monkeypatch.setattr(pipeline, "rescreen", lambda *_args, **_more: late)
    jobs.rescan(post)
    assert post.visibility == "held"
