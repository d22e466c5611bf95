"""What a long text teaches. The models read it in windows, so a window is what they learn from (decision 0048)."""

from __future__ import annotations

from collections.abc import Callable

from forum.moderation.phases import crisis_told
from forum.moderation.phases.crisis_stream import stream_of
from forum.moderation.phases.normalise import views_of
from forum.moderation.scoring.crisis_head import windows

Says = Callable[[str], float]
"""How much of what is looked for a text seems to hold."""


def lessons(text: str, holds_it: bool, says: Says) -> list[str]:
    """Return the windows of a text to learn from.

    Every window of a text without danger (or cruelty) is without it. Of a text with it nobody has written down where,
    so only the window is learnt from that seems to hold most of it; the others would teach half a lie.
    """
    parts = windows(text)
    return [max(parts, key=says)] if holds_it and len(parts) > 1 else parts


def danger_in(text: str) -> float:
    """Return how near danger is in the sentence of a text where it is nearest, by the reader that is shipped."""
    reader = crisis_told.reader()
    sentences = stream_of(views_of(text)).folded_sentences
    return max((reader.says(crisis_told.features(one)) for one in sentences), default=-float("inf"))
