"""Who is on, and what has been promised for later."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from forum.core.db import Model, UTCDateTime


class DutyShift(Model):
    """One stretch of duty. On duty means: status on, within the shift, and heard from lately."""

    __tablename__ = "duty_shift"

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), index=True)
    starts_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ends_at: Mapped[datetime] = mapped_column(UTCDateTime)
    status: Mapped[str] = mapped_column(String(6), default="on")
    heartbeat_at: Mapped[datetime] = mapped_column(UTCDateTime)
    room_ids: Mapped[list[int]] = mapped_column(JSON, default=list)
    """Empty: all rooms."""
    skip_categories: Mapped[list[str]] = mapped_column(JSON, default=list)
    buddy_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"))
    """Whom they would talk to after something hard."""

    __table_args__ = (
        CheckConstraint("buddy_id IS NULL OR buddy_id <> staff_id", name="buddy"),
        CheckConstraint("status IN ('on', 'break', 'off')", name="status"),
        Index("ix_duty_shift_times", "starts_at", "ends_at"),
    )


class Followup(Model):
    """A promise to look back at a time."""

    __tablename__ = "support_followup"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("mod_case.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    due_at: Mapped[datetime] = mapped_column(UTCDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    done_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))

    __table_args__ = (
        UniqueConstraint("case_id", "kind", "due_at"),
        CheckConstraint("kind IN ('reply', 'check_in', 'handoff', 'edit')", name="kind"),
        Index("ix_support_followup_due", "done_at", "due_at"),
    )
