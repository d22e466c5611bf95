"""Stop a case's clocks: the first human answer, and closing. Wall time and staffed minutes are both kept."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete

from forum.core.db import db
from forum.moderation import audit, duty
from forum.moderation.actors import Actor
from forum.moderation.cases import tell
from forum.moderation.events import CaseResolved
from forum.moderation.models import AuditEntry, Case, CaseLease


def first_answer(case: Case, now: datetime) -> None:
    """Note that a person has answered; the first time counts."""
    if case.first_human_at is None:
        case.first_human_at = now
        case.staffed_first_minutes = duty.staffed_minutes(case.queued_at, now)


def close_case(
    case: Case, outcome: str, action: str, *, actor: Actor | None, now: datetime, **details: Any
) -> AuditEntry:
    """Close a case whose row lock is held, write the audit entry, tell open queues; returns the entry.

    Args:
        action: the audit entry's action.
        details: further columns of the entry.
    """
    case.state, case.outcome, case.resolved_at = "resolved", outcome, now
    case.resolved_by_id = actor.staff_id if actor else None
    case.staffed_resolve_minutes = duty.staffed_minutes(case.queued_at, now)
    case.wake_at, case.disputed = None, False
    case.version += 1
    db.session.execute(delete(CaseLease).where(CaseLease.case_id == case.id))
    db.session.flush()
    entry = audit.record(action, actor=actor, now=now, case=case, **details)
    tell(CaseResolved, case, outcome=outcome, alias=actor.alias if actor else "")
    return entry
