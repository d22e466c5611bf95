"""Looking after the people who read, and after how alike they judge."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, CheckConstraint, Date, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from forum.core.db import Model, UTCDateTime
from forum.core.ids import new_public_id


class StaffCare(Model):
    """What somebody would rather not read. No reason is asked; nobody else is shown it."""

    __tablename__ = "staff_care"

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), primary_key=True)
    skip_categories: Mapped[list[str]] = mapped_column(JSON, default=list)
    """Keys of `moderation.optouts.GROUPS`; cases of these go to others first."""


class Debrief(Model):
    """Somebody who answered an emergency would like to talk about it; a buddy or a lead answers."""

    __tablename__ = "debrief"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=new_public_id)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"))
    buddy_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"))
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    done_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"))

    __table_args__ = (CheckConstraint("done_by_id IS NULL OR done_at IS NOT NULL", name="done"),)


class BlindSample(Model):
    """A closed case read once more by somebody who does not know what was decided; nothing changes for its author."""

    __tablename__ = "blind_sample"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=new_public_id)
    case_id: Mapped[int] = mapped_column(ForeignKey("mod_case.id", ondelete="CASCADE"))
    decision_id: Mapped[int] = mapped_column(ForeignKey("decision.id", ondelete="CASCADE"), unique=True)
    decider_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    """Copied from the decision so that the database itself can refuse the decider as second reader."""
    first_action: Mapped[str] = mapped_column(String(10))
    drawn_at: Mapped[datetime] = mapped_column(UTCDateTime)
    reader_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    second_action: Mapped[str] = mapped_column(String(10), default="")
    agrees: Mapped[bool | None]
    read_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    __table_args__ = (
        CheckConstraint("reader_id IS NULL OR reader_id <> decider_id", name="somebody_else"),
        CheckConstraint("(reader_id IS NULL) = (read_at IS NULL)", name="read"),
        Index("ix_blind_sample_waiting", "read_at", "drawn_at"),
    )


class Tally(Model):
    """How often something happened on one day, for the whole team: a number and nothing else."""

    __tablename__ = "mod_tally"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    value: Mapped[int] = mapped_column(default=0)
