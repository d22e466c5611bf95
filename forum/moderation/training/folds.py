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
from forum.moderation.training.loop import predict
from forum.moderation.training.network import LEVELS, CrisisNetwork
from forum.moderation.training.store import Store
from forum.moderation.training.told import Nearnesses

FOLDS = (
    ("a", "c", "f", "g", "given", "k", "la", "ld", "li", "p", "s", "v"),
    ("b", "h", "i", "lb", "lh", "lj", "lm", "n", "o", "own", "t", "w"),
    ("d", "e", "j", "l", "lc", "le", "lk", "m", "r", "u", "z"),
)
"""Writers left out together; the rest of the rows is learnt from."""

TALKERS = ("X", "Y", "Z")
"""Authors of the lines about cruelty: each fold leaves out one, whose recovery talk shows what ordinary posts meet."""

ONE_SIDED = ("lb", "lk", "m", "n", "r", "w")
"""Writers who were asked for what is hardest alone: learnt from and scored, but no measure for thresholds."""

Logits = NDArray[np.float32]


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


def layer_logits(network: CrisisNetwork, rows: Sequence[Row], store: Store) -> Logits:
    """Return what layers say of rows, `[rows, 3]`: of each level the highest over the views of the row."""
    parts = [views(row.text) for row in rows]
    return _highest(predict(network, store.vectors([part for one in parts for part in one]))[:, :LEVELS], parts)


def worded_logits(wording: Logits, rows: Sequence[Row]) -> Logits:
    """Return what the wording says of rows, in the same way."""
    parts = [views(row.text) for row in rows]
    buckets = wording_fit.buckets_of([part for one in parts for part in one])
    return _highest(wording_fit.predict(wording, buckets).astype(np.float32), parts)


def _highest(found: Logits, parts: Sequence[Sequence[str]]) -> Logits:
    ends = np.cumsum([len(one) for one in parts])
    return np.stack([part.max(0) for part in np.split(found, ends[:-1])])


def held_out(number: int, writers: Mapping[str, Sequence[Row]]) -> list[str]:
    """Return the names of a fold's writers and its talker."""
    return [name for name in (*FOLDS[number], talker_name(number)) if name in writers]


def fold_examples(number: int, writers: Mapping[str, Sequence[Row]], base: Sequence[Example]) -> list[Example]:
    """Return what a fold learns from. `writers` are all that are scored; `base` must not hold the talker's lines."""
    own_rows = {name: rows for name, rows in writers.items() if not name.startswith(TALK)}
    return [*base, *learnt_from(own_rows, held_out(number, writers))]


def write_table(
    path: Path, writers: Mapping[str, Sequence[Row]], logits: Mapping[str, Logits], near: Mapping[str, Nearnesses]
) -> None:
    """Write what all folds said, one row a text, without any text.

    That is the logits `[rows, 2, 3]` of layers and wording, and how near danger is in each sentence.
    """
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(("row", *(f"{reader}_{level}" for reader in ("logit", "worded") for level in (1, 2, 3)), "told"))
        for name in sorted(logits):
            for row, values, told in zip(writers[name], logits[name], near[name], strict=True):
                sentences = " ".join(f"{value:.2f}" for value in told)
                out.writerow((key_of(row.text), *(f"{value:.3f}" for value in values.ravel()), sentences))
