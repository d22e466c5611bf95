"""By the clock: numbers that become due (quiet hours, digests), and forgetting."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import and_, delete, or_, select

from forum.core.clock import utcnow
from forum.core.db import db
from forum.core.events import announce
from forum.notifications import waking
from forum.notifications.events import NewsCame
from forum.notifications.models import Notification
from forum.realtime.jobs import every
from forum.web.current import config

TICK = timedelta(seconds=60)
READ_KEPT, UNREAD_KEPT = timedelta(days=30), timedelta(days=90)


@every(TICK.total_seconds(), "news due")
def tell_due() -> int:
    """Tell open pages of news that waited for its hour."""
    now = utcnow()
    query = select(Notification.member_id).where(
        Notification.read_at.is_(None),
        Notification.due_at > now - TICK,
        Notification.due_at <= now,
        Notification.due_at > Notification.updated_at,
    )
    members = tuple(db.session.scalars(query.distinct()))
    if members:
        announce(NewsCame(members))
    return len(members)


@every(20, "wake browsers")
def wake_browsers() -> int:
    """Wake browsers whose members asked for it; nothing without the operator's keys."""
    keys = waking.keys_of(config().instance)
    return waking.wake_due(keys, utcnow()) if keys is not None else 0


@every(3_600, "forget news")
def forget_old() -> int:
    """Delete read lines after 30 days, unread ones after 90."""
    now = utcnow()
    gone: Any = db.session.execute(
        delete(Notification).where(
            or_(
                and_(Notification.read_at.is_not(None), Notification.updated_at < now - READ_KEPT),
                Notification.updated_at < now - UNREAD_KEPT,
            )
        )
    )
    return int(gone.rowcount)
