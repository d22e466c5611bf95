"""What the model said of writers it had never read, put through the whole pipeline with the rules of today."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from forum.moderation.evaluation.judge import Screener, screener
from forum.moderation.evaluation.rows import key_of
from forum.moderation.phases import crisis_told
from forum.moderation.phases.crisis_told import Nearness
from forum.moderation.phases.semantic import MANIFEST
from forum.moderation.pipeline import ScoresText
from forum.moderation.verdict import Scores, Verdict

TABLE = "crisis-unseen.csv"
"""Written by the training: logits of the fold that left each row's writer out."""
KEYS = ("crisis_1", "crisis", "crisis_3")


class UnseenScores:
    """A scorer that answers with the fold's probabilities, and of cruelty nothing: that is measured elsewhere."""

    def __init__(self, table: Mapping[str, Mapping[str, float]]) -> None:
        self._table = table

    def score(self, text: str, *, deadline_seconds: float) -> Scores:
        """Return the fold's scores. Raises KeyError for a text no fold has left out."""
        found = self._table[key_of(text)]
        detail = {name: value for name, value in found.items() if name != "crisis"}
        return Scores(scorer="embedded", labels={}, crisis=found["crisis"], crisis_detail=detail)

    def crisis(self, text: str) -> float | None:
        """Return the fold's probability of level 2 or more."""
        return self._table[key_of(text)]["crisis"]


@dataclass(frozen=True, slots=True)
class KnownNearness:
    """A reader of told danger that answers for one text with what a fold said of each of its sentences."""

    near: Sequence[float]
    line: float
    version: str = "fold"
    asked: list[float] = field(default_factory=list)
    """What it was asked so far."""

    def over(self, sentences: Sequence[str]) -> Nearness:
        """Return the known numbers. Raises ValueError for another text than that they are of."""
        if len(sentences) != len(self.near):
            raise ValueError("these numbers are of another text")

        def near(number: int) -> float:
            self.asked.append(self.near[number])
            return self.near[number]

        return near


def unseen_screener(scorer: ScoresText | None, nearness: Mapping[str, Sequence[float]]) -> Screener:
    """Return a function that screens rows as those readers do that had not learnt from them."""
    line = crisis_told.reader().line

    def screen_text(text: str) -> Verdict:
        with crisis_told.read_by(KnownNearness(nearness[key_of(text)], line)):
            return screener(scorer)(text)

    return screen_text


def read_nearness(path: Path) -> dict[str, list[float]]:
    """Return what the folds said of each sentence of each row. Raises FileNotFoundError."""
    with path.open(encoding="utf-8", newline="") as file:
        return {line["row"]: [float(one) for one in line["told"].split()] for line in csv.DictReader(file)}


def read_table(path: Path, manifest: Path = MANIFEST) -> dict[str, dict[str, float]]:
    """Return calibrated probabilities by row. Raises FileNotFoundError where no training has left a table."""
    calibration = json.loads(manifest.read_text(encoding="utf-8"))["calibration"]
    with path.open(encoding="utf-8", newline="") as file:
        return {line["row"]: _probabilities(line, calibration) for line in csv.DictReader(file)}


def _probabilities(line: Mapping[str, str], calibration: Mapping[str, tuple[float, float, float]]) -> dict[str, float]:
    found = {}
    for number, key in enumerate(KEYS, start=1):
        read, worded, intercept = calibration[key]
        added = read * float(line[f"logit_{number}"]) + worded * float(line[f"worded_{number}"]) + intercept
        found[key] = 1 / (1 + math.exp(-added))
    return found
