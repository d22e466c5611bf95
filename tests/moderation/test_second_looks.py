from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from forum.core.db import db
from forum.core.errors import BadInput, Conflict, Forbidden
from forum.identity.models import Member
from forum.moderation import actions, appeals, audit, intake, queue, reports, reversals, sanctions
from forum.moderation.actors import Actor
from forum.moderation.deciding import SelfReview
from forum.moderation.models import Appeal, Case, Decision, Sanction
from tests.moderation.conftest import Cast
from tests.moderation.test_actions import note, open_case

DAY = timedelta(days=1)


def author_of(target) -> Member:
    return db.session.get_one(Member, target.author_id)


# ── reversals ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("before", ["live", "held"])
def test_taking_a_decision_back_restores_text_and_case_and_keeps_both_on_record(
    cast: Cast, now: datetime, before: str
) -> None:
    target, case = open_case(cast, now, visibility=before)
    decision = actions.hide(case.id, actor=cast.mo, version=1, now=now, reason_code="selling")
    restored = reversals.reverse(decision.id, actor=cast.mo, now=now + timedelta(seconds=9))
    assert note(target).visibility == before
    assert (case.state, case.held, case.lane_reason, case.version) == ("open", before == "held", "reversal", 3)
    assert restored.facts_public == reversals.TAKEN_BACK
    actions_done = [(e.action, e.reverses_id) for e in audit.each_entry()][-3:]
    assert actions_done == [
        ("decide.hide", None),
        ("decide.restore", decision.event_id),
        ("case.reopened", decision.event_id),
    ]


def test_a_decision_is_taken_back_once(cast: Cast, now: datetime) -> None:
    _, case = open_case(cast, now)
    decision = actions.hide(case.id, actor=cast.mo, version=1, now=now, reason_code="selling")
    reversals.reverse(decision.id, actor=cast.mo, now=now)
    with pytest.raises(Conflict):
        reversals.reverse(decision.id, actor=cast.mia, now=now)


def test_the_newest_decision_is_taken_back_first(cast: Cast, now: datetime) -> None:
    target, case = open_case(cast, now)
    first = actions.hide(case.id, actor=cast.mo, version=1, now=now, reason_code="selling")
    reversals.reverse(first.id, actor=cast.mo, now=now)
    second = actions.add_content_note(case.id, actor=cast.mia, version=3, now=now, note="speaks of prices")
    with pytest.raises(Conflict):
        reversals.reverse(first.id, actor=cast.mo, now=now)
    reversals.reverse(second.id, actor=cast.mo, now=now)
    assert note(target).visibility == "live"


def test_a_message_cannot_be_unsent(cast: Cast, now: datetime) -> None:
    _, case = open_case(cast, now, "T1")
    decision = actions.support(case.id, actor=cast.mo, version=1, now=now, message="I'm here, and I read it.")
    with pytest.raises(BadInput):
        reversals.reverse(decision.id, actor=cast.mo, now=now)


# ── sanctions ───────────────────────────────────────────────────────────────────────────────────────────────────


def limit(cast: Cast, now: datetime, kind: str, hours: int | None):
    target, case = open_case(cast, now, body=f"{kind} {hours}")
    made = sanctions.impose(
        case.id, actor=cast.mo, version=1, now=now, kind=kind, hours=hours, reason_code="threat_or_hate", room_id=1
    )
    return author_of(target), case, made


def test_a_short_limit_begins_at_once_and_ends_by_itself(cast: Cast, now: datetime) -> None:
    author, case, made = limit(cast, now, "read_only", 24)
    assert (made.state, made.ends_at, case.state) == ("active", now + DAY, "open")
    barrier = sanctions.bars(author, 1, now)
    assert barrier is not None
    assert "Help now" in barrier.message
    assert sanctions.bars(author, 1, now + DAY) is None


@pytest.mark.parametrize(("kind", "hours"), [("read_only", 168), ("read_only", 720), ("ban", None)])
def test_a_long_limit_takes_two_people(cast: Cast, now: datetime, kind: str, hours: int | None) -> None:
    author, _, made = limit(cast, now, kind, hours)
    assert (made.state, sanctions.bars(author, 1, now)) == ("proposed", None)
    with pytest.raises(Forbidden):
        sanctions.confirm(made.id, actor=cast.mo, now=now)
    sanctions.confirm(made.id, actor=cast.mia, now=now)
    assert sanctions.bars(author, 1, now) is not None
    with pytest.raises(Conflict):
        sanctions.confirm(made.id, actor=cast.lea, now=now)


