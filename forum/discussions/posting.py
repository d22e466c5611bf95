"""The one way a text becomes a post: form, socket and edit alike (architecture.md §4).

1. validate and authorise  2. store as `checking`, COMMIT (durable from here on)  3. screen, holding no transaction
4. visibility, case and audit in one transaction, COMMIT  5. only then acknowledge and broadcast.

A crash between 2 and 4 leaves a `checking` post; the author's retry or the sweep finishes it. Nothing is judged twice
and nothing is lost. Crisis language is found even in a text that is refused: its author sees the card, and people are
told.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy.exc import IntegrityError

from forum.boundaries.reading import boundaries_of
from forum.core import events
from forum.core.db import db
from forum.core.errors import BadInput, Closed, Conflict, ForumError, TooLong
from forum.core.text import clean_text, one_line
from forum.discussions import kinds, operations
from forum.discussions.models import PUBLIC, Post, Room, Thread
from forum.discussions.rendering import render_body
from forum.discussions.submission import TITLE_GAP, gather, of_post, opening_text
from forum.identity.models import Member, Staff
from forum.identity.standing import require_writer
from forum.moderation import intake, pipeline
from forum.moderation.cases import Target
from forum.moderation.phases.repeats import fingerprint
from forum.moderation.verdict import Verdict

log = logging.getLogger(__name__)
MAX_BODY = 8_000
MAX_TITLE = 120
MAX_NOTE = 80
MAX_CLIENT_ID = 64
DEADLINE_SECONDS = 1.5
"""How long a post waits for the scorer before it goes on without (moderation.md §4)."""
SCORER = "forum.scorer"


@dataclass(frozen=True, slots=True)
class Draft:
    """What a person sent, cleaned but not judged."""

    body: str
    client_id: str
    title: str = ""
    content_note: str = ""
    reply_to: str = ""

    @property
    def digest(self) -> bytes:
        """Fingerprint of everything under this client_id."""
        return operations.text_digest(self.title, self.body, self.content_note, self.reply_to)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A text that is safely stored, and what became of it."""

    post: Post
    duplicate: bool = False


def read_draft(body: Any, client_id: Any, *, title: Any = "", content_note: Any = "", reply_to: Any = "") -> Draft:
    """Clean what was sent; lengths are checked later, so that even a refused text is read for distress."""
    return Draft(
        body=clean_text(str(body or "")),
        client_id=str(client_id or "").strip(),
        title=one_line(str(title or "")),
        content_note=one_line(str(content_note or "")),
        reply_to=str(reply_to or "").strip(),
    )


