"""Socket.IO events of threads: join, leave, post, react, report. The same posting path as the forms."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import g
from flask_socketio import join_room, leave_room
from pydantic import Field
from sqlalchemy.exc import DatabaseError

from forum.boundaries.reading import NOTHING, Boundaries, boundaries_of
from forum.core import events
from forum.core.clock import utcnow
from forum.core.db import db
from forum.core.errors import ForumError
from forum.discussions import drafts, kinds, operations, posting, queries
from forum.discussions.broadcast import event_payload, own_channel, own_fragment
from forum.discussions.helping import card_html, card_of, make_card
from forum.discussions.models import PUBLIC, Post, Thread
from forum.discussions.pacing import count_new
from forum.discussions.refusing import care_for
from forum.discussions.reporting import file_report
from forum.identity.models import Member
from forum.moderation import duty
from forum.realtime.channels import thread_channel
from forum.realtime.on import Caller, Payload, on
from forum.realtime.server import NAMESPACE_LIVE
from forum.web import limits


class JoinThread(Payload):
    """`thread:join`."""

    thread: str = Field(max_length=64)
    after: int = Field(default=0, ge=0)


class LeaveThread(Payload):
    """`thread:leave`."""

    thread: str = Field(max_length=64)


class CreatePost(Payload):
    """`post:create`. Body and notes are bounded by the posting path, which answers with a sentence."""

    model_config = Payload.model_config | {"str_max_length": 60_000}

    thread: str = Field(max_length=64)
    body: str
    client_id: str
    reply_to: str | None = None
    content_note: str | None = None
    one_name: bool = False
    attached: str | None = None


class React(Payload):
    """`post:react`."""

    post: str = Field(max_length=64)
    kind: str = Field(max_length=16)


class Report(Payload):
    """`post:report`."""

    post: str = Field(max_length=64)
    category: str = Field(max_length=40)
    text: str = ""


@on("thread:join", namespace=NAMESPACE_LIVE, schema=JoinThread, access="guest")
def join_thread(caller: Caller, payload: JoinThread) -> dict[str, Any]:
    """Open a thread live and catch up on what was missed."""
    member = caller.member_or_none
    thread = queries.find_thread_for(member, payload.thread)
    channels = [thread_channel(thread.public_id), own_channel(thread.public_id)]
    mine, other = channels if boundaries_of(member).is_plain else channels[::-1]
    join_room(mine)  # before reading, so that nothing falls between
    leave_room(other)
    return replay(thread, payload.after, boundaries_of(member), since=seen_from(member, thread))


def seen_from(member: Member | None, thread: Thread) -> datetime | None:
    """Return since when this reader may know what was said; None: from the beginning."""
    kind = kinds.kind_of(thread)
    return kind.seen_from(member, thread) if kind is not None and member is not None else None


def replay(
    thread: Thread, after: int, reader: Boundaries = NOTHING, *, since: datetime | None = None
) -> dict[str, Any]:
    """Return everything after a number that this reader may know of, posts as they are now."""
    db.session.refresh(thread, ["seq"])
    missed, resync = queries.events_after(thread, after) if after < thread.seq else ([], False)
    posts = {p.id: p for p in _posts_of({e.post_id for e in missed if e.post_id is not None})}
    away = reader.blocked_by if thread.kind == "topic" else reader.unseen
    known = [(e, posts.get(e.post_id or 0)) for e in missed]
    sent = [
        event_payload(thread.public_id, e.seq, e.kind, post, reader)
        for e, post in known
        if post is None or (post.only_for_id is None and post.persona not in away and _is_since(post, since))
    ]
    return {"seq": thread.seq, "events": sent, "resync": resync}


def _is_since(post: Post, since: datetime | None) -> bool:
    return since is None or post.created_at >= since


def _posts_of(ids: set[int]) -> list[Post]:
    return db.session.query(Post).filter(Post.id.in_(ids)).all() if ids else []


@on("thread:leave", namespace=NAMESPACE_LIVE, schema=LeaveThread, access="guest")
def leave_thread(_caller: Caller, payload: LeaveThread) -> None:
    """Close a thread."""
    leave_room(thread_channel(payload.thread))
    leave_room(own_channel(payload.thread))


@on("post:create", namespace=NAMESPACE_LIVE, schema=CreatePost, access="member")
def create_post(caller: Caller, payload: CreatePost) -> dict[str, Any]:
    """Post an answer; the ack comes after the commit and carries the final state."""
    member, now = caller.member, utcnow()
    thread = queries.find_thread_for(member, payload.thread)
    draft = drafts.read_draft(
        payload.body,
        payload.client_id,
        content_note=payload.content_note,
        reply_to=payload.reply_to,
        extras=drafts.Extras(one_name=payload.one_name, attached=payload.attached or ""),
    )

    def count() -> None:
        count_new("chat" if thread.kind == "meeting" else "reply", member, now)

    try:
        outcome = posting.reply(draft, author=member, thread=thread, now=now, count=count)
    except ForumError as refusal:
        g.refused = {"support": refusal_card(refusal)}
        raise
    except DatabaseError:
        events.rollback()
        found = care_for(draft.body)
        g.refused = {"support": {"level": found[0], "html": found[1]} if found else None}
        raise
    post = outcome.post
    card = card_of(post, now)
    return {
        "post": {
            "id": post.public_id,
            "seq": post.seq,
            "visibility": post.visibility,
            "html": own_fragment(post, member, 0 if post.visibility in PUBLIC else duty.coverage(now)),
        },
        "support": {"level": card.level, "html": card_html(card, post)} if card else None,
        "duplicate": outcome.duplicate,
    }


def refusal_card(refusal: ForumError) -> dict[str, Any] | None:
    """Return the card for a refused text, when its author needs one."""
    level = getattr(refusal, "support_level", 0)
    card = make_card(level, getattr(refusal, "categories", ()), "refused", utcnow())
    return {"level": level, "html": card_html(card)} if card else None


@on("post:react", namespace=NAMESPACE_LIVE, schema=React, access="member")
def react(caller: Caller, payload: React) -> dict[str, Any]:
    """Say "I hear you" and the like, or take it back."""
    member = caller.member
    post = queries.get_post_for(member, payload.post)
    limits.hit("react", member=member.public_id)
    stands = operations.toggle_reaction(post, member, payload.kind, utcnow())
    events.commit()
    return {"on": stands}


@on("post:report", namespace=NAMESPACE_LIVE, schema=Report, access="member")
def report(caller: Caller, payload: Report) -> None:
    """Ask a moderator to look."""
    file_report(caller.member, payload.post, category=payload.category, text=payload.text, now=utcnow())
