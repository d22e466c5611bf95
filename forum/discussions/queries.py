"""Reads: rooms, lists of threads, the posts of a page. What a reader may see is decided here, in SQL, once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import func, or_, select, true
from sqlalchemy.orm import selectinload

from forum.belonging.reading import declared_rooms
from forum.boundaries.reading import boundaries_of
from forum.core.db import db
from forum.core.errors import NotFound
from forum.discussions import areas
from forum.discussions.models import PUBLIC, Post, Reaction, Room, Thread, ThreadEvent
from forum.identity.models import Member

PAGE_POSTS = 50
LATELY = timedelta(days=1)
REPLAY_LIMIT = 200
"""More missed events than this and the browser loads the page again."""


def list_rooms() -> list[Room]:
    """Return all rooms in reading order."""
    return list(db.session.scalars(select(Room).order_by(Room.position, Room.id)))


def get_room(public_id: str) -> Room:
    """Return a room.

    Raises:
        NotFound: there is none.
    """
    found = db.session.scalar(select(Room).where(Room.public_id == public_id))
    if found is None:
        raise NotFound
    return found


def find_room(room_id: int) -> Room | None:
    """Return a room by its key."""
    return db.session.get(Room, room_id)


class RoomFigures(NamedTuple):
    """What a room's line says of it."""

    waiting: int = 0
    """Threads without a reply."""
    lately: int = 0
    """Threads somebody wrote in within a day."""
    last: datetime | None = None
    """When somebody last wrote there."""


def room_figures(now: datetime, room: Room | None = None) -> dict[int, RoomFigures]:
    """Return figures by room id, of all rooms or one. A day's thread only the scheduler has touched is no sign of life.

    Each figure is asked for by room, visibility and place: so its index answers with the end of a list, and the rest of
    the threads is never read, however many there are.
    """
    lists = [(Thread.visibility == seen, Thread.pinned.is_(pinned)) for seen in PUBLIC for pinned in (False, True)]
    of_room = select(Thread.bumped_at).where(
        Thread.room_id == Room.id, or_(Thread.purpose != "daily", Thread.reply_count > 0)
    )
    newest = [of_room.where(*one).order_by(Thread.bumped_at.desc()).limit(1) for one in lists]
    recent = [of_room.where(*one, Thread.bumped_at > now - LATELY).with_only_columns(func.count()) for one in lists]
    waiting = select(func.count()).where(
        Thread.kind == "topic", Thread.room_id == Room.id, Thread.visibility.in_(PUBLIC),
        Thread.reply_count == 0, Thread.purpose != "daily",
    )  # fmt: skip
    each = [query.correlate(Room).scalar_subquery() for query in (waiting, *recent, *newest)]
    rows = db.session.execute(select(Room.id, *each).where(Room.id == room.id if room is not None else true()))
    found = {}
    for room_id, without, *figures in rows:
        moments = [at for at in figures[len(lists) :] if at is not None]
        found[room_id] = RoomFigures(without, sum(figures[: len(lists)]), max(moments, default=None))
    return found


def opening_of(thread: Thread) -> Post | None:
    """Return a thread's first post."""
    return db.session.scalar(select(Post).where(Post.thread_id == thread.id, Post.is_opening).limit(1))


def find_thread_for(member: Member | None, public_id: str) -> Thread:
    """Return a thread this reader may open.

    Raises:
        NotFound: absent, held, or not theirs; nobody learns which.
    """
    thread = db.session.scalar(select(Thread).where(Thread.public_id == public_id))
    if thread is None or not can_read(member, thread):
        raise NotFound
    return thread


def can_read(member: Member | None, thread: Thread) -> bool:
    """Tell whether this reader may open the thread: public ones, ones with answers left, and one's own."""
    if thread.kind != "topic":
        return _ACCESS[thread.kind](member, thread) if thread.kind in _ACCESS else False
    if thread.persona in boundaries_of(member).blocked_by or not may_enter(member, thread.room):
        return False
    if thread.visibility in PUBLIC:
        return True
    if member is not None and thread.author_id == member.id:
        return True
    return thread.visibility in ("hidden", "author_deleted") and thread.reply_count > 0


