from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from forum.core.db import db
from forum.moderation import audit, intake, jobs, signals
from forum.moderation.models import AuditEntry, Case, CaseSignal, CaseSnapshot, Decision, LookIn
from forum.moderation.verdict import Finding, Verdict
from tests.moderation.board import Note
from tests.moderation.conftest import Cast

CRISIS = Finding(
    "crisis", "plan_intent_means", level=3, category="plan_intent_means", spans=((0, 12),), version="lex-1"
)
INSULT = Finding("toxicity", "insult", score=0.9, threshold=0.6, explanation="It reads as unkind to somebody.")
PHONE = Finding("identity_leak", "phone_number", mode="hold", mask=True, subject="self")


def verdict(
    lane: str | None, *findings: Finding, visibility: str = "live", level: int = 0, reason: str = ""
) -> Verdict:
    categories = tuple(f.category for f in findings if f.category)
    return Verdict(
        visibility,  # type: ignore[arg-type]
        level,
        lane,  # type: ignore[arg-type]
        findings,
        reason_code=reason,
        explanation="An automatic check paused this." if visibility == "held" else "",
        categories=categories,
        policy_version="test.1",
    )


@pytest.fixture
def post(cast: Cast):
    return cast.note(cast.member("Paper Boat 11"), "i have it all lined up on the table")


def test_a_verdict_with_a_lane_opens_a_case_that_explains_itself(post, now: datetime) -> None:
    case = intake.record_verdict(post, verdict("T0", CRISIS, level=3), now=now)
    assert case is not None
    assert (case.lane, case.lane_reason, case.state, case.version) == (0, "plan_intent_means", "open", 1)
    (signal,) = signals.of_case(case.id)
    assert (signal.detector, signal.spans, signal.detector_version, signal.level) == ("crisis", [[0, 12]], "lex-1", 3)
    assert [entry.action for entry in audit.each_entry()] == ["case.opened"]
    assert case.due_first_at == now + timedelta(minutes=15), "nobody is on duty: on-call people have 15 minutes"


def test_no_lane_opens_no_case_and_level_one_goes_to_the_look_in_list_once(post, now: datetime) -> None:
    low = verdict(None, Finding("crisis", "hedged_low_mood", level=1, category="hedged_low_mood"), level=1)
    for _ in range(2):
        assert intake.record_verdict(post, low, now=now) is None
    assert db.session.scalar(select(func.count(Case.id))) == 0
    assert [row.categories for row in db.session.scalars(select(LookIn))] == [["hedged_low_mood"]]


def test_an_answer_by_somebody_else_settles_a_look_in(cast: Cast, post, now: datetime) -> None:
    intake.record_verdict(post, verdict(None, level=1), now=now)
    intake.answered(thread_id=1, by_member_id=post.author_id, now=now)
    assert db.session.scalar(select(LookIn.answered_at)) is None
    intake.answered(thread_id=1, by_member_id=cast.member("Salt Marsh 33").id, now=now)
    assert db.session.scalar(select(LookIn.answered_at)) == now


def test_saying_the_same_twice_changes_nothing(post, now: datetime) -> None:
    for _ in range(3):
        case = intake.record_verdict(post, verdict("T2", INSULT, visibility="held", reason="abuse"), now=now)
    assert case is not None
    assert case.version == 1
    assert db.session.scalar(select(func.count(CaseSignal.id))) == 1
    assert db.session.scalar(select(func.count(Decision.id))) == 1
    assert [entry.action for entry in audit.each_entry()] == ["case.opened", "auto.hold"]


def test_later_findings_merge_and_only_ever_raise(post, now: datetime) -> None:
    intake.record_verdict(post, verdict("T3", INSULT), now=now)
    case = intake.record_verdict(post, verdict("T0", CRISIS, level=3), now=now, late=True)
    assert case is not None
    assert (case.lane, case.version, case.support_level) == (0, 2, 3)
    case = intake.record_verdict(post, verdict("T3", PHONE), now=now)
    assert case is not None
    assert (case.lane, case.lane_reason) == (0, "plan_intent_means")
    assert [entry.action for entry in audit.each_entry()] == ["case.opened", "case.raised", "case.merged"]


def test_an_automatic_hold_has_a_statement_of_reasons(post, now: datetime) -> None:
    case = intake.record_verdict(post, verdict("T2", PHONE, visibility="held", reason="identity_leak"), now=now)
    assert case is not None
    decision = db.session.scalars(select(Decision)).one()
    assert (decision.action, decision.automated_decision, decision.reason_code) == ("hold", True, "identity_leak")
    assert decision.facts_public.startswith("An automatic check paused this")
    assert decision.appeal_until == now + timedelta(days=14)
    assert case.boosts == [{"code": "author_waits", "minutes": 20}]
    assert case.effective_at == now - timedelta(minutes=20)


def test_a_clean_edit_lets_go_of_an_identity_hold(post, now: datetime) -> None:
    intake.record_verdict(post, verdict("T2", PHONE, visibility="held", reason="identity_leak"), now=now)
    db.session.get_one(Note, post.id).visibility = "held"
    case = intake.record_verdict(post, verdict(None), now=now, edited=True)
    assert case is not None
    assert (case.state, case.outcome, case.held) == ("resolved", "author_edited", False)
    assert db.session.get_one(Note, post.id).visibility == "live"


