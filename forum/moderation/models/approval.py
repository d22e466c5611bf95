"""What takes two people: one proposes, another agrees. The database itself refuses one person doing both."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from forum.core.db import Model, UTCDateTime
from forum.core.ids import new_public_id

OPEN_APPROVAL = text("state = 'proposed'")


class Approval(Model):
    """One proposal. Long limits on accounts have their own (`Sanction`); these are roles, accounts and purges."""

    __tablename__ = "mod_approval"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=new_public_id)
    kind: Mapped[str] = mapped_column(String(10))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    """Whose account it is about."""
    case_id: Mapped[int | None] = mapped_column(ForeignKey("mod_case.id"))
    """What is to be purged."""
    to_role: Mapped[str] = mapped_column(String(16), default="")
    reason_code: Mapped[str] = mapped_column(String(20), default="")
    state: Mapped[str] = mapped_column(String(10), default="proposed")
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    proposed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    __table_args__ = (
        CheckConstraint("kind IN ('role', 'return', 'purge')", name="kind"),
        CheckConstraint("state IN ('proposed', 'approved', 'refused', 'withdrawn')", name="state"),
        CheckConstraint("(kind = 'purge') = (case_id IS NOT NULL)", name="case"),
        CheckConstraint("(kind = 'purge') = (staff_id IS NULL)", name="staff"),
        CheckConstraint("decided_by_id IS NULL OR decided_by_id <> proposed_by_id", name="two_people"),
        CheckConstraint("decided_by_id IS NULL OR staff_id IS NULL OR decided_by_id <> staff_id", name="not_oneself"),
        CheckConstraint("state <> 'approved' OR decided_by_id IS NOT NULL", name="somebody_agreed"),
        Index(
            "uq_mod_approval_open_staff",
            "staff_id",
            unique=True,
            sqlite_where=OPEN_APPROVAL,
            postgresql_where=OPEN_APPROVAL,
        ),
        Index(
            "uq_mod_approval_open_case",
            "case_id",
            unique=True,
            sqlite_where=OPEN_APPROVAL,
            postgresql_where=OPEN_APPROVAL,
        ),
    )
