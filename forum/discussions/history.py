"""What the pipeline may know of the past: an author's recent texts, the same words by others, who is in a thread."""

from __future__ import annotations

from datetime import datetime, timedelta

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


def recent_posts(member: Member, now: datetime, limit: int = 20) -> list[Post]:
    """Return a member's posts of the last 14 days, newest first."""
    query = select(Post).where(Post.author_id == member.id, Post.created_at > now - timedelta(days=14))
    return list(db.session.scalars(query.order_by(Post.created_at.desc()).limit(limit)))


def other_authors_with(fingerprint: str, member: Member, now: datetime) -> int:
    """Count other accounts that posted nearly the same text within ten minutes."""
    if not fingerprint:
        return 0
    query = select(func.count(Post.author_id.distinct())).where(
        Post.fingerprint == fingerprint, Post.author_id != member.id, Post.created_at > now - timedelta(minutes=10)
    )
    return db.session.scalar(query) or 0
