"""Tables of rooms, threads, posts, revisions, reactions, and the log that browsers replay."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    and_,
    text,
)
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from forum.core.db import Model, UTCDateTime
from forum.core.ids import new_public_id
from forum.identity.models import Member, Staff

VISIBILITIES = ("checking", "live", "limited", "held", "hidden", "author_deleted", "purged")
_VISIBILITY = f"visibility IN ({', '.join(repr(v) for v in VISIBILITIES)})"
PUBLIC = ("live", "limited")
"""What other people may read."""
NOT_PUBLIC = "visibility NOT IN ('live', 'limited')"
"""Condition of the index of the few posts others can't read. A query uses it only if it says the same word for word:
add `text(f"post.{NOT_PUBLIC}")` to what looks for held, cut-off or deleted posts, else it reads every post there is."""


def _room_id() -> str:
    return new_public_id(10)


class Room(Model):
    """A topic space with its info card."""

    __tablename__ = "room"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=_room_id)
    key: Mapped[str] = mapped_column(String(40), unique=True)
    """Name in the seed file; never in a URL, because it is a topic word."""
    name: Mapped[str] = mapped_column(String(80))
    summary: Mapped[str] = mapped_column(String(300))
    group: Mapped[str] = mapped_column("group_key", String(40))
    card: Mapped[dict[str, str]] = mapped_column(JSON)
    """The info card's eight answers by question key."""
    position: Mapped[int] = mapped_column(default=0)
    harm_reduction: Mapped[bool] = mapped_column(default=False)
    is_open: Mapped[bool] = mapped_column(default=True)
    """Closed rooms can be read; nobody starts threads there."""
    declares: Mapped[str] = mapped_column(String(200), default="", server_default="")
    """What one says to be let in, e.g. "I'm a woman."; empty: everybody may come in. Nobody asks for proof."""
    daily: Mapped[str] = mapped_column(String(8), default="", server_default="")
    """"" | checkin | pledge: the thread the scheduler opens here each day."""


class ThreadMask(Model):
    """A name one member has in one thread only. Other members can't tell whose it is; moderators see the member.

    It holds for everything they write in that thread, so it is chosen with their first words there or never.
    """

    __tablename__ = "thread_mask"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=new_public_id)
    thread_id: Mapped[int] = mapped_column(ForeignKey("thread.id", ondelete="CASCADE"))
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), index=True)
    handle: Mapped[str] = mapped_column(String(40), unique=True)

    __table_args__ = (UniqueConstraint("thread_id", "member_id"),)


def persona_of(author_id: int | None, mask: ThreadMask | None) -> int | None:
    """Return the number boundaries know a writer by: the member's, or below zero that of a name for one thread.

    A block of the member does not reach what they write under such a name, nor the other way round: if it did, blocking
    somebody and looking what vanishes would tell who is behind it.
    """
    return author_id if mask is None or author_id is None else -mask.id


class Thread(Model):
    """Posts in order: a topic, a meeting session or a one-to-one conversation (`kind`)."""

    __tablename__ = "thread"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=new_public_id)
    kind: Mapped[str] = mapped_column(String(12), default="topic")
    room_id: Mapped[int | None] = mapped_column(ForeignKey("room.id"), index=True)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"), index=True)
    title: Mapped[str] = mapped_column(String(140))
    content_note: Mapped[str] = mapped_column(String(80), default="")
    visibility: Mapped[str] = mapped_column(String(16), default="checking")
    """That of its first post: a thread whose opening is held does not exist for others."""
    seq: Mapped[int] = mapped_column(default=0)
    """Number of the latest event; taken by `UPDATE … SET seq = seq + 1 RETURNING seq`."""
    reply_count: Mapped[int] = mapped_column(default=0)
    is_closed: Mapped[bool] = mapped_column(default=False)
    pinned: Mapped[bool] = mapped_column(default=False)
    purpose: Mapped[str] = mapped_column(String(8), default="", server_default="")
    """"" | story | daily | question (to the room's host)."""
    story_from: Mapped[str] = mapped_column(String(8), default="", server_default="")
    """How far on a story's author says they are: "" | months | year | five."""
    day: Mapped[date | None] = mapped_column(Date)
    """The day of a daily thread."""
    started_at: Mapped[datetime] = mapped_column(UTCDateTime)
    bumped_at: Mapped[datetime] = mapped_column(UTCDateTime)
    """When it last gained something to read; lists are ordered by it."""

    room: Mapped[Room | None] = relationship(lazy="joined")
    author: Mapped[Member | None] = relationship(lazy="joined")
    mask: Mapped[ThreadMask | None] = relationship(
        primaryjoin=lambda: and_(
            Thread.id == foreign(ThreadMask.thread_id), Thread.author_id == foreign(ThreadMask.member_id)
        ),
        lazy="joined", viewonly=True, uselist=False,
    )  # fmt: skip

    @property
    def persona(self) -> int | None:
        """Whom boundaries are drawn against: see `persona_of`."""
        return persona_of(self.author_id, self.mask)

    __table_args__ = (
        Index("uq_thread_daily", "room_id", "purpose", "day", unique=True),
        Index("ix_thread_purpose", "purpose", "visibility", "bumped_at"),
        Index("ix_thread_waiting", "kind", "reply_count", "bumped_at"),
        Index("ix_thread_figures", "kind", "room_id", "visibility", "reply_count", "bumped_at", "purpose"),
        Index("ix_thread_room_bumped", "room_id", "visibility", "pinned", "bumped_at", "id"),
        CheckConstraint(_VISIBILITY, name="visibility"),
        CheckConstraint("kind IN ('topic', 'meeting', 'conversation')", name="kind"),
        CheckConstraint("purpose IN ('', 'story', 'daily', 'question')", name="purpose"),
        CheckConstraint("story_from IN ('', 'months', 'year', 'five')", name="story_from"),
    )


