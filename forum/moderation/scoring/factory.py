"""Choose the scorer a forum runs with."""

from __future__ import annotations

from pathlib import Path

from forum.moderation.scoring.models import LocalScorer, load_local
from forum.moderation.scoring.process import ProcessScorer
from forum.moderation.scoring.protocol import Choice, OffScorer, Scorer

__all__ = ["LocalScorer", "OffScorer", "ProcessScorer", "load_local", "make_scorer"]


def make_scorer(
    choice: Choice, *, checkpoint: str | None, socket_dir: Path, int8: bool = False, eager: bool = False
) -> Scorer:
    """Return the scorer for a web process; it loads no model itself and opens nothing before the first text.

    `auto` is Detoxify with the built-in scorer beside it when a checkpoint is set, else the built-in scorer, else, when
    neither can be loaded, none. `eager` starts the child at once. `socket_dir` must exist and be this account's own.
    """
    if choice == "off":
        return OffScorer()
    scorer = ProcessScorer(choice, checkpoint=checkpoint, socket_dir=socket_dir, int8=int8)
    if eager:
        scorer.start()
    return scorer
