from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from forum.core.db import db
from forum.core.errors import BadInput, Forbidden
from forum.moderation import actions, audit, changes, duty, followups, intake, leases
from forum.moderation.actors import Actor
from forum.moderation.cases import Target
from forum.moderation.changes import CaseChanged
from forum.moderation.deciding import SelfReview
from forum.moderation.leases import AlreadyLeased
from forum.moderation.models import Case, CaseNote, Decision, Followup
from forum.moderation.reasons import reasons
from tests.moderation.board import Note
from tests.moderation.conftest import Cast
from tests.moderation.test_cases import CRISIS, INSULT, verdict


def note(target: Target) -> Note:
    db.session.expire_all()
    return db.session.get_one(Note, target.id)


def open_case(
    cast: Cast, now: datetime, lane: str = "T2", *, visibility: str = "live", body: str = "words"
) -> tuple[Target, Case]:
    target = cast.note(cast.member(f"Author {body[:20]} {visibility}"), body, visibility=visibility)
    finding = CRISIS if lane in ("T0", "T1") else INSULT
    level = {"T0": 3, "T1": 2}.get(lane, 0)
    case = intake.record_verdict(
        target, verdict(lane, finding, visibility=visibility, level=level, reason="abuse"), now=now
    )
    assert case is not None
    return target, case


def test_release_puts_a_held_text_up(cast: Cast, now: datetime) -> None:
    target, case = open_case(cast, now, visibility="held")
    decision = actions.approve(case.id, actor=cast.mo, version=1, now=now + timedelta(minutes=7))
    assert note(target).visibility == "live"
    assert (case.state, case.outcome, case.held, case.version) == ("resolved", "no_violation", False, 2)
    assert (decision.from_visibility, decision.to_visibility, decision.automated_decision) == ("held", "live", False)
    assert case.first_human_at == case.resolved_at == now + timedelta(minutes=7)


def test_taking_down_needs_a_reason_and_tells_the_author_in_words(cast: Cast, now: datetime) -> None:
    target, case = open_case(cast, now)
    with pytest.raises(BadInput):
        actions.hide(case.id, actor=cast.mo, version=1, now=now, reason_code="")
    decision = actions.hide(case.id, actor=cast.mo, version=1, now=now, reason_code="selling")
    assert note(target).visibility == "hidden"
    assert decision.facts_public == reasons()["selling"].said
    assert decision.appeal_until == now + timedelta(days=14)
    entry = list(audit.each_entry())[-1]
    assert (entry.action, entry.reason_code, entry.from_state, entry.to_state) == (
        "decide.hide",
        "selling",
        "live",
        "hidden",
    )
    assert entry.public_text_id == decision.id
    assert decision.event_id == entry.id


def test_a_content_note_needs_words(cast: Cast, now: datetime) -> None:
    target, case = open_case(cast, now)
    with pytest.raises(BadInput):
        actions.add_content_note(case.id, actor=cast.mo, version=1, now=now, note="  ")
    actions.add_content_note(case.id, actor=cast.mo, version=1, now=now, note="speaks of self-harm")
    assert (note(target).visibility, note(target).content_note) == ("limited", "speaks of self-harm")


def test_support_answers_closes_and_promises_to_look_back(cast: Cast, now: datetime) -> None:
    target, case = open_case(cast, now, "T0")
    actions.support(case.id, actor=cast.mo, version=1, now=now, message="I'm here. Are you safe right now?")
    answer = db.session.scalars(select(Note).where(Note.staff_id == cast.mo.staff_id)).one()
    assert answer.body.startswith("I'm here.")
    assert (case.outcome, note(target).visibility) == ("supported", "live")
    due = db.session.scalars(select(Followup.due_at).order_by(Followup.due_at)).all()
    assert due == [now + timedelta(hours=2), now + timedelta(hours=24)]
    assert followups.list_due(now + timedelta(hours=3))[0].case_public_id == case.public_id


def test_support_does_not_decide_whether_a_held_text_goes_up(cast: Cast, now: datetime) -> None:
    target, case = open_case(cast, now, "T1", visibility="held")
    actions.support(case.id, actor=cast.mo, version=1, now=now, message="We have it, and we have read it.")
    assert (case.state, case.held, case.version) == ("open", True, 2)
    assert case.first_human_at == now
    assert note(target).visibility == "held"


def test_asking_for_an_edit_holds_and_waits_and_a_clean_edit_settles_it(cast: Cast, now: datetime) -> None:
    target, case = open_case(cast, now)
    actions.ask_edit(
        case.id,
        actor=cast.mo,
        version=1,
        now=now,
        reason_code="amounts_or_methods",
        message="Please leave out the amounts.",
    )
    assert (case.state, note(target).visibility) == ("watching", "held")
    assert intake.record_verdict(target, verdict(None), now=now + timedelta(hours=1), edited=True) is case
    assert (case.outcome, note(target).visibility) == ("author_edited", "live")
    assert followups.list_due(now + timedelta(days=3)) == []


@pytest.mark.parametrize("lane", ["T0", "T1"])
def test_watching_comes_back_after_two_hours(cast: Cast, now: datetime, lane: str) -> None:
    from forum.moderation import jobs

    _, case = open_case(cast, now, lane)
    followups.watch(case.id, actor=cast.mo, version=1, now=now)
    assert case.state == "watching"
    assert jobs.wake_watched(now + timedelta(minutes=119)) == 0
    assert jobs.wake_watched(now + timedelta(hours=2)) == 1
    db.session.refresh(case)
    assert (case.state, case.version) == ("open", 3)


def test_only_crises_are_watched(cast: Cast, now: datetime) -> None:
    _, case = open_case(cast, now, "T3")
    with pytest.raises(BadInput):
        followups.watch(case.id, actor=cast.mo, version=1, now=now)


