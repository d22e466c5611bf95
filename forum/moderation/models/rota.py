"""Who means to come when, what one shift hands to the next, and which calls went out to whoever is on call."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from forum.core.db import Model, UTCDateTime
from forum.core.ids import new_public_id


class RotaShift(Model):
    """A stretch somebody means to be on. What really was is in `DutyShift`."""

    __tablename__ = "rota_shift"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=new_public_id)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), index=True)
    starts_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    ends_at: Mapped[datetime] = mapped_column(UTCDateTime)

    __table_args__ = (UniqueConstraint("staff_id", "starts_at"), CheckConstraint("ends_at > starts_at", name="order"))


class HandOver(Model):
    """How things stood when somebody went off; numbers and case ids, and one free note."""

    __tablename__ = "hand_over"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=new_public_id)
    made_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    made_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    note: Mapped[str] = mapped_column(Text, default="")
    read_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    read_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    __table_args__ = (CheckConstraint("read_by_id IS NULL OR read_by_id <> made_by_id", name="somebody_else"),)


class OnCallPage(Model):
    """One step of calling somebody for one case; the unique row makes each step happen once, whoever runs the job."""

    __tablename__ = "on_call_page"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("mod_case.id", ondelete="CASCADE"))
    queued_at: Mapped[datetime] = mapped_column(UTCDateTime)
    """Which stay in the queue it belongs to: a case that comes back is called for anew."""
    step: Mapped[int]
    """Minutes: 0, 5, 10 on call, 15 the admins."""
    tries: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    __table_args__ = (UniqueConstraint("case_id", "queued_at", "step"),)
