"""Calibrate the model and choose its thresholds, on rows the weights have not seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forum.moderation.evaluation.rows import Row

FALSE_CARDS = 0.035
"""Share of level-0 rows the model alone may show a card; with the rules' own the goal is 7 %."""

FALSE_RAISES = 0.08
"""Share of level-1 rows it may raise to 2: a bigger card for somebody who is having a hard time is a small fault."""

FALSE_PAGES = 0.05
"""Share of level-2 rows it may raise to 3, where the rules already say 2."""

DISTANT_STEP = 0.5
"""How much of the way from `raise_one` to certainty a story of the past must go."""

_NEWTON_STEPS = 25
_RIDGE = 1e-3

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Chosen:
    """What goes into the manifest beside the weights."""

    slope: float
    intercept: float
    thresholds: dict[str, float]


def choose(rows: Sequence[Row], logits: NDArray[np.float32]) -> Chosen:
    """Fit the calibration and return thresholds. `logits` are `[rows, 3]`: level at least 1, at least 2, 3."""
    slope, intercept = _calibration(logits[:, 1], np.array([row.level >= 2 for row in rows]))
    levels = np.array([row.level for row in rows])
    insulting = np.array([row.category == "toxic_incitement" for row in rows])
    crisis, emergency = (_sigmoid(logits[:, column] * slope + intercept) for column in (1, 2))
    raise_one = _exceeded_by(crisis[levels == 1], FALSE_RAISES)
    thresholds = {
        "card": _exceeded_by(crisis[(levels == 0) & ~insulting], FALSE_CARDS),
        "raise_one": raise_one,
        "raise_distant": raise_one + DISTANT_STEP * (1 - raise_one),
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
