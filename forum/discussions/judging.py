"""A stored text is read by the pipeline, and what follows from it is written down in one transaction."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime

from flask import current_app

from forum.core import events
from forum.discussions import kept_back, kinds, operations
from forum.discussions.models import PUBLIC, Post
from forum.discussions.rendering import render_body
from forum.discussions.submission import TITLE_GAP, of_post, opening_text, text_of, with_note
from forum.identity import newcomers
from forum.moderation import intake, pipeline
from forum.moderation.cases import Target
from forum.moderation.phases.repeats import fingerprint
from forum.moderation.verdict import Submission, Verdict

log = logging.getLogger(__name__)
DEADLINE_SECONDS = 1.5
"""How long a post waits for the scorer before it goes on without (moderation.md §4)."""
SCORER = "forum.scorer"


def screened(submission: Submission, deadline_seconds: float = DEADLINE_SECONDS) -> Verdict:
    """Return the verdict of the running application's pipeline; no transaction is open while it works."""
    return pipeline.screen(submission, current_app.extensions.get(SCORER), deadline_seconds=deadline_seconds)


def judge(post: Post, submission: Submission, now: datetime) -> None:
    """Read a stored post and act on it."""
    kind = kinds.kind_of(post.thread)
    deadline = kind.deadline_seconds if kind is not None else DEADLINE_SECONDS
    apply(post, screened(submission, deadline), now)


def apply(post: Post, verdict: Verdict, now: datetime, *, refused: bool = False, edited: bool = False) -> None:
    """Write the verdict down: visibility, help, case and audit in one transaction."""
    verdict = _awaited(post, verdict)
    post.support_level, post.categories = verdict.support_level, list(verdict.categories)
    post.scan_state = verdict.scan_state
    post.fingerprint = fingerprint(text_of(post))
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
    kept_back.tell_addressed(post, verdict)
    if not post.is_opening and post.visibility in PUBLIC:
        intake.answered(thread_id=post.thread_id, by_member_id=post.author_id, now=now)
    events.commit()
    for failure in verdict.failures:
        log.error("phase failed", extra={"phase": failure.phase, "error": failure.error})


def _awaited(post: Post, verdict: Verdict) -> Verdict:
    """Let a person read first what newcomers write while the door is rushed; never somebody in danger."""
    reason = newcomers.review_reason(post.author) if post.author is not None else ""
    if not reason or verdict.visibility not in PUBLIC or verdict.support_level >= 2:
        return verdict
    lane = min(verdict.lane or "T2", "T2")
    words = "Many people are coming in just now, so a moderator reads new members' posts first."
    return replace(verdict, visibility="held", lane=lane, reason_code=reason, explanation=words)


def _cover(post: Post, verdict: Verdict) -> None:
    """Keep the masked text: offered to the author while the post is held, shown to others where it is up.

    Somebody in crisis is not made to wait for a telephone number: the post goes up with that part covered.
    """
    post.masked_body, masked = None, verdict.masked_text
    if masked is None:
        return
    if with_note("", post.content_note) and TITLE_GAP in masked:
        masked, note = masked.rsplit(TITLE_GAP, 1)
        post.content_note = note if verdict.visibility in PUBLIC else post.content_note
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
    judge(post, submission, now)
