"""People kept apart from one another in one room: on its page, in its replay, and in what is sent live."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from flask import Flask

from forum.boundaries import operations as boundaries
from forum.core import events
from forum.meetings import controls, seats
from tests import factories
from tests.conftest import Browser
from tests.discussions.test_live import Line
from tests.meetings.conftest import Room

SignIn = Callable[..., Browser]


@pytest.fixture
def people(live_room: Room) -> SimpleNamespace:
    controls.set_mode(session=live_room.session, mode="on", actor=live_room.actor, now=live_room.now)
    found = {name: live_room.sit(f"{name.title()} Wren").member for name in ("alice", "carol", "bob")}
    boundaries.block(found["alice"], found["carol"].id, live_room.now)
    events.commit()
    return SimpleNamespace(**found)


def come_in(app: Flask, browser: Browser, room: Room) -> Line:
    line = Line(app, browser)
    assert line.ask("meeting:join", {"session": room.session.public_id})["ok"]
    return line


def say(line: Line, room: Room, body: str) -> None:
    assert room.session.thread is not None
    sent = {"thread": room.session.thread.public_id, "body": body, "client_id": body}
    assert line.ask("post:create", sent)["post"]["visibility"] == "live"


def test_live_lines_of_somebody_blocked_reach_neither_and_both_stay_in_step(
    app: Flask, live_room: Room, people: SimpleNamespace, sign_in_as: SignIn
) -> None:
    alice, carol, bob = (come_in(app, sign_in_as(who), live_room) for who in (people.alice, people.carol, people.bob))
    say(carol, live_room, "By Carol.")
    assert "By Carol." in str(bob.heard("thread:event"))
    (nudge,) = alice.heard("thread:event")
    assert (nudge["kind"], nudge["html"], nudge["post"]) == ("ask", "", None)
    asked = alice.ask("meeting:join", {"session": live_room.session.public_id, "after": 0})
    assert (asked["seq"], asked["events"]) == (nudge["seq"], [])
    say(alice, live_room, "By Alice.")
    assert "By Alice." not in str(carol.heard("thread:event"))
    say(bob, live_room, "By Bob.")
    asked = carol.ask("meeting:join", {"session": live_room.session.public_id, "after": asked["seq"]})
    assert "By Bob." in str(asked["events"])
    assert "By Alice." not in str(asked["events"])


def test_their_pages_leave_the_others_lines_out(
    app: Flask, live_room: Room, people: SimpleNamespace, sign_in_as: SignIn
) -> None:
    say(come_in(app, sign_in_as(people.carol), live_room), live_room, "By Carol.")
    path = f"/s/{live_room.session.public_id}"
    assert "By Carol." not in sign_in_as(people.alice).get(path).text
    assert "By Carol." in sign_in_as(people.bob).get(path).text


def test_a_new_seat_tells_the_open_pages_of_those_it_is_kept_apart_from(
    app: Flask, live_room: Room, people: SimpleNamespace, sign_in_as: SignIn
) -> None:
    gil = factories.make_member("Gil Wren")
    boundaries.block(gil, people.bob.id, live_room.now)
    bob = come_in(app, sign_in_as(people.bob), live_room)
    seats.acknowledge(gil, live_room.now)
    events.commit()
    bob.heard("thread:again")
    hers = come_in(app, sign_in_as(gil), live_room)
    assert bob.heard("thread:again") == [{}]
    assert bob.ask("meeting:join", {"session": live_room.session.public_id})["ok"]
    say(hers, live_room, "By Gil.")
    assert "By Gil." not in str(bob.heard("thread:event"))


def test_a_word_somebody_covers_is_folded_in_a_room_too(
    app: Flask, live_room: Room, people: SimpleNamespace, sign_in_as: SignIn
) -> None:
    boundaries.cover_word(people.bob, "kitchen", "cover")
    events.commit()
    bob = come_in(app, sign_in_as(people.bob), live_room)
    say(come_in(app, sign_in_as(people.carol), live_room), live_room, "In the kitchen again.")
    (nudge,) = bob.heard("thread:event")
    assert nudge["kind"] == "ask"
    asked = bob.ask("meeting:join", {"session": live_room.session.public_id, "after": nudge["seq"] - 1})
    assert '<details class="cw">' in asked["events"][-1]["html"]
