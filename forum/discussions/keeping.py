"""What members keep: posts to come back to, threads to hear of. Private to each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, delete, select
from sqlalchemy.orm import Mapped, mapped_column, selectinload

from forum.core.db import Model, UTCDateTime, db
from forum.discussions import queries
from forum.discussions.models import PUBLIC, Post, Room, Thread
from forum.identity.models import Member
from forum.identity.personal import declare

PAGE = 50


class Bookmark(Model):
    """A post one member wants to find again."""

    __tablename__ = "bookmark"

    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"), primary_key=True, index=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)

    __table_args__ = (Index("ix_bookmark_newest", "member_id", "created_at"),)


class ThreadFollow(Model):
    """A thread one member wants to hear of."""

    __tablename__ = "thread_follow"

    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), primary_key=True)
    thread_id: Mapped[int] = mapped_column(ForeignKey("thread.id", ondelete="CASCADE"), primary_key=True, index=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)


declare("bookmark.member_id", "erase", title="Posts you kept", columns=("post_id", "created_at"))
declare("thread_follow.member_id", "erase", title="Threads you follow", columns=("thread_id", "created_at"))


def toggle_bookmark(member: Member, post: Post, now: datetime) -> bool:
    """Keep a post or let it go; returns whether it is kept now."""
    where = (Bookmark.member_id == member.id, Bookmark.post_id == post.id)
    gone: Any = db.session.execute(delete(Bookmark).where(*where))
    if not gone.rowcount:
        db.session.add(Bookmark(member_id=member.id, post_id=post.id, created_at=now))
    db.session.flush()
    return not gone.rowcount


def toggle_follow(member: Member, thread: Thread, now: datetime) -> bool:
    """Follow a thread or stop; returns whether it is followed now."""
    where = (ThreadFollow.member_id == member.id, ThreadFollow.thread_id == thread.id)
    gone: Any = db.session.execute(delete(ThreadFollow).where(*where))
    if not gone.rowcount:
        db.session.add(ThreadFollow(member_id=member.id, thread_id=thread.id, created_at=now))
    db.session.flush()
    return not gone.rowcount


def unfollow_room(member: Member, room: Room) -> None:
    """Stop following the threads of a room."""
    there = select(Thread.id).where(Thread.room_id == room.id)
    mine = (ThreadFollow.member_id == member.id, ThreadFollow.thread_id.in_(there))
    db.session.execute(delete(ThreadFollow).where(*mine).execution_options(synchronize_session=False))


def is_followed(member: Member | None, thread: Thread) -> bool:
    """Tell whether this reader follows the thread."""
    return member is not None and db.session.get(ThreadFollow, (member.id, thread.id)) is not None


def kept_of(posts: Sequence[Post], member: Member | None) -> frozenset[int]:
    """Return which posts of a page this reader keeps, in one query."""
    if member is None or not posts:
        return frozenset()
    ids = [post.id for post in posts]
    query = select(Bookmark.post_id).where(Bookmark.member_id == member.id, Bookmark.post_id.in_(ids))
    return frozenset(db.session.scalars(query))


def list_bookmarks(member: Member) -> list[Post]:
    """Return the posts a member keeps and may still read, last kept first."""
    query = (
        select(Post)
        .join(Bookmark, Bookmark.post_id == Post.id)
        .where(Bookmark.member_id == member.id, Post.visibility.in_(PUBLIC))
        .options(selectinload(Post.reply_to))
        .order_by(Bookmark.created_at.desc(), Bookmark.post_id.desc())
        .limit(PAGE)
    )
    return [post for post in db.session.scalars(query) if queries.may_read_post(member, post)]


def list_followed(member: Member) -> list[Thread]:
    """Return the threads a member follows and may still open, newest activity first."""
    query = (
        select(Thread)
        .join(ThreadFollow, ThreadFollow.thread_id == Thread.id)
        .where(ThreadFollow.member_id == member.id)
        .order_by(Thread.bumped_at.desc())
        .limit(PAGE)
    )
    return [thread for thread in db.session.scalars(query) if queries.can_read(member, thread)]
