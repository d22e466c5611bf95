"""Reading news by the reader's rights at this moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy import func, select

from forum.core.db import db
from forum.discussions import queries as threads
from forum.discussions.models import Post, Thread
from forum.identity.models import Member
from forum.notifications.models import Notification, NotificationChoice, NotificationHours

PAGE = 60
T = TypeVar("T", Thread, Post)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the list; `title` is None where there is none to show."""

    public_id: str
    kind: str
    code: str
    count: int
    title: str | None
    at: datetime
    is_unread: bool


def count_unread(member_id: int, now: datetime) -> int:
    """Count what counts now."""
    query = select(func.count()).where(
        Notification.member_id == member_id, Notification.read_at.is_(None), Notification.due_at <= now
    )
    return db.session.scalar(query) or 0


def list_news(member: Member) -> list[Line]:
    """Return a member's newest lines in three queries; what they may not read (any more) is left out."""
    query = select(Notification).where(Notification.member_id == member.id)
    rows = list(db.session.scalars(query.order_by(Notification.updated_at.desc(), Notification.id.desc()).limit(PAGE)))
    found = _by_id(Thread, {row.thread_id for row in rows})
    posts = _by_id(Post, {row.post_id for row in rows})
    return [_line(member, row, found.get(row.thread_id or 0)) for row in rows if _is_shown(member, row, found, posts)]


def _by_id(table: type[T], ids: set[int | None]) -> dict[int, T]:
    wanted = [number for number in ids if number is not None]
    key = table.id
    return {row.id: row for row in db.session.scalars(select(table).where(key.in_(wanted)))} if wanted else {}


def _is_shown(member: Member, row: Notification, found: dict[int, Thread], posts: dict[int, Post]) -> bool:
    if row.thread_id is None:
        return True
    thread, post = found.get(row.thread_id), posts.get(row.post_id or 0)
    if thread is None or not threads.can_read(member, thread):
        return False
    return row.kind == "letter" or (post is not None and threads.may_read_post(member, post))


def _line(member: Member, row: Notification, thread: Thread | None) -> Line:
    title = threads.title_for(member, thread) if thread is not None else None
    return Line(row.public_id, row.kind, row.code, row.count, title, row.updated_at, row.read_at is None)


def path_of(row: Notification) -> str:
    """Return where a line leads."""
    if row.thread_id is None:
        return row.link or "/notifications"
    thread, post = db.session.get(Thread, row.thread_id), db.session.get(Post, row.post_id or 0)
    if thread is None:
        return "/notifications"
    return f"/t/{thread.public_id}" + (f"#p-{post.public_id}" if post is not None else "")


def choices_of(member: Member) -> dict[str, str]:
    """Return the kinds a member wants otherwise than at once."""
    rows = db.session.scalars(select(NotificationChoice).where(NotificationChoice.member_id == member.id))
    return {row.kind: row.way for row in rows}


def hours_row(member: Member) -> NotificationHours:
    """Return a member's hours; the usual ones where they did not choose."""
    found = db.session.get(NotificationHours, member.id)
    return found or NotificationHours(member_id=member.id, quiet_from=None, quiet_to=8, digest_hour=9)
