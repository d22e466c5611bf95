"""Writes: storing a post, publishing, hiding, editing, taking back, reacting. They flush; the edge commits.

A post's place in its thread (`seq`) is taken when others may first read it, in the same transaction. A held post has
none, so other readers see no gap in the numbers and learn nothing of it; when it is released it stands where the
thread is by then.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, text, update

from forum.core.db import db
from forum.core.errors import BadInput
from forum.core.events import announce
from forum.discussions.events import EventKind, PostStateChanged, ThreadChanged
from forum.discussions.models import NOT_PUBLIC, PUBLIC, Post, Reaction, Revision, Room, Thread, ThreadEvent
from forum.discussions.rendering import render_body
from forum.identity.models import Member, Staff
from forum.web.current import config

REACTIONS = ("hear", "been", "with", "thanks")
TITLE_WORDS = 9
GONE = ("author_deleted", "purged")
REFUSED_ID = "refused-"
"""Begins the `client_id` of words that could not be posted and are kept for moderators; a hash of them follows."""
NO_DIGEST = b"\0" * 32
"""In place of the hash of words that are gone."""
FORGOTTEN_AFTER = timedelta(days=1)
"""How long words that are gone can still be told from others like them, so that a wave of copies is noticed."""
TRUSTED_AFTER = ((2, 30, timedelta(days=30)), (1, 3, timedelta(hours=24)))
"""(trust, accepted posts, age of the account): what a member needs for each step. Nothing here looks at distress."""


def text_digest(*parts: str) -> bytes:
    """Return a keyed hash over everything sent under one `client_id`: without the key nobody can try short texts."""
    key = b"text:" + config().keys.mark_key.encode()
    return hmac.new(key, "\x1f".join(parts).encode(errors="surrogatepass"), hashlib.sha256).digest()


def title_from(body: str) -> str:
    """Return a title made of a text's first words."""
    first = body.strip().split("\n", 1)[0].split()
    cut = " ".join(first[:TITLE_WORDS])[:110]
    return cut + " …" if len(first) > TITLE_WORDS else cut


def store_thread(
    *,
    author: Member,
    room: Room,
    title: str,
    content_note: str,
    now: datetime,
    purpose: str = "",
    story_from: str = "",
) -> Thread:
    """Insert a thread nobody else can see yet."""
    thread = Thread(
        room=room,
        author=author,
        title=title,
        content_note=content_note,
        purpose=purpose,
        story_from=story_from,
        started_at=now,
        bumped_at=now,
        seq=0,
    )
    db.session.add(thread)
    db.session.flush()
    return thread


def store_post(
    *,
    thread: Thread,
    body: str,
    client_id: str,
    digest: bytes,
    now: datetime,
    author: Member | None = None,
    staff: Staff | None = None,
    reply_to: Post | None = None,
    content_note: str = "",
    is_opening: bool = False,
    only_for: Member | None = None,
    attached: str = "",
) -> Post:
    """Insert a post as `checking`: durable from the next commit on, readable by its author only."""
    post = Post(
        thread=thread,
        author=author,
        staff=staff,
        body=body,
        body_html=render_body(body),
        client_id=client_id,
        digest=digest,
        reply_to=reply_to,
        content_note=content_note,
        is_opening=is_opening,
        attached=attached,
        only_for_id=only_for.id if only_for else None,
        created_at=now,
        visibility="checking",
    )
    db.session.add(post)
    db.session.flush()
    return post


# ── Numbers and events ──────────────────────────────────────────────────────────────────────────────────────────


def record_event(thread: Thread, kind: EventKind, post: Post | None, now: datetime) -> int:
    """Take the thread's next number and log what happened under it; the row lock keeps numbers in commit order."""
    seq = db.session.execute(
        update(Thread).where(Thread.id == thread.id).values(seq=Thread.seq + 1).returning(Thread.seq)
    ).scalar_one()
    db.session.expire(thread, ["seq"])
    db.session.add(
        ThreadEvent(thread_id=thread.id, seq=seq, kind=kind, post_id=post.id if post else None, created_at=now)
    )
    announce(ThreadChanged(thread.id, seq, kind, post.id if post else None))
    return int(seq)


def set_visibility(post: Post, visibility: str, now: datetime, *, reason_code: str = "", explanation: str = "") -> None:
    """Move a post to another visibility, with everything that hangs on it: numbers, counts, the thread, the author.

    Setting what already is changes nothing and announces nothing.
    """
    old = post.visibility
    post.reason_code, post.explanation = reason_code, explanation
    db.session.flush()
    if old == visibility or not _move(post, old, visibility):
        return
    was, becomes = old in PUBLIC, visibility in PUBLIC
    if becomes and not was:
        _appear(post, now)
    elif was and not becomes:
        _disappear(post, now)
    elif was:
        record_event(post.thread, "edit", post, now)
    if post.is_opening:
        post.thread.visibility = visibility
    db.session.flush()
    announce(PostStateChanged(post.id, visibility))


def _move(post: Post, old: str, new: str) -> bool:
    """Change visibility only from what this caller saw: of two at once (a retry and the sweep) one wins."""
    moved: Any = db.session.execute(
        update(Post)
        .where(Post.id == post.id, Post.visibility == old)
        .values(visibility=new)
        .execution_options(synchronize_session=False)
    )
    db.session.refresh(post, ["visibility", "seq"])
    return bool(moved.rowcount)


