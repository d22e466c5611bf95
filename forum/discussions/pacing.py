"""How fast one may write: the limits everybody has, and the pause of a member who was asked to slow down."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from forum.core.db import db
from forum.core.errors import RateLimited
from forum.discussions.models import Post
from forum.identity.models import Member
from forum.identity.standing import barrier_for
from forum.moderation import sanctions
from forum.web import limits

REFUSED = "refused-"
"""Beginning of the client_id of words that could not be posted and are kept for moderators."""


def count_new(action: str, author: Member, now: datetime) -> None:
    """Count one new text. Not asked when its author may be in danger (`posting`).

    Raises:
        RateLimited: too soon; it says when to try again.
    """
    gap = sanctions.slow_gap(author.id, now)
    if gap is not None:
        newest = db.session.scalar(
            select(func.max(Post.created_at)).where(Post.author_id == author.id, Post.client_id.not_like(f"{REFUSED}%"))
        )
        if newest is not None and now - newest < gap:
            wait = int((newest + gap - now).total_seconds()) + 1
            raise RateLimited(
                "A moderator asked you to slow down for a day: one post in ten minutes. We've kept your words.",
                retry_after=wait,
            )
        limits.hit("slow", member=author.public_id, by_network=False)  # of two sent at the same moment, one passes
    limits.hit(action, member=author.public_id, is_new=author.trust == 0)


def barrier_words(member: Member | None, room_id: int | None, now: datetime) -> str:
    """Say beside the box for writing what limits this member here; "" for nothing."""
    if member is None:
        return ""
    found = barrier_for(member, room_id, now)
    if found is not None:
        return found.message
    if sanctions.slow_gap(member.id, now) is not None:
        return "You can post once in ten minutes for now. Everything else is as always."
    return ""
