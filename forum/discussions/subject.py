"""Posts as moderation sees them: quote, hide, hold, release, restore, limit, answer."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import cast

from sqlalchemy import select, update

from forum.core.db import db
from forum.core.ids import new_public_id
from forum.discussions import drafts, kinds, operations, team
from forum.discussions.models import Post, Thread
from forum.discussions.submission import opening_text
from forum.identity.marks import mark_seed
from forum.identity.models import Staff
from forum.moderation import subjects
from forum.moderation.subjects import AuthorRef, Excerpt, Line, SubjectQuote
from forum.moderation.verdict import Visibility

BEFORE, AFTER = 5, 3
LIVE_BEFORE, LIVE_AFTER = 10, 5
"""In a live room lines are short and belong together."""
TEAM = "Moderation team"
GONE = "Former member"


class PostSubject:
    """What moderation may do with a post; it knows posts only through these methods."""

    def lock(self, target_id: int) -> None:
        """Take the thread's row lock, as every publishing and editing does first."""
        thread_id = select(Post.thread_id).where(Post.id == target_id).scalar_subquery()
        db.session.execute(
            update(Thread)
            .where(Thread.id == thread_id)
            .values(seq=Thread.seq)
            .execution_options(synchronize_session=False)
        )

    def quote(self, target_id: int) -> SubjectQuote | None:
        """Return the post with what stands around it."""
        post = db.session.get(Post, target_id, populate_existing=True)
        if post is None:
            return None
        thread = post.thread
        return SubjectQuote(
            text=opening_text(thread.title, post.body) if post.is_opening else post.body,
            author_id=post.author_id,
            author_handle=_handle(post),
            room=thread.room.name if thread.room else "",
            thread_public_id=thread.public_id,
            visibility=cast(Visibility, post.visibility),
            revision=post.revision,
            before=_lines(_neighbours(post, newer=False)),
            after=_lines(_neighbours(post, newer=True)),
            author_staff_id=post.staff_id,
            content_note=post.content_note,
            url=path_of(post),
            author_mark=mark_seed("member", post.author_id) if post.author_id else "",
            known_as=post.mask.handle if post.mask is not None else "",
        )

    def excerpts(self, target_ids: Collection[int]) -> Mapping[int, Excerpt]:
        """Return one line of each post."""
        if not target_ids:
            return {}
        found = db.session.scalars(select(Post).where(Post.id.in_(target_ids)))
        return {
            post.id: Excerpt(
                text=post.body[:400],
                author_handle=_handle(post),
                room=post.thread.room.name if post.thread.room else "",
                visibility=cast(Visibility, post.visibility),
                words=len(post.body.split()),
                url=path_of(post),
            )
            for post in found
        }

    def author_of(self, target_id: int) -> AuthorRef | None:
        """Return who wrote the post."""
        row = db.session.execute(select(Post.author_id, Post.staff_id).where(Post.id == target_id)).one_or_none()
        return None if row is None else AuthorRef(row.author_id, row.staff_id)

    def hide(self, target_id: int, reason: str, now: datetime) -> None:
        """Put a tombstone in the post's place; its author still sees the words, and why."""
        self._move(target_id, "hidden", now, reason)

    def hold(self, target_id: int, reason: str, now: datetime) -> None:
        """Take the post back from others until somebody decides."""
        self._move(target_id, "held", now, reason)

    def release(self, target_id: int, now: datetime) -> None:
        """Let others read the post; the thread is bumped now."""
        self._move(target_id, "live", now)

    def restore(self, target_id: int, visibility: Visibility, now: datetime) -> None:
        """Bring back an earlier visibility."""
        self._move(target_id, visibility, now)

    def limit(self, target_id: int, note: str, now: datetime) -> None:
        """Show the post behind a content note."""
        post = db.session.get(Post, target_id)
        if post is not None and post.visibility not in ("author_deleted", "purged"):
            post.content_note = note[: drafts.MAX_NOTE]
            operations.set_visibility(post, "limited", now, reason_code="content_note")

    def move(self, target_id: int, room_id: int, now: datetime) -> int | None:
        """Put the thread of an opening post into another room."""
        post = db.session.get(Post, target_id)
        if post is None or not post.is_opening or post.thread.room_id in (None, room_id):
            return None
        before, post.thread.room_id = post.thread.room_id, room_id
        db.session.flush()
        db.session.expire(post.thread, ["room"])
        return before

    def purge(self, target_id: int, now: datetime) -> None:
        """Delete the words for good; the tombstone stays."""
        post = db.session.get(Post, target_id)
        if post is not None and post.visibility == "hidden":
            operations.purge(post, now)

    def reply_as_team(self, target_id: int, staff_id: int, body: str, now: datetime) -> str:
        """Post an answer right after, as "Moderation team"."""
        post = db.session.get_one(Post, target_id)
        staff = db.session.get_one(Staff, staff_id)
        answer = team.post_as_team(post, staff=staff, body=body, client_id=f"team-{new_public_id()}", now=now)
        return path_of(answer)

    def _move(self, target_id: int, visibility: str, now: datetime, reason: str = "") -> None:
        post = db.session.get(Post, target_id)
        if post is not None and post.visibility not in ("author_deleted", "purged"):
            operations.set_visibility(post, visibility, now, reason_code=reason)


def path_of(post: Post) -> str:
    """Return where members read a post."""
    return f"/t/{post.thread.public_id}#p-{post.public_id}"


def _handle(post: Post) -> str:
    """Name the member; moderators read beside it the name others see where that is another one."""
    if post.author is not None:
        return f"{post.author.handle} (here: {post.mask.handle})" if post.mask is not None else post.author.handle
    return TEAM if post.staff_id is not None else GONE


def _neighbours(post: Post, *, newer: bool) -> list[Post]:
    kind = kinds.kind_of(post.thread)
    before, after = (LIVE_BEFORE, LIVE_AFTER) if kind is not None and kind.is_live else (BEFORE, AFTER)
    query = select(Post).where(
        Post.thread_id == post.thread_id, Post.visibility.in_(("live", "limited")), Post.only_for_id.is_(None)
    )
    if newer:
        return list(db.session.scalars(query.where(Post.id > post.id).order_by(Post.id).limit(after)))
    found = list(db.session.scalars(query.where(Post.id < post.id).order_by(Post.id.desc()).limit(before)))
    return found[::-1]


def _lines(posts: Sequence[Post]) -> tuple[Line, ...]:
    return tuple(Line(_handle(post), post.body, post.public_id) for post in posts)


def register() -> None:
    """Tell moderation about posts; called once when the app is made."""
    subjects.register("post", PostSubject())
