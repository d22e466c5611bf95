"""Drawing and undoing boundaries. They flush; the edge commits."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select

from forum.boundaries.events import BoundariesChanged
from forum.boundaries.models import EFFECTS, MAX_WORD_CHARS, MaskBoundary, MemberBlock, MemberMute, RoomMute, WordRule
from forum.boundaries.reading import fold, forget_boundaries
from forum.core.db import db
from forum.core.errors import BadInput
from forum.core.events import announce
from forum.identity.models import Member

MAX_ROWS = 500
"""Of each kind, for one member: lists stay readable and pages fast."""
MIN_WORD_CHARS = 2


def block(member: Member, other_id: int, now: datetime) -> None:
    """Keep two members' words from one another.

    Raises:
        BadInput: oneself, or too many.
    """
    _check(member, other_id, MemberBlock)
    _put(MemberBlock(member_id=member.id, blocked_id=other_id, created_at=now), (member.id, other_id))
    _changed(member.id, other_id)


def mute(member: Member, other_id: int, now: datetime) -> None:
    """Fold another member's posts for this one.

    Raises:
        BadInput: oneself, or too many.
    """
    _check(member, other_id, MemberMute)
    _put(MemberMute(member_id=member.id, muted_id=other_id, created_at=now), (member.id, other_id))
    _changed(member.id)


def keep_mask_away(member: Member, mask_id: int, effect: str, now: datetime) -> None:
    """Keep a name that somebody has in one thread only out of sight (`block`) or folded (`mute`).

    Raises:
        BadInput: too many.
    """
    _room_for_one(member, MaskBoundary)
    db.session.merge(MaskBoundary(member_id=member.id, mask_id=mask_id, effect=effect, created_at=now))
    _changed(member.id)


def let_mask_back(member: Member, mask_id: int) -> None:
    """Show what such a name wrote again."""
    mine = (MaskBoundary.member_id == member.id, MaskBoundary.mask_id == mask_id)
    db.session.execute(delete(MaskBoundary).where(*mine))
    _changed(member.id)


def mute_room(member: Member, room_id: int, now: datetime) -> None:
    """Leave a room out of a member's lists."""
    _put(RoomMute(member_id=member.id, room_id=room_id, created_at=now), (member.id, room_id))
    _changed(member.id)


def cover_word(member: Member, word: str, effect: str) -> None:
    """Cover posts with a word or a few words.

    Raises:
        BadInput: nothing to look for, too long, an unknown effect, or too many.
    """
    folded = fold(word)
    if effect not in EFFECTS:
        raise BadInput("Please choose what should happen.", field="effect")
    if not MIN_WORD_CHARS <= len(folded) <= MAX_WORD_CHARS:
        raise BadInput(f"A word has {MIN_WORD_CHARS} to {MAX_WORD_CHARS} letters.", field="word")
    _room_for_one(member, WordRule)
    db.session.execute(delete(WordRule).where(WordRule.member_id == member.id, WordRule.word == folded))
    db.session.add(WordRule(member_id=member.id, word=folded, effect=effect))
    _changed(member.id)


def unblock(member: Member, other_id: int) -> None:
    """Let two members see one another again, unless the other one blocked as well."""
    where = (MemberBlock.member_id == member.id, MemberBlock.blocked_id == other_id)
    db.session.execute(delete(MemberBlock).where(*where))
    _changed(member.id, other_id)


def unmute(member: Member, other_id: int) -> None:
    """Show another member's posts again."""
    db.session.execute(delete(MemberMute).where(MemberMute.member_id == member.id, MemberMute.muted_id == other_id))
    _changed(member.id)


def unmute_room(member: Member, room_id: int) -> None:
    """Bring a room back into a member's lists."""
    db.session.execute(delete(RoomMute).where(RoomMute.member_id == member.id, RoomMute.room_id == room_id))
    _changed(member.id)


def uncover_word(member: Member, public_id: str) -> None:
    """Show posts with a word again."""
    db.session.execute(delete(WordRule).where(WordRule.member_id == member.id, WordRule.public_id == public_id))
    _changed(member.id)


def _check(member: Member, other_id: int, table: type[Any]) -> None:
    if member.id == other_id:
        raise BadInput("That would be yourself.")
    _room_for_one(member, table)


def _room_for_one(member: Member, table: type[Any]) -> None:
    count = db.session.scalar(select(func.count()).select_from(table).where(table.member_id == member.id)) or 0
    if count >= MAX_ROWS:
        raise BadInput("That list is full. Please take something off it first.")


def _put(row: Any, key: tuple[int, int]) -> None:
    if db.session.get(type(row), key) is None:
        db.session.merge(row)


def _changed(*member_ids: int) -> None:
    db.session.flush()
    forget_boundaries()
    announce(BoundariesChanged(member_ids))