def may_enter(member: Member | None, room: Room | None) -> bool:
    """Tell whether a reader may come into a room: an open one, or one they have said is for people like them."""
    if room is None:
        return True
    return (not room.declares or room.id in declared_rooms(member)) and not areas.is_apart(member, room)


def rooms_shut(member: Member | None) -> frozenset[int]:
    """Return the rooms a reader has not said to belong to, out of which nothing is listed for them."""
    return frozenset(room.id for room in list_rooms() if not may_enter(member, room))


def door_to(member: Member | None, public_id: str) -> Room:
    """Return the room whose door stands between a reader and a thread they could open by saying that they belong.

    That is shown where it tells nothing new: guests could read the thread, or the reader has written in it.

    Raises:
        NotFound: there is no such thread, or no such door.
    """
    thread = db.session.scalar(select(Thread).where(Thread.public_id == public_id))
    room = thread.room if thread is not None and thread.kind == "topic" else None
    if thread is None or room is None or may_enter(member, room) or thread.persona in boundaries_of(member).blocked_by:
        raise NotFound
    is_open = thread.visibility in PUBLIC and not room.declares
    if not is_open and not _has_written_in(member, thread):
        raise NotFound
    return room


def _has_written_in(member: Member | None, thread: Thread) -> bool:
    query = select(Post.id).where(Post.thread_id == thread.id)
    return member is not None and db.session.scalar(query.where(Post.author_id == member.id).limit(1)) is not None


def title_for(member: Member | None, thread: Thread) -> str | None:
    """Return the title where this reader may see it: a title is part of the post it opens."""
    if thread.persona in boundaries_of(member).unseen:
        return None
    if thread.visibility in PUBLIC or (member is not None and thread.author_id == member.id):
        return thread.title or None
    return None


Access = Callable[[Member | None, Thread], bool]
_ACCESS: dict[str, Access] = {}


def register_access(kind: str, rule: Access) -> None:
    """Let the feature that owns a kind of thread (meeting, conversation) say who may read it."""
    _ACCESS[kind] = rule


def page_of_posts(
    thread: Thread, member: Member | None, *, after: int | None = None, before: int | None = None
) -> tuple[list[Post], int | None, int | None]:
    """Return a page of posts in order with the numbers its neighbours begin at (older, newer).

    Without a number the newest page is returned. The reader's own posts that never had a number come last.
    """
    placed = select(Post).where(Post.thread_id == thread.id, Post.seq.is_not(None)).options(selectinload(Post.reply_to))
    if after is not None:
        found = list(db.session.scalars(placed.where(Post.seq > after).order_by(Post.seq).limit(PAGE_POSTS + 1)))
        more, found = len(found) > PAGE_POSTS, found[:PAGE_POSTS]
        older = found[0].seq if found and _exists_before(thread, found[0].seq) else None
        newer = found[-1].seq if more else None
    else:
        query = placed.where(Post.seq < before) if before is not None else placed
        found = list(db.session.scalars(query.order_by(Post.seq.desc()).limit(PAGE_POSTS + 1)))
        older = found[PAGE_POSTS - 1].seq if len(found) > PAGE_POSTS else None
        found = found[:PAGE_POSTS][::-1]
        newer = found[-1].seq if before is not None and found else None
    own = _own_unplaced(thread, member) if newer is None else []
    return found + own, older, newer


def _exists_before(thread: Thread, seq: int | None) -> bool:
    query = select(Post.id).where(Post.thread_id == thread.id, Post.seq < seq).limit(1)
    return seq is not None and db.session.scalar(query) is not None


