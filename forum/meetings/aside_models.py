"""Tables of what is said beside a meeting: quiet questions to its host, and a line for its info card."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forum.core.db import Model, UTCDateTime
from forum.core.ids import new_public_id
from forum.discussions.models import Thread
from forum.meetings.models import Series


class Question(Model):
    """A quiet exchange between one member and whoever holds a series; the host is not told who asks."""

    __tablename__ = "meeting_question"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=new_public_id)
    series_id: Mapped[int] = mapped_column(ForeignKey("meeting_series.id", ondelete="CASCADE"))
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), index=True)
    thread_id: Mapped[int | None] = mapped_column(ForeignKey("thread.id"), unique=True)
    asked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When the newest question came; None until the first is stored."""
    answered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When the host wrote last."""

    series: Mapped[Series] = relationship(lazy="joined")
    thread: Mapped[Thread | None] = relationship(lazy="joined")

    __table_args__ = (UniqueConstraint("series_id", "member_id"),)


class Quote(Model):
    """What a member says of a meeting, for its card. Written for that, shown when the host chooses it."""

    __tablename__ = "meeting_quote"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=new_public_id)
    series_id: Mapped[int] = mapped_column(ForeignKey("meeting_series.id", ondelete="CASCADE"))
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), index=True)
    thread_id: Mapped[int | None] = mapped_column(ForeignKey("thread.id"), unique=True)
    with_name: Mapped[bool] = mapped_column(default=False)
    """Whether their name may stand under it."""
    offered_at: Mapped[datetime] = mapped_column(UTCDateTime)
    chosen_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    thread: Mapped[Thread | None] = relationship(lazy="joined")

    __table_args__ = (UniqueConstraint("series_id", "member_id"),)
