"""Retrain the crisis model and write its weights: `python -m forum.moderation.training --table TABLE.csv.gz`.

Each fold of writers is left out once; what the model says of them calibrates it and sets its thresholds. Then one
training with all of them makes the weights that are shipped. Our own `test` rows are only ever scored.

With `--work FOLDER` every part is kept and not done again, so that a long training can be done in pieces:
`--part fold-0`, `fold-1`, `final`, and at the end without `--part`.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from random import Random

import numpy as np
import torch

from forum.moderation.evaluation.rows import Row, read_writers
from forum.moderation.training.choose import Chosen, choose, gather
from forum.moderation.training.corpus import Example, base_examples, calm_lines, talk
from forum.moderation.training.export import write
from forum.moderation.training.fit import fit, fit_wording
from forum.moderation.training.folds import (
    FOLDS,
    ONE_SIDED,
    TALKERS,
    Logits,
    fold_examples,
    held_out,
    layer_logits,
    learnt_from,
    talker_name,
    worded_logits,
    write_table,
)
from forum.moderation.training.known import KnownLayers
from forum.moderation.training.loop import Recipe
from forum.moderation.training.network import CrisisNetwork
from forum.moderation.training.store import Store
from forum.moderation.training.told import chosen_line, fit_told, nearnesses, reader_of, write_told

log = logging.getLogger("forum.moderation.training")

WEIGHTS = Path(__file__).parent.parent / "data" / "models"
VERSION = "9"
SEED = 5
UNSEEN = "crisis-unseen.csv"
"""What the folds said, beside the report that is made of it."""


@dataclass(frozen=True)
class Training:
    """One training: where its material is, and where it leaves what is done."""

    table: Path
    rows: Path
    cruelty: Path
    work: Path
    recipe: Recipe
    known: KnownLayers | None = None
    """Layers that take the place of those a fold would train."""

    @cached_property
    def writers(self) -> Mapping[str, Sequence[Row]]:
        """Return the hand-written rows."""
        return read_writers(self.rows)

    @cached_property
    def scored(self) -> Mapping[str, Sequence[Row]]:
        """Return all rows that some fold has not read: the hand-written ones and recovery talk by three authors."""
        talkers = {talker_name(number): talk(self.cruelty, author) for number, author in enumerate(TALKERS)}
        return {**self.writers, **talkers}

    @cached_property
    def store(self) -> Store:
        """Return the token vectors known so far."""
        return Store(self.work)

    def base(self, without: str = "") -> list[Example]:
        """Return what every training learns from beside the rows, but for the lines of one author."""
        random = Random(SEED)  # noqa: S311  # reproducible, not secret
        return [*base_examples(self.table, random), *calm_lines(self.cruelty, random, without)]

    def fold(self, number: int) -> dict[str, Logits]:
        """Return what both readers say of one fold's writers, `[rows, 2, 3]`."""
        read, worded = self._read(number), self._worded(number)
        return {name: np.stack([read[name], worded[name]], axis=1) for name in read}

    def _read(self, number: int) -> dict[str, Logits]:
        """Return what layers say that have not read the fold's writers; trained once."""
        names = held_out(number, self.scored)
        known = self.known
        if known is not None:
            said = self.work / f"known-{number}.npz"
            return _once(said, lambda: {name: known.logits(self.scored[name], self.store) for name in names})

        def made() -> dict[str, Logits]:
            examples, done = self._examples(number), self.work / f"fold-{number}.epochs"
            network = fit(examples, self.store.vectors([one.text for one in examples]), self.recipe, done)
            return {name: layer_logits(network, self.scored[name], self.store) for name in names}

        return _once(self.work / f"fold-{number}.npz", made)

    def _worded(self, number: int) -> dict[str, Logits]:
        def made() -> dict[str, Logits]:
            wording = fit_wording(self._examples(number))
            return {name: worded_logits(wording, self.scored[name]) for name in held_out(number, self.scored)}

        return _once(self.work / f"wording-{number}.npz", made)

    def near(self, number: int) -> dict[str, list[list[float]]]:
        """Return how near danger is in each sentence of one fold's writers, by a reader that had not read them."""
        reader = reader_of(self._told(str(number), lambda: self._examples(number)))
        return {name: nearnesses(reader, self.scored[name]) for name in held_out(number, self.scored)}

    def told(self) -> Logits:
        """Return the numbers of told danger that are shipped; learnt once."""
        return self._told("all", lambda: self.everything)

    def _told(self, name: str, examples: Callable[[], list[Example]]) -> Logits:
        return _once(self.work / f"told-{name}.npz", lambda: {"weights": fit_told(examples())})["weights"]

    def wording(self) -> Logits:
        """Return the wording's weights that are shipped; trained once."""
        return _once(self.work / "wording.npz", lambda: {"weights": fit_wording(self.everything)})["weights"]

    def _examples(self, number: int) -> list[Example]:
        return fold_examples(number, self.scored, self.base(TALKERS[number]))

    @property
    def everything(self) -> list[Example]:
        """Return what the weights that are shipped learn from."""
        return [*self.base(), *learnt_from(self.writers)]

    def final(self) -> CrisisNetwork:
        """Return the network that is shipped; trained once."""
        path, network = self.work / "final.pt", CrisisNetwork(self.recipe.layers)
        if not path.exists():
            examples = self.everything
            log.info("%d examples", len(examples))
            vectors = self.store.vectors([one.text for one in examples])
            trained = fit(examples, vectors, self.recipe, path.with_suffix(".epochs"))
            torch.save(trained.state_dict(), path)
        network.load_state_dict(torch.load(path, weights_only=True))
        return network.eval()


