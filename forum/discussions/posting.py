"""The one way a text becomes a post: form, socket and edit alike (architecture.md §4).

1. validate and authorise  2. store as `checking`, COMMIT (durable from here on)  3. screen, holding no transaction
4. visibility, case and audit in one transaction, COMMIT  5. only then acknowledge and broadcast.

A crash between 2 and 4 leaves a `checking` post; the author's retry or the sweep finishes it. Nothing is judged twice
and nothing is lost. Crisis language is found even in a text that is refused: its author sees the card, and people are
told.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import IntegrityError

from forum.boundaries.reading import boundaries_of
from forum.core import events
from forum.core.db import db
from forum.core.errors import Closed, Conflict, ForumError
from forum.discussions import kinds, masks, operations
from forum.discussions.drafts import MAX_CLIENT_ID, Draft, check_draft
from forum.discussions.judging import finish, judge
from forum.discussions.models import PUBLIC, Post, Room, Thread
from forum.discussions.queries import may_enter
from forum.discussions.refusing import distress, refusal_with_card
from forum.discussions.submission import of_post
from forum.identity.models import Member
from forum.identity.standing import require_writer


@dataclass(frozen=True, slots=True)
class Outcome:
    """A text that is safely stored, and what became of it."""

    post: Post
    duplicate: bool = False


# ── Sending ─────────────────────────────────────────────────────────────────────────────────────────────────────


def reply(
    draft: Draft, *, author: Member, thread: Thread, now: datetime, count: Callable[[], None] | None = None
) -> Outcome:
    """Post an answer in a thread. `count` applies the rate limit once the text is known to be new.

    Raises:
        ForumError: refused; the text was read for distress all the same.
    """
    earlier = _earlier(draft, author)
    if earlier is not None:
        return earlier
    answered = _answered(draft, thread, author)
    _admit(draft, author, thread.room, thread, count, now)
    return _store(
        lambda: operations.store_post(
            thread=thread,
            author=author,
            body=draft.body,
            client_id=draft.client_id,
            digest=draft.digest,
            reply_to=answered,
            content_note=draft.content_note,
            attached=draft.extras.attached,
            now=now,
        ),
        draft,
        author,
        now,
    )


def start_thread(
    draft: Draft, *, author: Member, room: Room, now: datetime, count: Callable[[], None] | None = None
) -> Outcome:
    """Open a thread with its first post.

    Raises:
        ForumError: refused; the text was read for distress all the same.
    """
    earlier = _earlier(draft, author)
    if earlier is not None:
        return earlier
    _admit(draft, author, room, None, count, now)

    def store() -> Post:
        title = draft.title or operations.title_from(draft.body)
        thread = operations.store_thread(
            author=author,
            room=room,
            title=title,
            content_note=draft.content_note,
            purpose=draft.extras.purpose,
            story_from=draft.extras.story_from if draft.extras.purpose == "story" else "",
            now=now,
        )
        if draft.extras.one_name:
            masks.put_on(thread, author)
        return operations.store_post(
            thread=thread,
            author=author,
            body=draft.body,
            client_id=draft.client_id,
            digest=draft.digest,
            content_note=draft.content_note,
            attached=draft.extras.attached,
            is_opening=True,
            now=now,
        )

    return _store(store, draft, author, now)


def _earlier(draft: Draft, author: Member) -> Outcome | None:
    """Return what this client_id already made. A post whose screening was cut off is finished now.

    Raises:
        Conflict: the same client_id came with other words.
    """
    if not draft.client_id or len(draft.client_id) > MAX_CLIENT_ID:
        return None
    post = operations.find_own(member_id=author.id, client_id=draft.client_id)
    if post is None:
        return None
    if not _is_same(post, draft):
        raise Conflict("This was already sent with other words. Please send the new words as a new post.")
    if post.visibility == "checking":
        finish(post, datetime.now(post.created_at.tzinfo))
    return Outcome(post, duplicate=True)


def _is_same(post: Post, draft: Draft) -> bool:
    """Tell whether a stored post is what has just been sent again; of words that are gone nothing is left."""
    return post.digest == operations.NO_DIGEST or hmac.compare_digest(post.digest, draft.digest)


def _admit(
    draft: Draft,
    author: Member,
    room: Room | None,
    thread: Thread | None,
    count: Callable[[], None] | None,
    now: datetime,
) -> None:
    """Let a text in, or refuse it after looking whether its author needs help.

    Raises:
        ForumError: with `support_level` and `categories` set on it, for the card.
    """
    try:
        check_draft(draft)
        if room is not None and thread is None and not room.is_open:
            raise Closed("This room is closed to new threads. You can still read it.")
        if not may_enter(author, room):
            raise Closed("This room is for people who say that they belong to it.")
        if thread is not None and thread.is_closed:
            raise Closed
        require_writer(author, room.id if room else None, now)
        kind = kinds.kind_of(thread) if thread is not None else None
        if kind is not None and thread is not None:
            kind.may_write(author, thread, now)
        level, _categories = distress(draft, author, now)
        if level < 2:  # somebody in danger is never told to slow down
            if kind is not None and thread is not None:
                kind.pace(author, thread, now)
            if count is not None:
                count()
        if draft.extras.one_name and thread is not None:
            masks.put_on(thread, author)
    except ForumError as refusal:
        refusal_with_card(refusal, draft, author, room, thread, now)
        raise


def _answered(draft: Draft, thread: Thread, author: Member) -> Post | None:
    """Return the post an answer points at; one the author can't see (any more) is simply not pointed at."""
    if not draft.reply_to:
        return None
    found = db.session.query(Post).filter_by(public_id=draft.reply_to, thread_id=thread.id).one_or_none()
    if found is None or found.visibility not in PUBLIC or found.persona in boundaries_of(author).unseen:
        return None
    return found


def _store(store: Callable[[], Post], draft: Draft, author: Member, now: datetime) -> Outcome:
    """Commit the text, then have it read. Two requests with one client_id meet at the unique index; one wins."""
    author_id = author.id
    try:
        post = store()
        submission = of_post(post, now)
        events.commit()
    except IntegrityError:
        events.rollback()
        again = operations.find_own(member_id=author_id, client_id=draft.client_id)
        if again is None:
            raise
        if not _is_same(again, draft):
            raise Conflict("This was already sent with other words. Please send the new words as a new post.") from None
        return Outcome(again, duplicate=True)
    judge(post, submission, now)
    return Outcome(post)