class Post(Model):
    """One text in a thread."""

    __tablename__ = "post"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=new_public_id)
    thread_id: Mapped[int] = mapped_column(ForeignKey("thread.id"))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    """NULL: written by the team, or by a member who has gone and left the words here."""
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    only_for_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    """Set on the team's answer to words nobody else can read: only their author sees it."""
    client_id: Mapped[str] = mapped_column(String(64))
    is_opening: Mapped[bool] = mapped_column(default=False)
    """The thread's first post; its visibility is the thread's."""
    body: Mapped[str] = mapped_column(Text)
    body_html: Mapped[str] = mapped_column(Text)
    """Rendered and sanitised once, when written."""
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    """Keyed hash of what was sent under this `client_id`, to tell a retry from another text; zeros once gone."""
    seq: Mapped[int | None] = mapped_column()
    """The thread's number at the moment others could first read it; NULL while they never could."""
    visibility: Mapped[str] = mapped_column(String(16), default="checking")
    reason_code: Mapped[str] = mapped_column(String(40), default="")
    explanation: Mapped[str] = mapped_column(String(600), default="")
    masked_body: Mapped[str | None] = mapped_column(Text)
    """The text with identifying parts covered: held, what the author may post instead; up, what others read."""
    content_note: Mapped[str] = mapped_column(String(80), default="")
    reply_to_id: Mapped[int | None] = mapped_column(ForeignKey("post.id"))
    attached: Mapped[str] = mapped_column(String(80), default="", server_default="")
    """An entry of the directory or a helpline, e.g. `resource:smart`; looked up anew each time it is shown."""
    support_level: Mapped[int] = mapped_column(default=0)
    categories: Mapped[list[str]] = mapped_column(JSON, default=list)
    """Crisis categories behind the support level; route the author's help card."""
    card_hidden: Mapped[bool] = mapped_column(default=False)
    card_unfit: Mapped[bool] = mapped_column(default=False)
    """The author said the card did not fit; feeds precision."""
    scan_state: Mapped[str] = mapped_column(String(8), default="pending")
    fingerprint: Mapped[str] = mapped_column(String(64), default="")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    edited_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    revision: Mapped[int] = mapped_column(default=0)
    """How often the words were replaced."""
    first_public_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    thread: Mapped[Thread] = relationship(lazy="joined")
    author: Mapped[Member | None] = relationship(lazy="joined", foreign_keys=[author_id])
    staff: Mapped[Staff | None] = relationship(lazy="joined")
    mask: Mapped[ThreadMask | None] = relationship(
        primaryjoin=lambda: and_(
            Post.thread_id == foreign(ThreadMask.thread_id), Post.author_id == foreign(ThreadMask.member_id)
        ),
        lazy="joined", viewonly=True, uselist=False,
    )  # fmt: skip
    """The name its author has in this thread only; with one, nothing shown to others may lead to the author."""
    reply_to: Mapped[Post | None] = relationship(remote_side="Post.id")

    @property
    def persona(self) -> int | None:
        """Whom boundaries are drawn against: see `persona_of`."""
        return persona_of(self.author_id, self.mask)

    __table_args__ = (
        UniqueConstraint("author_id", "client_id"),
        UniqueConstraint("staff_id", "client_id"),
        Index("ix_post_thread_seq", "thread_id", "seq"),
        Index("ix_post_author_created", "author_id", "created_at"),
        Index("ix_post_fingerprint", "fingerprint", "created_at"),
        Index("ix_post_only_for", "only_for_id"),
        Index(
            "ix_post_not_public",
            "visibility",
            "id",
            sqlite_where=text(NOT_PUBLIC),
            postgresql_where=text(NOT_PUBLIC),
        ),
        Index("ix_post_scan", "scan_state", "visibility"),
        CheckConstraint(_VISIBILITY, name="visibility"),
        CheckConstraint("scan_state IN ('pending', 'done', 'failed')", name="scan_state"),
    )


class Revision(Model):
    """How a post read before an edit; for moderators only."""

    __tablename__ = "post_revision"

    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"), index=True)
    body: Mapped[str] = mapped_column(Text)
    replaced_at: Mapped[datetime] = mapped_column(UTCDateTime)


class Reaction(Model):
    """One kind word without words; counted, never ranked."""

    __tablename__ = "reaction"

    post_id: Mapped[int] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(12), primary_key=True)


class ThreadEvent(Model):
    """What happened in a thread, numbered without gaps; browsers that missed something replay it."""

    __tablename__ = "thread_event"

    thread_id: Mapped[int] = mapped_column(ForeignKey("thread.id", ondelete="CASCADE"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(8))
    """post | edit | hide | restore | react | close. The text is not kept here: replay reads the post as it is now."""
    post_id: Mapped[int | None] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