def test_a_clean_edit_does_not_let_go_of_an_insult(post, now: datetime) -> None:
    intake.record_verdict(post, verdict("T2", INSULT, visibility="held", reason="abuse"), now=now)
    db.session.get_one(Note, post.id).visibility = "held"
    assert intake.record_verdict(post, verdict(None), now=now, edited=True) is None
    assert db.session.get_one(Note, post.id).visibility == "held"


def close(case: Case, now: datetime) -> None:
    from forum.moderation.clocks import close_case

    close_case(case, "no_violation", "decide.approve", actor=None, now=now)


def test_a_higher_lane_opens_a_closed_case_again(post, now: datetime) -> None:
    case = intake.record_verdict(post, verdict("T3", INSULT), now=now)
    assert case is not None
    close(case, now)
    again = intake.record_verdict(post, verdict("T0", CRISIS, level=3), now=now + timedelta(hours=1))
    assert again is case
    assert (case.state, case.reopen_count, case.lane) == ("open", 1, 0)
    assert case.first_human_at is None


def test_a_finding_no_worse_is_attached_and_does_not_reopen(post, now: datetime) -> None:
    case = intake.record_verdict(post, verdict("T2", INSULT), now=now)
    assert case is not None
    close(case, now)
    intake.record_verdict(post, verdict("T3", Finding("repeats", "repeat")), now=now)
    assert case.state == "resolved"
    assert [entry.action for entry in audit.each_entry()][-1] == "case.attached"


def test_the_same_finding_again_leaves_a_closed_case_closed(post, now: datetime) -> None:
    case = intake.record_verdict(post, verdict("T2", INSULT, visibility="held", reason="abuse"), now=now)
    assert case is not None
    close(case, now)
    intake.record_verdict(post, verdict("T2", INSULT, visibility="held", reason="abuse"), now=now)
    assert case.state == "resolved"


def test_after_a_month_it_is_a_new_case(post, now: datetime) -> None:
    first = intake.record_verdict(post, verdict("T2", INSULT), now=now)
    assert first is not None
    close(first, now)
    second = intake.record_verdict(post, verdict("T1", CRISIS, level=2), now=now + timedelta(days=31))
    assert second is not None
    assert second.id != first.id


def test_a_deleted_crisis_post_keeps_its_case_with_the_words(post, now: datetime) -> None:
    intake.record_verdict(post, verdict("T0", CRISIS, level=3), now=now)
    case = intake.target_deleted("note", post.id, now=now)
    assert case is not None
    assert (case.state, case.limited_context, case.version) == ("open", True, 2)
    assert db.session.scalars(select(CaseSnapshot)).one().body == "i have it all lined up on the table"


def test_a_deleted_first_post_just_ends_its_welcome_review(post, now: datetime) -> None:
    intake.record_verdict(post, verdict("T3"), now=now)
    case = intake.target_deleted("note", post.id, now=now)
    assert case is not None
    assert (case.state, db.session.scalar(select(func.count(CaseSnapshot.id)))) == ("resolved", 0)


def test_ageing_moves_one_lane_at_its_tail_and_never_above_t2(post, cast: Cast, now: datetime) -> None:
    slow = intake.record_verdict(post, verdict("T3", INSULT), now=now)
    fresh_post = cast.note(cast.member("Tall Grass 44"), "hello")
    later = now + timedelta(hours=17)
    fresh = intake.record_verdict(fresh_post, verdict("T3"), now=later)
    assert slow is not None
    assert fresh is not None
    assert jobs.age_cases(later) == 1
    assert (slow.lane, slow.effective_at, fresh.lane) == (2, later, 3)
    assert jobs.age_cases(later + timedelta(days=30)) == 1, "the fresh one; nothing leaves T2 by age"
    assert slow.lane == 2


def test_shadow_findings_are_recorded_and_do_nothing(post, now: datetime) -> None:
    shadow = Finding("community_rules", "new_rule", mode="shadow", score=0.99, threshold=0.1)
    case = intake.record_verdict(post, verdict("T3", shadow), now=now)
    assert case is not None
    assert case.lane_reason == intake.FIRST_POSTS
    assert case.boosts == []
    assert db.session.scalars(select(CaseSignal)).one().mode == "shadow"


def test_the_record_holds_nobodys_words(post, now: datetime) -> None:
    case = intake.record_verdict(post, verdict("T0", CRISIS, level=3), now=now)
    intake.target_deleted("note", post.id, now=now)
    assert case is not None
    written = " ".join(
        str(getattr(entry, column.key))
        for entry in db.session.scalars(select(AuditEntry))
        for column in AuditEntry.__table__.columns
    )
    assert "lined" not in written
    assert "table" not in written
    assert "Paper" not in written
    with pytest.raises(ValueError, match="code"):
        audit.record("case.opened", actor=None, now=now, reason_code="it is all lined up")
