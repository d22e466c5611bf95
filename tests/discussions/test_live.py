"""Threads over Socket.IO: the same posting path, acks after the commit, replay without gaps, guards at every event."""

from __future__ import annotations

import contextvars
import functools
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from forum.core.db import db
from forum.core.events import commit
from forum.discussions import operations
from forum.discussions.models import Post, Thread
from forum.identity.sessions import end_sessions
from forum.realtime.server import NAMESPACE_LIVE, NAMESPACE_MOD, socketio
from tests import factories
from tests.conftest import NOW, Browser

PILLS = "i have the pills lined up on the table. not scared anymore"


class Line:
    """One open socket."""

    def __init__(self, app: Flask, browser: Browser, namespace: str = NAMESPACE_LIVE) -> None:
        db.session.commit()
        self.namespace = namespace
        open_client = functools.partial(socketio.test_client, app, namespace=namespace)
        self.client = contextvars.Context().run(open_client, flask_test_client=browser.client)

    def ask(self, event: str, *payload: Any) -> Any:
        """Send an event and return its ack."""
        db.session.commit()
        send = functools.partial(self.client.emit, callback=True, namespace=self.namespace)
        answer = contextvars.Context().run(send, event, *payload)
        db.session.expire_all()
        return answer

    def heard(self, event: str) -> list[Any]:
        """Return the payloads of one kind of event received since the last call."""
        return [m["args"][0] for m in self.client.get_received(self.namespace) if m["name"] == event]


@pytest.fixture
def line(app: Flask, sign_in_as: Callable[..., Browser], browser: Browser) -> Callable[..., Line]:
    """Open a socket for a member, a staff account or a guest."""

    def open_line(who: Any = None, namespace: str = NAMESPACE_LIVE) -> Line:
        return Line(app, sign_in_as(who) if who is not None else browser, namespace)

    return open_line


@pytest.fixture
def thread(database: None) -> Thread:
    """A thread by alice."""
    return factories.make_thread(factories.make_member())


def test_a_reply_reaches_everybody_who_has_the_thread_open(line: Callable[..., Line], thread: Thread) -> None:
    guest, bob = line(), line(factories.make_member("Late Heron 30"))
    joined = guest.ask("thread:join", {"thread": thread.public_id, "after": 0})
    assert (joined["ok"], joined["seq"], [e["kind"] for e in joined["events"]]) == (True, 1, ["post"])
    ack = bob.ask("post:create", {"thread": thread.public_id, "body": "I hear you.", "client_id": "c"})
    assert ack["ok"] is True
    assert (ack["post"]["seq"], ack["post"]["visibility"], ack["support"], ack["duplicate"]) == (2, "live", None, False)
    (event,) = guest.heard("thread:event")
    assert (event["thread"], event["seq"], event["kind"], event["post"]) == (
        thread.public_id, 2, "post", ack["post"]["id"],
    )  # fmt: skip
    assert "I hear you." in event["html"]
    assert "Late Heron 30" in event["html"]


def test_the_same_client_id_by_form_and_socket_is_one_post(
    line: Callable[..., Line], sign_in_as: Callable[..., Browser], thread: Thread
) -> None:
    bob = factories.make_member()
    sign_in_as(bob).post(f"/t/{thread.public_id}/posts", {"body": "Once.", "client_id": "same"})
    ack = line(bob).ask("post:create", {"thread": thread.public_id, "body": "Once.", "client_id": "same"})
    assert (ack["ok"], ack["duplicate"]) == (True, True)
    assert len(list(db.session.scalars(select(Post).where(Post.body == "Once.")))) == 1


def test_a_crisis_post_carries_its_card_in_the_ack(line: Callable[..., Line], thread: Thread) -> None:
    ack = line(factories.make_member(country="US")).ask(
        "post:create", {"thread": thread.public_id, "body": PILLS, "client_id": "c"}
    )
    assert ack["support"]["level"] == 3
    assert 'href="tel:911"' in ack["support"]["html"]


def test_a_refused_crisis_text_carries_its_card_too(line: Callable[..., Line], thread: Thread) -> None:
    operations.close_thread(thread, NOW)
    ack = line(factories.make_member(country="US")).ask(
        "post:create", {"thread": thread.public_id, "body": PILLS, "client_id": "c"}
    )
    assert (ack["ok"], ack["error"]["code"]) == (False, "closed")
    assert 'href="tel:911"' in ack["support"]["html"]


