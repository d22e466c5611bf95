"""Retrain the cruelty model and write its weights: `python -m forum.moderation.training.cruelty --table TABLE.csv.gz`.

Two readers are trained, each twice over: layers over the encoder (minutes) and wording (seconds). First without the
authors that decide (`DECIDING`): what both then say of them calibrates the model, sets its lines and is kept beside the
rows (`unseen.json`) for the evaluation. Then on everybody: that is shipped. `--keep-layers` keeps the shipped layers.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from forum.moderation.evaluation.cruelty_rows import UNSEEN, key_of
from forum.moderation.phases.addressed import addressed
from forum.moderation.phases.normalise import views_of
from forum.moderation.scoring.crisis_head import pack, pooled_logits, read_packed, unpack_pooling, windows
from forum.moderation.scoring.encoder import MAX_TOKENS, Encoder
from forum.moderation.scoring.graph import assemble
from forum.moderation.scoring.layers import read_encoder, read_layers
from forum.moderation.scoring.paths import CRUELTY_FOLDER
from forum.moderation.scoring.weights import read_builtin
from forum.moderation.scoring.wording import Buckets
from forum.moderation.scoring.wordpiece import WordPiece
from forum.moderation.training import cruelty_fit, wording_fit
from forum.moderation.training.cruelty_choose import Chosen, choose
from forum.moderation.training.cruelty_corpus import (
    Example,
    author_rows,
    authors_of,
    crisis_rows,
    table_rows,
)
from forum.moderation.training.export import FILE, WORDING_FILE, npz, pin, wording_bytes
from forum.moderation.training.platt import Floats
from forum.moderation.training.trunk import TRUNK_OUTPUT, encode
from forum.moderation.training.windows import lessons
from forum.moderation.verdict import Place

log = logging.getLogger("forum.moderation.training")

VERSION = "8"
SEED = 3
LEARNT_BY_JUDGES = tuple("ABCDEFGHIJKLMNOQSUVWXYZ")
DECIDING = ("P", "R", "T")
"""Authors the first layers have not learnt from; each is left out of the wording once. What these weights say of them
sets the lines. The weights that are shipped have learnt from everybody."""

Packed = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class Corpus:
    """All that is learnt from."""

    table: Path
    rows: Path
    crisis: Path

    @cached_property
    def own(self) -> list[Example]:
        """Return rows by named authors."""
        return author_rows(self.rows)

    @cached_property
    def shared(self) -> list[Example]:
        """Return crisis rows and public texts: in every training, never scored."""
        random = Random(SEED)  # noqa: S311  # reproducible, not secret
        return [*crisis_rows(self.crisis, random), *table_rows(self.table, random)]

    @cached_property
    def buckets(self) -> dict[str, Buckets]:
        """Return the wording of every window of every text."""
        texts = sorted({part for row in (*self.own, *self.shared) for part in windows(row.text)})
        return dict(zip(texts, wording_fit.buckets_of(texts), strict=True))

    @cached_property
    def pieces(self) -> list[Example]:
        """Return what is learnt of the named authors: short rows whole, of long ones windows, see `lessons`."""
        short = [row for row in (*self.own, *self.shared) if len(windows(row.text)) == 1]
        weights = _fit_wording(self, short)

        def says(part: str) -> float:
            return float(wording_fit.predict(weights, [self.buckets[part]])[0])

        return [replace(row, text=part) for row in self.own for part in lessons(row.text, bool(row.cruel), says)]

    def of(self, authors: Sequence[str]) -> list[Example]:
        """Return the rows of some authors."""
        return [row for row in self.own if row.author in authors]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    options = _parser().parse_args(arguments)
    if options.table is None:
        sys.stderr.write("Give the table with --table or FORUM_TRAINING_TABLE.\n")
        return 2
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(1)
    corpus = Corpus(options.table, options.rows, options.crisis)
    rows = corpus.of(DECIDING)
    shipped = (options.out / FILE).read_bytes()
    judges = (
        kept(options.work, "cruelty-judges.npz", lambda: train_layers(corpus, LEARNT_BY_JUDGES))
        if options.judges
        else shipped
    )
    logits = unseen_logits(corpus, read_packed(judges), rows)
    raw = (
        shipped
        if options.keep_layers
        else kept(options.work, "cruelty-layers.npz", lambda: train_layers(corpus, authors_of(corpus.own)))
    )
    chosen = choose(rows, logits, are_spoken([row.text for row in rows]))
    write(raw, train_wording(corpus, ()), chosen, options.out)
    keep_unseen(rows, chosen.added(logits), options.rows / UNSEEN)
    log.info("lines %s; written: %s", chosen.thresholds, options.out)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m forum.moderation.training.cruelty", description=__doc__)
    parser.add_argument("--table", type=Path, default=os.environ.get("FORUM_TRAINING_TABLE"))
    parser.add_argument("--rows", type=Path, default=Path("tests/data/cruelty"))
    parser.add_argument("--crisis", type=Path, default=Path("tests/data/crisis"))
    parser.add_argument("--out", type=Path, default=CRUELTY_FOLDER)
    parser.add_argument("--work", type=Path, help="keep what is done here, and go on from it")
    parser.add_argument(
        "--no-judges", dest="judges", action="store_false", help="the shipped layers have not read the deciding authors"
    )
    parser.add_argument("--keep-layers", action="store_true", help="ship the layers as they are; half the time")
    return parser


def kept(folder: Path | None, name: str, make: Callable[[], bytes]) -> bytes:
    """Return what `make` makes; with a folder only once, and from there ever after."""
    if folder is None:
        return make()
    path = folder / name
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        path.write_bytes(make())
    return path.read_bytes()


def train_layers(corpus: Corpus, authors: Sequence[str]) -> bytes:
    """Train layers on some authors and return them as they are written."""
    learnt = [*(one for one in corpus.pieces if one.author in authors), *corpus.shared]
    log.info("layers: %d texts", len(learnt))
    network = cruelty_fit.fit(learnt, encode([row.text for row in learnt]))
    return layers_bytes(network.state_dict())


def layers_bytes(state: Mapping[str, torch.Tensor]) -> bytes:
    """Return the bytes of the layers' file."""
    return npz(pack({name: value.numpy().astype(np.float32) for name, value in state.items()}))


