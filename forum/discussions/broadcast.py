"""After a commit: tell everybody who has the thread open, and the author what became of their post."""

from __future__ import annotations

from typing import Any

from flask import Flask, current_app, get_template_attribute
from sqlalchemy import select

from forum.boundaries.events import BoundariesChanged
from forum.boundaries.reading import NOTHING, Boundaries
from forum.core.db import db
from forum.core.events import subscribe
from forum.discussions import kinds, queries
from forum.discussions.events import PostStateChanged, ThreadChanged
from forum.discussions.models import PUBLIC, Post, Thread
from forum.discussions.presenting import estimated_wait, post_view
from forum.identity.models import Member
from forum.moderation.events import SanctionChanged
from forum.realtime.channels import member_channel, thread_channel
from forum.realtime.server import NAMESPACE_LIVE, is_open, socketio
from forum.web.current import config

GONE = "gone"


def own_channel(thread_id: str) -> str:
    """Name the channel of those who have the thread open and keep somebody or something away from themselves.

    A fragment made for everybody would show them what they asked not to see. They are told only that there is
    something, and their page asks for it: `replay` answers each reader by their own boundaries.
    """
    return f"{thread_channel(thread_id)}:own"


def event_payload(
    thread_id: str, seq: int, kind: str, post: Post | None, reader: Boundaries = NOTHING
) -> dict[str, Any]:
    """Return one numbered event as browsers get it, showing the post as it is NOW.

    An old event of a post that has since been hidden carries no words: replay removes as well as adds.
    """
    html = fragment(post, reader) if post is not None else ""
    public_id = post.public_id if post is not None else None
    return {"thread": thread_id, "seq": seq, "kind": kind, "post": public_id, "html": html}


def fragment(post: Post, reader: Boundaries = NOTHING) -> str:
    """Render one post for everybody: no token, nothing personal. The same macro as the page's."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    kind = kinds.kind_of(post.thread)
    with app.test_request_context("/", base_url=config().origins[0]):
        if kind is not None and kind.fragment is not None:
            return kind.fragment(post, None, reader)
        found = queries.reactions_of([post], None).get(post.id, {})
        macro = get_template_attribute("discussions/_post.html", "live_post")
        return str(macro(post_view(post, None, found, reader=reader)))


def own_fragment(post: Post, member: Any, on_duty: int) -> str:
    """Render one's own post, with the notice if it is held."""
    kind = kinds.kind_of(post.thread)
    if kind is not None and kind.fragment is not None:
        return kind.fragment(post, member, NOTHING)
    macro = get_template_attribute("discussions/_post.html", "post_item")
    from forum.identity.context import view_of

    return str(macro(post_view(post, member, {}, on_duty), view_of(member)))


@subscribe(ThreadChanged)
def tell_readers(fact: ThreadChanged) -> None:
    """Send a thread's new event to its channel."""
    if not is_open():
        return
    thread = db.session.get(Thread, fact.thread_id)
    post = db.session.get(Post, fact.post_id) if fact.post_id is not None else None
    if thread is None or (post is not None and post.only_for_id is not None):
        return
    payload = event_payload(thread.public_id, fact.seq, fact.kind, post)
    socketio.emit("thread:event", payload, to=thread_channel(thread.public_id), namespace=NAMESPACE_LIVE)
    nudge = {"thread": thread.public_id, "seq": fact.seq, "kind": "ask", "post": None, "html": ""}
    socketio.emit("thread:event", nudge, to=own_channel(thread.public_id), namespace=NAMESPACE_LIVE)


@subscribe(BoundariesChanged)
def ask_again(fact: BoundariesChanged) -> None:
    """Let open pages of these members join their threads again, which puts them into the right channel."""
    if not is_open():
        return
    for public_id in db.session.scalars(select(Member.public_id).where(Member.id.in_(fact.member_ids))):
        socketio.emit("thread:again", {}, to=member_channel(public_id), namespace=NAMESPACE_LIVE)


@subscribe(PostStateChanged)
def tell_author(fact: PostStateChanged) -> None:
    """Tell the author, on all their open pages, that a post of theirs stands differently now."""
    post = db.session.get(Post, fact.post_id)
    if not is_open() or post is None or post.author is None or post.visibility == "author_deleted":
        return
    payload = {
        "post": post.public_id,
        "visibility": post.visibility,
        "reason_code": post.reason_code,
        "explanation": post.explanation if post.visibility not in PUBLIC else "",
        "est_wait_minutes": estimated_wait() if post.visibility == "held" else None,
    }
    socketio.emit("post:state", payload, to=member_channel(post.author.public_id), namespace=NAMESPACE_LIVE)


@subscribe(SanctionChanged)
def tell_standing(fact: SanctionChanged) -> None:
    """Tell a member's open pages that what they may do has changed. What it is enforced by reads the table anew."""
    member = db.session.get(Member, fact.member_id)
    if not is_open() or member is None or fact.state not in ("active", "lifted"):
        return
    payload = {"kind": fact.kind, "state": fact.state}
    socketio.emit("standing:changed", payload, to=member_channel(member.public_id), namespace=NAMESPACE_LIVE)
