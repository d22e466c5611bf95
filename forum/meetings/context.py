"""What moderators see around a line of a live room: kept as it was said, because the room itself is forgotten."""

from __future__ import annotations

from datetime import datetime, timedelta

from forum.meetings import queries
from forum.moderation import snapshots
from forum.moderation.subjects import subject_of

WITHIN = timedelta(hours=1)
"""A line said later than this has nothing to do with the one a case is about."""


def follow_up(now: datetime) -> int:
    """Add the lines that came next to what was kept when a case began; returns how many copies grew."""
    grown = 0
    for kept, case in snapshots.unfinished(now - WITHIN):
        if case.target_type != "post" or case.thread_id is None or queries.session_of_thread(case.thread_id) is None:
            continue
        quote = subject_of(case.target_type).quote(case.target_id)
        grown += quote is not None and snapshots.complete(kept, quote.after)
    return grown
