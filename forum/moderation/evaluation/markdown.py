"""Write shares and tables as Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from forum.moderation.evaluation.measure import Share


def share_words(found: Share) -> str:
    """Return a share in words: percent, counts, 95 % interval."""
    if not found.total:
        return "–"
    low, high = found.interval
    return f"{found.value:.0%} ({found.hits}/{found.total}; {low:.0%}–{high:.0%})"


def table(header: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """Return a table."""
    rows = [header, ["---"] * len(header), *lines]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)
