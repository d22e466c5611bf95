"""What one reader's boundaries make of other people's words. One query a page, nothing per post.

A block works both ways. Who blocked sees a plain line in place of the other's posts; who was blocked sees no trace of
the blocker's posts, threads and answers, and is not told: what is missing looks like what was never written. Open rooms
can be read by anybody who signs out, so this is a comfort between members and not a wall; /me/boundaries says so.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import literal, select, union_all

from forum.boundaries.models import EFFECTS, MaskBoundary, MemberBlock, MemberMute, RoomMute, WordRule
from forum.core.db import db
from forum.identity.models import Member

_WORDS = re.compile(r"\w+")
_KEPT = "forum.boundaries"


@dataclass(frozen=True, slots=True)
class Boundaries:
    """One reader's choices, and who keeps their words from this reader.

    Members are meant by their numbers, names for one thread by theirs below zero: ask with `post.persona`.
    """

    blocked: frozenset[int] = frozenset()
    blocked_by: frozenset[int] = frozenset()
    muted: frozenset[int] = frozenset()
    rooms: frozenset[int] = frozenset()
    words: tuple[tuple[str, str], ...] = ()
    """(folded word, effect)."""

    @property
    def unseen(self) -> frozenset[int]:
        """Members whose words this reader does not read, and the other way round."""
        return self.blocked | self.blocked_by

    @property
    def unlisted(self) -> frozenset[int]:
        """Members whose threads stay out of this reader's lists."""
        return self.unseen | self.muted

    @property
    def is_plain(self) -> bool:
        """Tell whether this reader sees what everybody sees."""
        return not (self.unseen or self.muted or self.words)

    def word_in(self, *texts: str, effects: tuple[str, ...] = EFFECTS) -> str:
        """Return the first of the reader's words these texts contain, or "" for none."""
        if not self.words:
            return ""
        folded = f" {fold(' '.join(texts))}"
        return next((word for word, effect in self.words if effect in effects and f" {word}" in folded), "")


NOTHING = Boundaries()


def fold(text: str) -> str:
    """Return a text as it is compared: small letters, words with single spaces between them."""
    return " ".join(_WORDS.findall(unicodedata.normalize("NFKC", text).casefold()))


def boundaries_of(member: Member | None) -> Boundaries:
    """Return a reader's boundaries; guests have none. Read once per session of the database."""
    return NOTHING if member is None else boundaries_of_id(member.id)


def boundaries_of_id(member_id: int) -> Boundaries:
    """Return the boundaries of a member known by number."""
    kept: dict[int, Boundaries] = db.session.info.setdefault(_KEPT, {})
    if member_id not in kept:
        kept[member_id] = _read(member_id)
    return kept[member_id]


def forget_boundaries() -> None:
    """Read them anew the next time: somebody has just changed theirs."""
    db.session.info.pop(_KEPT, None)


def _read(me: int) -> Boundaries:
    found: dict[str, list[Any]] = {"blocked": [], "blocked_by": [], "muted": [], "rooms": [], "words": []}
    masks = {"block": "blocked", "mute": "muted"}
    none = literal("")
    rows = db.session.execute(
        union_all(
            select(literal("blocked"), MemberBlock.blocked_id, none, none).where(MemberBlock.member_id == me),
            select(literal("blocked_by"), MemberBlock.member_id, none, none).where(MemberBlock.blocked_id == me),
            select(literal("muted"), MemberMute.muted_id, none, none).where(MemberMute.member_id == me),
            select(MaskBoundary.effect, MaskBoundary.mask_id, none, none).where(MaskBoundary.member_id == me),
            select(literal("rooms"), RoomMute.room_id, none, none).where(RoomMute.member_id == me),
            select(literal("words"), WordRule.id, WordRule.word, WordRule.effect).where(WordRule.member_id == me),
        )
    )
    for kind, number, word, effect in rows:
        if kind in masks:
            found[masks[kind]].append(-number)
        else:
            found[kind].append((word, effect) if kind == "words" else number)
    return Boundaries(
        frozenset(found["blocked"]),
        frozenset(found["blocked_by"]),
        frozenset(found["muted"]),
        frozenset(found["rooms"]),
        tuple(sorted(found["words"])),
    )


def are_apart(one_id: int, other_id: int) -> bool:
    """Tell whether either of two members has blocked the other; requests and meetings ask this, too."""
    return other_id in boundaries_of_id(one_id).unseen


def keeping_away(member_ids: Collection[int], persona: int | None, room_id: int | None) -> set[int]:
    """Return which of these members want to hear nothing of a writer (or may not), or of a room."""
    if not member_ids:
        return set()
    parts = [select(RoomMute.member_id).where(RoomMute.room_id == room_id)]
    if persona is not None and persona < 0:
        parts.append(select(MaskBoundary.member_id).where(MaskBoundary.mask_id == -persona))
    else:
        parts += [
            select(MemberBlock.member_id).where(MemberBlock.blocked_id == persona),
            select(MemberBlock.blocked_id).where(MemberBlock.member_id == persona),
            select(MemberMute.member_id).where(MemberMute.muted_id == persona),
        ]
    return set(db.session.scalars(union_all(*parts))) & set(member_ids)
