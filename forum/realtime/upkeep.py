"""What this process forgets by the clock: old sessions, exact times of joining, what deleted words left in the file."""

from __future__ import annotations

import logging

from forum.core import backup
from forum.core.clock import utcnow
from forum.core.diskguard import disk
from forum.identity import sessions
from forum.realtime.jobs import every

log = logging.getLogger(__name__)
HOUR = 3600.0


@every(HOUR, "forget sessions")
def forget_sessions() -> int:
    """Delete sessions past their limits."""
    return sessions.purge_expired(utcnow())


@every(6 * HOUR, "forget times of joining")
def forget_times() -> int:
    """Cut the minute of joining to the day, a week later."""
    return sessions.coarsen_joining(utcnow())


@every(6 * HOUR, "wipe deleted words")
def wipe() -> None:
    """Make deleted words unreadable in the database's files."""
    if not disk.is_closed and not backup.wipe_free_space():
        log.warning(
            "deleted words are still in the files: busy, or large (`flask forum purge`); tried again in six hours"
        )
