"""Choose the scorer a forum runs with."""

from __future__ import annotations

import os
from pathlib import Path

from forum.moderation.scoring.process import ProcessScorer
from forum.moderation.scoring.protocol import Choice, ManyScorer, OffScorer, Scorer


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


def load_local(choice: Choice, checkpoint: str | None, *, int8: bool = False) -> ManyScorer:
    """Load the chosen models into this process, for commands and evaluation; see `models.load_local`."""
    # Before numpy is imported: on a shared machine two threads for such small matrices are slower than one.
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    # Imported here only: a web process must stay free of numpy, onnxruntime and torch.
    from forum.moderation.scoring import models

    return models.load_local(choice, checkpoint, int8=int8)
