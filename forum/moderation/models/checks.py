"""Two people who have checked a helpline: the first signature waits for the second. One person can't be both."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from forum.core.db import Model, UTCDateTime

WAITING = text("second_id IS NULL")


class HelplineCheck(Model):
    """One line checked: signed by one person, then by another. The numbers themselves stand in the helpline file."""

    __tablename__ = "helpline_check"

    id: Mapped[int] = mapped_column(primary_key=True)
    line_id: Mapped[str] = mapped_column(String(90))
    stamp: Mapped[str] = mapped_column(String(24))
    """Of the record both have seen: what is changed in between is not what the first one signed."""
    first_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    first_at: Mapped[datetime] = mapped_column(UTCDateTime)
    second_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    second_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    __table_args__ = (
        CheckConstraint("second_id IS NULL OR second_id <> first_id", name="two_people"),
        CheckConstraint("(second_id IS NULL) = (second_at IS NULL)", name="second_at"),
        Index("uq_helpline_check_waiting", "line_id", unique=True, sqlite_where=WAITING, postgresql_where=WAITING),
    )
