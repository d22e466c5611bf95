"""Reads: what was said in a room, and what the team did there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from forum.core.db import db
from forum.discussions.models import PUBLIC, Post
from forum.identity.models import Member
from forum.meetings.aside_models import Question
from forum.meetings.models import LIVE, Act, Seat, Session


def lines_of(session: Session, *, since: datetime | None = None, limit: int = 120) -> list[Post]:
    """Return what everybody in the room can read, oldest first, the newest `limit`."""
    query = select(Post).where(Post.thread_id == session.thread_id, Post.seq.is_not(None))
    if since is not None:
        query = query.where(Post.created_at >= since)
    return list(db.session.scalars(query.order_by(Post.seq.desc()).limit(limit)))[::-1]


def own_lines(session: Session, member: Member) -> list[Post]:
    """Return a member's own lines nobody else can read: held, handed back, and words of the team for them alone."""
    query = select(Post).where(
        Post.thread_id == session.thread_id,
        Post.seq.is_(None),
        (Post.author_id == member.id) | (Post.only_for_id == member.id),
    )
    return [
        post
        for post in db.session.scalars(query.order_by(Post.id))
        if post.visibility != "author_deleted" or (post.reason_code == "not_shown" and post.body)
    ]


def lines_of_thread(thread_id: int, member: Member | None) -> list[Post]:
    """Return a side room's lines: what can be read, and the reader's own."""
    query = select(Post).where(Post.thread_id == thread_id).order_by(Post.id)
    mine = member.id if member else -1
    return [post for post in db.session.scalars(query) if post.seq is not None or post.author_id == mine]


def exchange(question: Question | None, member: Member | None) -> list[Post]:
    """Return what was said in a quiet exchange: what can be read, and for its member their own words as well."""
    if question is None or question.thread_id is None:
        return []
    return [post for post in lines_of_thread(question.thread_id, member) if post.body]


def last_lines(session: Session, before_id: int, limit: int = 10) -> Sequence[Post]:
    """Return the lines before one, oldest first."""
    query = select(Post).where(
        Post.thread_id == session.thread_id,
        Post.id < before_id,
        Post.visibility.in_(PUBLIC),
        Post.only_for_id.is_(None),
    )
    return list(db.session.scalars(query.order_by(Post.id.desc()).limit(limit)))[::-1]


def alarms(session: Session) -> list[Post]:
    """Return lines of this session whose authors may be in danger, newest first."""
    query = select(Post).where(
        Post.thread_id == session.thread_id, Post.support_level >= 3, Post.author_id.is_not(None)
    )
    return list(db.session.scalars(query.order_by(Post.id.desc()).limit(5)))


def held_since(moment: datetime) -> list[Post]:
    """Return lines of live sessions held since before a moment."""
    query = (
        select(Post)
        .join(Session, Session.thread_id == Post.thread_id)
        .where(Post.visibility == "held", Post.created_at < moment, Session.status.in_(LIVE))
    )
    return list(db.session.scalars(query.order_by(Post.id)))


def has_act(session: Session, kind: str) -> bool:
    """Tell whether something was done in a session already."""
    return db.session.scalar(select(Act.id).where(Act.session_id == session.id, Act.kind == kind).limit(1)) is not None


def acts_of(session: Session, seat: Seat | None = None, limit: int = 30) -> list[Act]:
    """Return what the team did, newest first: for one seat, or what concerns the whole room."""
    query = select(Act).where(Act.session_id == session.id)
    query = query.where(Act.seat_id == seat.id) if seat is not None else query
    return list(db.session.scalars(query.order_by(Act.id.desc()).limit(limit)))
