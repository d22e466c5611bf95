"""The speaking queue: order, fairness, races, and the same picture on every browser after random disconnects."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError

from forum.core.db import db
from forum.core.errors import BadInput, Closed, Conflict, ForumError, Paused
from forum.core.events import commit
from forum.meetings import controls, keeping, queries, queue, seats
from forum.meetings.models import Turn
from forum.meetings.moves import GAP
from forum.meetings.state import state_of
from tests import factories
from tests.meetings.conftest import NOW, Room, actor


def line(room: Room) -> list[str]:
    return [one.person.handle for one in room.state.queue]


def raise_hand(room: Room, *seated: Any) -> None:
    for seat in seated:
        queue.raise_hand(session=room.session, seat=seat, now=room.now)


def call(room: Room, seat: Any = None) -> Turn:
    return queue.call(session=room.session, seat=seat, actor=room.actor, now=room.now)


def test_hands_are_taken_in_order_and_a_raised_hand_stays_where_it_is(room: Room) -> None:
    a, b = room.sit("A Wren"), room.sit("B Finch")
    room.start()
    raise_hand(room, a, b, a)
    assert line(room) == ["A Wren", "B Finch"]
    assert [one.wait_minutes for one in room.state.queue] == [0, 5]
    assert call(room).seat_id == a.id
    assert line(room) == ["B Finch"]


def test_who_has_not_spoken_yet_comes_first(room: Room) -> None:
    a, b, c = room.sit("A Wren"), room.sit("B Finch"), room.sit("C Lark")
    room.start()
    raise_hand(room, a)
    call(room)
    queue.done(session=room.session, seat=a, now=room.now)
    raise_hand(room, a, b, c)
    assert line(room) == ["B Finch", "C Lark", "A Wren"]


def test_passing_costs_nothing(room: Room) -> None:
    a, b = room.sit("A Wren"), room.sit("B Finch")
    room.start()
    raise_hand(room, a, b)
    call(room)
    assert queue.lower_hand(session=room.session, seat=a, now=room.now)
    assert room.state.speaker is None
    raise_hand(room, a)
    assert line(room) == ["A Wren", "B Finch"] or line(room) == ["B Finch", "A Wren"]
    assert queries.turns_had(room.session, a) == 0


def test_only_the_speaker_is_done(room: Room) -> None:
    a, b = room.sit(), room.sit()
    room.start()
    raise_hand(room, a, b)
    call(room)
    with pytest.raises(Conflict):
        queue.done(session=room.session, seat=b, now=room.now)
    queue.done(session=room.session, seat=a, now=room.now)
    with pytest.raises(Conflict):
        queue.done(session=room.session, seat=a, now=room.now)


def test_calling_the_next_thanks_whoever_speaks(room: Room) -> None:
    a, b = room.sit(), room.sit()
    room.start()
    raise_hand(room, a, b)
    first = call(room)
    second = call(room)
    db.session.refresh(first)
    assert (first.state, second.state, second.seat_id) == ("done", "speaking", b.id)
    with pytest.raises(BadInput):
        call(room)


def test_the_host_may_call_anybody_whose_hand_is_up(room: Room) -> None:
    a, b, c = room.sit(), room.sit(), room.sit()
    room.start()
    raise_hand(room, a, b)
    assert call(room, b).seat_id == b.id
    with pytest.raises(BadInput):
        call(room, c)


def test_the_database_allows_one_speaker(room: Room) -> None:
    a, b = room.sit(), room.sit()
    room.start()
    raise_hand(room, a, b)
    call(room)
    commit()
    with pytest.raises(IntegrityError):
        db.session.query(Turn).filter_by(seat_id=b.id).update({"state": "speaking"})
    db.session.rollback()


def test_two_minutes_more_but_not_for_ever(room: Room) -> None:
    a = room.sit()
    room.start()
    raise_hand(room, a)
    call(room)
    assert room.state.seconds_left == 300
    for expected in (420, 540, 660, 780, 900):
        queue.extend(session=room.session, actor=room.actor, now=room.now)
        assert room.state.seconds_left == expected
    with pytest.raises(Conflict):
        queue.extend(session=room.session, actor=room.actor, now=room.now)


def test_time_never_cuts_anyone_off(room: Room) -> None:
    a = room.sit()
    room.start()
    raise_hand(room, a)
    call(room)
    room.later(8 * 60)
    assert room.state.speaker is not None
    assert room.state.seconds_left == -180
    assert room.state.lit == 0


def test_somebody_whose_phone_died_does_not_keep_the_room_waiting(room: Room) -> None:
    a = room.sit()
    room.start()
    raise_hand(room, a)
    call(room)
    end = room.now + timedelta(minutes=5)
    while room.now < end + timedelta(seconds=55):
        room.now += timedelta(seconds=5)
        room.beat()
        assert room.tick() == []
    room.now += timedelta(seconds=10)
    room.beat()
    assert room.tick() == ["drop_speaker"]


def test_calling_by_itself_leaves_a_moment_for_thanks(make_room: Callable[..., Room]) -> None:
    room = make_room(calling="auto")
    a, b = room.sit("A Wren"), room.sit("B Finch")
    room.start()
    raise_hand(room, a, b)
    assert room.tick() == ["call_next"]
    queue.done(session=room.session, seat=a, now=room.now)
    assert room.tick() == []
    room.now += GAP["after"]
    room.beat()
    assert room.tick() == ["call_next"]
    assert room.state.speaker is not None
    assert room.state.speaker.handle == "B Finch"


def test_nods_are_for_while_somebody_shares(room: Room) -> None:
    a, b = room.sit(), room.sit()
    room.start()
    with pytest.raises(Conflict):
        queue.nod(session=room.session, seat=b, kind="hear", now=room.now)
    raise_hand(room, a)
    call(room)
    assert queue.nod(session=room.session, seat=b, kind="hear", now=room.now)
    assert room.state.nods == {"hear": 1}
    assert not queue.nod(session=room.session, seat=b, kind="hear", now=room.now)
    for kind, seat in (("rank", b), ("hear", a)):
        with pytest.raises(BadInput):
            queue.nod(session=room.session, seat=seat, kind=kind, now=room.now)


def test_closing_lowers_the_hands_that_are_left(room: Room) -> None:
    a = room.sit()
    room.start()
    raise_hand(room, a)
    controls.end(session=room.session, actor=room.actor, now=room.now)
    assert line(room) == []
    with pytest.raises(Closed):
        raise_hand(room, a)


def test_a_paused_room_takes_no_hands_and_calls_nobody(room: Room) -> None:
    a, b = room.sit(), room.sit()
    room.start()
    raise_hand(room, a)
    controls.pause(session=room.session, actor=room.actor, now=room.now)
    with pytest.raises(Paused):
        raise_hand(room, b)
    with pytest.raises(Paused):
        call(room)


def test_a_new_host_finds_the_line_as_it_was(room: Room) -> None:
    a, b = room.sit("A Wren"), room.sit("B Finch")
    room.start()
    raise_hand(room, a, b)
    call(room)
    before = room.state.as_json()
    mo = factories.make_staff("Mo", role="facilitator")
    keeping.make_host(session=room.session, staff=mo, name="Salt Marsh", actor=room.actor, now=room.now)
    after = room.state.as_json()
    assert {**after, "rev": 0, "act": 0} == {**before, "rev": 0, "act": 0}  # handing over is an act people read of
    queue.call(session=room.session, seat=None, actor=actor(mo), now=room.now)
    assert room.state.speaker is not None
    assert room.state.speaker.handle == "B Finch"


# ── The same picture everywhere ─────────────────────────────────────────────────────────────────────────────────


class Client:
    """What meeting.js does with states, in Python: keep the newest, ask again on coming back."""

    def __init__(self, room: Room, seat: Any) -> None:
        self.room, self.seat = room, seat
        self.is_connected, self.shown = False, {}
        self.connect()

    def connect(self) -> None:
        seats.join(session=self.room.session, member=self.seat.member, now=self.room.now)
        self.is_connected = True
        self.receive(self.room.state.as_json())

    def receive(self, state: dict[str, Any]) -> None:
        if self.is_connected and state["rev"] >= self.shown.get("rev", -1):
            self.shown = state


ACTIONS = ("raise", "lower", "done", "call", "extend", "pause", "resume", "leave", "timeout", "drop", "back", "wait")


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(script=st.lists(st.tuples(st.sampled_from(ACTIONS), st.integers(0, 4), st.booleans()), min_size=5, max_size=30))
def test_every_browser_shows_the_same_queue_after_random_disconnects(database: None, script: list[Any]) -> None:
    room = Room(NOW)
    clients = [Client(room, room.sit()) for _ in range(5)]
    room.start()
    late: list[dict[str, Any]] = []
    for action, who, is_late in script:
        try:
            perform(room, clients[who], action)
            commit()
        except ForumError:
            db.session.rollback()
        state = room.state.as_json()
        # A message may overtake another, and reaches nobody who is away.
        late.append(state) if is_late else [client.receive(state) for client in clients]
        check_line(room)
    for state in late:
        for client in clients:
            client.receive(state)
    for client in clients:
        if not client.is_connected:  # who was there all the time is told nothing again
            client.connect()
            commit()
            for other in clients:
                other.receive(room.state.as_json())
    shown = [what_is_shown(client.shown) for client in clients]
    assert all(one == shown[0] == what_is_shown(room.state.as_json()) for one in shown)


def what_is_shown(state: dict[str, Any]) -> dict[str, Any]:
    """The ring runs on by itself in each browser; everything else must be the same."""
    return {key: value for key, value in state.items() if key != "seconds_left"}


def perform(room: Room, client: Client, action: str) -> None:
    session, seat, now = room.session, client.seat, room.now
    acts: dict[str, Callable[[], object]] = {
        "raise": lambda: queue.raise_hand(session=session, seat=seat, now=now),
        "lower": lambda: queue.lower_hand(session=session, seat=seat, now=now),
        "done": lambda: queue.done(session=session, seat=seat, now=now),
        "call": lambda: queue.call(session=session, seat=None, actor=room.actor, now=now),
        "extend": lambda: queue.extend(session=session, actor=room.actor, now=now),
        "pause": lambda: controls.pause(session=session, actor=room.actor, now=now),
        "resume": lambda: controls.resume(session=session, actor=room.actor, now=now),
        "leave": lambda: seats.leave(session=session, seat=seat, now=now),
        "timeout": lambda: seats.time_out(session=session, seat=seat, minutes=10, actor=room.actor, now=now),
        "drop": lambda: setattr(client, "is_connected", False),
        "back": client.connect,
        "wait": lambda: room.later(20),
    }
    acts[action]()


def check_line(room: Room) -> None:
    """Hold the line to its rules: one speaker, one hand each, nobody in it who has left, order kept."""
    turns = (
        db.session.query(Turn)
        .filter_by(session_id=room.session.id)
        .filter(Turn.state.in_(("waiting", "speaking")))
        .all()
    )
    assert sum(turn.state == "speaking" for turn in turns) <= 1
    assert len({turn.seat_id for turn in turns}) == len(turns)
    assert all(turn.seat.left_at is None and turn.seat.out_at is None for turn in turns)
    order = [(turn.spoken_before, turn.id) for turn in queries.waiting(room.session)]
    assert order == sorted(order)
    positions = [one.position for one in state_of(room.session, room.now).queue]
    assert positions == list(range(1, len(positions) + 1))
