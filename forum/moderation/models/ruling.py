"""What was decided about content and accounts, and how it may be questioned. Content, case, sanction are separate."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from forum.core.db import Model, UTCDateTime
from forum.core.ids import new_public_id

ACTIONS = ("approve", "hide", "limit", "hold", "ask_edit", "support", "sanction", "restore", "move")


class Decision(Model):
    """A statement of reasons: what was done, on which ground, by whom or what, until when it can be questioned.

    The field set follows Article 17 of the EU's Digital Services Act.
    """

    __tablename__ = "decision"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=new_public_id)
    case_id: Mapped[int] = mapped_column(ForeignKey("mod_case.id"), index=True)
    case_version: Mapped[int]
    author_id: Mapped[int | None] = mapped_column(ForeignKey("member.id", ondelete="SET NULL"))
    """Whose content or account it is about."""
    scope: Mapped[str] = mapped_column(String(8), default="content")
    action: Mapped[str] = mapped_column(String(10))
    duration_hours: Mapped[int | None]
    reason_code: Mapped[str] = mapped_column(String(40), default="")
    rule_ref: Mapped[str] = mapped_column(String(40), default="")
    facts_public: Mapped[str] = mapped_column(String(500), default="")
    """What the author reads."""
    quote_span: Mapped[list[int] | None] = mapped_column(JSON)
    """[start, end) in the revision decided on; the words themselves are not copied."""
    content_note: Mapped[str] = mapped_column(String(80), default="")
    from_visibility: Mapped[str] = mapped_column(String(14), default="")
    to_visibility: Mapped[str] = mapped_column(String(14), default="")
    revision_id: Mapped[int | None]
    automated_detection: Mapped[bool] = mapped_column(default=False)
    automated_decision: Mapped[bool] = mapped_column(default=False)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    decided_by_alias: Mapped[str] = mapped_column(String(60), default="")
    """Shown inside the console only; members read "Moderation team"."""
    decided_at: Mapped[datetime] = mapped_column(UTCDateTime)
    appeal_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    language: Mapped[str] = mapped_column(String(8), default="en")
    """Guessed from the words decided about (`language.guess`); shown in counts of ten and more only."""
    event_id: Mapped[int | None] = mapped_column(ForeignKey("mod_event.id"))
    reversed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    __table_args__ = (
        CheckConstraint("scope IN ('content', 'account', 'room')", name="scope"),
        Index("ix_decision_author", "author_id", "decided_at"),
        Index("ix_decision_decider", "decided_by_id", "decided_at"),
        # The dashboard counts a quarter's decisions without reading their words.
        Index("ix_decision_counts", "decided_at", "automated_decision", "automated_detection", "language", "action"),
    )


class Sanction(Model):
    """A limit on what an account may do, always tied to a case. Reading, helplines and appeals stay open."""

    __tablename__ = "sanction"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=new_public_id)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    room_id: Mapped[int | None]
    case_id: Mapped[int] = mapped_column(ForeignKey("mod_case.id"))
    decision_id: Mapped[int] = mapped_column(ForeignKey("decision.id"))
    state: Mapped[str] = mapped_column(String(10))
    """proposed (waits for a second moderator) | active | lifted | refused"""
    proposed_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    hours: Mapped[int | None]
    """None: no end (ban)."""
    starts_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ends_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    automated: Mapped[bool] = mapped_column(default=False)
    lifted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    lifted_event_id: Mapped[int | None] = mapped_column(ForeignKey("mod_event.id"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)

    __table_args__ = (
        CheckConstraint("kind IN ('slow', 'read_only', 'room_exclusion', 'ban')", name="kind"),
        CheckConstraint("state IN ('proposed', 'active', 'lifted', 'refused')", name="state"),
        CheckConstraint("confirmed_by_id IS NULL OR confirmed_by_id <> proposed_by_id", name="two_people"),
        CheckConstraint(
            "state <> 'active' OR confirmed_by_id IS NOT NULL OR (hours IS NOT NULL AND hours < 168)",
            name="long_needs_two",
        ),
        CheckConstraint("(kind = 'room_exclusion') = (room_id IS NOT NULL)", name="room"),
    )


class Appeal(Model):
    """A member's question to a decision, answered by somebody who did not make it."""

    __tablename__ = "appeal"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=new_public_id)
    decision_id: Mapped[int] = mapped_column(ForeignKey("decision.id"))
    round: Mapped[int] = mapped_column(default=1)
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id", ondelete="SET NULL"), index=True)
    text: Mapped[str] = mapped_column(String(2000), default="")
    state: Mapped[str] = mapped_column(String(10), default="open")
    version: Mapped[int] = mapped_column(default=1)
    decider_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    """Copied from the decision so that the database itself can refuse a reviewer who decided."""
    reviewer_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    reply: Mapped[str] = mapped_column(String(1000), default="")
    filed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    due_first_at: Mapped[datetime] = mapped_column(UTCDateTime)
    due_resolve_at: Mapped[datetime] = mapped_column(UTCDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    __table_args__ = (
        UniqueConstraint("decision_id", "round"),
        CheckConstraint("round IN (1, 2)", name="round"),
        CheckConstraint("state IN ('open', 'upheld', 'changed', 'overturned')", name="state"),
        CheckConstraint("reviewer_id IS NULL OR decider_id IS NULL OR reviewer_id <> decider_id", name="somebody_else"),
        Index("ix_appeal_waiting", "state", "filed_at"),
    )
