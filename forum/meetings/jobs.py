"""What happens by itself: doors open and close, turns go on, held lines go back, transcripts are deleted."""

from __future__ import annotations

import logging

from forum.core import events
from forum.core.clock import utcnow
from forum.meetings import asides, context, retention, running, timetable
from forum.realtime.jobs import every

log = logging.getLogger(__name__)


@every(1, "meetings")
def tick() -> int:
    """Bring every room to where the clock says it should be; each in a transaction of its own."""
    now, moves = utcnow(), 0
    for session_id in running.due(now):
        try:
            moves += len(running.advance(session_id, now))
            running.bring_up_to_date(session_id, now)
            events.commit()
        except Exception as error:
            # One broken room must not stop the others.
            events.rollback()
            log.error("meeting stuck", extra={"session": session_id, "error": type(error).__name__})
    return moves


@every(300, "timetable")
def fill_timetable() -> int:
    """Make the sessions of the coming weeks."""
    return timetable.fill_all(utcnow())


@every(2, "lines around a case")
def keep_context() -> int:
    """Keep the lines that come right after one a case is about, before anybody can take them back."""
    return context.follow_up(utcnow())


@every(15, "held lines")
def return_held() -> int:
    """Hand lines back that nobody has read in time."""
    return retention.return_held(utcnow())


@every(600, "transcripts")
def purge() -> int:
    """Delete what was said in meetings that closed a day ago."""
    now = utcnow()
    return retention.purge(now) + asides.purge_questions(now) + asides.purge_orphans(now)
