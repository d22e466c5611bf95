"""Lists of threads: a room's, those without an answer, stories. What a reader keeps away stays out of them, in SQL."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, and_, exists, not_, or_, select, true, union_all

from forum.boundaries.reading import NOTHING, Boundaries
from forum.core.db import db
from forum.core.paging import read_cursor
from forum.discussions.models import PUBLIC, Room, Thread, ThreadMask

PAGE_THREADS = 30


def list_threads(
    room: Room, *, waiting: bool = False, before: str | None = None, reader: Boundaries = NOTHING
) -> tuple[list[Thread], bool]:
    """Return a page of a room's threads, newest activity first, and whether there are more.

    Each visibility is asked for by itself: so the index hands the page over in order and the rest is never read, where
    one question for both would sort every thread of the room.
    """
    order = (Thread.pinned.desc(), Thread.bumped_at.desc(), Thread.id.desc())
    rules = [Thread.room_id == room.id, Thread.kind == "topic", by_somebody_listed(reader)]
    if waiting:
        rules += [Thread.reply_count == 0, Thread.purpose != "daily"]
    if before and read_cursor(before) is not None:
        rules += [Thread.pinned.is_(False), _older_than(before)]
    if waiting:  # few in any room: found by the index of those without a reply
        newest = select(Thread.id).where(*rules, Thread.visibility.in_(PUBLIC))
    else:
        each = [
            select(Thread.id)
            .where(*rules, Thread.visibility == one)
            .order_by(*order)
            .limit(PAGE_THREADS + 1)
            .subquery()
            for one in PUBLIC
        ]
        newest = select(union_all(*(select(part.c.id) for part in each)).subquery().c.id)
    query = select(Thread).where(Thread.id.in_(newest)).order_by(*order).limit(PAGE_THREADS + 1)
    found = list(db.session.scalars(query))
    return found[:PAGE_THREADS], len(found) > PAGE_THREADS


def by_somebody_listed(reader: Boundaries) -> ColumnElement[bool]:
    """Leave out threads of people this reader keeps away from, or who keep away from them."""
    if not reader.unlisted:
        return true()
    names, people = {-n for n in reader.unlisted if n < 0}, {n for n in reader.unlisted if n > 0}
    masks = select(ThreadMask.id).where(ThreadMask.thread_id == Thread.id, ThreadMask.member_id == Thread.author_id)
    kept = or_(Thread.author_id.is_(None), Thread.author_id.not_in(people), exists(masks))
    return and_(kept, not_(exists(masks.where(ThreadMask.id.in_(names))))) if names else kept


def list_waiting(limit: int = 8, reader: Boundaries = NOTHING, out_of: Collection[int] = frozenset()) -> list[Thread]:
    """Return the newest threads nobody has answered yet, oldest of them first; nothing `out_of` these rooms."""
    unseen_rooms = {*reader.rooms, *out_of}
    query = (
        select(Thread)
        .where(Thread.visibility.in_(PUBLIC), Thread.kind == "topic", Thread.reply_count == 0)
        .where(by_somebody_listed(reader), Thread.purpose != "daily")
        .where(Thread.room_id.not_in(unseen_rooms) if unseen_rooms else true())
        .order_by(Thread.bumped_at.desc())
        .limit(limit)
    )
    return sorted(db.session.scalars(query), key=lambda thread: thread.bumped_at)


def list_stories(
    *,
    reader: Boundaries = NOTHING,
    out_of: Collection[int] = frozenset(),
    story_from: Collection[str] = (),
    before: str | None = None,
) -> tuple[list[Thread], bool]:
    """Return a page of stories of all rooms a reader may enter, newest activity first, and whether there are more."""
    away = {*reader.rooms, *out_of}
    query = select(Thread).where(Thread.purpose == "story", Thread.visibility.in_(PUBLIC), by_somebody_listed(reader))
    if away:
        query = query.where(Thread.room_id.not_in(away))
    if story_from:
        query = query.where(Thread.story_from.in_(story_from))
    query = query.where(_older_than(before))
    found = list(db.session.scalars(query.order_by(Thread.bumped_at.desc(), Thread.id.desc()).limit(PAGE_THREADS + 1)))
    return found[:PAGE_THREADS], len(found) > PAGE_THREADS


def _older_than(before: str | None) -> ColumnElement[bool]:
    cursor = read_cursor(before) if before else None
    if cursor is None:
        return true()
    moment, number = cursor
    return or_(Thread.bumped_at < moment, and_(Thread.bumped_at == moment, Thread.id < number))
