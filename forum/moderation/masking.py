"""Covering what identifies somebody, so that the rest of a text can be posted."""

from __future__ import annotations

from collections.abc import Iterable

from forum.moderation.verdict import Span

COVER = "[removed]"


def mask(text: str, spans: Iterable[Span], cover: str = COVER) -> str:
    """Return the text with every span replaced by one cover. Spans may overlap, touch, or lie outside the text."""
    pieces: list[str] = []
    last = 0
    for start, end in merged(spans, len(text)):
        pieces += (text[last:start], cover)
        last = end
    return "".join((*pieces, text[last:]))


def merged(spans: Iterable[Span], length: int) -> list[Span]:
    """Return half-open spans in order, clamped to the text, overlapping and touching ones joined."""
    joined: list[Span] = []
    for start, end in sorted((max(start, 0), min(end, length)) for start, end in spans):
        if start >= end:
            continue
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined
