"""Read every text of a member's own place for distress, before anything else is done with it.

Private texts are read so that their author gets the help card; they open no case and nobody is told, unless the member
asks. A journal page is read by the rules inside this process and never handed to the scorer, whose questions may travel
through a broker: its words leave this process only sealed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import current_app

from forum.discussions.helping import reader_country
from forum.discussions.judging import DEADLINE_SECONDS, SCORER
from forum.helplines import registry, reports
from forum.helplines.cards import SupportCard, card_for
from forum.identity.models import Member
from forum.moderation import pipeline, rulebook
from forum.moderation.verdict import MAX_TEXT_CHARS, Author, Submission, Surface, Verdict

CARD_FROM = 1
"""At level 1 the card is one quiet line."""
OVERLAP = 400
"""Characters two pieces of a very long text share, so that no sentence is cut in half for both."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text asks for: nothing, a quiet line, a card."""

    level: int = 0
    categories: tuple[str, ...] = ()


def read_private(texts: tuple[str, ...], member: Member, now: datetime, *, sealed: bool = False) -> Reading:
    """Read texts only their author will see, as one, however long: a text too long to keep is read all the same.

    Args:
        sealed: the words will be stored sealed, so only the rules of this process may see them.
    """
    found = [_screened(piece, member, now, "check_in", with_scorer=not sealed) for piece in _pieces(_joined(texts))]
    worst = max(found, key=lambda verdict: verdict.support_level, default=None)
    return Reading(worst.support_level, worst.categories) if worst is not None else Reading()


def read_shared(texts: tuple[str, ...], member: Member, now: datetime) -> Verdict | None:
    """Read texts other members may come to see; None when there are no words. The first 8,000 characters count."""
    text = _joined(texts)
    return _screened(text, member, now, "profile", with_scorer=True) if text else None


def _joined(texts: tuple[str, ...]) -> str:
    return "\n\n".join(part for part in texts if part.strip())


def _pieces(text: str) -> list[str]:
    step = MAX_TEXT_CHARS - OVERLAP
    return (
        [text[start : start + MAX_TEXT_CHARS] for start in range(0, max(1, len(text) - OVERLAP), step)] if text else []
    )


def _screened(text: str, member: Member, now: datetime, surface: Surface, *, with_scorer: bool) -> Verdict:
    scorer = current_app.extensions.get(SCORER) if with_scorer else None
    submission = Submission(
        text=text,
        surface=surface,
        author=_author(member, now),
        now=now,
        allowed_numbers=registry.allowed_numbers(),
        house=rulebook.house_rules(),
    )
    return pipeline.screen(submission, scorer, deadline_seconds=DEADLINE_SECONDS)


def _author(member: Member, now: datetime) -> Author:
    return Author(
        trust=member.trust,
        age_hours=max(0.0, (now - member.created_at).total_seconds() / 3600),
        accepted_posts=member.accepted_posts,
        handle=member.handle,
    )


def private_card(level: int, categories: tuple[str, ...], now: datetime) -> SupportCard | None:
    """Return the card for a private text. It says nothing of moderators, because none has been told."""
    if level < CARD_FROM:
        return None
    return card_for(
        level,
        categories,
        reader_country(),
        now=now,
        moderators_on=None,
        visibility="private",
        demoted=reports.reported(),
    )