def check_draft(draft: Draft) -> None:
    """Refuse what can't be stored.

    Raises:
        BadInput, TooLong: naming the field.
    """
    if not draft.client_id or len(draft.client_id) > MAX_CLIENT_ID:
        raise BadInput("Something is missing from this form. Please send it again.", field="form")
    if not draft.body:
        raise BadInput("There's nothing here yet. One line is fine.", field="body")
    if len(draft.body) > MAX_BODY:
        over = len(draft.body) - MAX_BODY
        raise TooLong(f"That's {over} characters more than fits into one post. You can send it in two.", field="body")
    if len(draft.title) > MAX_TITLE:
        raise TooLong(f"A title has at most {MAX_TITLE} characters.", field="title")
    if len(draft.content_note) > MAX_NOTE:
        raise TooLong(f"A content note has at most {MAX_NOTE} characters.", field="content_note")


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
            author=author, room=room, title=title, content_note=draft.content_note, now=now
        )
        return operations.store_post(
            thread=thread,
            author=author,
            body=draft.body,
            client_id=draft.client_id,
            digest=draft.digest,
            content_note=draft.content_note,
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
    if post.digest != draft.digest:
        raise Conflict("This was already sent with other words. Please send the new words as a new post.")
    if post.visibility == "checking":
        finish(post, datetime.now(post.created_at.tzinfo))
    return Outcome(post, duplicate=True)


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
    except ForumError as refusal:
        refusal_with_card(refusal, draft, author, room, thread, now)
        raise


def distress(draft: Draft, author: Member | None, now: datetime) -> tuple[int, tuple[str, ...]]:
    """Return support level and categories of a text by the inline phases alone: no scorer, no setting, no Redis."""
    text = opening_text(draft.title, draft.body[: MAX_BODY * 2])
    found = pipeline.inline(gather(text, author=author, thread=None, room=None, reply_to=None, now=now))
    ranked = sorted((f for f in found.findings if f.level), key=lambda f: -f.level)
    return max((f.level for f in ranked), default=0), tuple(dict.fromkeys(f.category for f in ranked if f.category))


def refusal_with_card(
    refusal: ForumError, draft: Draft, author: Member, room: Room | None, thread: Thread | None, now: datetime
) -> None:
    """Hang the support level on a refusal, and tell people when the refused words were somebody's distress."""
    events.rollback()
    level, categories = distress(draft, author, now)
    refusal.support_level, refusal.categories = level, categories  # type: ignore[attr-defined]
    if level >= 2:
        keep_refused(draft, author=author, room=room, thread=thread, now=now)


def keep_refused(draft: Draft, *, author: Member, room: Room | None, thread: Thread | None, now: datetime) -> None:
    """Keep distressed words that could not be posted, held for moderators, so that a person can answer them."""
    key = f"refused-{draft.digest.hex()[:40]}"
    if operations.find_own(member_id=author.id, client_id=key) is not None:
        return
    if thread is None:
        if room is None:
            return
        title = draft.title[:MAX_TITLE] or operations.title_from(draft.body)
        thread = operations.store_thread(author=author, room=room, title=title, content_note="", now=now)
    post = operations.store_post(
        thread=thread,
        author=author,
        body=draft.body[:MAX_BODY],
        client_id=key,
        digest=draft.digest,
        is_opening=thread.seq == 0 and thread.author_id == author.id,
        now=now,
    )
    submission = of_post(post, now)
    events.commit()
    verdict = pipeline.screen(submission, current_app.extensions.get(SCORER), deadline_seconds=DEADLINE_SECONDS)
    _apply(post, verdict, now, refused=True)


def _answered(draft: Draft, thread: Thread, author: Member) -> Post | None:
    """Return the post an answer points at; one the author can't see (any more) is simply not pointed at."""
    if not draft.reply_to:
        return None
    found = db.session.query(Post).filter_by(public_id=draft.reply_to, thread_id=thread.id).one_or_none()
    if found is None or found.visibility not in PUBLIC or found.author_id in boundaries_of(author).unseen:
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
        if again.digest != draft.digest:
            raise Conflict("This was already sent with other words. Please send the new words as a new post.") from None
        return Outcome(again, duplicate=True)
    _judge(post, submission, now)
    return Outcome(post)


# ── Judging ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _judge(post: Post, submission: Any, now: datetime) -> None:
    kind = kinds.kind_of(post.thread)
    deadline = kind.deadline_seconds if kind is not None else DEADLINE_SECONDS
    verdict = pipeline.screen(submission, current_app.extensions.get(SCORER), deadline_seconds=deadline)
    _apply(post, verdict, now)


def _apply(post: Post, verdict: Verdict, now: datetime, *, refused: bool = False, edited: bool = False) -> None:
    """Write the verdict down: visibility, help, case and audit in one transaction."""
    post.support_level, post.categories = verdict.support_level, list(verdict.categories)
    post.scan_state = verdict.scan_state
    post.fingerprint = fingerprint(post.body)
    _cover(post, verdict)
    if refused:
        words = (
            "This could not be posted. Only you and the moderators can see it; one of them has been asked to read it."
        )
        operations.set_visibility(post, "held", now, reason_code="not_posted", explanation=words)
    else:
        if verdict.visibility == "limited" and not post.content_note:
            post.content_note = verdict.content_note
        operations.set_visibility(
            post, verdict.visibility, now, reason_code=verdict.reason_code, explanation=verdict.explanation
        )
    intake.record_verdict(target_of(post), verdict, edited=edited, now=now)
    if not post.is_opening and post.visibility in PUBLIC:
        intake.answered(thread_id=post.thread_id, by_member_id=post.author_id, now=now)
    events.commit()
    for failure in verdict.failures:
        log.error("phase failed", extra={"phase": failure.phase, "error": failure.error})


def _cover(post: Post, verdict: Verdict) -> None:
    """Keep the masked text: offered to the author while the post is held, shown to others where it is up.

    Somebody in crisis is not made to wait for a telephone number: the post goes up with that part covered.
    """
    post.masked_body, masked = None, verdict.masked_text
    if masked is None:
        return
    title = operations.title_from(masked)
    if post.is_opening and opening_text(post.thread.title, post.body) != post.body and TITLE_GAP in masked:
        title, masked = masked.split(TITLE_GAP, 1)
    post.masked_body = masked
    if verdict.visibility not in PUBLIC:
        return
    post.body_html = render_body(masked)
    if post.is_opening:
        post.thread.title = title


def target_of(post: Post) -> Target:
    """Name a post to moderation."""
    kind = kinds.kind_of(post.thread)
    return Target(
        type="post",
        id=post.id,
        author_id=post.author_id,
        author_staff_id=post.staff_id,
        room_id=post.thread.room_id,
        thread_id=post.thread_id,
        revision_id=post.revision,
        live=kind is not None and kind.is_live,
        first_post=bool(post.author and post.author.accepted_posts <= 1),
    )


def finish(post: Post, now: datetime) -> None:
    """Judge a post whose first attempt was cut off (crash, kill): idempotent, the first to publish wins."""
    submission = of_post(post, now)
    events.commit()
    _judge(post, submission, now)


# ── Editing and the team's answers ──────────────────────────────────────────────────────────────────────────────


def edit(post: Post, draft: Draft, *, author: Member, now: datetime) -> Outcome:
    """Replace the words of one's own post. Others go on reading the old words until the new ones are judged.

    Raises:
        ForumError: refused; the new words were read for distress all the same.
    """
    try:
        check_draft(draft)
        if post.visibility in ("author_deleted", "purged"):
            raise Closed("This post has been taken back.")
        require_writer(author, post.thread.room_id, now)
    except ForumError as refusal:
        refusal_with_card(refusal, draft, author, post.thread.room, post.thread, now)
        raise
    if draft.body == post.body and draft.content_note == post.content_note:
        return Outcome(post, duplicate=True)
    return _edited(post, draft, now)


def _edited(post: Post, draft: Draft, now: datetime) -> Outcome:
    """Judge the new words first, then put them in place together with their verdict, in one transaction."""
    text = opening_text(post.thread.title, draft.body) if post.is_opening else draft.body
    submission = gather(
        text,
        author=post.author,
        thread=post.thread,
        room=post.thread.room,
        reply_to=post.reply_to,
        now=now,
        exclude=post.id,
    )
    events.commit()
    verdict = pipeline.screen(submission, current_app.extensions.get(SCORER), deadline_seconds=DEADLINE_SECONDS)
    was_live = post.visibility == verdict.visibility and post.visibility in PUBLIC
    operations.change_body(post, body=draft.body, content_note=draft.content_note, now=now)
    post.card_hidden = False
    if was_live:
        operations.record_event(post.thread, "edit", post, now)
    if post.visibility == "hidden" and verdict.visibility in PUBLIC:
        verdict = _second_reading(verdict)
    _apply(post, verdict, now, edited=True)
    return Outcome(post)


def _second_reading(verdict: Verdict) -> Verdict:
    """A post a person took down comes back only after a person has read the new words."""
    return replace(
        verdict,
        visibility="held",
        lane=verdict.lane or "T2",
        reason_code="edited_after_hiding",
        explanation="You changed a post that had been taken down, so a moderator will read the new words first.",
    )


def post_as_team(answered: Post, *, staff: Staff, body: str, client_id: str, now: datetime) -> Post:
    """Post an answer of the moderation team inside the caller's transaction (a decision).

    An answer to words nobody else can read is shown to their author alone.
    """
    only_for = answered.author if answered.visibility not in PUBLIC else None
    return speak_as_team(
        answered.thread, staff=staff, body=body, client_id=client_id, now=now, reply_to=answered, only_for=only_for
    )


def speak_as_team(
    thread: Thread,
    *,
    staff: Staff,
    body: str,
    client_id: str,
    now: datetime,
    reply_to: Post | None = None,
    only_for: Member | None = None,
) -> Post:
    """Post words of the team inside the caller's transaction; `only_for` one member, or for everybody.

    Staff are screened too.
    """
    post = operations.store_post(
        thread=thread,
        staff=staff,
        body=clean_text(body),
        client_id=client_id,
        digest=operations.text_digest(body),
        reply_to=reply_to,
        only_for=only_for,
        now=now,
    )
    found = pipeline.screen(of_post(post, now), None, deadline_seconds=0.0)
    post.support_level, post.categories, post.scan_state = found.support_level, list(found.categories), "pending"
    operations.set_visibility(post, "live", now)
    intake.record_verdict(target_of(post), found, now=now)
    return post
