"""Training of the people who read: tests of modules, practice with invented cases, shifts beside somebody, sign-off.

Scores are kept for the learner's own page; others see only what is passed and until when.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from forum.core.db import Model, UTCDateTime
from forum.core.ids import new_public_id


class TrainingResult(Model):
    """One finished test of one module."""

    __tablename__ = "training_result"

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"))
    module: Mapped[str] = mapped_column(String(20))
    version: Mapped[int]
    """Of the module's content; a newer one asks for the test again at the yearly refresh."""
    right: Mapped[int]
    total: Mapped[int]
    passed: Mapped[bool]
    at: Mapped[datetime] = mapped_column(UTCDateTime)

    __table_args__ = (
        CheckConstraint('"right" BETWEEN 0 AND total', name="right"),
        Index("ix_training_result_staff", "staff_id", "module", "at"),
    )


class PracticeCase(Model):
    """One invented case in one learner's practice queue; nothing of it touches the real one."""

    __tablename__ = "practice_case"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=new_public_id)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"))
    round: Mapped[int] = mapped_column(default=1)
    scenario: Mapped[str] = mapped_column(String(40))
    opened_at: Mapped[datetime] = mapped_column(UTCDateTime)
    version: Mapped[int] = mapped_column(default=1)
    lane: Mapped[int]
    action: Mapped[str] = mapped_column(String(12), default="")
    """What the learner did last; "" while it waits."""
    reason_code: Mapped[str] = mapped_column(String(40), default="")
    verdict: Mapped[str] = mapped_column(String(5), default="")
    """good | fine | other: how that compares with what the file says."""
    done_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    leased_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    skipped: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (
        UniqueConstraint("staff_id", "round", "scenario"),
        CheckConstraint("verdict IN ('', 'good', 'fine', 'other')", name="verdict"),
        CheckConstraint("(done_at IS NULL) = (action = '')", name="done"),
    )


class ShadowShift(Model):
    """A shift somebody sat beside an experienced colleague, as the colleague noted it."""

    __tablename__ = "shadow_shift"

    id: Mapped[int] = mapped_column(primary_key=True)
    learner_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"))
    mentor_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"))
    day: Mapped[date] = mapped_column(Date)

    __table_args__ = (
        UniqueConstraint("learner_id", "day"),
        CheckConstraint("learner_id <> mentor_id", name="somebody_else"),
    )


class SignOff(Model):
    """A lead says that somebody may read alone, for a year."""

    __tablename__ = "training_signoff"

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), index=True)
    by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    until: Mapped[datetime] = mapped_column(UTCDateTime)

    __table_args__ = (CheckConstraint("staff_id <> by_id", name="somebody_else"),)
