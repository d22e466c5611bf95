"""Changing one's own words: judged before they replace the old ones."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from forum.core import events
from forum.core.errors import Closed, ForumError
from forum.discussions import operations
from forum.discussions.drafts import Draft, check_draft
from forum.discussions.judging import apply, screened
from forum.discussions.models import PUBLIC, Post
from forum.discussions.refusing import refusal_with_card
from forum.discussions.submission import gather, opening_text, with_note
from forum.identity.models import Member
from forum.identity.standing import require_writer
from forum.moderation.verdict import Verdict


def edit(post: Post, draft: Draft, *, author: Member, now: datetime) -> bool:
    """Replace the words of one's own post; returns whether anything changed.

    Others go on reading the old words until the new ones are judged.

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
        return False
    _edited(post, draft, now)
    return True


def _edited(post: Post, draft: Draft, now: datetime) -> None:
    """Judge the new words first, then put them in place together with their verdict, in one transaction."""
    text = opening_text(post.thread.title, draft.body) if post.is_opening else draft.body
    submission = gather(
        with_note(text, draft.content_note),
        author=post.author,
        thread=post.thread,
        room=post.thread.room,
        reply_to=post.reply_to,
        now=now,
        exclude=post.id,
    )
    events.commit()
    verdict = screened(submission)
    was_live = post.visibility == verdict.visibility and post.visibility in PUBLIC
    operations.change_body(post, body=draft.body, content_note=draft.content_note, now=now)
    post.card_hidden = False
    if was_live:
        operations.record_event(post.thread, "edit", post, now)
    if post.visibility == "hidden" and verdict.visibility in PUBLIC:
        verdict = _second_reading(verdict)
    apply(post, verdict, now, edited=True)


def _second_reading(verdict: Verdict) -> Verdict:
    """A post a person took down comes back only after a person has read the new words."""
    return replace(
        verdict,
        visibility="held",
        lane=verdict.lane or "T2",
        reason_code="edited_after_hiding",
        explanation="You changed a post that had been taken down, so a moderator will read the new words first.",
    )
