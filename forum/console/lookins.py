"""The "look in on" list: quiet worries that open no case, where a kind word may be welcome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from forum.moderation.models import LookIn
from forum.moderation.subjects import has_subject, subject_of
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
    found = (_look(row) for row in rows if has_subject(row.target_type))
    return [look for look in found if look is not None]


def _look(row: LookIn) -> Look | None:
    quote = subject_of(row.target_type).quote(row.target_id)
    if quote is None or quote.visibility not in ("live", "limited"):
        return None
    names = ", ".join(say(REASONS, category) for category in row.categories)
    short = " ".join(quote.text.split())[:160]
    return Look(row.id, names, short, quote.room, quote.url, row.created_at, row.answered_at is not None)