def test_the_database_itself_refuses_a_long_limit_by_one_person(cast: Cast, now: datetime) -> None:
    _, _, made = limit(cast, now, "ban", None)
    for values in ({"state": "active"}, {"state": "active", "confirmed_by_id": cast.mo.staff_id}):
        with pytest.raises(IntegrityError):
            db.session.execute(update(Sanction).where(Sanction.id == made.id).values(**values))
        db.session.rollback()
        _, _, made = limit(cast, now, "ban", None)


def test_slow_and_room_limits_bar_only_what_they_say(cast: Cast, now: datetime) -> None:
    slowed, _, _ = limit(cast, now, "slow", 24)
    assert sanctions.bars(slowed, 1, now) is None
    assert sanctions.slow_gap(slowed.id, now) == timedelta(minutes=10)
    kept_out, _, _ = limit(cast, now, "room_exclusion", 24)
    assert sanctions.bars(kept_out, 1, now) is not None
    assert sanctions.bars(kept_out, 2, now) is None


def test_lifting_is_one_click_and_taking_the_decision_back_lifts_too(cast: Cast, now: datetime) -> None:
    author, _, made = limit(cast, now, "read_only", 72)
    sanctions.lift(made.id, actor=cast.mia, now=now)
    assert sanctions.bars(author, 1, now) is None
    other, _, again = limit(cast, now, "read_only", 24)
    reversals.reverse(again.decision_id, actor=cast.mia, now=now)
    db.session.refresh(again)
    assert (again.state, sanctions.bars(other, 1, now)) == ("lifted", None)


def test_whoever_limited_somebody_stays_away_from_them_for_a_day(cast: Cast, now: datetime) -> None:
    author, _, _ = limit(cast, now, "read_only", 24)
    target = cast.note(author, "another text")
    from tests.moderation.test_cases import INSULT, verdict

    case = intake.record_verdict(target, verdict("T2", INSULT), now=now)
    assert case is not None
    with pytest.raises(SelfReview):
        actions.approve(case.id, actor=cast.mo, version=1, now=now)
    actions.approve(case.id, actor=cast.mo, version=1, now=now + DAY + timedelta(minutes=1))


@pytest.mark.parametrize(("kind", "hours"), [("read_only", 25), ("ban", 24), ("shadow", 24), ("slow", None)])
def test_other_lengths_do_not_exist(cast: Cast, now: datetime, kind: str, hours: int | None) -> None:
    with pytest.raises(BadInput):
        limit(cast, now, kind, hours)


# ── appeals ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def hidden(cast: Cast, now: datetime):
    target, case = open_case(cast, now)
    decision = actions.hide(case.id, actor=cast.mo, version=1, now=now, reason_code="selling")
    return target, case, decision


def test_an_appeal_by_the_decider_is_refused_in_code_and_in_the_database(cast: Cast, now: datetime, hidden) -> None:
    target, _, decision = hidden
    appeal = appeals.file_appeal(
        decision=decision, member=author_of(target), text="It was my own prescription.", now=now
    )
    with pytest.raises(SelfReview):
        appeals.decide_appeal(
            appeal.id, actor=cast.mo, version=1, state="upheld", reply="It still says where.", now=now
        )
    with pytest.raises(IntegrityError):
        db.session.execute(update(Appeal).values(reviewer_id=cast.mo.staff_id))


def test_overturning_restores_everything_and_says_sorry(cast: Cast, now: datetime, hidden) -> None:
    target, _, decision = hidden
    appeal = appeals.file_appeal(decision=decision, member=author_of(target), text="", now=now)
    appeals.decide_appeal(
        appeal.id, actor=cast.mia, version=1, state="overturned", reply="You are right, sorry.", now=now
    )
    assert note(target).visibility == "live"
    newest = db.session.scalars(select(Decision).order_by(Decision.id.desc())).first()
    assert newest is not None
    assert newest.facts_public == reversals.APOLOGY
    assert audit.verify().is_whole


def test_a_second_look_can_settle_for_a_note(cast: Cast, now: datetime, hidden) -> None:
    target, _, decision = hidden
    appeal = appeals.file_appeal(decision=decision, member=author_of(target), text="please", now=now)
    appeals.decide_appeal(
        appeal.id,
        actor=cast.mia,
        version=1,
        state="changed",
        reply="With a note it can stay.",
        note="speaks of prices",
        now=now,
    )
    assert (note(target).visibility, note(target).content_note) == ("limited", "speaks of prices")


