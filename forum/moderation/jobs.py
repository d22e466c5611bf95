"""What happens by the clock: ageing, waking watched cases, forgetting. Callers commit after each function."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update

from forum.core.db import db
from forum.moderation import audit, settings
from forum.moderation.cases import tell
from forum.moderation.events import CaseChanged, CaseOpened
from forum.moderation.models import Appeal, Case, CaseLease, CaseSnapshot, Decision
from forum.moderation.subjects import has_subject, subject_of

FORGET_WITHIN = timedelta(days=60)
"""How far back the job looks: a site that was off for weeks catches up, and old decisions are not read every night."""


def age_cases(now: datetime) -> int:
    """Move cases that have waited too long in T3 or T4 to the end of the lane above; never above T2."""
    moved = [
        *_age_lane(3, now - timedelta(hours=settings.age_up_hours_t3()), now),
        *_age_lane(4, now - timedelta(hours=settings.age_up_hours_t4()), now),
    ]
    for case in _load(moved):
        audit.record(
            "case.aged", actor=None, now=now, case=case, from_state=f"T{case.lane + 1}", to_state=f"T{case.lane}"
        )
        tell(CaseChanged, case)
    return len(moved)


def _age_lane(lane: int, since: datetime, now: datetime) -> list[int]:
    """Lock and move all due cases of a lane in one statement, before anything is written down."""
    return list(
        db.session.scalars(
            update(Case)
            .where(Case.state.in_(("open", "second")), Case.lane == lane, Case.queued_at < since)
            .values(lane=lane - 1, lane_reason="aged", queued_at=now, effective_at=now, version=Case.version + 1)
            .returning(Case.id)
            .execution_options(synchronize_session=False)
        )
    )


def wake_watched(now: datetime) -> int:
    """Bring watched cases back into the queue when the time to look again has come."""
    due = list(
        db.session.scalars(
            update(Case)
            .where(Case.state == "watching", Case.wake_at <= now)
            .values(state="open", wake_at=None, queued_at=now, effective_at=now, version=Case.version + 1)
            .returning(Case.id)
            .execution_options(synchronize_session=False)
        )
    )
    for case in _load(due):
        audit.record("case.woken", actor=None, now=now, case=case, from_state="watching", to_state="open")
        tell(CaseOpened, case)
    return len(due)


def purge(now: datetime) -> int:
    """Delete copies of deleted posts whose case is long closed, expired leases, and old access entries."""
    closed = select(Case.id).where(Case.resolved_at < now - timedelta(days=settings.snapshot_days()))
    gone = db.session.execute(delete(CaseSnapshot).where(CaseSnapshot.case_id.in_(closed)))
    db.session.execute(delete(CaseLease).where(CaseLease.expires_at < now - timedelta(days=1)))
    return int(getattr(gone, "rowcount", 0)) + audit.purge_access(now)


def forget_hidden(now: datetime) -> int:
    """Delete the words of texts taken down long ago; a hash and the reason stay in the record. Returns how many.

    Not while somebody is looking at the decision anew, and never what was put back since.
    """
    asked = select(Appeal.decision_id).where(Appeal.state == "open")
    wanted = (
        select(Decision, Case)
        .join(Case, Case.id == Decision.case_id)
        .where(
            Decision.action == "hide",
            Decision.scope == "content",
            Decision.reversed_at.is_(None),
            Decision.decided_at < now - timedelta(days=settings.hidden_body_days()),
            Decision.decided_at > now - timedelta(days=settings.hidden_body_days()) - FORGET_WITHIN,
            Decision.id.not_in(asked),
            Case.state == "resolved",
        )
        .order_by(Decision.id)
    )
    return sum(_forget(decision, case, now) for decision, case in db.session.execute(wanted).all())


def _forget(decision: Decision, case: Case, now: datetime) -> bool:
    if not has_subject(case.target_type):
        return False
    subject = subject_of(case.target_type)
    quote = subject.quote(case.target_id)
    if quote is None or quote.visibility != "hidden" or not quote.text:
        return False
    was = f"sha256:{hashlib.sha256(quote.text.encode()).hexdigest()[:32]}"
    subject.purge(case.target_id, now)
    after = subject.quote(case.target_id)
    if after is not None and after.visibility == "hidden":  # what has no words of its own to forget (a room)
        return False
    audit.record(
        "auto.purged",
        actor=None,
        now=now,
        case=case,
        from_state="hidden",
        to_state="purged",
        reason_code=decision.reason_code,
        rule_ref=was,
        automated_decision=True,
    )
    return True


def _load(case_ids: list[int]) -> list[Case]:
    wanted = select(Case).where(Case.id.in_(case_ids)).order_by(Case.id).execution_options(populate_existing=True)
    return list(db.session.scalars(wanted))
