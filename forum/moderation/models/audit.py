"""The audit record: append-only, chained by hashes, with codes only and nobody's words."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Connection, ForeignKey, Index, String, UniqueConstraint, event, text
from sqlalchemy.orm import Mapped, mapped_column

from forum.core.db import Model, UTCDateTime


class AuditEntry(Model):
    """One thing that was done. The database refuses to change or delete it."""

    __tablename__ = "mod_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(unique=True)
    """1, 2, 3 … without gaps, in commit order."""
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    """None: the system."""
    actor_role: Mapped[str] = mapped_column(String(16), default="system")
    action: Mapped[str] = mapped_column(String(40))
    case_id: Mapped[int | None] = mapped_column(index=True)
    """No foreign key: the record outlives what it speaks of."""
    case_version: Mapped[int | None]
    target_type: Mapped[str] = mapped_column(String(16), default="")
    target_id: Mapped[int | None]
    revision_id: Mapped[int | None]
    person: Mapped[str] = mapped_column(String(26), default="")
    """Pseudonym of the person concerned, for this case only; who it was is in `case_pseudonym` until erased."""
    from_state: Mapped[str] = mapped_column(String(60), default="")
    to_state: Mapped[str] = mapped_column(String(60), default="")
    reason_code: Mapped[str] = mapped_column(String(60), default="")
    rule_ref: Mapped[str] = mapped_column(String(60), default="")
    public_text_id: Mapped[int | None]
    """The decision that holds what the author was told."""
    signal_ids: Mapped[list[int]] = mapped_column(JSON, default=list)
    policy_version: Mapped[str] = mapped_column(String(60), default="")
    automated_detection: Mapped[bool] = mapped_column(default=False)
    automated_decision: Mapped[bool] = mapped_column(default=False)
    reverses_id: Mapped[int | None]
    bulk_parent_id: Mapped[int | None]
    second_actor_id: Mapped[int | None]
    request_id: Mapped[str] = mapped_column(String(40), default="")
    prev_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))

    __table_args__ = (
        Index("ix_mod_event_actor", "actor_id", "seq"),
        Index("ix_mod_event_action", "action", "seq"),
    )


class Pseudonym(Model):
    """Who a pseudonym of the audit record was. Deleting the row is what erasure means there."""

    __tablename__ = "case_pseudonym"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("mod_case.id", ondelete="CASCADE"))
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), index=True)
    pseudonym: Mapped[str] = mapped_column(String(26), unique=True)

    __table_args__ = (UniqueConstraint("case_id", "member_id"),)


class AccessEntry(Model):
    """Somebody on the team read what is shielded: a T0/T1 text, or a member's history. Kept 90 days."""

    __tablename__ = "mod_access"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    case_id: Mapped[int | None] = mapped_column(ForeignKey("mod_case.id", ondelete="SET NULL"))
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id", ondelete="SET NULL"))
    lane: Mapped[int | None]

    __table_args__ = (CheckConstraint("kind IN ('reveal', 'history', 'export')", name="kind"),)


class Counter(Model):
    """The two running numbers of the library: `audit` (with the newest hash) and `queue` (live events)."""

    __tablename__ = "mod_counter"

    name: Mapped[str] = mapped_column(String(10), primary_key=True)
    value: Mapped[int] = mapped_column(default=0)
    hash: Mapped[str] = mapped_column(String(64), default="")


# ── append-only ─────────────────────────────────────────────────────────────────────────────────────────────────

_SQLITE = (
    "CREATE TRIGGER IF NOT EXISTS mod_event_no_update BEFORE UPDATE ON mod_event "
    "BEGIN SELECT RAISE(ABORT, 'mod_event is append-only'); END",
    "CREATE TRIGGER IF NOT EXISTS mod_event_no_delete BEFORE DELETE ON mod_event "
    "BEGIN SELECT RAISE(ABORT, 'mod_event is append-only'); END",
)
_POSTGRESQL = (
    "CREATE OR REPLACE FUNCTION mod_event_refuse() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'mod_event is append-only'; END $$",
    "CREATE OR REPLACE TRIGGER mod_event_no_change BEFORE UPDATE OR DELETE ON mod_event "
    "FOR EACH ROW EXECUTE FUNCTION mod_event_refuse()",
    "CREATE OR REPLACE TRIGGER mod_event_no_truncate BEFORE TRUNCATE ON mod_event "
    "FOR EACH STATEMENT EXECUTE FUNCTION mod_event_refuse()",
)


def guard_audit_table(connection: Connection) -> None:
    """Install the triggers that refuse changes; migrations call this with `op.get_bind()` after creating the table."""
    for statement in _SQLITE if connection.dialect.name == "sqlite" else _POSTGRESQL:
        connection.execute(text(statement))


@event.listens_for(AuditEntry.__table__, "after_create")
def _guard_new_table(_table: object, connection: Connection, **_options: Any) -> None:
    guard_audit_table(connection)