def test_the_one_who_asks_for_a_second_opinion_is_not_the_second(cast: Cast, now: datetime) -> None:
    _, case = open_case(cast, now)
    followups.ask_second(case.id, actor=cast.mo, version=1, now=now, note="Reads like a threat to me, or is it a song?")
    with pytest.raises(SelfReview):
        actions.approve(case.id, actor=cast.mo, version=2, now=now)
    actions.approve(case.id, actor=cast.mia, version=2, now=now)
    assert db.session.scalars(select(CaseNote)).one().kind == "second"


def test_an_escalated_case_is_the_leads(cast: Cast, now: datetime) -> None:
    _, case = open_case(cast, now)
    followups.escalate(case.id, actor=cast.hal, version=1, now=now, note="I don't know what to do with this one.")
    with pytest.raises(Forbidden):
        actions.approve(case.id, actor=cast.mo, version=2, now=now)
    actions.approve(case.id, actor=cast.lea, version=2, now=now)
    assert case.state == "resolved"


def test_a_note_too_short_hands_nothing_on(cast: Cast, now: datetime) -> None:
    _, case = open_case(cast, now)
    with pytest.raises(BadInput):
        followups.escalate(case.id, actor=cast.mo, version=1, now=now, note="help")
    assert case.state == "open"


def test_helpers_cannot_decide(cast: Cast, now: datetime) -> None:
    target, case = open_case(cast, now)
    for attempt in (actions.approve, lambda *a, **k: actions.hide(*a, reason_code="selling", **k)):
        with pytest.raises(Forbidden):
            attempt(case.id, actor=cast.hal, version=1, now=now)
    assert note(target).visibility == "live"


def test_a_stale_version_changes_nothing_and_says_what_changed(cast: Cast, now: datetime) -> None:
    target, case = open_case(cast, now)
    actions.hide(case.id, actor=cast.mo, version=1, now=now, reason_code="selling")
    db.session.commit()
    entries = db.session.scalar(select(func.count()).select_from(audit.AuditEntry))
    with pytest.raises(CaseChanged) as refused:
        actions.approve(case.id, actor=cast.mia, version=1, now=now)
    assert refused.value.version == 2
    assert [(c.by, c.words, c.reason_code) for c in refused.value.changes] == [("Mo", "It was taken down", "selling")]
    assert note(target).visibility == "hidden"
    assert db.session.scalar(select(func.count()).select_from(audit.AuditEntry)) == entries


def test_a_case_somebody_else_has_open_is_theirs(cast: Cast, now: datetime) -> None:
    _, case = open_case(cast, now)
    leases.claim(case, actor=cast.mo, now=now)
    with pytest.raises(AlreadyLeased, match="Mo has this one now"):
        actions.approve(case.id, actor=cast.mia, version=1, now=now)
    actions.approve(case.id, actor=cast.mia, version=1, now=now + timedelta(minutes=11))


@pytest.mark.parametrize("lane", ["T1", "T2"])
def test_nobody_judges_their_own(cast: Cast, now: datetime, lane: str) -> None:
    target, case = open_case(cast, now, lane)
    me = Actor(cast.mo.staff_id, "moderator", "Mo", own_member_id=target.author_id)
    with pytest.raises(SelfReview):
        actions.approve(case.id, actor=me, version=1, now=now)


def test_imminent_danger_is_exempt_from_self_review(cast: Cast, now: datetime) -> None:
    target, case = open_case(cast, now, "T0")
    me = Actor(cast.mo.staff_id, "moderator", "Mo", own_member_id=target.author_id)
    actions.support(case.id, actor=me, version=1, now=now, message="We are here, all of us.")
    assert case.outcome == "supported"


def test_the_teams_own_posts_are_judged_by_somebody_else(cast: Cast, now: datetime) -> None:
    answer = Note(staff_id=cast.mo.staff_id, body="hello")
    db.session.add(answer)
    db.session.flush()
    target = Target("note", answer.id, author_staff_id=cast.mo.staff_id)
    case = intake.record_verdict(target, verdict("T2", INSULT), now=now)
    assert case is not None
    with pytest.raises(SelfReview):
        actions.approve(case.id, actor=cast.mo, version=1, now=now)
    actions.approve(case.id, actor=cast.mia, version=1, now=now)


def test_a_lane_moves_with_a_reason(cast: Cast, now: datetime) -> None:
    _, case = open_case(cast, now, "T1")
    followups.change_lane(case.id, actor=cast.mo, version=1, now=now, lane=3, note="A song quote, not the author.")
    assert (case.lane, case.version) == (3, 2)
    assert [c.words for c in changes.history_of(case)] == ["The case was opened", "The lane was changed"]


def test_both_clocks_are_kept(cast: Cast, now: datetime) -> None:
    _, case = open_case(cast, now, "T2")
    duty.go_on(actor=cast.mo, now=now + timedelta(minutes=30))
    for minute in range(30, 61, 4):
        duty.heartbeat(staff_id=cast.mo.staff_id, now=now + timedelta(minutes=minute))
    actions.approve(case.id, actor=cast.mo, version=1, now=now + timedelta(minutes=60))
    assert case.first_human_at == now + timedelta(minutes=60)
    assert case.staffed_first_minutes == 30


def test_a_decision_writes_exactly_one_entry_and_one_statement(cast: Cast, now: datetime) -> None:
    _, case = open_case(cast, now)
    before = len(list(audit.each_entry()))
    actions.approve(case.id, actor=cast.mo, version=1, now=now)
    assert len(list(audit.each_entry())) == before + 1
    assert db.session.scalar(select(func.count(Decision.id))) == 1
    assert audit.verify().is_whole
