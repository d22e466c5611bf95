"""Stop a case's clocks: the first human answer, and closing. Wall time and staffed minutes are both kept."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete

from forum.core.db import db
from forum.moderation import duty
from forum.moderation.cases import tell
from forum.moderation.events import CaseResolved
from forum.moderation.models import Case, CaseLease


def first_answer(case: Case, now: datetime) -> None:
    """Note that a person has answered; the first time counts."""
    if case.first_human_at is None:
        case.first_human_at = now
        case.staffed_first_minutes = duty.staffed_minutes(case.queued_at, now)


def close_case(case: Case, outcome: str, *, by_id: int | None, now: datetime, alias: str = "") -> None:
    """Close a case whose row lock is held; the caller writes the audit entry."""
    case.state, case.outcome, case.resolved_at, case.resolved_by_id = "resolved", outcome, now, by_id
    case.staffed_resolve_minutes = duty.staffed_minutes(case.queued_at, now)
    case.wake_at, case.disputed = None, False
    case.version += 1
    db.session.execute(delete(CaseLease).where(CaseLease.case_id == case.id))
    db.session.flush()
    tell(CaseResolved, case, outcome=outcome, alias=alias)
