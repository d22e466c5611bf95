"""Retrain the crisis model and write its weights: `python -m forum.moderation.training --table TABLE.csv.gz`.

Two trainings: one without any hand-written row, whose answers to those rows calibrate the model and set its thresholds;
then one with the `dev` rows and the given ones, which is shipped. `test` rows are only ever scored.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import numpy as np
import torch
from numpy.typing import NDArray

from forum.moderation.evaluation.measure import Judged, area_under_curve, cards_on_calm, recall
from forum.moderation.evaluation.report import page, unseen_section
from forum.moderation.evaluation.rows import Row, read_rows
from forum.moderation.scoring.crisis_head import views
from forum.moderation.training.choose import Chosen, Scored, choose
from forum.moderation.training.corpus import Example, pattern_examples, row_examples, table_examples
from forum.moderation.training.export import write
from forum.moderation.training.fit import Recipe, fit, predict
from forum.moderation.training.network import LEVELS, CrisisNetwork
from forum.moderation.training.trunk import Halves, encode

log = logging.getLogger("forum.moderation.training")

WEIGHTS = Path(__file__).parent.parent / "data" / "models" / "crisis"
VERSION = "1"
SEED = 5

_UNSEEN = """\
The model alone, without rules: full card (level 2) or nothing, at the threshold it is shipped with. Weights trained
without any hand-written row, so that every row here is unseen; the shipped weights have learnt from more. Patterns were
extended once after reading mistakes on `given`: its figures are too good.
"""


@dataclass(frozen=True, slots=True)
class Places:
    """Where results are written."""

    weights: Path
    docs: Path


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    options = _parser().parse_args(arguments)
    if options.table is None:
        sys.stderr.write("Give the table with --table or FORUM_TRAINING_TABLE.\n")
        return 2
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(1)
    own, given = read_rows(options.rows), read_rows(options.rows / "given")
    retrain(options.table, own, given, Recipe(epochs=options.epochs), Places(options.out, options.docs))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m forum.moderation.training", description=__doc__)
    parser.add_argument("--table", type=Path, default=os.environ.get("FORUM_TRAINING_TABLE"))
    parser.add_argument("--rows", type=Path, default=Path("tests/data/crisis"))
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    parser.add_argument("--docs", type=Path, default=Path("docs/evaluation"))
    parser.add_argument("--epochs", type=int, default=Recipe().epochs)
    return parser


def retrain(table: Path, own: Sequence[Row], given: Sequence[Row], recipe: Recipe, places: Places) -> None:
    """Train twice (see the module); write weights, manifest and what the first training says of rows never seen."""
    random = Random(SEED)  # noqa: S311  # reproducible, not secret
    base = pattern_examples(random) + table_examples(table, random)
    vectors = encode([one.text for one in base])
    log.info("%d texts; training without hand-written rows", len(base))
    chosen = measure_unseen(fit(base, vectors, recipe), own, given, places.docs)
    learnt = [row for row in own if row.split == "dev"] + list(given)
    extra = row_examples((row.text, row.category, row.level) for row in learnt)
    log.info("%d more texts; training the weights to ship", len(extra))
    final = _fit_with(base, vectors, extra, recipe)
    tests = [row for row in own if row.split == "test"]
    _log_figures("test rows", Scored(tests, _logits(final, tests)).judged(chosen))
    write(final, places.weights, VERSION, (chosen.slope, chosen.intercept), chosen.thresholds)
    log.info("written: %s", places.weights)


def measure_unseen(network: CrisisNetwork, own: Sequence[Row], given: Sequence[Row], docs: Path) -> Chosen:
    """Calibrate and choose thresholds with weights that saw no hand-written row, and report what they say of all."""
    ours, theirs = Scored(own, _logits(network, own)), Scored(given, _logits(network, given))
    # The given rows calibrate but do not decide: patterns were extended after reading mistakes on them.
    chosen = choose(ours.only("dev").joined(theirs), ours.only("dev"))
    sets = {"own": ours.judged(chosen), "given": theirs.judged(chosen)}
    for name, judged in sets.items():
        _log_figures(f"{name} rows, never seen", judged)
    parts = [_UNSEEN, *(unseen_section(f"`{name}`", judged) for name, judged in sets.items())]
    text = page("Crisis model on rows it never saw", datetime.now(UTC).date(), [f"crisis {VERSION}"], parts)
    (docs / "crisis-unseen.md").write_text(text, encoding="utf-8")
    return chosen


def _fit_with(base: list[Example], vectors: list[Halves], extra: list[Example], recipe: Recipe) -> CrisisNetwork:
    return fit(base + extra, vectors + encode([one.text for one in extra]), recipe)


def _logits(network: CrisisNetwork, rows: Sequence[Row]) -> NDArray[np.float32]:
    """Return the level logits `[rows, 3]`, the highest over the views of each row."""
    parts = [views(row.text) for row in rows]
    found = predict(network, encode([part for one in parts for part in one]))[:, :LEVELS]
    ends = np.cumsum([len(one) for one in parts])
    return np.stack([part.max(0) for part in np.split(found, ends[:-1])])


def _log_figures(name: str, judged: Sequence[Judged]) -> None:
    """Say what the model alone does at the chosen threshold."""
    log.info(
        "%s: n=%d auc(0)=%.3f auc(0,1)=%.3f recall=%.2f implicit=%.2f lexical=%.2f oblique=%.2f cards on 0=%.3f",
        name,
        len(judged),
        area_under_curve(judged, (0,)),
        area_under_curve(judged, (0, 1)),
        *(recall(judged, 2, kind).value for kind in ("", "implicit", "lexical", "oblique")),
        cards_on_calm(judged).value,
    )


if __name__ == "__main__":
    sys.exit(main())
