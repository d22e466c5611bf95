"""Forgetting: what was said in a meeting is gone a day after it closed, except texts in an open case."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, exists, func, or_, select, update

from forum.core.db import db
from forum.core.events import announce
from forum.discussions import operations
from forum.discussions.models import Post, Reaction, Revision, Thread, ThreadEvent
from forum.meetings import queries, said, settings
from forum.meetings.acts import note
from forum.meetings.events import LineReturned
from forum.meetings.models import Act, Mood, Session, SideRoom
from forum.moderation import intake
from forum.moderation.models import Case, LookIn


def purge(now: datetime) -> int:
    """Delete the transcripts that are due; returns how many sessions are wholly forgotten. Safe to repeat.

    A session with a text in an open case comes up again at every run, until the case is decided.
    """
    closed = now - timedelta(hours=settings.transcript_hours())
    query = select(Session).where(Session.status == "closed", Session.closed_at <= closed, Session.purged_at.is_(None))
    return sum(_purge_session(session, now) for session in db.session.scalars(query.order_by(Session.id).limit(50)))


def _purge_session(session: Session, now: datetime) -> bool:
    side_rooms = list(db.session.scalars(select(SideRoom).where(SideRoom.session_id == session.id)))
    thread_ids = [one for one in (session.thread_id, *(room.thread_id for room in side_rooms)) if one is not None]
    db.session.execute(update(Mood).where(Mood.session_id == session.id).values(session_id=None))
    kept = sum(purge_thread(thread_id) for thread_id in thread_ids)
    if kept:
        return False
    for room in side_rooms:
        db.session.delete(room)
    session.thread_id, session.purged_at = None, now
    db.session.flush()
    db.session.execute(delete(Act).where(Act.session_id == session.id))
    for thread_id in thread_ids:
        drop_thread(thread_id)
    note("purged", session, actor=None, now=now)
    return True


def purge_thread(thread_id: int) -> int:
    """Delete the posts of a thread that no open case needs; returns how many stay."""
    needed = _needed(thread_id)
    mine = (Post.thread_id == thread_id, Post.id.not_in(needed))
    doomed = select(Post.id).where(*mine).scalar_subquery()
    db.session.execute(update(Post).where(Post.reply_to_id.in_(doomed)).values(reply_to_id=None))
    for model in (Reaction, Revision, ThreadEvent):
        db.session.execute(delete(model).where(model.post_id.in_(doomed)))
    _wipe(mine)
    _delete_rows(mine)
    db.session.expire_all()
    return len(needed)


def _needed(thread_id: int) -> list[int]:
    """Return the posts somebody still has to decide about."""
    waiting = exists().where(Case.target_type == "post", Case.target_id == Post.id, Case.state != "resolved")
    return list(db.session.scalars(select(Post.id).where(Post.thread_id == thread_id, waiting)))


def _wipe(where: tuple[ColumnElement[bool], ...]) -> None:
    """Empty the rows: the words, who wrote them, and what could tell two of them alike."""
    db.session.execute(
        update(Post)
        .where(*where)
        .values(
            body="", body_html="", masked_body=None, content_note="", explanation="", fingerprint="", digest=b"\0" * 32,
            author_id=None, only_for_id=None, categories=[], visibility="purged",
        )
        .execution_options(synchronize_session=False)
    )  # fmt: skip


def _delete_rows(where: tuple[ColumnElement[bool], ...]) -> None:
    """Delete the empty rows, but for those a closed case or list still names, and the newest of all posts.

    SQLite gives a deleted highest id to the next row: a case would then seem to speak of somebody else's words.
    """
    named = or_(
        exists().where(Case.target_type == "post", Case.target_id == Post.id),
        exists().where(LookIn.target_type == "post", LookIn.target_id == Post.id),
    )
    newest = select(func.max(Post.id)).scalar_subquery()
    doomed = select(Post.id).where(*where, ~named, Post.id < newest)
    db.session.execute(delete(Post).where(Post.id.in_(doomed)).execution_options(synchronize_session=False))


def drop_thread(thread_id: int) -> None:
    """Delete an emptied thread; one with a row a case still names stays, without a title."""
    db.session.execute(delete(ThreadEvent).where(ThreadEvent.thread_id == thread_id))
    if db.session.scalar(select(func.count()).where(Post.thread_id == thread_id)) == 0:
        db.session.execute(delete(Thread).where(Thread.id == thread_id))
    else:
        db.session.execute(update(Thread).where(Thread.id == thread_id).values(title=""))


def return_held(now: datetime) -> int:
    """Hand lines nobody has read in time back to their authors, unsent; returns how many.

    Nobody wants an old line to appear in the middle of another talk. A case about danger stays, with a copy.
    """
    late = said.held_since(now - timedelta(minutes=settings.held_minutes()))
    for post in late:
        intake.target_deleted("post", post.id, now=now)
        operations.set_visibility(post, "author_deleted", now, reason_code="not_shown")
        session = queries.session_of_thread(post.thread_id)
        if session is not None:
            announce(LineReturned(session.id, post.id))
    return len(late)
