"""Retrain the cruelty model and write its weights: `python -m forum.moderation.training.cruelty --table TABLE.csv.gz`.

Each group of authors in `FOLDS` is left out once; what the rest says of them calibrates the model, sets its lines and
is kept beside the rows (`unseen.json`) for the evaluation. Then one training with all authors makes the weights that
are shipped. With `--work FOLDER` every part is kept and not done again; `--part fold-0` … `final` does one of them.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import logging
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from random import Random

import numpy as np
import torch
from numpy.typing import NDArray

from forum.moderation.evaluation.cruelty_rows import UNSEEN, key_of
from forum.moderation.phases.addressed import addressed
from forum.moderation.phases.normalise import views_of
from forum.moderation.scoring.crisis_head import pack
from forum.moderation.scoring.paths import CRUELTY_FOLDER
from forum.moderation.training.cruelty_choose import Chosen, choose
from forum.moderation.training.cruelty_corpus import Example, author_rows, authors_of, crisis_rows, is_short, table_rows
from forum.moderation.training.cruelty_fit import RECIPE, fit
from forum.moderation.training.export import npz
from forum.moderation.training.loop import Recipe, predict
from forum.moderation.training.network import CrueltyNetwork
from forum.moderation.training.store import Store
from forum.moderation.training.trunk import TRUNK_OUTPUT
from forum.moderation.verdict import Place

log = logging.getLogger("forum.moderation.training")

VERSION = "2"
SEED = 3
FOLDS = (("E",), ("F",), ("G", "O"))
"""Authors left out together. H wrote nearly half of all rows; weights without them would be other weights, so H is
always learnt from and says nothing about lines."""

Unseen = Mapping[str, Mapping[str, float]]
"""Logits by author and text."""


@dataclass(frozen=True)
class Training:
    """One training: where its material is, and where it leaves what is done."""

    table: Path
    rows: Path
    crisis: Path
    work: Path
    recipe: Recipe = RECIPE

    @cached_property
    def own(self) -> list[Example]:
        """Return rows by named authors: learnt from, and scored by weights that did not learn from their author."""
        return author_rows(self.rows)

    @cached_property
    def shared(self) -> list[Example]:
        """Return crisis rows and public texts: in every training, never scored."""
        random = Random(SEED)  # noqa: S311  # reproducible, not secret
        return [*crisis_rows(self.crisis, random), *table_rows(self.table, random)]

    @cached_property
    def store(self) -> Store:
        """Return the token vectors known so far."""
        return Store(self.work)

    def network(self, name: str, without: Sequence[str] = ()) -> CrueltyNetwork:
        """Return the network trained on everything but some authors; trained once."""
        path, network = self.work / f"cruelty-{name}.pt", CrueltyNetwork(self.recipe.layers)
        if not path.exists():
            learnt = [*(row for row in self.own if row.author not in without and is_short(row.text)), *self.shared]
            log.info("%s: %d texts", name, len(learnt))
            vectors = self.store.vectors([row.text for row in learnt])
            torch.save(fit(learnt, vectors, self.recipe, path.with_suffix(".epochs")).state_dict(), path)
        network.load_state_dict(torch.load(path, weights_only=True))
        return network.eval()

    def fold(self, number: int) -> dict[str, dict[str, float]]:
        """Return what weights say of the authors of one fold, who were left out."""
        network = self.network(f"fold-{number}", FOLDS[number])
        found = {}
        for author in FOLDS[number]:
            texts = [row.text for row in self.own if row.author == author]
            logits = predict(network, self.store.vectors(texts))[:, 0]
            found[author] = {text: float(logit) for text, logit in zip(texts, logits, strict=True)}
        return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    options = _parser().parse_args(arguments)
    if options.table is None:
        sys.stderr.write("Give the table with --table or FORUM_TRAINING_TABLE.\n")
        return 2
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        training = Training(options.table, options.rows, options.crisis, options.work or Path(folder))
        if options.part is None:
            retrain(training, options.out)
        elif options.part == "final":
            training.network("final")
        else:
            training.fold(int(options.part.removeprefix("fold-")))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m forum.moderation.training.cruelty", description=__doc__)
    parser.add_argument("--table", type=Path, default=os.environ.get("FORUM_TRAINING_TABLE"))
    parser.add_argument("--rows", type=Path, default=Path("tests/data/cruelty"))
    parser.add_argument("--crisis", type=Path, default=Path("tests/data/crisis"))
    parser.add_argument("--out", type=Path, default=CRUELTY_FOLDER)
    parser.add_argument("--work", type=Path, help="keep what is done here, and go on from it")
    parser.add_argument("--part", choices=[*(f"fold-{number}" for number in range(len(FOLDS))), "final"])
    return parser


def retrain(training: Training, out: Path) -> Chosen:
    """Do what is not done yet; write weights, manifest and what the folds said."""
    unseen: dict[str, dict[str, float]] = {}
    for number in range(len(FOLDS)):
        unseen |= training.fold(number)
    chosen = decide_lines(training.own, unseen)
    write(training.network("final").state_dict(), training.recipe.layers, chosen, out)
    keep_unseen(unseen, training.rows / UNSEEN)
    log.info("lines %s; written: %s", chosen.thresholds, out)
    return chosen


def decide_lines(rows: Sequence[Example], unseen: Unseen) -> Chosen:
    """Calibrate and choose lines on the rows with an unseen logit."""
    known = [row for row in rows if row.text in unseen.get(row.author, {})]
    logits = np.array([unseen[row.author][row.text] for row in known], np.float32)
    return choose(known, logits, are_spoken([row.text for row in known]), authors_of(known))


def are_spoken(texts: Sequence[str]) -> NDArray[np.bool_]:
    """Tell which texts speak to somebody here: no other can be held."""
    return np.array([bool(addressed(views_of(text), Place())) for text in texts])


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


def keep_unseen(unseen: Unseen, path: Path) -> None:
    """Write the unseen logits by author and row key, for `make evaluate`."""
    found = {
        author: {key_of(text): round(logit, 3) for text, logit in logits.items()} for author, logits in unseen.items()
    }
    path.write_text(json.dumps(found, indent=0, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
