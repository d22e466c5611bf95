"""What the team changed of rooms, helplines, messages and rules: every field before and after, bound to the record."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Connection, ForeignKey, Index, String, Text, event, text
from sqlalchemy.orm import Mapped, mapped_column

from forum.core.db import Model, UTCDateTime


class ConfigChange(Model):
    """One field that was changed. The entry of the record it belongs to holds the hash of both values."""

    __tablename__ = "config_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("mod_event.id"), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    """room | helpline | message | rule"""
    key: Mapped[str] = mapped_column(String(90))
    field: Mapped[str] = mapped_column(String(60))
    before: Mapped[str] = mapped_column(Text, default="")
    after: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime] = mapped_column(UTCDateTime)

    __table_args__ = (Index("ix_config_change_key", "kind", "key", "id"),)


class MessageTemplate(Model):
    """A message of support in the team's own words, in place of the one that came with the forum."""

    __tablename__ = "message_template"

    id: Mapped[str] = mapped_column(String(12), primary_key=True)
    """T1 … T12 replace the file's; others are the team's own."""
    title: Mapped[str] = mapped_column(String(80))
    text: Mapped[str] = mapped_column(Text)
    levels: Mapped[list[int]] = mapped_column(JSON, default=list)
    categories: Mapped[list[str]] = mapped_column(JSON, default=list)
    is_offered: Mapped[bool] = mapped_column(default=True)
    """False: kept, and not among the messages a moderator can choose."""


_SQLITE = (
    "CREATE TRIGGER IF NOT EXISTS config_change_no_update BEFORE UPDATE ON config_change "
    "BEGIN SELECT RAISE(ABORT, 'config_change is append-only'); END",
    "CREATE TRIGGER IF NOT EXISTS config_change_no_delete BEFORE DELETE ON config_change "
    "BEGIN SELECT RAISE(ABORT, 'config_change is append-only'); END",
)
_POSTGRESQL = (
    "CREATE OR REPLACE FUNCTION config_change_refuse() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'config_change is append-only'; END $$",
    "CREATE OR REPLACE TRIGGER config_change_no_change BEFORE UPDATE OR DELETE ON config_change "
    "FOR EACH ROW EXECUTE FUNCTION config_change_refuse()",
    "CREATE OR REPLACE TRIGGER config_change_no_truncate BEFORE TRUNCATE ON config_change "
    "FOR EACH STATEMENT EXECUTE FUNCTION config_change_refuse()",
)


def guard_changes_table(connection: Connection) -> None:
    """Install the triggers that refuse changes; the migration calls this after creating the table."""
    for statement in _SQLITE if connection.dialect.name == "sqlite" else _POSTGRESQL:
        connection.execute(text(statement))


@event.listens_for(ConfigChange.__table__, "after_create")
def _guard_new_table(_table: object, connection: Connection, **_options: Any) -> None:
    guard_changes_table(connection)
