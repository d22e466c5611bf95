"""The same words again and again: by one author, by many accounts, or too fast to be read."""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta

from forum.moderation.phases.normalise import TextViews, views_of
from forum.moderation.verdict import Finding, Submission

PHASE = "repeats"
VERSION = "2026-11-22.1"
AGAIN_WINDOW = timedelta(minutes=5)
AGAIN_HOLD = 3
"""The third copy within the window is held; the second may be a slip of the thumb."""
OTHER_ACCOUNTS = 2
"""With the author that makes three accounts: two readers may see a text before anybody knows it is a wave."""
FLOOD_WINDOW = timedelta(minutes=2)
FLOOD_TEXTS = 8
FLOOD_CHAT_LINES = 15

_CHANGING = re.compile(r"[@\d]|://")
_WORD = re.compile(r"[^\W\d_]{4,}")
_MIN_WORDS = 6
"""Below that people simply say the same: "day 3 today", "thank you all so much"."""
_SAMPLE = 4


def run(sub: Submission, views: TextViews) -> list[Finding]:
    """Return what repeats. The history comes with the submission: 20 texts of the author at most."""
    return [*_again(sub, views), *_many_accounts(sub, views), *_flood(sub)]


def fingerprint(text: str) -> str:
    """Return 32 hex digits that are equal for near-equal texts, or "" for a text too short to be telling.

    Numbers, links and contact names are left out and of the words the four with the lowest hash are kept, so that
    copies which differ in a word or in the telephone number still meet mostly: with one word in ten changed about
    two pairs in three. Unrelated texts practically never meet. An empty fingerprint must not be looked up.
    """
    return _digest(views_of(text))


def _digest(views: TextViews) -> str:
    words = {word for token in views.folded.split() if not _CHANGING.search(token) for word in _WORD.findall(token)}
    if len(words) < _MIN_WORDS:
        return ""
    lowest = sorted(hashlib.blake2b(word.encode(), digest_size=8).digest() for word in words)[:_SAMPLE]
    return hashlib.blake2b(b"".join(lowest), digest_size=16).hexdigest()


def _again(sub: Submission, views: TextViews) -> list[Finding]:
    recent = [text for text in sub.author.recent if text.digest and sub.now - text.posted_at <= AGAIN_WINDOW]
    digest = _digest(views) if recent else ""
    earlier = [text for text in recent if text.digest == digest]
    if not earlier:
        return []
    count = len(earlier) + 1
    return [
        Finding(
            PHASE,
            "same_text_again",
            score=min(count / AGAIN_HOLD, 1.0),
            severity="medium" if count >= AGAIN_HOLD else "low",
            explanation="The same words were posted a moment ago.",
            category="repeats",
            threshold=1.0,
            version=VERSION,
            mode="hold" if count >= AGAIN_HOLD else "flag",
        )
    ]


def _many_accounts(sub: Submission, views: TextViews) -> list[Finding]:
    if sub.same_digest_authors < OTHER_ACCOUNTS or not _digest(views):
        return []
    return [
        Finding(
            PHASE,
            "many_accounts",
            severity="high",
            explanation="Several accounts posted nearly the same words within ten minutes.",
            category="repeats",
            version=VERSION,
            mode="hold",
        )
    ]


def _flood(sub: Submission) -> list[Finding]:
    limit = FLOOD_CHAT_LINES if sub.surface == "chat" else FLOOD_TEXTS
    count = sum(sub.now - text.posted_at <= FLOOD_WINDOW for text in sub.author.recent) + 1
    if count < limit:
        return []
    return [
        Finding(
            PHASE,
            "flood",
            score=min(count / (2 * limit), 1.0),
            severity="medium",
            explanation="Many texts were sent within two minutes.",
            category="repeats",
            version=VERSION,
            mode="hold" if sub.author.trust == 0 else "flag",
        )
    ]
