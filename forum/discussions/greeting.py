"""First posts nobody has answered: what greeters see, and when they are told."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, exists, select, true
from sqlalchemy.orm import aliased

from forum.belonging.events import FirstPostWaits
from forum.boundaries.reading import NOTHING, Boundaries
from forum.core.db import db
from forum.core.events import announce
from forum.discussions.listing import by_somebody_listed
from forum.discussions.models import PUBLIC, Post, Thread, ThreadMask

WAITS_AFTER = timedelta(minutes=30)
LOOK_BACK = timedelta(days=3)
TOLD_WITHIN = timedelta(hours=3)
"""So long the scheduler may be late and greeters are told all the same."""
SHOWN = 30


def is_first_post() -> ColumnElement[bool]:
    """Say in SQL that a thread was opened with its author's first words here, under their own name."""
    opening, earlier = aliased(Post), aliased(Post)
    opened = select(opening.id).where(opening.thread_id == Thread.id, opening.is_opening).scalar_subquery()
    before = select(earlier.id).where(
        earlier.author_id == Thread.author_id, earlier.first_public_at.is_not(None), earlier.id < opened
    )
    mask = select(ThreadMask.id).where(ThreadMask.thread_id == Thread.id, ThreadMask.member_id == Thread.author_id)
    return Thread.author_id.is_not(None) & ~exists(before) & ~exists(mask)


def list_to_greet(
    now: datetime, reader: Boundaries = NOTHING, out_of: Collection[int] = frozenset()
) -> list[tuple[Thread, bool]]:
    """Return threads that have waited half an hour for an answer, with whether they are first posts; those come first.

    What was opened under a name for one thread is never called a first post: that would say something of who it is.
    """
    away = {*reader.rooms, *out_of}
    first = is_first_post().label("first")
    query = (
        select(Thread, first)
        .where(
            Thread.visibility.in_(PUBLIC),
            Thread.kind == "topic",
            Thread.reply_count == 0,
            Thread.purpose != "daily",
            Thread.bumped_at <= now - WAITS_AFTER,
            Thread.bumped_at > now - LOOK_BACK,
            by_somebody_listed(reader),
            Thread.room_id.not_in(away) if away else true(),
        )
        .order_by(first.desc(), Thread.bumped_at)
        .limit(SHOWN)
    )
    return [(thread, bool(is_first)) for thread, is_first in db.session.execute(query).unique()]


def tell_greeters(now: datetime) -> int:
    """Announce first posts that have waited half an hour; whoever listens tells each greeter once."""
    query = select(Thread.id).where(
        Thread.visibility.in_(PUBLIC),
        Thread.kind == "topic",
        Thread.reply_count == 0,
        Thread.purpose != "daily",
        Thread.bumped_at <= now - WAITS_AFTER,
        Thread.bumped_at > now - WAITS_AFTER - TOLD_WITHIN,
        is_first_post(),
    )
    found = list(db.session.scalars(query.limit(SHOWN)))
    for thread_id in found:
        announce(FirstPostWaits(thread_id))
    return len(found)
