"""Tables of blocks and mutes. Each row is one member's own choice; moderators do not see them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from forum.core.db import Model, UTCDateTime
from forum.core.ids import new_public_id
from forum.identity.personal import declare

MAX_WORD_CHARS = 60
EFFECTS = ("cover", "hide")
"""cover: posts with the word wait behind a fold. hide: threads named so are left out of lists as well."""


class MemberBlock(Model):
    """One member blocked another: neither sees what the other writes from here on."""

    __tablename__ = "member_block"

    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), primary_key=True)
    blocked_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), primary_key=True, index=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)

    __table_args__ = (CheckConstraint("member_id <> blocked_id", name="somebody_else"),)


class MemberMute(Model):
    """One member has another's posts folded, for themselves alone."""

    __tablename__ = "member_mute"

    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), primary_key=True)
    muted_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), primary_key=True, index=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)


class MaskBoundary(Model):
    """One member keeps a name that somebody has in one thread only away from themselves.

    It is kept by that name and not by the member behind it: else what vanishes elsewhere would tell who it is.
    """

    __tablename__ = "mask_boundary"

    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), primary_key=True)
    mask_id: Mapped[int] = mapped_column(ForeignKey("thread_mask.id", ondelete="CASCADE"), primary_key=True, index=True)
    effect: Mapped[str] = mapped_column(String(5))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)

    __table_args__ = (CheckConstraint("effect IN ('block', 'mute')", name="effect"),)


class RoomMute(Model):
    """One member leaves a room out of their lists."""

    __tablename__ = "room_mute"

    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), primary_key=True)
    room_id: Mapped[int] = mapped_column(ForeignKey("room.id", ondelete="CASCADE"), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)


class WordRule(Model):
    """A word or topic one member wants covered."""

    __tablename__ = "word_rule"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=new_public_id)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"))
    word: Mapped[str] = mapped_column(String(MAX_WORD_CHARS))
    """Folded: small letters, single spaces."""
    effect: Mapped[str] = mapped_column(String(5), default="cover")

    __table_args__ = (
        UniqueConstraint("member_id", "word"),
        CheckConstraint("effect IN ('cover', 'hide')", name="effect"),
    )


_THEIRS = "It is somebody else's choice, and they were promised that nobody is told."
declare("member_block.member_id", "erase", title="People you blocked", columns=("blocked_id", "created_at"))
declare("member_block.blocked_id", "erase", why_not=_THEIRS)
declare("member_mute.member_id", "erase", title="People you muted", columns=("muted_id", "created_at"))
declare("member_mute.muted_id", "erase", why_not=_THEIRS)
declare("mask_boundary.member_id", "erase", title="Names you keep away", columns=("mask_id", "effect", "created_at"))
declare("room_mute.member_id", "erase", title="Rooms you muted", columns=("room_id", "created_at"))
declare("word_rule.member_id", "erase", title="Words you have covered", columns=("word", "effect"))
