"""Sockets whose session ended elsewhere: in another process, by the clock, or while this one was not told.

The event of an ended session reaches only the process it happened in, and a session that merely runs out makes no
event at all. Its socket can do nothing (every event reads the session anew), but it would go on hearing.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Select, select

from forum.core.clock import utcnow
from forum.core.db import db
from forum.identity.models import LoginSession
from forum.realtime.connections import connections
from forum.realtime.jobs import every_process
from forum.realtime.sockets import end_sockets

SECONDS = 15.0
CHUNK = 500


@every_process(SECONDS, "close sockets of ended sessions")
def close_ended() -> int:
    """Close them; returns how many."""
    return close_ended_at(utcnow())


def close_ended_at(now: datetime) -> int:
    """Close the sockets of every session that does not live at this moment."""
    held, closed = connections.digests(), 0
    for start in range(0, len(held), CHUNK):
        part = held[start : start + CHUNK]
        alive = set(db.session.scalars(_living(part, now)))
        closed += sum(end_sockets(digest, "expired") for digest in part if digest not in alive)
    return closed


def _living(digests: list[bytes], now: datetime) -> Select[bytes]:
    return select(LoginSession.digest).where(
        LoginSession.digest.in_(digests),
        LoginSession.idle_until > now,
        LoginSession.abs_until > now,
        LoginSession.asleep.is_(False),
    )
