"""What the pipeline may know of the past: an author's recent texts, the same words by others, who is in a thread."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import and_, func, select

from forum.core.db import db
from forum.discussions.models import Post, Thread, ThreadMask
from forum.identity.models import Member


def thread_handles(thread: Thread, limit: int = 50) -> frozenset[str]:
    """Return handles of people who wrote in a thread lately, for telling whom a text is aimed at."""
    mask = and_(ThreadMask.thread_id == Post.thread_id, ThreadMask.member_id == Post.author_id)
    name = func.coalesce(ThreadMask.handle, Member.handle)
    query = select(name).select_from(Post).join(Member, Post.author_id == Member.id).outerjoin(ThreadMask, mask)
    return frozenset(db.session.scalars(query.where(Post.thread_id == thread.id).group_by(name).limit(limit)))


class Recent(NamedTuple):
    """What screening needs to know of an earlier post: no words, so none are read."""

    id: int
    fingerprint: str
    created_at: datetime
    support_level: int
    visibility: str


def recent_posts(member: Member, now: datetime, limit: int = 20) -> list[Recent]:
    """Return what is known of a member's posts of the last 14 days, newest first."""
    query = select(Post.id, Post.fingerprint, Post.created_at, Post.support_level, Post.visibility)
    query = query.where(Post.author_id == member.id, Post.created_at > now - timedelta(days=14))
    return [Recent(*row) for row in db.session.execute(query.order_by(Post.created_at.desc()).limit(limit))]


def thread_people(thread: Thread, limit: int = 200) -> dict[str, int]:
    """Return who wrote in a thread under which name there: the name for this thread where they took one."""
    mask = and_(ThreadMask.thread_id == Post.thread_id, ThreadMask.member_id == Post.author_id)
    name = func.coalesce(ThreadMask.handle, Member.handle)
    query = select(name, Post.author_id).join(Member, Post.author_id == Member.id).outerjoin(ThreadMask, mask)
    rows = db.session.execute(query.where(Post.thread_id == thread.id).group_by(name, Post.author_id).limit(limit))
    return {row[0]: row[1] for row in rows if row[1] is not None}


def other_authors_with(fingerprint: str, member: Member, now: datetime) -> int:
    """Count other accounts that posted nearly the same text within ten minutes."""
    if not fingerprint:
        return 0
    query = select(func.count(Post.author_id.distinct())).where(
        Post.fingerprint == fingerprint, Post.author_id != member.id, Post.created_at > now - timedelta(minutes=10)
    )
    return db.session.scalar(query) or 0
