"""Learn how danger that is told of is worded, from danger that is there; what it is for: `phases.crisis_told`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from forum.moderation.evaluation.rows import Row
from forum.moderation.evaluation.unseen import KnownNearness
from forum.moderation.phases import crisis_told
from forum.moderation.phases.crisis import MARKED_FROM, run, speaks_of
from forum.moderation.phases.crisis_lexicon import Combination, Entry, lexicon
from forum.moderation.phases.crisis_stream import stream_of
from forum.moderation.phases.normalise import views_of
from forum.moderation.training import wording_fit
from forum.moderation.training.corpus import Example
from forum.moderation.training.export import pin
from forum.moderation.verdict import Submission

SPOKEN = 3.0
"""How much more an example teaches on which a rule speaks of a crisis: those are the texts that are asked about."""
LOST = 0.015
"""Share of the crises a rule speaks of that the line may take for told: the model gets a say in those."""
_STEPS = 127
"""The numbers are kept as signed bytes."""

Nearnesses = Sequence[Sequence[float]]
"""For every row how near danger is in each of its sentences."""


def fit_told(examples: Sequence[Example]) -> NDArray[np.float32]:
    """Return one number a bucket and the bias, `[BUCKETS + 1]`, learnt from texts that are a crisis (1) or not (0).

    What the rules give as their own examples is there, too: nobody should lose a plain sentence to how it is worded.
    """
    all_ = [*examples, *_plain_sentences()]
    importance = [one.weight * (SPOKEN if _is_spoken_on(one.text) else 1.0) for one in all_]
    buckets = [_buckets(one.text) for one in all_]
    return wording_fit.fit([one.crisis for one in all_], importance, buckets, crisis_told.BUCKETS)


def reader_of(weights: NDArray[np.float32]) -> crisis_told.Wording:
    """Return a reader as it is shipped, the numbers in bytes; without a line, so that it always looks all the way."""
    numbers, scale = _in_bytes(weights[:-1])
    bias = round(float(weights[-1]), 6)
    return crisis_told.Wording("", float("inf"), scale, bias, crisis_told.numbers_from(numbers.tobytes()))


def nearnesses(reader: crisis_told.Reader, rows: Sequence[Row]) -> list[list[float]]:
    """Return what a reader says of each sentence of each row."""
    found = []
    for row in rows:
        sentences = stream_of(views_of(row.text)).folded_sentences
        near = reader.over(sentences)
        found.append([near(number) for number in range(len(sentences))])
    return found


def chosen_line(rows: Sequence[Row], known: Nearnesses) -> float:
    """Return the line under which `LOST` of the crises lie that a rule speaks of, two digits, rounded down."""
    nearest = [_nearest(row.text, near) for row, near in zip(rows, known, strict=True) if row.level >= 2]
    spoken = [value for value in nearest if value is not None]
    return float(np.floor(np.quantile(spoken, LOST) * 100) / 100)


def write_told(weights: NDArray[np.float32], line: float, version: str, folder: Path) -> None:
    """Write the numbers and the manifest that pins them into `folder`."""
    numbers, scale = _in_bytes(weights[:-1])
    raw = numbers.tobytes()
    manifest = {"version": version, "line": line, "scale": scale, "bias": round(float(weights[-1]), 6)}
    (folder / crisis_told.FILE).write_bytes(raw)
    text = json.dumps(manifest | pin(crisis_told.FILE, raw), indent=2)
    (folder / "manifest.json").write_text(text + "\n", encoding="utf-8")


def _plain_sentences() -> list[Example]:
    known = lexicon()
    rules: tuple[Entry | Combination, ...] = (*known.entries, *known.combinations)
    firm = [rule for rule in rules if rule.level >= 2 and not rule.broad]
    return [Example(text, 1) for rule in firm for text in rule.examples.fires]


def _in_bytes(values: NDArray[np.float32]) -> tuple[NDArray[np.int8], float]:
    scale = float(np.abs(values).max()) / _STEPS
    return np.round(values / scale).astype(np.int8), scale


def _buckets(text: str) -> NDArray[np.int64]:
    sentences = stream_of(views_of(text)).folded_sentences
    return np.array(sorted(frozenset().union(*map(crisis_told.features, sentences))), np.int64)


@cache
def _is_spoken_on(text: str) -> bool:
    return any(speaks_of(one) >= MARKED_FROM for one in run(Submission(text), views_of(text)))


def _nearest(text: str, near: Sequence[float]) -> float | None:
    """Return how near danger is where the rules speak of a crisis, None where they do not."""
    asked: list[float] = []
    known = KnownNearness(near, line=float("inf"), asked=asked)
    with crisis_told.read_by(known):
        run(Submission(text), views_of(text))
    return max(asked, default=None)
