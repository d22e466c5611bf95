"""What the moderation team writes: in the caller's transaction, screened like everybody's words."""

from __future__ import annotations

from datetime import datetime

from forum.core.text import clean_text
from forum.discussions import operations
from forum.discussions.judging import target_of
from forum.discussions.models import PUBLIC, Post, Thread
from forum.discussions.submission import of_post
from forum.identity.models import Member, Staff
from forum.moderation import intake, pipeline


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