def test_a_reply_is_always_given_and_only_once(cast: Cast, now: datetime, hidden) -> None:
    target, _, decision = hidden
    appeal = appeals.file_appeal(decision=decision, member=author_of(target), text="", now=now)
    with pytest.raises(BadInput):
        appeals.decide_appeal(appeal.id, actor=cast.mia, version=1, state="upheld", reply="no", now=now)
    appeals.decide_appeal(appeal.id, actor=cast.mia, version=1, state="upheld", reply="It still says where.", now=now)
    with pytest.raises(Conflict):
        appeals.decide_appeal(
            appeal.id, actor=cast.lea, version=1, state="overturned", reply="I disagree here.", now=now
        )


def test_whoever_agreed_to_a_ban_is_shown_no_appeal_about_it_and_cannot_answer_it(cast: Cast, now: datetime) -> None:
    target, case = open_case(cast, now, body="a threat")
    asked = sanctions.impose(
        case.id, actor=cast.mo, version=case.version, now=now, kind="ban", hours=None, reason_code="threat_or_hate"
    )
    sanctions.confirm(asked.id, actor=cast.mia, now=now)
    decision = db.session.get_one(Decision, asked.decision_id)
    appeal = appeals.file_appeal(decision=decision, member=author_of(target), text="", now=now)
    for person in (cast.mo, cast.mia):
        assert queue.list_appeals(actor=person) == []
        with pytest.raises(SelfReview):
            appeals.decide_appeal(
                appeal.id, actor=person, version=1, state="upheld", reply="It stays as it is.", now=now
            )
    assert queue.list_appeals(actor=cast.lea) == [appeal]
    appeals.decide_appeal(appeal.id, actor=cast.lea, version=1, state="overturned", reply="That was hasty.", now=now)
    assert sanctions.list_active(author_of(target).id, now) == []


def test_whoever_reported_it_is_neither_second_person_nor_reviewer(cast: Cast, now: datetime) -> None:
    target, case = open_case(cast, now, body="a threat")
    reporter = cast.member("R")
    mia = Actor(cast.mia.staff_id, "moderator", "Mia", own_member_id=reporter.id)
    reports.file_report(reporter=reporter, target=target, category="harassment", text="", now=now)
    case = db.session.get_one(Case, case.id, populate_existing=True)
    asked = sanctions.impose(
        case.id, actor=cast.mo, version=case.version, now=now, kind="ban", hours=None, reason_code="threat_or_hate"
    )
    with pytest.raises(SelfReview):
        sanctions.confirm(asked.id, actor=mia, now=now)
    sanctions.confirm(asked.id, actor=cast.lea, now=now)
    decision = db.session.get_one(Decision, asked.decision_id)
    appeal = appeals.file_appeal(decision=decision, member=author_of(target), text="", now=now)
    with pytest.raises(SelfReview):
        appeals.decide_appeal(appeal.id, actor=mia, version=1, state="upheld", reply="It stays as it is.", now=now)


def test_one_appeal_and_one_more_with_new_facts_by_yet_another_person(cast: Cast, now: datetime, hidden) -> None:
    target, _, decision = hidden
    author = author_of(target)
    first = appeals.file_appeal(decision=decision, member=author, text="", now=now)
    with pytest.raises(Forbidden):
        appeals.file_appeal(decision=decision, member=author, text="again", now=now)
    appeals.decide_appeal(first.id, actor=cast.mia, version=1, state="upheld", reply="It still says where.", now=now)
    with pytest.raises(BadInput):
        appeals.file_appeal(decision=decision, member=author, text="", now=now)
    second = appeals.file_appeal(decision=decision, member=author, text="Here is what I left out.", now=now)
    for person in (cast.mo, cast.mia):
        with pytest.raises(SelfReview):
            appeals.decide_appeal(second.id, actor=person, version=1, state="upheld", reply="Still the same.", now=now)
    appeals.decide_appeal(
        second.id, actor=cast.lea, version=1, state="upheld", reply="Three of us have looked.", now=now
    )
    assert not appeals.can_appeal(decision, author.id, now)
    assert db.session.scalar(select(func.count(Appeal.id))) == 2


def test_after_two_weeks_and_for_others_there_is_no_appeal(cast: Cast, now: datetime, hidden) -> None:
    target, _, decision = hidden
    assert appeals.can_appeal(decision, author_of(target).id, now + 14 * DAY)
    assert not appeals.can_appeal(decision, author_of(target).id, now + 14 * DAY + timedelta(seconds=1))
    assert not appeals.can_appeal(decision, cast.member("somebody else").id, now)
