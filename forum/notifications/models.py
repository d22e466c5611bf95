"""Tables of news: what happened, how each kind is wanted, and the hours nobody wants to hear of anything.

A row holds keys and codes. Titles and words are read when the list is shown, by the reader's rights at that moment, so
that something hidden since does not live on here.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from forum.core.db import Model, UTCDateTime
from forum.core.ids import new_public_id
from forum.identity.personal import declare

KINDS = ("answer", "reply", "followed", "letter", "report", "reminder", "meeting", "greet", "role")
"""answer: to my post. reply: in my thread. followed: in a thread I follow. letter: from the moderators. report: what
became of what I asked them to look at. reminder: my own. meeting: doors I wanted to be told of.
greet: a first post waits (greeters). role: a lead decided about a role."""
WAYS = ("now", "digest", "off")
UNREAD = text("read_at IS NULL")
"""Condition of the partial index; `ON CONFLICT` must repeat it word for word."""


class Notification(Model):
    """One line of news. Several of a kind about one subject become one line with a count, until it is read."""

    __tablename__ = "notification"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=new_public_id)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(10))
    subject: Mapped[str] = mapped_column(String(40))
    """What lines are gathered by, e.g. `thread:12`."""
    code: Mapped[str] = mapped_column(String(30), default="")
    """Which sentence of its kind."""
    thread_id: Mapped[int | None] = mapped_column(ForeignKey("thread.id", ondelete="CASCADE"))
    post_id: Mapped[int | None] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"))
    """The newest post it speaks of."""
    link: Mapped[str] = mapped_column(String(120), default="")
    """A path of ours, where no thread is meant."""
    count: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime)
    due_at: Mapped[datetime] = mapped_column(UTCDateTime)
    """When it counts in the menu: at once, after quiet hours, or with the day's digest."""
    read_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    __table_args__ = (
        Index(
            "uq_notification_unread",
            "member_id",
            "kind",
            "subject",
            unique=True,
            sqlite_where=UNREAD,
            postgresql_where=UNREAD,
        ),
        Index("ix_notification_newest", "member_id", "updated_at"),
        Index("ix_notification_due", "due_at", sqlite_where=UNREAD, postgresql_where=UNREAD),
        Index("ix_notification_thread_id", "thread_id"),
        Index("ix_notification_post_id", "post_id"),
    )


class NotificationChoice(Model):
    """How a member wants one kind; no row means at once."""

    __tablename__ = "notification_choice"

    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10), primary_key=True)
    way: Mapped[str] = mapped_column(String(6))

    __table_args__ = (CheckConstraint("way IN ('now', 'digest', 'off')", name="way"),)


class NotificationHours(Model):
    """A member's quiet hours and the hour of the digest, on their own clock."""

    __tablename__ = "notification_hours"

    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), primary_key=True)
    quiet_from: Mapped[int | None]
    """Hour 0-23; quiet until `quiet_to`, over midnight where that is earlier. NULL: never quiet."""
    quiet_to: Mapped[int] = mapped_column(default=8)
    digest_hour: Mapped[int] = mapped_column(default=9)


class PushSubscription(Model):
    """Where one signed-in browser asked to be woken with a line that says nothing. It goes with the session."""

    __tablename__ = "push_subscription"

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), index=True)
    session_digest: Mapped[bytes] = mapped_column(
        LargeBinary(32), ForeignKey("login_session.digest", ondelete="CASCADE"), unique=True
    )
    endpoint: Mapped[str] = mapped_column(Text)
    """Address at the browser maker's push service; given by the browser, deleted when turned off or refused there."""
    told_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When it was last woken: one line until the news is looked at, never a drumroll."""


declare("push_subscription.member_id", "erase", title="Browsers that are woken for news", columns=("told_at",))
declare(
    "notification.member_id",
    "erase",
    title="News for you",
    columns=("kind", "code", "thread_id", "post_id", "count", "updated_at", "read_at"),
)
declare("notification_choice.member_id", "erase", title="How you want news", columns=("kind", "way"))
declare(
    "notification_hours.member_id",
    "erase",
    title="Your quiet hours",
    columns=("quiet_from", "quiet_to", "digest_hour"),
)
