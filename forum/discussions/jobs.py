"""Sweeping: posts whose check was cut off, and posts the scorer has not read yet."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import cast

from flask import current_app
from sqlalchemy import select, text

from forum.core import events
from forum.core.clock import utcnow
from forum.core.db import db
from forum.discussions import daily, greeting, judging, kept_back, operations
from forum.discussions.models import NOT_PUBLIC, PUBLIC, Post
from forum.discussions.submission import of_post
from forum.moderation import intake, pipeline
from forum.moderation.told import was_approved
from forum.moderation.verdict import Visibility
from forum.realtime.jobs import every

STUCK_AFTER = timedelta(seconds=15)
BATCH = 50
RESCAN_FOR = timedelta(hours=24)


@every(10, "finish cut-off posts")
def finish_stuck() -> int:
    """Judge posts that were stored but never judged, because the process died in between."""
    now = utcnow()
    few = text(f"post.{NOT_PUBLIC}")
    query = select(Post).where(Post.visibility == "checking", few, Post.created_at < now - STUCK_AFTER)
    stuck = list(db.session.scalars(query.order_by(Post.id).limit(BATCH)))
    for post in stuck:
        judging.finish(post, now)
    return len(stuck)


@every(300, "daily threads")
def open_daily_threads() -> int:
    """Open today's thread in the rooms that have one."""
    return daily.open_due(utcnow())


@every(120, "first posts that wait")
def first_posts_that_wait() -> int:
    """Let greeters hear of first posts nobody has answered for half an hour."""
    return greeting.tell_greeters(utcnow())


@every(30, "rescan")
def rescan_pending() -> int:
    """Let the scorer read what it missed; it can only add a case or help, never guilt by fault."""
    scorer = current_app.extensions.get(judging.SCORER)
    if scorer is None or scorer.status().state != "ready":
        return 0
    now = utcnow()
    query = select(Post).where(
        Post.scan_state == "pending", Post.visibility.in_((*PUBLIC, "held")), Post.created_at > now - RESCAN_FOR
    )
    waiting = list(db.session.scalars(query.order_by(Post.id).limit(BATCH)))
    return sum(rescan(post) for post in waiting)


def rescan(post: Post) -> int:
    """Read one post again with the scorer; returns 1 when it could be read."""
    now, scorer = utcnow(), current_app.extensions.get(judging.SCORER)
    submission = of_post(post, now)
    events.commit()
    verdict = pipeline.rescreen(submission, scorer)
    if verdict.scan_state == "pending":
        return 0
    if was_approved("post", post.id, post.revision):  # a person has judged these words: a model does not overrule them
        verdict = replace(verdict, visibility=cast(Visibility, post.visibility))
    post.scan_state = verdict.scan_state
    post.support_level = max(post.support_level, verdict.support_level)
    post.categories = list(dict.fromkeys([*verdict.categories, *post.categories]))
    if verdict.visibility == "held" and post.visibility in PUBLIC and post.staff_id is None:
        operations.set_visibility(post, "held", now, reason_code=verdict.reason_code, explanation=verdict.explanation)
        post.masked_body = verdict.masked_text
    intake.record_verdict(judging.target_of(post), verdict, late=True, now=now)
    kept_back.tell_addressed(post, verdict)
    events.commit()
    return 1


@every(3600, "forget fingerprints")
def forget_fingerprints() -> int:
    """Forget what words that are gone were like."""
    return operations.forget_fingerprints(utcnow())