def test_held_words_reach_nobody_else(line: Callable[..., Line], thread: Thread) -> None:
    carol = factories.make_member("Salt Marsh 31")
    factories.make_post(thread, carol, "hello")
    guest, bob = line(), line(factories.make_member())
    guest.ask("thread:join", {"thread": thread.public_id, "after": 0})
    guest.heard("thread:event")
    ack = bob.ask(
        "post:create",
        {"thread": thread.public_id, "body": "go die, nobody wants you here, Salt Marsh 31", "client_id": "c"},
    )
    assert (ack["post"]["visibility"], ack["post"]["seq"]) == ("held", None)
    assert "nobody wants you here" in ack["post"]["html"]
    assert guest.heard("thread:event") == []
    again = guest.ask("thread:join", {"thread": thread.public_id, "after": 0})
    assert "nobody wants" not in str(again)


def test_hiding_reaches_open_pages_and_replay_carries_no_words(line: Callable[..., Line], thread: Thread) -> None:
    post = factories.make_post(thread, factories.make_member(), "Something to take down.")
    guest = line()
    guest.ask("thread:join", {"thread": thread.public_id, "after": 0})
    guest.heard("thread:event")
    operations.set_visibility(post, "hidden", NOW)
    commit()
    (event,) = guest.heard("thread:event")
    assert event["kind"] == "hide"
    assert "take down." not in event["html"]
    replay = guest.ask("thread:join", {"thread": thread.public_id, "after": 0})
    assert "Something to take down." not in str(replay)
    assert [e["seq"] for e in replay["events"]] == [1, 2, 3]


def test_the_author_hears_of_a_decision(line: Callable[..., Line], thread: Thread) -> None:
    bob = factories.make_member()
    post = factories.make_post(thread, bob, "Waiting.", visibility="held")
    own = line(bob)
    operations.set_visibility(post, "live", NOW)
    commit()
    (state,) = own.heard("post:state")
    assert (state["post"], state["visibility"]) == (post.public_id, "live")


@pytest.mark.parametrize(
    ("event", "payload"),
    [
        ("post:create", {"thread": "t", "body": 7, "client_id": "c"}),
        ("post:create", {"thread": "t", "body": "x", "client_id": "c", "admin": True}),
        ("post:create", ["not", "an", "object"]),
        ("post:create", None),
        ("thread:join", {"thread": "t", "after": -1}),
        ("thread:join", {"after": 0}),
        ("post:react", {"post": "p" * 65, "kind": "hear"}),
    ],
)
def test_malformed_events_are_refused_calmly(line: Callable[..., Line], event: str, payload: Any) -> None:
    answer = line(factories.make_member()).ask(event, payload)
    assert answer["ok"] is False
    assert answer["error"]["code"] == "bad_request"


def test_guests_read_and_do_nothing_else(line: Callable[..., Line], thread: Thread) -> None:
    guest = line()
    for event, payload in (
        ("post:create", {"thread": thread.public_id, "body": "x", "client_id": "c"}),
        ("post:react", {"post": "p", "kind": "hear"}),
        ("post:report", {"post": "p", "category": "spam", "text": ""}),
    ):
        answer = guest.ask(event, payload)
        assert (answer["ok"], answer["error"]["code"]) == (False, "signed_out"), event


def test_a_socket_opened_before_signing_out_can_do_nothing_afterwards(
    line: Callable[..., Line], thread: Thread
) -> None:
    """Trap M2: a Socket.IO session is a snapshot of the handshake."""
    bob = factories.make_member()
    open_line = line(bob)
    end_sessions(reason="signed_out", member_id=bob.id)
    db.session.commit()  # without telling the sockets: the session row alone must stop them
    answer = open_line.ask("post:create", {"thread": thread.public_id, "body": "Still me?", "client_id": "c"})
    assert (answer["ok"], answer["error"]["code"]) == (False, "signed_out")


def test_signing_out_closes_the_socket_at_once(line: Callable[..., Line]) -> None:
    bob = factories.make_member()
    open_line = line(bob)
    end_sessions(reason="signed_out", member_id=bob.id)
    commit()
    told = [m for m in open_line.client.queue if m["name"] == "session:ended"]
    assert [m["args"] for m in told] == [[{"reason": "signed_out"}]]
    assert not open_line.client.is_connected(NAMESPACE_LIVE)


def test_members_and_guests_never_reach_the_staff_namespace(line: Callable[..., Line]) -> None:
    assert not line(factories.make_member(), NAMESPACE_MOD).client.is_connected(NAMESPACE_MOD)
    assert not line(None, NAMESPACE_MOD).client.is_connected(NAMESPACE_MOD)
    assert line(factories.make_staff(), NAMESPACE_MOD).client.is_connected(NAMESPACE_MOD)


def test_unknown_and_forbidden_threads_look_the_same(line: Callable[..., Line]) -> None:
    held = factories.make_thread(factories.make_member(), visibility="held")
    guest = line()
    answers = [guest.ask("thread:join", {"thread": name, "after": 0}) for name in (held.public_id, "nowhere")]
    assert answers[0] == answers[1]
    assert answers[0]["error"]["code"] == "not_found"
