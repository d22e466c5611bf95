"""Tables of belonging. Everything here is chosen by the member themselves; only a role needs somebody's signature."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, CheckConstraint, Date, ForeignKey, Index, String, false, text
from sqlalchemy.orm import Mapped, mapped_column

from forum.core.db import Model, UTCDateTime
from forum.core.ids import new_public_id
from forum.identity.personal import declare

ROLE_KINDS = ("greeter", "host", "peer")
ROLE_STATES = ("learning", "asked", "active", "ended")
HELD = text("state <> 'ended'")
"""Condition of the partial index: one row of a kind at a time; what has ended stays for the record."""


class RoomPlace(Model):
    """What one room is to one member."""

    __tablename__ = "room_place"

    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), primary_key=True)
    room_id: Mapped[int] = mapped_column(ForeignKey("room.id", ondelete="CASCADE"), primary_key=True, index=True)
    is_home: Mapped[bool] = mapped_column(default=False, server_default=false())
    """One room at most."""
    is_listed: Mapped[bool] = mapped_column(default=False, server_default=false())
    """They want to be named among the regulars."""
    declared_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When they said that the room is for people like them. Nobody asks for proof."""


class HostWeek(Model):
    """One member's turn to look after a room's daily thread: seven days from a Monday."""

    __tablename__ = "room_host_week"

    room_id: Mapped[int] = mapped_column(ForeignKey("room.id", ondelete="CASCADE"), primary_key=True)
    week: Mapped[date] = mapped_column(Date, primary_key=True)
    """The Monday it begins on; whoever writes the row first has the week."""
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), index=True)


class MemberRole(Model):
    """A role a member grows into: learns for, asks for, is given by a lead, and can lay down at any moment."""

    __tablename__ = "member_role"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=new_public_id)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(8))
    room_id: Mapped[int | None] = mapped_column(ForeignKey("room.id", ondelete="CASCADE"), index=True)
    """The room a host looks after."""
    state: Mapped[str] = mapped_column(String(8), default="learning")
    modules: Mapped[list[str]] = mapped_column(JSON, default=list)
    """Keys of the parts of the training they have been through."""
    asked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    signed_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    """The lead who signed the training off."""
    signed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    __table_args__ = (
        Index(
            "uq_member_role_held",
            "member_id",
            "kind",
            unique=True,
            sqlite_where=HELD,
            postgresql_where=HELD,
        ),
        Index("ix_member_role_state", "state", "kind"),
        CheckConstraint("kind IN ('greeter', 'host', 'peer')", name="kind"),
        CheckConstraint("state IN ('learning', 'asked', 'active', 'ended')", name="state"),
    )


declare(
    "room_place.member_id",
    "erase",
    title="Your rooms",
    columns=("room_id", "is_home", "is_listed", "declared_at"),
)
declare("room_host_week.member_id", "erase", title="Weeks you looked after a room", columns=("room_id", "week"))
declare(
    "member_role.member_id",
    "erase",
    title="Roles you took on",
    columns=("kind", "room_id", "state", "modules", "asked_at", "signed_at", "ended_at"),
)
