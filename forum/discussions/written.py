"""Posts of the last weeks as texts, for trying a rule on what members really write. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, select

from forum.core.db import db
from forum.discussions.models import Post
from forum.discussions.submission import opening_text, with_note
from forum.moderation import subjects
from forum.moderation.subjects import WrittenText

GONE = ("author_deleted", "purged")


class PostTexts:
    """Every post whose words are still there, whatever its visibility; the team's own left out."""

    def count(self, since: datetime) -> int:
        """Count them."""
        return db.session.scalar(select(func.count(Post.id)).where(*_wanted(since))) or 0

    def read(self, since: datetime, after_id: int, limit: int) -> Sequence[WrittenText]:
        """Return the next ones, read as the pipeline reads them: title, body and content note together."""
        query = select(Post).where(*_wanted(since), Post.id > after_id).order_by(Post.id).limit(limit)
        return [_written(post) for post in db.session.scalars(query)]


def _wanted(since: datetime) -> tuple[ColumnElement[bool], ...]:
    return (Post.created_at > since, Post.author_id.is_not(None), Post.visibility.not_in(GONE))


def _written(post: Post) -> WrittenText:
    text = opening_text(post.thread.title, post.body) if post.is_opening else post.body
    return WrittenText(
        "post", post.id, with_note(text, post.content_note), post.visibility == "hidden", post.support_level
    )


def register() -> None:
    """Tell moderation where posts can be read again; called once when the app is made."""
    subjects.register_texts("post", PostTexts())
