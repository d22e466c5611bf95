"""Going for good: the account and everything of it, at once and in one transaction.

Words others could read either go (a tombstone keeps each thread's shape) or stay as "Former member". Words nobody
else could read go in any case. Only what moderators must still answer (somebody may be in danger) leaves a copy with
the open case, which is deleted some time after it is closed.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, String, and_, cast, delete, func, insert, literal, or_, select, update

from forum.config import Secrets
from forum.core.db import UTCDateTime, db
from forum.core.errors import Conflict
from forum.core.events import announce
from forum.discussions.events import ThreadChanged
from forum.discussions.models import PUBLIC, Post, Reaction, Revision, Thread, ThreadEvent
from forum.identity.handles import retired_digest
from forum.identity.models import Member, RetiredHandle
from forum.identity.personal import PARTS, holdings
from forum.identity.sessions import end_sessions
from forum.moderation import intake
from forum.moderation.models import Case

TOLD_LIVE = 100
"""So many of the newest posts vanish from open pages at once; the rest when a page next asks."""
_GONE: dict[str, Any] = {
    "body": "", "body_html": "", "masked_body": None, "content_note": "", "explanation": "", "reason_code": "",
    "attached": "",
    "digest": bytes(32), "fingerprint": "", "categories": [], "support_level": 0, "visibility": "author_deleted",
}  # fmt: skip


def delete_member(member: Member, *, keep_posts: bool, keys: Secrets, now: datetime) -> None:
    """Delete a member and everything of theirs.

    Raises:
        Conflict: it is already being done.
    """
    me, handle = member.id, member.handle
    _claim(me)
    for part in PARTS.values():
        part.erase(member)
    mine = and_(Post.author_id == me, Post.visibility.not_in(PUBLIC)) if keep_posts else Post.author_id == me
    _erase_words(or_(mine, Post.only_for_id == me), now)
    # Where others read a covered text, that is what stays; what it covered goes with its author.
    stays = {"author_id": None, "body": func.coalesce(Post.masked_body, Post.body), "masked_body": None}
    db.session.execute(_quiet(update(Post).where(Post.author_id == me).values(**stays)))
    db.session.execute(_quiet(update(Post).where(Post.only_for_id == me).values(only_for_id=None)))
    end_sessions(reason="deleted", member_id=me)
    _let_go_of_rows(me)
    db.session.add(RetiredHandle(digest=retired_digest(handle, keys.mark_key)))
    db.session.expunge(member)
    db.session.execute(_quiet(delete(Member).where(Member.id == me)))
    db.session.flush()
    db.session.expire_all()


def _quiet(statement: Any) -> Any:
    return statement.execution_options(synchronize_session=False)


def _claim(member_id: int) -> None:
    """Close the account first: of two requests at once one wins, and no third one signs in meanwhile."""
    done: Any = db.session.execute(
        _quiet(
            update(Member)
            .where(Member.id == member_id, Member.state == "active")
            .values(state="deleted", lookup_id=None, verifier="", pin_verifier=None)
        )
    )
    if not done.rowcount:
        raise Conflict("This account is being deleted already.")


# ── Words ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _erase_words(which: ColumnElement[bool], now: datetime) -> None:
    """Empty posts in a handful of statements, however many there are; threads keep their numbers without gaps."""
    for post_id in list(db.session.scalars(_with_open_case(which))):
        intake.target_deleted("post", post_id, now=now)
    ids = select(Post.id).where(which)
    _number_disappearances(which, now)
    db.session.execute(_quiet(delete(Revision).where(Revision.post_id.in_(ids))))
    db.session.execute(_quiet(delete(Reaction).where(Reaction.post_id.in_(ids))))
    openings = select(Post.thread_id).where(which, Post.is_opening)
    values = {"title": "", "content_note": "", "visibility": "author_deleted"}
    db.session.execute(_quiet(update(Thread).where(Thread.id.in_(openings)).values(**values)))
    client_id = "gone-" + cast(Post.id, String)
    db.session.execute(_quiet(update(Post).where(which).values(**_GONE, client_id=client_id)))


def _with_open_case(which: ColumnElement[bool]) -> Any:
    return (
        select(Post.id)
        .join(Case, and_(Case.target_type == "post", Case.target_id == Post.id, Case.state != "resolved"))
        .where(which)
    )


def _number_disappearances(which: ColumnElement[bool], now: datetime) -> None:
    """Take a number for every post that others could read, thread by thread, and log them as hidden.

    Taking the numbers locks the threads, so nobody else can take one in between.
    """
    shown = and_(which, Post.visibility.in_(PUBLIC), Post.only_for_id.is_(None))
    counts = (
        select(
            Post.thread_id,
            func.count().label("events"),
            func.count().filter(Post.is_opening.is_(False)).label("replies"),
        )
        .where(shown)
        .group_by(Post.thread_id)
        .subquery()
    )
    taken = update(Thread).where(Thread.id == counts.c.thread_id)
    db.session.execute(
        _quiet(taken.values(seq=Thread.seq + counts.c.events, reply_count=Thread.reply_count - counts.c.replies))
    )
    place = func.row_number().over(partition_by=Post.thread_id, order_by=Post.id)
    behind = func.count().over(partition_by=Post.thread_id)
    rows = (
        select(
            Post.thread_id,
            (Thread.seq - behind + place).label("seq"),
            literal("hide"),
            Post.id,
            literal(now, UTCDateTime),
        )
        .join(Thread, Thread.id == Post.thread_id)
        .where(shown)
    )
    columns = ["thread_id", "seq", "kind", "post_id", "created_at"]
    db.session.execute(_quiet(insert(ThreadEvent).from_select(columns, rows)))
    _announce_newest(shown)


def _announce_newest(shown: ColumnElement[bool]) -> None:
    newest = select(Post.id).where(shown).order_by(Post.id.desc()).limit(TOLD_LIVE)
    events = select(ThreadEvent).where(ThreadEvent.post_id.in_(newest), ThreadEvent.kind == "hide")
    for event in db.session.scalars(events.order_by(ThreadEvent.thread_id, ThreadEvent.seq)):
        announce(ThreadChanged(event.thread_id, event.seq, "hide", event.post_id))


# ── Everything else ─────────────────────────────────────────────────────────────────────────────────────────────


def _let_go_of_rows(member_id: int) -> None:
    """Follow the declarations, tables that hang on others first."""
    order = {table.name: place for place, table in enumerate(reversed(db.metadata.sorted_tables))}
    for holding in sorted(holdings(order), key=lambda h: order[h.table]):
        table = db.metadata.tables[holding.table]
        mine = table.c[holding.name] == member_id
        if holding.on_delete == "erase":
            db.session.execute(delete(table).where(mine))
        elif holding.on_delete == "forget":
            values: dict[str, Any] = {holding.name: None, **dict.fromkeys(holding.blank, "")}
            db.session.execute(update(table).where(mine).values(**values))
