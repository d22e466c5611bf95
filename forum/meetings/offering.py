"""Which meetings are offered to whom: families and members are not sent into each other's unless they ask."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import contains_eager

from forum.core.db import db
from forum.discussions.areas import Area, said_area
from forum.identity.models import Member
from forum.meetings.models import LIVE, Series, Session
from forum.meetings.timetable import AUDIENCES

_SHUT = ("closed", "cancelled", "closing")


def audiences_of(area: Area) -> tuple[str, ...]:
    """Return whom meetings are for that are offered in an area; those for everyone are offered in both."""
    return ("everyone", "families") if area == "family" else tuple(one for one in AUDIENCES if one != "families")


def area_for(member: Member | None, session: Session) -> Area:
    """Return the area to offer more of: what the reader has said, else that of the meeting they are at."""
    return said_area(member) or ("family" if session.series.audience == "families" else "own")


def next_sessions(
    now: datetime, until: datetime, audiences: Collection[str], limit: int = 1, besides: int = 0
) -> list[Session]:
    """Return the sessions for these people that are on, or come next before a time; one can be left out by number.

    Only those somebody has said they will hold: to be led to one is a promise.
    """
    query = (
        select(Session)
        .join(Series)
        .options(contains_eager(Session.series))
        .where(Session.starts_at < until, (Session.starts_at >= now) | Session.status.in_(LIVE))
        .where(Series.is_running | Session.status.in_(LIVE), Series.audience.in_(audiences))
        .where(Session.status.not_in(_SHUT), Session.id != besides)
        .where(func.coalesce(Series.host_id, Session.host_id).is_not(None))
        .order_by(Session.starts_at, Session.id)
    )
    return list(db.session.scalars(query.limit(limit)))


def nearby(session: Session, now: datetime, area: Area, limit: int = 3) -> list[Session]:
    """Return other sessions one could go to instead, soonest first."""
    return next_sessions(now, now + timedelta(hours=12), audiences_of(area), limit, besides=session.id)
