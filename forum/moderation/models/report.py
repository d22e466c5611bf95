"""A member asks a moderator to look."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from forum.core.db import Model, UTCDateTime
from forum.core.ids import new_public_id

CATEGORIES = (
    "worried_about_member",
    "harassment",
    "identity_exposed",
    "selling_sourcing",
    "dangerous_advice",
    "needs_content_note",
    "spam",
    "other",
)


class Report(Model):
    """One person's request about one target, and the answer they get."""

    __tablename__ = "report"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=new_public_id)
    reporter_id: Mapped[int | None] = mapped_column(ForeignKey("member.id", ondelete="SET NULL"))
    case_id: Mapped[int] = mapped_column(ForeignKey("mod_case.id"), index=True)
    target_type: Mapped[str] = mapped_column(String(16))
    target_id: Mapped[int]
    category: Mapped[str] = mapped_column(String(24))
    text: Mapped[str] = mapped_column(String(500), default="")
    weight: Mapped[float]
    """(agreed + 2) / (agreed + disagreed + 4) of the reporter when filed."""
    outcome: Mapped[str] = mapped_column(String(20), default="")
    """"" waiting | acted | noted | no_rule_broken"""
    answer_note: Mapped[str] = mapped_column(String(500), default="")
    agreed: Mapped[bool | None]
    """Whether the decision agreed; feeds the reporter's weight. None for worry: never held against anyone."""
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    __table_args__ = (
        UniqueConstraint("reporter_id", "target_type", "target_id", "category"),
        CheckConstraint("outcome IN ('', 'acted', 'noted', 'no_rule_broken')", name="outcome"),
        Index("ix_report_reporter", "reporter_id", "created_at"),
    )
