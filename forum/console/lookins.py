"""The "look in on" list: quiet worries that open no case, where a kind word may be welcome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from forum.console.lines import excerpts_of
from forum.moderation.models import LookIn
from forum.moderation.subjects import Excerpt
from forum.moderation.words import REASONS, say


@dataclass(frozen=True, slots=True)
class Look:
    """One quiet worry."""

    id: int
    words: str
    text: str
    room: str
    url: str
    at: datetime
    is_answered: bool


def looks_of(rows: Sequence[LookIn]) -> list[Look]:
    """Return the list for its template; texts that are gone, hidden or held are left out."""
    texts = excerpts_of([(row.target_type, row.target_id) for row in rows])
    found = ((row, texts.get((row.target_type, row.target_id))) for row in rows)
    return [_look(row, text) for row, text in found if text is not None and text.visibility in ("live", "limited")]


def _look(row: LookIn, text: Excerpt) -> Look:
    names = ", ".join(say(REASONS, category) for category in row.categories)
    short = " ".join(text.text.split())[:160]
    return Look(row.id, names, short, text.room, text.url, row.created_at, row.answered_at is not None)
