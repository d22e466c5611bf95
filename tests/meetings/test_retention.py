"""Forgetting what was said, and handing back what nobody read."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from forum.core.db import db
from forum.core.events import commit
from forum.core.ids import new_public_id
from forum.core.settings import write_setting
from forum.discussions.models import Post, Reaction, Thread, ThreadEvent
from forum.meetings import controls, queries, retention, said, seats
from forum.meetings.models import Act, Mood
from forum.moderation.models import Case
from tests import factories
from tests.meetings.conftest import Room
from tests.meetings.test_room import say

DANGER = "I am going to kill myself tonight, I have the pills here."


def end(room: Room) -> None:
    for _ in range(2):
        controls.end(session=room.session, actor=room.actor, now=room.now)
    commit()


@pytest.fixture
def talk(room: Room) -> Room:
    room.sit(), room.sit()
    room.start()
    room.session.cross_talk = "on"
    return room


def test_what_was_said_is_gone_a_day_after(talk: Room) -> None:
    first, second = queries.list_here(talk.session, talk.now)
    posts = [say(talk, first, "One."), say(talk, second, "Two."), say(talk, first, "Three.")]
    db.session.add(Reaction(post_id=posts[0].id, member_id=second.member_id, kind="hear"))
    seats.note_mood(talk.session, first.member, before="low", now=talk.now)
    elsewhere = factories.make_thread(first.member, body="Day nine.")
    end(talk)
    thread_id = talk.session.thread_id
    assert retention.purge(talk.now + timedelta(hours=23)) == 0
    assert db.session.query(Post).filter_by(thread_id=thread_id).count() == 3
    assert retention.purge(talk.now + timedelta(hours=24)) == 1
    commit()
    assert db.session.query(Post).filter_by(thread_id=thread_id).count() == 0
    assert db.session.query(Thread).filter_by(id=thread_id).count() == 0
    assert db.session.query(ThreadEvent).filter_by(thread_id=thread_id).count() == 0
    assert db.session.query(Reaction).count() == 0
    assert db.session.query(Post).filter_by(thread_id=elsewhere.id).one().body == "Day nine."
    assert db.session.query(Mood).one().session_id is None
    assert all(act.seat_id is None and not act.detail for act in db.session.scalars(select(Act)))
    assert retention.purge(talk.now + timedelta(hours=25)) == 0


def test_a_text_in_an_open_case_stays_until_it_is_decided(talk: Room) -> None:
    first, second = queries.list_here(talk.session, talk.now)
    say(talk, second, "The bus was late.")
    post = say(talk, first, DANGER)
    end(talk)
    later = talk.now + timedelta(hours=24)
    assert retention.purge(later) == 0
    commit()
    left = db.session.scalars(select(Post).where(Post.thread_id == talk.session.thread_id)).all()
    assert [one.body for one in left] == [DANGER]
    case = db.session.scalars(select(Case).where(Case.target_id == post.id, Case.target_type == "post")).one()
    case.state, case.resolved_at, case.outcome = "resolved", later, "supported"
    db.session.flush()
    assert retention.purge(later + timedelta(hours=1)) == 1
    commit()
    shell = db.session.scalars(select(Post).where(Post.id == post.id)).one()
    assert (shell.body, shell.body_html, shell.author_id, shell.visibility) == ("", "", None, "purged")


def test_a_case_never_comes_to_name_somebody_elses_words(talk: Room) -> None:
    """SQLite gives the highest id to the next row once that row is deleted."""
    seat = queries.list_here(talk.session, talk.now)[0]
    newest, member = say(talk, seat, "Last of all.").id, seat.member
    end(talk)
    assert retention.purge(talk.now + timedelta(hours=24)) == 1
    commit()
    made = factories.make_thread(member)
    assert db.session.query(Post).filter_by(thread_id=made.id).one().id > newest


def test_the_hours_are_a_setting(talk: Room) -> None:
    write_setting("meeting_transcript_hours", 2)
    say(talk, queries.list_here(talk.session, talk.now)[0])
    end(talk)
    assert retention.purge(talk.now + timedelta(hours=2)) == 1


def held(room: Room) -> Post:
    seat = queries.list_here(room.session, room.now)[0]
    seat.member.trust = 0
    post = say(room, seat, "Call me on 07700 900123 any time, my number.")
    assert post.visibility == "held"
    return post


def test_a_held_line_goes_back_to_its_author_after_five_minutes(talk: Room) -> None:
    post = held(talk)
    assert retention.return_held(talk.now + timedelta(minutes=4)) == 0
    assert retention.return_held(talk.now + timedelta(minutes=5, seconds=1)) == 1
    commit()
    db.session.refresh(post)
    assert (post.visibility, post.reason_code) == ("author_deleted", "not_shown")
    assert post.author is not None
    assert [one.body for one in said.own_lines(talk.session, post.author)] == [post.body]
    others = said.lines_of(talk.session)
    assert post not in others


def test_a_line_handed_back_can_not_appear_later(talk: Room) -> None:
    from forum.discussions.subject import PostSubject

    post = held(talk)
    retention.return_held(talk.now + timedelta(minutes=6))
    PostSubject().release(post.id, talk.now + timedelta(minutes=7))
    commit()
    db.session.refresh(post)
    assert post.visibility == "author_deleted"
    assert post.seq is None


def test_side_rooms_are_forgotten_too(talk: Room) -> None:
    from forum.meetings import keeping
    from forum.meetings.models import SideRoom

    mo = factories.make_staff(role="moderator")
    seat = queries.list_here(talk.session, talk.now)[0]
    room = keeping.open_side_room(session=talk.session, seat=seat, second=mo, actor=talk.actor, now=talk.now)
    keeping.answer_in_side_room(room=room, staff=mo, body="How are you now?", client_id=new_public_id(), now=talk.now)
    end(talk)
    assert retention.purge(talk.now + timedelta(hours=24)) == 1
    commit()
    assert db.session.query(SideRoom).count() == 0
    texts: Any = db.session.scalar(select(func.count()).select_from(Post).where(Post.body != ""))
    assert texts == 0
    assert db.session.query(Thread).filter(Thread.kind == "meeting", Thread.title != "").count() == 0