def _own_unplaced(thread: Thread, member: Member | None) -> list[Post]:
    if member is None:
        return []
    query = select(Post).where(
        Post.thread_id == thread.id,
        or_(Post.author_id == member.id, Post.only_for_id == member.id),
        Post.seq.is_(None),
        Post.visibility != "author_deleted",
    )
    return list(db.session.scalars(query.order_by(Post.id)))


def get_post_for(member: Member | None, public_id: str) -> Post:
    """Return a post this reader may read.

    Raises:
        NotFound: absent, held or hidden (unless it is their own), or in a thread they may not open.
    """
    post = db.session.scalar(select(Post).where(Post.public_id == public_id))
    if post is None or not may_read_post(member, post):
        raise NotFound
    return post


def may_read_post(member: Member | None, post: Post) -> bool:
    """Tell whether this reader may read a post: public ones of people who don't keep away, and one's own."""
    if not can_read(member, post.thread) or post.persona in boundaries_of(member).blocked_by:
        return False
    if post.only_for_id is not None and (member is None or post.only_for_id != member.id):
        return False
    own = member is not None and post.author_id == member.id and post.visibility != "author_deleted"
    return post.visibility in PUBLIC or own


def get_own_post(member: Member, public_id: str) -> Post:
    """Return one of the member's own posts.

    Raises:
        NotFound: absent, taken back, or somebody else's.
    """
    post = get_post_for(member, public_id)
    if post.author_id != member.id:
        raise NotFound
    return post


def events_after(thread: Thread, after: int) -> tuple[list[ThreadEvent], bool]:
    """Return the events a browser missed, in order, and whether it should load the page again instead."""
    query = select(ThreadEvent).where(ThreadEvent.thread_id == thread.id, ThreadEvent.seq > after)
    found = list(db.session.scalars(query.order_by(ThreadEvent.seq).limit(REPLAY_LIMIT + 1)))
    return ([], True) if len(found) > REPLAY_LIMIT else (found, False)


def reactions_of(posts: Sequence[Post], member: Member | None) -> dict[int, dict[str, tuple[int, bool]]]:
    """Return {post id: {kind: (count, mine)}} for a page of posts, in one query."""
    ids = [post.id for post in posts]
    if not ids:
        return {}
    me = member.id if member else -1
    mine = func.max(func.coalesce(Reaction.member_id == me, False).cast(db.Integer))
    rows = db.session.execute(
        select(Reaction.post_id, Reaction.kind, func.count(), mine)
        .where(Reaction.post_id.in_(ids))
        .group_by(Reaction.post_id, Reaction.kind)
    )
    found: dict[int, dict[str, tuple[int, bool]]] = {}
    for post_id, kind, count, own in rows:
        found.setdefault(post_id, {})[kind] = (count, bool(own))
    return found


def own_posts(member: Member, limit: int = 50) -> list[Post]:
    """Return a member's own posts for their space, newest first."""
    query = select(Post).where(Post.author_id == member.id, Post.visibility != "author_deleted")
    return list(db.session.scalars(query.order_by(Post.created_at.desc(), Post.id.desc()).limit(limit)))


def card_post(thread: Thread, member: Member, now: datetime) -> Post | None:
    """Return the reader's newest post here that calls for a help card they have not put away.

    From level 2 on for seven days. At level 1 once a day at most: people stop writing honestly when every sad line
    makes a card appear.
    """
    mine = (Post.author_id == member.id, Post.visibility != "author_deleted", Post.card_hidden.is_(False))
    here = select(Post).where(*mine, Post.thread_id == thread.id)
    wanted = here.where(Post.support_level >= 2, Post.created_at > now - timedelta(days=7))
    found = db.session.scalar(wanted.order_by(Post.created_at.desc(), Post.id.desc()).limit(1))
    if found is not None:
        return found
    today = Post.created_at > now - timedelta(hours=24)
    first = select(func.min(Post.id)).where(Post.author_id == member.id, Post.support_level == 1, today)
    return db.session.scalar(here.where(Post.id == first.scalar_subquery()))
