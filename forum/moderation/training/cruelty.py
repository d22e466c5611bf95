"""Retrain the cruelty model and write its weights: `python -m forum.moderation.training.cruelty --table TABLE.csv.gz`.

The rows of one author (`HELD_OUT`) are never learnt from: what the weights say of them calibrates the model, sets its
lines and is kept beside the rows (`unseen.json`) for the evaluation. `--also E` trains once more without author E, only
to measure.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import logging
import os
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np
import torch

from forum.moderation.evaluation.cruelty_rows import UNSEEN, key_of
from forum.moderation.scoring.crisis_head import pack
from forum.moderation.scoring.paths import CRUELTY_FOLDER
from forum.moderation.training.cruelty_choose import Chosen, choose
from forum.moderation.training.cruelty_corpus import Example, author_rows, authors_of, crisis_rows, is_short, table_rows
from forum.moderation.training.cruelty_fit import CrueltyNetwork, Recipe, fit, predict
from forum.moderation.training.export import npz
from forum.moderation.training.trunk import TRUNK_OUTPUT, Halves, encode

log = logging.getLogger("forum.moderation.training")

VERSION = "1"
SEED = 3
RECIPE = Recipe()
HELD_OUT = "F"
"""The author who sets the lines: wrote at length, in many voices, knowing neither rules nor model nor other rows."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """All examples and their vectors."""

    own: Sequence[Example]
    """Rows by named authors: learnt from, and scored by weights that did not learn from their author."""
    shared: Sequence[Example]
    """Crisis rows and public texts: in every training, never scored."""
    vectors: Mapping[str, Halves]

    def train(self, recipe: Recipe, without: Collection[str]) -> CrueltyNetwork:
        """Train on everything but some authors."""
        learnt = [row for row in self.own if row.author not in without and is_short(row.text)] + list(self.shared)
        log.info("%d texts, without %s", len(learnt), ", ".join(sorted(without)))
        return fit(learnt, [self.vectors[row.text] for row in learnt], recipe)

    def unseen(self, network: CrueltyNetwork, author: str) -> dict[str, float]:
        """Return what weights trained without an author say of that author's rows, as logits."""
        rows = [row for row in self.own if row.author == author]
        logits = predict(network, [self.vectors[row.text] for row in rows])
        return {row.text: float(logit) for row, logit in zip(rows, logits, strict=True)}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    options = _parser().parse_args(arguments)
    if options.table is None:
        sys.stderr.write("Give the table with --table or FORUM_TRAINING_TABLE.\n")
        return 2
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(1)
    corpus = gather(options.rows, options.crisis, options.table)
    network = corpus.train(RECIPE, without={HELD_OUT})
    unseen = {HELD_OUT: corpus.unseen(network, HELD_OUT)}
    chosen = decide_lines(corpus.own, unseen[HELD_OUT])
    for author in options.also:
        unseen[author] = corpus.unseen(corpus.train(RECIPE, without={HELD_OUT, author}), author)
    write(network.state_dict(), RECIPE.layers, chosen, options.out)
    keep_unseen(corpus.own, unseen, options.rows / UNSEEN)
    log.info("lines %s; written: %s", chosen.thresholds, options.out)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m forum.moderation.training.cruelty", description=__doc__)
    parser.add_argument("--table", type=Path, default=os.environ.get("FORUM_TRAINING_TABLE"))
    parser.add_argument("--rows", type=Path, default=Path("tests/data/cruelty"))
    parser.add_argument("--crisis", type=Path, default=Path("tests/data/crisis"))
    parser.add_argument("--out", type=Path, default=CRUELTY_FOLDER)
    parser.add_argument("--also", nargs="*", default=(), help="author letters to measure without, besides HELD_OUT")
    return parser


def gather(rows: Path, crisis: Path, table: Path) -> Corpus:
    """Read and encode everything once."""
    random = Random(SEED)  # noqa: S311  # reproducible, not secret
    own = author_rows(rows)
    shared = crisis_rows(crisis, random) + table_rows(table, random)
    texts = list(dict.fromkeys(row.text for row in (*own, *shared)))
    return Corpus(own, shared, dict(zip(texts, encode(texts), strict=True)))


def decide_lines(rows: Sequence[Example], unseen: Mapping[str, float]) -> Chosen:
    """Calibrate and choose lines on the rows with an unseen logit."""
    known = [row for row in rows if row.text in unseen]
    logits = np.array([unseen[row.text] for row in known], np.float32)
    return choose(known, logits, authors_of(known))


def write(state: Mapping[str, torch.Tensor], layers: int, chosen: Chosen, folder: Path) -> None:
    """Write weights and manifest into `folder`."""
    raw = npz(pack({name: value.numpy().astype(np.float32) for name, value in state.items()}))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "head.npz").write_bytes(raw)
    manifest = {
        "version": VERSION,
        "source": TRUNK_OUTPUT,
        "layers": layers,
        "calibration": {"slope": round(chosen.slope, 4), "intercept": round(chosen.intercept, 4)},
        "thresholds": chosen.thresholds,
        "file": "head.npz",
        "sha256": hashlib.sha256(raw).hexdigest(),
        "bytes": len(raw),
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


def keep_unseen(rows: Sequence[Example], unseen: Mapping[str, Mapping[str, float]], path: Path) -> None:
    """Write the unseen logits by author and row key, for `make evaluate`."""
    found = {
        author: {key_of(row.text): round(logits[row.text], 3) for row in rows if row.text in logits}
        for author, logits in sorted(unseen.items())
    }
    path.write_text(json.dumps(found, indent=0, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
