"""What content features tell moderation: a verdict on a text, a doubt of its author, that it was taken back.

All of it runs in the transaction that changes the content, so a post is never visible without its case, and no case
exists for a post that was rolled back.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select, update

from forum.core.db import db
from forum.moderation import audit, language, settings, signals
from forum.moderation.cases import Incoming, Target, find_open, open_or_merge, tell
from forum.moderation.clocks import close_case
from forum.moderation.events import CaseChanged
from forum.moderation.models import Case, Decision, Followup, LookIn
from forum.moderation.snapshots import take_snapshot
from forum.moderation.sql import insert_ignore
from forum.moderation.subjects import subject_of
from forum.moderation.verdict import Verdict

FIRST_POSTS = "first_posts"
"""Lane reason of the welcome review: nothing was noticed, somebody should say hello."""


def record_verdict(
    target: Target, verdict: Verdict, *, now: datetime, edited: bool = False, late: bool = False
) -> Case | None:
    """Store what the pipeline said of a text; return the case, if people should look.

    Args:
        edited: the text is a new revision of one that was screened before.
        late: the model answered after the text was shown; it may only add.
    """
    if verdict.lane is None:
        return _without_case(target, verdict, now=now, edited=edited)
    incoming = Incoming(
        lane=int(verdict.lane[1]),
        reason=_lane_reason(target, verdict),
        signals=signals.from_verdict(verdict, revision_id=target.revision_id, late=late),
        held=True if verdict.visibility == "held" else None if late else False,  # a late word never lets go of a hold
        support_level=verdict.support_level,
        edited=edited and bool(verdict.findings),
        policy_version=verdict.policy_version,
    )
    case = open_or_merge(target, incoming, now=now)
    if verdict.visibility in ("held", "limited"):
        _automatic_decision(case, verdict, now)
    return case


def _lane_reason(target: Target, verdict: Verdict) -> str:
    if verdict.support_level >= 2 and verdict.categories:
        return verdict.categories[0]
    if verdict.reason_code:
        return verdict.reason_code
    shown = [finding for finding in verdict.findings if finding.mode != "shadow" and finding.severity != "info"]
    return shown[0].code if shown else FIRST_POSTS


def _without_case(target: Target, verdict: Verdict, *, now: datetime, edited: bool) -> Case | None:
    """Note a quiet worry; let go of what is waiting for exactly this clean edit."""
    if verdict.support_level == 1:
        _look_in(target, verdict, now)
    return _clean_edit(target, now) if edited and verdict.visibility == "live" else None


def _look_in(target: Target, verdict: Verdict, now: datetime) -> None:
    insert_ignore(
        LookIn,
        {
            "target_type": target.type,
            "target_id": target.id,
            "thread_id": target.thread_id,
            "room_id": target.room_id,
            "author_id": target.author_id,
            "categories": list(verdict.categories),
            "created_at": now,
        },
        ("target_type", "target_id"),
    )


def _automatic_decision(case: Case, verdict: Verdict, now: datetime) -> None:
    """Write the statement of reasons for what a rule did, once per revision and effect."""
    action = "hold" if verdict.visibility == "held" else "limit"
    same = select(Decision.id).where(
        Decision.case_id == case.id,
        Decision.action == action,
        Decision.automated_decision,
        Decision.revision_id.is_not_distinct_from(case.revision_id),
    )
    if db.session.scalar(same.limit(1)) is not None:
        return
    decision = Decision(
        case_id=case.id,
        case_version=case.version,
        author_id=case.author_id,
        action=action,
        reason_code=verdict.reason_code[:40],
        facts_public=verdict.explanation[:500],
        content_note=verdict.content_note[:80],
        from_visibility="checking",
        to_visibility=verdict.visibility,
        revision_id=case.revision_id,
        automated_detection=True,
        automated_decision=True,
        decided_at=now,
        appeal_until=now + timedelta(days=settings.appeal_days()),
        language=language.of(case),
    )
    db.session.add(decision)
    db.session.flush()
    decision.event_id = audit.record(
        f"auto.{action}",
        actor=None,
        now=now,
        case=case,
        from_state="checking",
        to_state=verdict.visibility,
        reason_code=verdict.reason_code[:60],
        public_text_id=decision.id,
        policy_version=verdict.policy_version[:60],
        automated_detection=True,
        automated_decision=True,
    ).id
    db.session.flush()


def _clean_edit(target: Target, now: datetime) -> Case | None:
    """Close a case that waited for its author to change the text, now that the change is clean."""
    case = find_open(target.type, target.id)
    if case is None or not case.held or not (case.state == "watching" or _only_identity(case)):
        return None
    subject_of(target.type).release(target.id, now)
    case.held, case.revision_id = False, target.revision_id
    _end_followups(case, now)
    close_case(case, "author_edited", "case.author_edited", actor=None, now=now, from_state="held", to_state="live")
    return case


def _only_identity(case: Case) -> bool:
    """Tell whether a hold was for the author's own contact details, which a clean edit settles by itself."""
    return case.lane_reason == "identity_leak" and case.reporter_count == 0 and case.support_level < 2


def _end_followups(case: Case, now: datetime) -> None:
    db.session.execute(
        update(Followup)
        .where(Followup.case_id == case.id, Followup.kind == "edit", Followup.done_at.is_(None))
        .values(done_at=now)
    )


def dispute_hold(target: Target, *, now: datetime) -> Case:
    """The author says an automatic hold looks wrong: lane T2, read sooner. This is not an appeal."""
    remark = signals.from_system("author_disputes", "The author says this looks wrong.", key=target.revision_id)
    incoming = Incoming(lane=2, reason="author_disputes", signals=(remark,), disputed=True, automated=False)
    return open_or_merge(target, incoming, now=now)


def target_deleted(target_type: str, target_id: int, *, now: datetime) -> Case | None:
    """The author is taking the text back; call this before its words are erased, in the same transaction.

    A case about danger or harm stays, with a copy of the text, so that somebody still answers. A welcome review ends.
    """
    case = find_open(target_type, target_id)
    if case is None:
        return None
    if case.lane >= 3 and case.reporter_count == 0:
        close_case(case, "no_violation", "case.author_deleted", actor=None, now=now, to_state="author_deleted")
        return case
    quote = subject_of(target_type).quote(target_id)
    if quote is not None:
        take_snapshot(case, quote, reason="author_deleted", now=now)
    case.limited_context, case.held = True, False
    case.version += 1
    db.session.flush()
    audit.record("case.author_deleted", actor=None, now=now, case=case, to_state="author_deleted")
    tell(CaseChanged, case)
    return case


def answered(*, thread_id: int, by_member_id: int | None, now: datetime) -> None:
    """Somebody other than the author wrote in a thread: texts there that waited for a kind word have had one."""
    db.session.execute(
        update(LookIn)
        .where(
            LookIn.thread_id == thread_id,
            LookIn.answered_at.is_(None),
            LookIn.author_id.is_distinct_from(by_member_id),
        )
        .values(answered_at=now)
    )


def done_looking(look_in_id: int, *, staff_id: int, now: datetime) -> None:
    """A moderator has looked in on somebody."""
    db.session.execute(
        update(LookIn).where(LookIn.id == look_in_id, LookIn.done_at.is_(None)).values(done_at=now, done_by_id=staff_id)
    )
