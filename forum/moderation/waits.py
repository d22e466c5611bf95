"""How long people waited lately, said to the people who are waiting now."""

from __future__ import annotations

from statistics import median

from sqlalchemy import select

from forum.core.db import db
from forum.moderation.models import Case, Decision

SAMPLE = 20


def usual_wait_minutes() -> int | None:
    """Return the median wait of the last 20 held texts until a person decided, in minutes; None with fewer than 3."""
    rows = db.session.execute(
        select(Case.queued_at, Case.resolved_at)
        .join(Decision, Decision.case_id == Case.id)
        .where(Decision.action == "hold", Decision.automated_decision, Case.resolved_by_id.is_not(None))
        .order_by(Case.resolved_at.desc())
        .limit(SAMPLE)
    ).all()
    waits = [(row.resolved_at - row.queued_at).total_seconds() / 60 for row in rows if row.resolved_at is not None]
    return None if len(waits) < 3 else max(1, round(median(waits)))
