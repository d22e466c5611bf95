"""A case: one piece of content people should look at, why, and who is looking now."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from forum.core.db import Model, UTCDateTime
from forum.core.ids import new_public_id

STATES = ("open", "second", "escalated", "watching", "resolved")
"""What the case waits for. "Leased" is not among them: who is looking lives in `case_lease` and leaves no trace."""

OUTCOMES = (
    "no_violation",
    "content_note_added",
    "author_edited",
    "supported",
    "moved",
    "hidden",
    "sanctioned",
    "duplicate",
    "report_not_actionable",
    "report_abuse",
)

OPEN = text("state <> 'resolved'")
"""Condition of the partial indexes; `ON CONFLICT` must repeat it word for word to be matched with them."""


class Case(Model):
    """What people should look at. One open case per target; later signals merge into it."""

    __tablename__ = "mod_case"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=new_public_id)
    target_type: Mapped[str] = mapped_column(String(16))
    target_id: Mapped[int]
    revision_id: Mapped[int | None]
    """The revision the newest signal speaks of; a later edit makes spans unreliable."""
    thread_id: Mapped[int | None] = mapped_column(index=True)
    room_id: Mapped[int | None]
    author_id: Mapped[int | None] = mapped_column(ForeignKey("member.id", ondelete="SET NULL"), index=True)
    author_staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    lane: Mapped[int]
    """0 imminent danger … 4 housekeeping. Machines only lower the number."""
    lane_reason: Mapped[str] = mapped_column(String(60))
    """Code of what put it into this lane."""
    state: Mapped[str] = mapped_column(String(10), default="open")
    outcome: Mapped[str | None] = mapped_column(String(24))
    version: Mapped[int] = mapped_column(default=1)
    """Grows with every change a moderator should know of before deciding."""
    support_level: Mapped[int] = mapped_column(default=0)
    held: Mapped[bool] = mapped_column(default=False)
    live: Mapped[bool] = mapped_column(default=False)
    """The target is in a live session: people are waiting in the room."""
    first_post: Mapped[bool] = mapped_column(default=False)
    limited_context: Mapped[bool] = mapped_column(default=False)
    """The author took the text back; a snapshot is all there is."""
    disputed: Mapped[bool] = mapped_column(default=False)
    """The author pressed "This looks wrong" on an automatic hold."""
    reporter_count: Mapped[int] = mapped_column(default=0)
    opened_at: Mapped[datetime] = mapped_column(UTCDateTime)
    queued_at: Mapped[datetime] = mapped_column(UTCDateTime)
    """When it last came into the queue: opening, reopening, waking, ageing up."""
    effective_at: Mapped[datetime] = mapped_column(UTCDateTime)
    """`queued_at` minus boosts: the place within its lane."""
    boosts: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    """The reasons for that place, `{"code", "minutes"}`, shown as chips."""
    wake_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """Watching until then."""
    due_first_at: Mapped[datetime] = mapped_column(UTCDateTime)
    due_resolve_at: Mapped[datetime] = mapped_column(UTCDateTime)
    first_human_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    resolved_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    staffed_first_minutes: Mapped[int | None]
    """Minutes with somebody on duty until the first human response; the wall clock is the difference of times."""
    staffed_resolve_minutes: Mapped[int | None]
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    """Who asked for a second opinion or escalated; may not be the second."""
    resolved_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), index=True)
    reopen_count: Mapped[int] = mapped_column(default=0)
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("mod_case.id"))

    __table_args__ = (
        CheckConstraint("lane BETWEEN 0 AND 4", name="lane"),
        CheckConstraint("state IN ('open', 'second', 'escalated', 'watching', 'resolved')", name="state"),
        CheckConstraint("support_level BETWEEN 0 AND 3", name="support_level"),
        CheckConstraint("(state = 'resolved') = (resolved_at IS NOT NULL)", name="resolved_at"),
        Index(
            "uq_mod_case_open_target", "target_type", "target_id", unique=True, sqlite_where=OPEN, postgresql_where=OPEN
        ),
        Index("ix_mod_case_queue", "lane", "effective_at", "id", sqlite_where=OPEN, postgresql_where=OPEN),
        Index("ix_mod_case_target", "target_type", "target_id", "id"),
        # The dashboard counts a quarter from these two without reading the cases.
        Index("ix_mod_case_resolved", "resolved_at", "resolved_by_id", "outcome"),
        Index("ix_mod_case_answered", "first_human_at", "lane", "queued_at", "staffed_first_minutes"),
    )


class CaseSignal(Model):
    """One reason to look, kept as it was when it was noticed."""

    __tablename__ = "case_signal"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("mod_case.id", ondelete="CASCADE"))
    source: Mapped[str] = mapped_column(String(10))
    detector: Mapped[str] = mapped_column(String(40), default="")
    detector_version: Mapped[str] = mapped_column(String(80), default="")
    label: Mapped[str] = mapped_column(String(60))
    score: Mapped[float] = mapped_column(default=1.0)
    threshold: Mapped[float | None]
    severity: Mapped[str] = mapped_column(String(8), default="medium")
    level: Mapped[int] = mapped_column(default=0)
    category: Mapped[str] = mapped_column(String(60), default="")
    subject: Mapped[str] = mapped_column(String(8), default="none")
    mode: Mapped[str] = mapped_column(String(8), default="flag")
    spans: Mapped[list[list[int]]] = mapped_column(JSON, default=list)
    matched_rule_ids: Mapped[list[str]] = mapped_column(JSON, default=list)
    text: Mapped[str] = mapped_column(String(500), default="")
    """The finding's explanation or the reporter's words."""
    reporter_id: Mapped[int | None] = mapped_column(ForeignKey("member.id", ondelete="SET NULL"), index=True)
    reporter_weight: Mapped[float | None]
    revision_id: Mapped[int | None]
    latency_ms: Mapped[float] = mapped_column(default=0.0)
    late: Mapped[bool] = mapped_column(default=False)
    fingerprint: Mapped[str] = mapped_column(String(64))
    """Makes recording the same remark twice a no-op."""
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)

    __table_args__ = (
        UniqueConstraint("case_id", "fingerprint"),
        Index("ix_case_signal_rule", "case_id", "source", "mode", "detector", "label"),
        CheckConstraint("source IN ('detector', 'reporter', 'moderator', 'system')", name="source"),
    )


class CaseLease(Model):
    """Who is looking now. Lost silently, never audited; seat 1 is the second moderator on a T0 case."""

    __tablename__ = "case_lease"

    case_id: Mapped[int] = mapped_column(ForeignKey("mod_case.id", ondelete="CASCADE"), primary_key=True)
    seat: Mapped[int] = mapped_column(primary_key=True, default=0)
    holder_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), index=True)
    token: Mapped[str] = mapped_column(String(26))
    acquired_at: Mapped[datetime] = mapped_column(UTCDateTime)
    active_until: Mapped[datetime] = mapped_column(UTCDateTime)
    """Ten minutes after the holder last did something."""
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    """The earlier of `active_until` and three minutes after the last heartbeat, once heartbeats have begun."""

    __table_args__ = (
        UniqueConstraint("case_id", "holder_id"),
        CheckConstraint("seat IN (0, 1)", name="seat"),
    )


class CaseNote(Model):
    """A word from one moderator to the next; never changed, never shown to members."""

    __tablename__ = "case_note"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("mod_case.id", ondelete="CASCADE"), index=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    kind: Mapped[str] = mapped_column(String(12), default="note")
    body: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)

    __table_args__ = (CheckConstraint("kind IN ('note', 'handover', 'escalation', 'second')", name="kind"),)


class CaseSkip(Model):
    """ "Not me, not tonight": this person is not shown this case again. No reason is asked or kept."""

    __tablename__ = "case_skip"

    case_id: Mapped[int] = mapped_column(ForeignKey("mod_case.id", ondelete="CASCADE"), primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), primary_key=True)


class CaseSnapshot(Model):
    """The text as it stood, kept only where the original is going: a deleted crisis post must still be answered."""

    __tablename__ = "case_snapshot"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("mod_case.id", ondelete="CASCADE"), index=True)
    reason: Mapped[str] = mapped_column(String(16))
    body: Mapped[str] = mapped_column(Text)
    before: Mapped[list[dict[str, str]]] = mapped_column(JSON, default=list)
    after: Mapped[list[dict[str, str]]] = mapped_column(JSON, default=list)
    revision_id: Mapped[int | None]
    taken_at: Mapped[datetime] = mapped_column(UTCDateTime)


class LookIn(Model):
    """A support-level-1 text: no case, but somebody may like to say a kind word. Unanswered ones come first."""

    __tablename__ = "look_in"

    id: Mapped[int] = mapped_column(primary_key=True)
    target_type: Mapped[str] = mapped_column(String(16))
    target_id: Mapped[int]
    thread_id: Mapped[int | None] = mapped_column(index=True)
    room_id: Mapped[int | None]
    author_id: Mapped[int | None] = mapped_column(ForeignKey("member.id", ondelete="SET NULL"), index=True)
    categories: Mapped[list[str]] = mapped_column(JSON, default=list)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    done_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))

    __table_args__ = (
        UniqueConstraint("target_type", "target_id"),
        Index("ix_look_in_waiting", "done_at", "answered_at", "created_at"),
    )
