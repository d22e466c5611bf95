"""What reaches whom in a room: who came late, and who has left the team."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from flask import Flask

from forum.core import events
from forum.core.clock import utcnow
from forum.identity.sessions import end_sessions
from tests import factories
from tests.conftest import Browser
from tests.discussions.test_live import Line
from tests.meetings.conftest import Room


def test_who_comes_late_to_a_meeting_can_not_ask_for_what_was_said_before(
    app: Flask, sign_in_as: Callable[..., Browser], live_room: Room
) -> None:
    """The page began at their coming; the replay behind it gave everything, to whoever asked from number 0."""
    live_room.series.history = False
    first = live_room.sit()
    early = "I never told anybody this."
    factories.make_post(live_room.session.thread, first.member, early, now=live_room.now)
    live_room.now += timedelta(seconds=1)
    late = live_room.sit()
    late.joined_at = utcnow() + timedelta(seconds=1)
    first.joined_at -= timedelta(minutes=1)
    thread, session = live_room.session.thread.public_id, live_room.session.public_id
    for seat, seen in ((first, True), (late, False)):
        signed = sign_in_as(seat.member)
        line = Line(app, signed)
        found = [
            signed.get(f"/t/{thread}/events?after=0").text,
            str(line.ask("thread:join", {"thread": thread, "after": 0})),
            str(line.ask("meeting:join", {"session": session, "after": 0})),
        ]
        assert [early in one for one in found] == [seen] * 3


def test_a_socket_at_the_desk_closes_with_the_staff_session(
    app: Flask, sign_in_as: Callable[..., Browser], live_room: Room
) -> None:
    """It is opened on a page of members: only the member's session used to close it, and it went on hearing alarms."""
    line = Line(app, sign_in_as(live_room.host))
    ack = line.ask("meeting:join", {"session": live_room.session.public_id, "desk": True})
    assert ack["ok"]
    end_sessions(reason="signed_out", staff_id=live_room.host.id)
    events.commit()
    assert not line.client.is_connected(line.namespace)
