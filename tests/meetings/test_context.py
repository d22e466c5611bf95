"""What a moderator sees around a line of a live room: ten before, five after, as they were said."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest

from forum.console.page import case_page
from forum.core import events
from forum.core.db import db
from forum.discussions import operations
from forum.discussions.models import Post
from forum.meetings import context, controls, keeping, retention
from forum.meetings.models import Seat
from forum.moderation.models import Case, CaseSnapshot
from tests import factories
from tests.meetings.conftest import Room, actor
from tests.meetings.test_room import say

PLAN = "i have the pills lined up on the table. not scared anymore"


@pytest.fixture
def told(room: Room) -> SimpleNamespace:
    """Twelve lines, one that speaks of danger, and three that came next."""
    a, b = room.sit("A Wren"), room.sit("B Finch")
    room.start()
    controls.set_mode(session=room.session, mode="on", actor=room.actor, now=room.now)
    before = [line(room, a, f"Line {number} of the evening.") for number in range(12)]
    keeping.whisper(session=room.session, seat=b, staff=room.host, body="Welcome.", actor=room.actor, now=room.now)
    post = line(room, b, PLAN)
    after = [line(room, a, f"Answer {number} from the heart.") for number in range(3)]
    case = db.session.query(Case).filter_by(target_type="post", target_id=post.id).one()
    return SimpleNamespace(room=room, a=a, b=b, before=before, post=post, after=after, case=case)


def line(room: Room, seat: Seat, body: str) -> Post:
    room.now += timedelta(seconds=6)
    return say(room, seat, body)


def texts(told: SimpleNamespace) -> tuple[list[str], list[str]]:
    mo = factories.make_staff(role="moderator")
    page = case_page(told.case, actor=actor(mo), now=told.room.now, is_shown=True)
    return [one.text for one in page.before], [one.text for one in page.after]


def test_ten_lines_before_and_five_after_stay_as_they_were_said(told: SimpleNamespace) -> None:
    assert context.follow_up(told.room.now) == 1
    operations.take_back(told.before[5], told.room.now)
    operations.take_back(told.after[0], told.room.now)
    later = ("I had soup.", "The bus was late again.", "My sister rang me.", "It rained all day.")
    more = [line(told.room, told.a, body) for body in later]
    events.commit()
    assert context.follow_up(told.room.now) >= 1
    assert context.follow_up(told.room.now) == 0
    before, after = texts(told)
    assert before == [f"Line {number} of the evening." for number in range(2, 12)]
    assert after == [*(f"Answer {number} from the heart." for number in range(3)), *(post.body for post in more[:2])]


def test_it_outlives_the_transcript_but_not_its_case_for_long(told: SimpleNamespace) -> None:
    from forum.moderation import jobs

    context.follow_up(told.room.now)
    told.room.session.status, told.room.session.closed_at = "closed", told.room.now
    events.commit()
    retention.purge(told.room.now + timedelta(hours=25))
    assert db.session.query(Post).filter(Post.body.like("Line %")).count() == 0
    assert len(texts(told)[0]) == 10
    told.case.state, told.case.outcome, told.case.resolved_at = "resolved", "no_violation", told.room.now
    events.commit()
    jobs.purge(told.room.now + timedelta(days=31))
    assert db.session.query(CaseSnapshot).filter_by(case_id=told.case.id).count() == 0


def test_what_is_said_an_hour_later_is_not_context_any_more(told: SimpleNamespace) -> None:
    assert context.follow_up(told.room.now + timedelta(hours=2)) == 0


def test_a_case_in_a_topic_keeps_nothing_of_others(told: SimpleNamespace) -> None:
    from forum.discussions.judging import target_of
    from forum.moderation.cases import Incoming, open_or_merge

    post = factories.make_post(factories.make_thread(told.a.member), told.b.member, "An answer.")
    case = open_or_merge(target_of(post), Incoming(lane=3, reason="x"), now=told.room.now)
    assert db.session.query(CaseSnapshot).filter_by(case_id=case.id).count() == 0
