"""A room by the clock: doors, start, steps, closing; the team's absence; a server that was away."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import event, func, select

from forum.core import events
from forum.core.db import db
from forum.core.errors import Closed, Forbidden, Paused, RateLimited
from forum.core.ids import new_public_id
from forum.discussions import drafts, posting
from forum.discussions.models import Post
from forum.meetings import controls, queries, queue, said, seats
from forum.meetings.models import Act, Seat, Turn
from tests import factories
from tests.meetings.conftest import Room, tick


def say(room: Room, seat: Seat, body: str = "I made toast.") -> Post:
    draft = drafts.read_draft(body, new_public_id())
    events.commit()  # a refusal rolls back what was not committed
    assert room.session.thread is not None
    return posting.reply(draft, author=seat.member, thread=room.session.thread, now=room.now).post


def test_doors_open_ten_minutes_before_and_not_earlier(make_room: Callable[..., Room]) -> None:
    room = make_room()
    later = queries.next_sessions(room.series, room.now)[1]
    assert tick(later, later.starts_at - timedelta(minutes=11)) == []
    assert tick(later, later.starts_at - timedelta(minutes=10)) == ["open_doors"]
    assert later.status == "lobby"
    assert later.thread is not None
    assert later.thread.kind == "meeting"


def test_it_starts_when_its_host_is_there(room: Room) -> None:
    assert room.tick() == []
    room.beat()
    assert room.tick() == ["start"]
    assert room.session.status == "open"


def test_nobody_sits_for_ever_before_a_meeting_nobody_holds(room: Room) -> None:
    assert tick(room.session, room.now + timedelta(seconds=29)) == []
    assert tick(room.session, room.now + timedelta(seconds=30)) == ["late"]
    assert room.state.is_late
    assert room.state.happened.startswith(
        "Corner Shop isn’t here yet. If nobody can hold this meeting 10 minutes after"
    )
    assert tick(room.session, room.now + timedelta(minutes=9)) == []
    assert tick(room.session, room.now + timedelta(minutes=10)) == ["give_up"]
    assert (room.session.status, room.session.reason) == ("closed", "nobody_came")


def test_steps_follow_the_agenda_and_the_room_closes_softly(room: Room) -> None:
    room.beat()
    room.tick()
    seen = []
    for _ in range(46 * 3):
        room.later(20)
        if not seen or seen[-1] != (room.session.step, room.session.status):
            seen.append((room.session.step, room.session.status))
    assert seen == [(0, "open"), (1, "open"), (2, "open"), (3, "closing"), (3, "closed")]
    assert room.session.closed_at is not None
    assert room.session.closed_at - room.session.ends_at < timedelta(seconds=30)


def test_whoever_speaks_at_the_end_may_finish_but_not_for_ever(room: Room) -> None:
    seat = room.sit()
    room.start()
    queue.raise_hand(session=room.session, seat=seat, now=room.now)
    room.later((room.session.ends_at - room.now).total_seconds() - 330)
    queue.call(session=room.session, seat=seat, actor=room.actor, now=room.now)
    room.later(330 + 9 * 60)
    assert room.session.status == "closing"
    assert room.state.speaker is not None
    room.later(90)
    assert room.session.status == "closed"


def test_a_server_away_for_an_hour_catches_up(room: Room) -> None:
    room.sit()
    room.start()
    made = tick(room.session, room.session.ends_at + timedelta(minutes=20))
    assert made[-1] == "close"
    assert room.session.status == "closed"
    assert tick(room.session, room.session.ends_at + timedelta(minutes=21)) == []


def test_a_session_missed_altogether_is_closed_without_a_room(make_room: Callable[..., Room]) -> None:
    room = make_room()
    later = queries.next_sessions(room.series, room.now)[1]
    assert tick(later, later.ends_at) == ["miss"]
    assert later.thread_id is None


# ── The team ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_slow_after_a_minute_without_the_team_paused_after_three_and_on_again_by_itself(room: Room) -> None:
    seat = room.sit()
    room.start()
    room.session.cross_talk = "on"
    room.later(59, beat=False, step=1)
    assert not room.session.is_slowed
    assert room.later(1, beat=False, step=1) == ["slow"]
    say(room, seat)
    room.later(10, beat=False, step=1)
    with pytest.raises(RateLimited) as slow:
        say(room, seat)
    assert slow.value.retry_after == 20
    room.later(109, beat=False, step=1)
    assert room.session.status == "open"
    assert room.later(1, beat=False, step=1) == ["pause"]
    with pytest.raises(Paused):
        say(room, seat)
    room.beat()
    assert room.tick() == ["resume"]
    assert say(room, seat).visibility == "live"


def test_a_pause_by_the_host_ends_only_when_somebody_of_the_team_says_so(room: Room) -> None:
    room.start()
    controls.pause(session=room.session, actor=room.actor, now=room.now)
    room.later(60)
    assert room.session.status == "paused"
    controls.resume(session=room.session, actor=room.actor, now=room.now)
    assert room.session.status == "open"


def test_the_speaker_gets_back_the_time_a_pause_took(room: Room) -> None:
    seat = room.sit()
    room.start()
    queue.raise_hand(session=room.session, seat=seat, now=room.now)
    queue.call(session=room.session, seat=seat, actor=room.actor, now=room.now)
    room.later(60)
    left = room.state.seconds_left
    controls.pause(session=room.session, actor=room.actor, now=room.now)
    room.later(120)
    assert room.state.seconds_left == left
    controls.resume(session=room.session, actor=room.actor, now=room.now)
    assert room.state.seconds_left == left


def test_above_the_limit_one_more_of_the_team_is_needed(make_room: Callable[..., Room]) -> None:
    room = make_room(capacity=60)
    room.start()
    for _ in range(25):
        room.sit()
    late = factories.make_member()
    seats.acknowledge(late, room.now)
    with pytest.raises(seats.Full):
        seats.join(session=room.session, member=late, now=room.now)
    mo = factories.make_staff("Mo", role="moderator")
    from forum.meetings import keeping

    keeping.heartbeat(room.session, mo, room.now)
    seats.join(session=room.session, member=late, now=room.now)
    assert room.state.attendees == 26
    # The second goes; the first stays: slow, then paused.
    assert room.later(70) == ["slow"]
    assert room.later(120) == ["pause"]


# ── Seats ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_chair_is_taken_until_somebody_leaves(make_room: Callable[..., Room]) -> None:
    room = make_room(capacity=2)
    first, _ = room.sit(), room.sit()
    late = factories.make_member()
    seats.acknowledge(late, room.now)
    with pytest.raises(seats.Full):
        seats.join(session=room.session, member=late, now=room.now)
    seats.leave(session=room.session, seat=first, now=room.now)
    assert seats.join(session=room.session, member=late, now=room.now).member_id == late.id


def test_the_norms_come_first_and_only_once(room: Room) -> None:
    ned = factories.make_member()
    with pytest.raises(seats.NormsUnread):
        seats.join(session=room.session, member=ned, now=room.now)
    seats.acknowledge(ned, room.now)
    assert seats.join(session=room.session, member=ned, now=room.now).is_first
    other = queries.next_sessions(room.series, room.now)[1]
    tick(other, other.starts_at)
    assert not seats.join(session=other, member=ned, now=other.starts_at).is_first


def test_a_chair_is_free_again_when_its_browser_is_silent(make_room: Callable[..., Room]) -> None:
    room = make_room(capacity=2)
    room.sit(), room.sit()
    room.now += timedelta(minutes=3)
    assert room.sit() is not None
    assert room.state.attendees == 1


def test_asked_to_sit_one_out(room: Room) -> None:
    seat = room.sit()
    room.start()
    queue.raise_hand(session=room.session, seat=seat, now=room.now)
    seats.time_out(session=room.session, seat=seat, minutes=None, actor=room.actor, now=room.now, why="It got loud.")
    assert room.state.queue == ()
    assert room.state.attendees == 0
    with pytest.raises(Forbidden):
        seats.join(session=room.session, member=seat.member, now=room.now)
    assert room.session.thread is not None
    from forum.meetings.access import can_read

    assert not can_read(seat.member, room.session.thread)
    assert [act.detail for act in said.acts_of(room.session, seat)] == ["It got loud."]


def test_a_ten_minute_pause_ends_by_itself(room: Room) -> None:
    seat = room.sit()
    room.start()
    room.session.cross_talk = "on"
    seats.time_out(session=room.session, seat=seat, minutes=10, actor=room.actor, now=room.now)
    with pytest.raises(Forbidden):
        say(room, seat)
    with pytest.raises(Forbidden):
        queue.raise_hand(session=room.session, seat=seat, now=room.now)
    room.later(600)
    assert say(room, seat).visibility == "live"


def test_attendance_is_counted_and_not_kept(room: Room) -> None:
    for _ in range(3):
        room.sit()
    room.start()
    controls.end(session=room.session, actor=room.actor, now=room.now)
    assert room.session.status == "closing"
    controls.end(session=room.session, actor=room.actor, now=room.now)
    assert (room.session.status, room.session.came) == ("closed", 3)
    for table in (Seat, Turn):
        assert db.session.scalar(select(func.count()).select_from(table)) == 0
    assert all(act.seat_id is None for act in db.session.scalars(select(Act)))


# ── Who writes when ─────────────────────────────────────────────────────────────────────────────────────────────


def test_notes_close_while_somebody_speaks_and_open_again(room: Room) -> None:
    speaker, other = room.sit(), room.sit()
    room.start()
    queue.raise_hand(session=room.session, seat=speaker, now=room.now)
    queue.call(session=room.session, seat=speaker, actor=room.actor, now=room.now)
    assert say(room, speaker).visibility == "live"
    with pytest.raises(Forbidden, match="is speaking"):
        say(room, other)
    queue.done(session=room.session, seat=speaker, now=room.now)
    assert say(room, other).visibility == "live"


@pytest.mark.parametrize(
    ("mode", "between", "during"), [("off", False, False), ("after", True, False), ("on", True, True)]
)
def test_cross_talk(room: Room, mode: str, between: bool, during: bool) -> None:
    speaker, other = room.sit(), room.sit()
    room.start()
    controls.set_mode(session=room.session, mode=mode, actor=room.actor, now=room.now)
    queue.raise_hand(session=room.session, seat=speaker, now=room.now)
    for expected in (between, during):
        assert room.state.notes_open is expected
        if expected:
            say(room, other, "Glad you’re here.")
        else:
            with pytest.raises(Forbidden):
                say(room, other)
        if room.state.speaker is None:
            queue.call(session=room.session, seat=speaker, actor=room.actor, now=room.now)


def test_words_of_danger_are_never_told_to_slow_down_and_reach_people(room: Room) -> None:
    seat = room.sit()
    room.start()
    controls.set_mode(session=room.session, mode="on", actor=room.actor, now=room.now)
    controls.set_slow(session=room.session, seconds=60, actor=room.actor, now=room.now)
    say(room, seat, "Hello.")
    with pytest.raises(RateLimited):
        say(room, seat, "Hello again.")
    post = say(room, seat, "I am going to kill myself tonight, I have the pills here.")
    assert post.support_level == 3
    assert said.alarms(room.session) == [post]


def test_words_of_danger_in_a_paused_room_are_kept_for_people(room: Room) -> None:
    seat = room.sit()
    room.start()
    controls.pause(session=room.session, actor=room.actor, now=room.now)
    with pytest.raises(Paused) as refused:
        say(room, seat, "I am going to kill myself tonight, I have the pills here.")
    assert refused.value.support_level == 3  # type: ignore[attr-defined]
    kept = db.session.scalars(select(Post).where(Post.author_id == seat.member_id)).one()
    assert kept.visibility == "held"


def test_nothing_is_written_after_the_end(room: Room) -> None:
    seat = room.sit()
    member, thread = seat.member, room.session.thread
    room.start()
    controls.end(session=room.session, actor=room.actor, now=room.now)
    controls.end(session=room.session, actor=room.actor, now=room.now)
    assert thread is not None
    with pytest.raises(Closed):
        posting.reply(drafts.read_draft("Hello?", "c-9"), author=member, thread=thread, now=room.now)


def test_coming_back_after_a_short_break_waits_for_nobody(room: Room) -> None:
    seat = room.sit()
    written: list[str] = []

    @event.listens_for(db.engine, "before_cursor_execute")
    def note(_conn: object, _cursor: object, statement: str, *_more: object) -> None:
        written.append(statement.split(" ", 1)[0])

    room.now += timedelta(seconds=20)
    assert seats.join(session=room.session, member=seat.member, now=room.now) is seat
    db.session.flush()
    assert set(written) == {"SELECT"}
    room.now += timedelta(seconds=200)
    assert seats.join(session=room.session, member=seat.member, now=room.now) is seat
    event.remove(db.engine, "before_cursor_execute", note)
    assert "UPDATE" in written
    assert seat.seen_at == room.now
