"""Copies of a text with what stood around it, where the original will not wait for a moderator.

A text its author takes back must still be answered if it spoke of danger. And a live room moves on and forgets: what
was said around a text is kept as it stood when the case began, ten lines before and the five that came next.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from forum.core.db import db
from forum.moderation.models import Case, CaseSnapshot
from forum.moderation.subjects import Line, SubjectQuote, has_subject, subject_of

LIVE = "live"
"""Reason of a copy made because the room goes on."""
AFTER = 5
"""Lines kept of what came next."""


def take_snapshot(case: Case, quote: SubjectQuote, *, reason: str, now: datetime) -> CaseSnapshot:
    """Keep a copy of a text and its surroundings; purged some time after the case is closed."""
    kept = CaseSnapshot(
        case_id=case.id,
        reason=reason,
        body=quote.text,
        before=_rows(quote.before),
        after=_rows(quote.after[:AFTER]),
        revision_id=quote.revision,
        taken_at=now,
    )
    db.session.add(kept)
    db.session.flush()
    return kept


def freeze(case: Case, now: datetime) -> None:
    """Keep what stands around a text in a live room, the first time a case is made of it."""
    if not case.live or not has_subject(case.target_type) or frozen(case.id) is not None:
        return
    quote = subject_of(case.target_type).quote(case.target_id)
    if quote is not None:
        take_snapshot(case, quote, reason=LIVE, now=now)


def frozen(case_id: int) -> CaseSnapshot | None:
    """Return what was kept of a live room for a case."""
    query = select(CaseSnapshot).where(CaseSnapshot.case_id == case_id, CaseSnapshot.reason == LIVE)
    return db.session.scalar(query.order_by(CaseSnapshot.id).limit(1))


def unfinished(since: datetime) -> list[tuple[CaseSnapshot, Case]]:
    """Return copies of live rooms that still wait for lines that come next."""
    query = (
        select(CaseSnapshot, Case)
        .join(Case, Case.id == CaseSnapshot.case_id)
        .where(CaseSnapshot.reason == LIVE, CaseSnapshot.taken_at >= since)
    )
    return [(kept, case) for kept, case in db.session.execute(query.order_by(CaseSnapshot.id)) if is_open(kept)]


def is_open(kept: CaseSnapshot) -> bool:
    """Tell whether a copy has room for lines that come next."""
    return len(kept.after) < AFTER


def complete(kept: CaseSnapshot, following: Sequence[Line]) -> bool:
    """Add the lines that have come since; those already kept stay as they are. Returns whether any was added."""
    known = {row.get("ref") for row in kept.after}
    fresh = [line for line in following if line.ref not in known][: AFTER - len(kept.after)]
    if fresh:
        kept.after = [*kept.after, *_rows(fresh)]
        db.session.flush()
    return bool(fresh)


def _rows(lines: Sequence[Line]) -> list[dict[str, str]]:
    return [{"handle": line.handle, "text": line.text, "ref": line.ref} for line in lines]
