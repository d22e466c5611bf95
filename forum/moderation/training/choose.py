"""Calibrate the model and choose its thresholds, on rows the weights have not seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forum.moderation.evaluation.measure import Judged
from forum.moderation.evaluation.rows import Row

FALSE_CARDS = 0.03
"""Share of level-0 rows the model alone may show a card: the goal is 7 % together, and rules alone take about 4 %."""

FALSE_PAGES = 0.05
"""Share of level-2 rows it may raise to 3, where the rules already say 2."""

DISTANT_STEP = 0.5
"""How much of the way from the card threshold to certainty a story of the past must go."""

_NEWTON_STEPS = 25
_RIDGE = 1e-3

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Scored:
    """Rows and the model's level logits for them, `[rows, 3]`: level at least 1, at least 2, 3."""

    rows: Sequence[Row]
    logits: NDArray[np.float32]

    @property
    def levels(self) -> NDArray[np.intp]:
        """Return the expected levels."""
        return np.array([row.level for row in self.rows])

    def only(self, split: str) -> Scored:
        """Return the rows of one split."""
        kept = [number for number, row in enumerate(self.rows) if row.split == split]
        return Scored([self.rows[number] for number in kept], self.logits[kept])

    def joined(self, other: Scored) -> Scored:
        """Return the rows of both."""
        return Scored([*self.rows, *other.rows], np.concatenate([self.logits, other.logits]))

    def judged(self, chosen: Chosen) -> list[Judged]:
        """Return what the model alone says at the card threshold: level 2 or nothing."""
        sure = _sigmoid(self.logits[:, 1] * chosen.slope + chosen.intercept)
        limit = chosen.thresholds["card"]
        return [Judged(row, 2 if p >= limit else 0, float(p)) for row, p in zip(self.rows, sure, strict=True)]


@dataclass(frozen=True, slots=True)
class Chosen:
    """What goes into the manifest beside the weights."""

    slope: float
    intercept: float
    thresholds: dict[str, float]


def choose(calibrating: Scored, deciding: Scored) -> Chosen:
    """Fit the calibration on one set of rows and choose thresholds on another, harder one."""
    slope, intercept = _calibration(calibrating.logits[:, 1], calibrating.levels >= 2)
    levels = deciding.levels
    insulting = np.array([row.category == "toxic_incitement" for row in deciding.rows])
    crisis, emergency = (_sigmoid(deciding.logits[:, column] * slope + intercept) for column in (1, 2))
    card = _exceeded_by(crisis[(levels == 0) & ~insulting], FALSE_CARDS)
    thresholds = {
        "card": card,
        # A rule that says 1 makes danger likelier, so the model need not be surer than without one.
        "raise_one": card,
        "raise_distant": card + DISTANT_STEP * (1 - card),
        "page": _exceeded_by(emergency[levels == 2], FALSE_PAGES),
    }
    return Chosen(slope, intercept, {name: round(float(value), 3) for name, value in thresholds.items()})


def _calibration(logits: NDArray[np.float32], true: NDArray[np.bool_]) -> tuple[float, float]:
    """Return slope and intercept that make the logits honest probabilities (Platt, by Newton's method)."""
    x = np.stack([logits.astype(np.float64), np.ones(len(logits))], axis=1)
    fitted = np.zeros(2)
    for _ in range(_NEWTON_STEPS):
        p = 1 / (1 + np.exp(-x @ fitted))
        curvature = (x * (p * (1 - p))[:, None]).T @ x + _RIDGE * np.eye(2)
        fitted = fitted + np.linalg.solve(curvature, x.T @ (true - p) - _RIDGE * fitted)
    return float(fitted[0]), float(fitted[1])


def _exceeded_by(values: Floats, share: float) -> float:
    return float(np.quantile(values, 1 - share))


def _sigmoid(x: NDArray[np.float32]) -> Floats:
    return np.asarray(1 / (1 + np.exp(-x.astype(np.float64))))
