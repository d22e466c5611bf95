"""What the model says of writers it has never read: each group of writers is left out once, and scored by the rest.

Rows by one hand resemble each other, so a split by chance flatters; leaving out the whole writer does not.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from forum.moderation.evaluation.rows import Row, key_of
from forum.moderation.scoring.crisis_head import views
from forum.moderation.training import wording_fit
from forum.moderation.training.corpus import TALK, Example, hand_written
from forum.moderation.training.fit import fit, fit_wording
from forum.moderation.training.loop import Recipe, predict
from forum.moderation.training.network import LEVELS, CrisisNetwork
from forum.moderation.training.store import Store

FOLDS = (("a", "c", "g", "given", "k", "s", "v"), ("b", "i", "own", "t", "w"), ("d", "j", "l", "r", "u", "z"))
"""Writers left out together; the rest of the rows is learnt from."""

TALKERS = ("X", "Y", "Z")
"""Authors of the lines about cruelty: each fold leaves out one, whose recovery talk shows what ordinary posts meet."""

ONE_SIDED = ("r", "w")
"""Writers who were asked for what is hardest alone: learnt from and scored, but no measure for thresholds."""

Logits = NDArray[np.float32]
"""`[rows, 2, 3]`: what the layers and what the wording says of level at least 1, at least 2, 3."""


def talker_name(number: int) -> str:
    """Return what a fold's recovery talk is called among the writers."""
    return f"{TALK}_{TALKERS[number].lower()}"


def learnt_from(writers: Mapping[str, Sequence[Row]], without: Sequence[str] = ()) -> list[Example]:
    """Return the examples of all writers but some. Our own `test` rows are never among them."""
    found: list[Example] = []
    for name, rows in writers.items():
        if name not in without:
            found += hand_written([row for row in rows if name != "own" or row.split == "dev"])
    return found


def logits_of(network: CrisisNetwork, wording: NDArray[np.float32], rows: Sequence[Row], store: Store) -> Logits:
    """Return what both readers say of rows: of each level what they say of the view where their sum is highest."""
    parts = [views(row.text) for row in rows]
    every = [part for one in parts for part in one]
    read = predict(network, store.vectors(every))[:, :LEVELS]
    worded = wording_fit.predict(wording, wording_fit.buckets_of(every))
    ends = np.cumsum([len(one) for one in parts])
    return np.stack([highest(part) for part in np.split(np.stack([read, worded], axis=1), ends[:-1])])


def highest(found: Logits) -> Logits:
    """Return `[2, 3]` of `[views, 2, 3]`."""
    best = found.sum(1).argmax(0)
    return np.asarray(found[best, :, np.arange(LEVELS)].T, np.float32)


def fold_logits(
    number: int,
    writers: Mapping[str, Sequence[Row]],
    base: Sequence[Example],
    recipe: Recipe,
    store: Store,
    checkpoint: Path | None = None,
) -> dict[str, Logits]:
    """Train without one fold's writers and its talker, and return what the model says of their rows, by writer.

    `writers` are all whose rows are read; `base` must not hold the talker's lines.
    """
    held_out = [name for name in (*FOLDS[number], talker_name(number)) if name in writers]
    own_rows = {name: rows for name, rows in writers.items() if not name.startswith(TALK)}
    examples = [*base, *learnt_from(own_rows, held_out)]
    network = fit(examples, store.vectors([one.text for one in examples]), recipe, checkpoint)
    wording = fit_wording(examples)
    return {name: logits_of(network, wording, writers[name], store) for name in held_out}


def write_table(path: Path, writers: Mapping[str, Sequence[Row]], logits: Mapping[str, Logits]) -> None:
    """Write the logits of all folds, one row a text, without any text."""
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(("row", *(f"{reader}_{level}" for reader in ("logit", "worded") for level in (1, 2, 3))))
        for name in sorted(logits):
            for row, values in zip(writers[name], logits[name], strict=True):
                out.writerow((key_of(row.text), *(f"{value:.3f}" for value in values.ravel())))
