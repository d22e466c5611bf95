"""A text that can't be posted is read for distress all the same: its author gets the card, people are told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from forum.core import events
from forum.core.clock import utcnow
from forum.core.errors import ForumError
from forum.discussions import operations
from forum.discussions.drafts import MAX_BODY, MAX_TITLE, Draft
from forum.discussions.helping import card_html, make_card
from forum.discussions.judging import apply, screened
from forum.discussions.models import Room, Thread
from forum.discussions.submission import gather, of_post, opening_text, with_note
from forum.helplines import registry
from forum.identity.models import Member
from forum.moderation import pipeline
from forum.moderation.verdict import Finding, Submission


def distress(draft: Draft, author: Member | None, now: datetime) -> tuple[int, tuple[str, ...]]:
    """Return support level and categories of a text by the inline phases alone: no scorer, no setting, no Redis."""
    text = with_note(opening_text(draft.title, draft.body[: MAX_BODY * 2]), draft.content_note)
    found = pipeline.inline(gather(text, author=author, thread=None, room=None, reply_to=None, now=now))
    return _ranked(found.unread)


def _ranked(findings: Sequence[Finding]) -> tuple[int, tuple[str, ...]]:
    ranked = sorted((f for f in findings if f.level), key=lambda f: -f.level)
    return max((f.level for f in ranked), default=0), tuple(dict.fromkeys(f.category for f in ranked if f.category))


def care_for(words: str) -> tuple[int, str] | None:
    """Return level and card for words that come back on an error page: the disk failed, a token ran out.

    Asks no table for anything it could not do without: the database may be what failed.
    """
    text = words[: MAX_BODY * 2]
    found = pipeline.inline(Submission(text=text, now=utcnow(), allowed_numbers=registry.allowed_numbers()))
    level, categories = _ranked(found.unread)
    card = make_card(level, categories, "refused", utcnow()) if level >= 2 else None
    return (level, card_html(card)) if card else None


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
    key = f"{operations.REFUSED_ID}{draft.digest.hex()[:40]}"
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
    apply(post, screened(submission), now, refused=True)