def _once(path: Path, made: Callable[[], dict[str, Logits]]) -> dict[str, Logits]:
    """Return arrays from a file, made the first time."""
    if not path.exists():
        np.savez(path, **made())  # type: ignore[arg-type]
    with np.load(path, allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    options = _parser().parse_args(arguments)
    if options.table is None:
        sys.stderr.write("Give the table with --table or FORUM_TRAINING_TABLE.\n")
        return 2
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        recipe, work = Recipe(epochs=options.epochs), options.work or Path(folder)
        known = None if options.folds else KnownLayers.read(options.out / "crisis", options.docs / UNSEEN, recipe)
        training = Training(options.table, options.rows, options.cruelty, work, recipe, known)
        if options.part is None:
            retrain(training, options.out, options.docs)
        elif options.part == "final":
            training.final()
        else:
            training.fold(int(options.part.removeprefix("fold-")))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m forum.moderation.training", description=__doc__)
    parser.add_argument("--table", type=Path, default=os.environ.get("FORUM_TRAINING_TABLE"))
    parser.add_argument("--rows", type=Path, default=Path("tests/data/crisis"))
    parser.add_argument("--cruelty", type=Path, default=Path("tests/data/cruelty"))
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    parser.add_argument("--docs", type=Path, default=Path("docs/evaluation"))
    parser.add_argument("--epochs", type=int, default=Recipe().epochs)
    parser.add_argument("--work", type=Path, help="keep what is done here, and go on from it")
    parser.add_argument("--no-folds", dest="folds", action="store_false", help="train no layers for the folds; `known`")
    parser.add_argument("--part", choices=[*(f"fold-{number}" for number in range(len(FOLDS))), "final"])
    return parser


def retrain(training: Training, out: Path, docs: Path) -> Chosen:
    """Do what is not done yet; write weights, manifest and what the folds said."""
    unseen: dict[str, Logits] = {}
    near: dict[str, list[list[float]]] = {}
    for number in range(len(FOLDS)):
        unseen |= training.fold(number)
        near |= training.near(number)
    write_table(docs / UNSEEN, training.scored, unseen, near)
    names = sorted(unseen.keys() - set(ONE_SIDED))
    line = chosen_line(
        [row for name in names for row in training.scored[name]], [one for name in names for one in near[name]]
    )
    chosen = choose(gather(training.scored, {name: unseen[name] for name in names}, near, line))
    for name, value in {"told": line, **chosen.thresholds}.items():
        log.info("%s %.3f", name, value)
    write(training.final(), training.wording(), out / "crisis", VERSION, chosen.calibration, chosen.thresholds)
    write_told(training.told(), line, VERSION, out / "told")
    log.info("written: %s", out)
    return chosen


if __name__ == "__main__":
    sys.exit(main())