def _appear(post: Post, now: datetime) -> None:
    thread = post.thread
    if post.only_for_id is not None:
        return
    first_time = post.seq is None
    seq = record_event(thread, "post" if first_time else "restore", post, now)
    if first_time:
        post.seq, post.first_public_at = seq, now
        _accept(post.author, now)
    thread.bumped_at = max(thread.bumped_at, now)
    _count_reply(post, 1)


def _disappear(post: Post, now: datetime) -> None:
    if post.only_for_id is not None:
        return
    record_event(post.thread, "hide", post, now)
    _count_reply(post, -1)


def _count_reply(post: Post, change: int) -> None:
    if post.is_opening:
        return
    db.session.execute(
        update(Thread).where(Thread.id == post.thread_id).values(reply_count=Thread.reply_count + change)
    )
    db.session.expire(post.thread, ["reply_count"])


def _accept(author: Member | None, now: datetime) -> None:
    """Count a text that others may read; trust follows from counts and days, and is never lowered here."""
    if author is None:
        return
    author.accepted_posts = Member.accepted_posts + 1
    db.session.flush()
    for trust, posts, age in TRUSTED_AFTER:
        if author.trust < trust and author.accepted_posts >= posts and now - author.created_at >= age:
            author.trust = trust
            return


# ── What authors do with their own words ────────────────────────────────────────────────────────────────────────


def change_body(post: Post, *, body: str, content_note: str, now: datetime) -> None:
    """Replace a post's text, keeping the old one as a revision for moderators."""
    db.session.add(Revision(post_id=post.id, body=post.body, replaced_at=now))
    post.body, post.body_html, post.content_note = body, render_body(body), content_note
    post.edited_at, post.scan_state, post.masked_body = now, "pending", None
    post.revision += 1
    db.session.flush()


def take_back(post: Post, now: datetime) -> None:
    """Delete a post at its author's wish: the words go at once, a tombstone keeps the thread's shape."""
    set_visibility(post, "author_deleted", now)
    _empty(post)
    db.session.execute(delete(Revision).where(Revision.post_id == post.id))
    db.session.execute(delete(Reaction).where(Reaction.post_id == post.id))
    db.session.flush()


def purge(post: Post, now: datetime) -> None:
    """Delete a hidden post's words for good."""
    set_visibility(post, "purged", now, reason_code=post.reason_code)
    _empty(post)
    db.session.execute(delete(Revision).where(Revision.post_id == post.id))
    db.session.flush()


def _empty(post: Post) -> None:
    """Take out the words and every hash or excerpt made of them; the fingerprint follows within a day."""
    post.body, post.body_html, post.masked_body, post.content_note, post.attached = "", "", None, "", ""
    post.digest, post.explanation = NO_DIGEST, ""
    if post.client_id.startswith(REFUSED_ID):
        post.client_id = f"gone-{post.public_id}"
    if post.is_opening:
        post.thread.title, post.thread.content_note = "", ""


def forget_fingerprints(now: datetime) -> int:
    """Forget what words that are gone were like; returns of how many."""
    done: Any = db.session.execute(
        update(Post)
        .where(
            Post.visibility.in_(GONE),
            text(f"post.{NOT_PUBLIC}"),
            Post.fingerprint != "",
            Post.created_at < now - FORGOTTEN_AFTER,
        )
        .values(fingerprint="")
        .execution_options(synchronize_session=False)
    )
    return int(done.rowcount)


def toggle_reaction(post: Post, member: Member, kind: str, now: datetime) -> bool:
    """Add or take away one reaction; returns whether it stands now.

    Raises:
        BadInput: unknown kind, or one's own post.
    """
    if kind not in REACTIONS:
        raise BadInput("That isn't one of the answers.", field="kind")
    if post.author_id == member.id:
        raise BadInput("These are for other people's words.", field="kind")
    where = (Reaction.post_id == post.id, Reaction.member_id == member.id, Reaction.kind == kind)
    gone: Any = db.session.execute(delete(Reaction).where(*where))
    if not gone.rowcount:
        db.session.add(Reaction(post_id=post.id, member_id=member.id, kind=kind))
    db.session.flush()
    if post.only_for_id is None:  # what only one person reads is nobody else's event
        record_event(post.thread, "react", post, now)
    return not gone.rowcount


def hide_card(post: Post, *, unfit: bool) -> None:
    """Put the help card under one's own post away; "not what I meant" is counted for precision."""
    post.card_hidden, post.card_unfit = True, post.card_unfit or unfit


def close_thread(thread: Thread, now: datetime) -> None:
    """Take no more posts."""
    if not thread.is_closed:
        thread.is_closed = True
        record_event(thread, "close", None, now)


def find_own(*, member_id: int | None = None, staff_id: int | None = None, client_id: str) -> Post | None:
    """Return what this author already sent under this `client_id`."""
    where = Post.author_id == member_id if staff_id is None else Post.staff_id == staff_id
    return db.session.scalar(select(Post).where(where, Post.client_id == client_id))
