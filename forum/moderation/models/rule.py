"""House rules as a forum runs them: what each may do, the team's own phrases, and trials on what was written before."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from forum.core.db import Model, UTCDateTime
from forum.core.ids import new_public_id


class RuleState(Model):
    """What one rule may do here, where that differs from how it is shipped. No row: as shipped."""

    __tablename__ = "rule_state"

    rule: Mapped[str] = mapped_column(String(60), primary_key=True)
    mode: Mapped[str] = mapped_column(String(6))
    since: Mapped[datetime] = mapped_column(UTCDateTime)
    """Agreement is counted from here on: what people thought of an earlier form says nothing of this one."""
    by_machine: Mapped[bool] = mapped_column(default=False)
    """It fell back by itself, because people too rarely agreed."""
    reviewed: Mapped[int] = mapped_column(default=0)
    agreed: Mapped[int] = mapped_column(default=0)
    """The two numbers it fell back on."""
    changed_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))

    __table_args__ = (CheckConstraint("mode IN ('off', 'shadow', 'flag', 'hold')", name="mode"),)


class OwnRuleRow(Model):
    """A rule the team made: phrases, and the sentence that says what they are about."""

    __tablename__ = "own_rule"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=lambda: new_public_id(12))
    says: Mapped[str] = mapped_column(String(160))
    """One plain sentence; the author of a held text reads it."""
    phrases: Mapped[list[str]] = mapped_column(JSON)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))

    @property
    def rule(self) -> str:
        """Return the id findings, states and trials know it by."""
        return f"own_{self.public_id}"


class RuleTrial(Model):
    """A count of what one rule would have noticed among the texts of the last thirty days; numbers, no texts."""

    __tablename__ = "rule_trial"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=new_public_id)
    rule: Mapped[str] = mapped_column(String(60))
    version: Mapped[str] = mapped_column(String(80), default="")
    """Version of the rule when the trial began."""
    state: Mapped[str] = mapped_column(String(8), default="running")
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    since: Mapped[datetime] = mapped_column(UTCDateTime)
    started_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    total: Mapped[int] = mapped_column(default=0)
    """Texts to read, counted when it began."""
    done: Mapped[int] = mapped_column(default=0)
    source: Mapped[int] = mapped_column(default=0)
    """Which source of texts it is in, and the last id it read there: a restart goes on from here."""
    last_id: Mapped[int] = mapped_column(default=0)
    hits: Mapped[int] = mapped_column(default=0)
    hits_taken_down: Mapped[int] = mapped_column(default=0)
    """Of those, how many people took down anyway."""
    hits_in_crisis: Mapped[int] = mapped_column(default=0)
    """Of those, how many were rated 2 or more: words of people in distress."""
    examples: Mapped[list[list[object]]] = mapped_column(JSON, default=list)
    """Up to ten `[target type, target id]`; shown through the registry, by the reader's rights."""

    __table_args__ = (
        CheckConstraint("state IN ('running', 'done', 'stopped')", name="state"),
        Index("ix_rule_trial_rule", "rule", "started_at"),
    )