def train_wording(corpus: Corpus, without: Sequence[str]) -> NDArray[np.float32]:
    """Return the wording's weights, learnt from all but some authors."""
    learnt = [*(one for one in corpus.pieces if one.author not in without), *corpus.shared]
    log.info("wording: %d texts, without %s", len(learnt), ", ".join(without) or "nobody")
    return _fit_wording(corpus, learnt)


def _fit_wording(corpus: Corpus, learnt: Sequence[Example]) -> NDArray[np.float32]:
    buckets = [corpus.buckets[row.text] for row in learnt]
    return wording_fit.fit([row.cruel for row in learnt], [row.weight for row in learnt], buckets)


def unseen_logits(corpus: Corpus, packed: Packed, rows: Sequence[Example]) -> Floats:
    """Return `[rows, 2]`: what the layers say, and what a wording says that has not learnt from the row's author.

    Of a long text they are those of the window they find worst.
    """
    weights = {author: train_wording(corpus, (author,)) for author in DECIDING}
    parts = [windows(row.text) for row in rows]
    read = read_logits(packed, [part for one in parts for part in one])
    buckets = [(row.author, corpus.buckets[part]) for row, one in zip(rows, parts, strict=True) for part in one]
    worded = np.array([wording_fit.predict(weights[author], [own])[0] for author, own in buckets])
    ends = np.cumsum([len(one) for one in parts])[:-1]
    return np.array([part[part.sum(1).argmax()] for part in np.split(np.column_stack([read, worded]), ends)])


def read_logits(packed: Packed, texts: Sequence[str]) -> Floats:
    """Return what layers say of texts, calculated as the forum does."""
    files = read_builtin()
    tokenizer, pooling = WordPiece.from_lines(files.vocabulary), unpack_pooling(packed)
    branch = {"cruelty": (TRUNK_OUTPUT, read_layers(packed, count_layers(packed)))}
    encoder = Encoder(assemble(read_encoder(files.model), branch), ["cruelty"])
    every = [tuple(tokenizer.ids(text, MAX_TOKENS)) for text in texts]
    return np.array([pooled_logits(encoder.encode([ids])[ids]["cruelty"], pooling)[0] for ids in every], np.float64)


def count_layers(packed: Packed) -> int:
    """Return how many transformer layers are among packed weights."""
    return len({name.split(".")[1] for name in packed if name.startswith("layers.")})


def are_spoken(texts: Sequence[str]) -> NDArray[np.bool_]:
    """Tell which texts speak to somebody here: no other can be held."""
    return np.array([bool(addressed(views_of(text), Place())) for text in texts])


def write(layers: bytes, wording: NDArray[np.float32], chosen: Chosen, folder: Path) -> None:
    """Write both readers' weights and the manifest into `folder`."""
    raw = wording_bytes(wording)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FILE).write_bytes(layers)
    (folder / WORDING_FILE).write_bytes(raw)
    manifest = {
        "version": VERSION,
        "source": TRUNK_OUTPUT,
        "layers": count_layers(read_packed(layers)),
        "calibration": {"read": chosen.read, "worded": chosen.worded, "intercept": chosen.intercept},
        "thresholds": chosen.thresholds,
        "unread": chosen.unread,
        **pin(FILE, layers),
        "wording": pin(WORDING_FILE, raw),
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


def keep_unseen(rows: Sequence[Example], logits: Floats, path: Path) -> None:
    """Write the unseen logits by author and row key, for `make evaluate`."""
    found: dict[str, dict[str, float]] = {author: {} for author in DECIDING}
    for row, logit in zip(rows, logits, strict=True):
        found[row.author][key_of(row.text)] = round(float(logit), 3)
    path.write_text(json.dumps(found, indent=0, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
