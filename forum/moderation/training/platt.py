"""Add up what several readers say of a text, so that the sum is an honest probability."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_NEWTON_STEPS = 25
_RIDGE = 1e-3

Floats = NDArray[np.float64]


def fitted(logits: Floats, true: NDArray[np.bool_]) -> tuple[float, ...]:
    """Return a factor for each column of `[rows, readers]` and an intercept (Platt, by Newton's method)."""
    x = np.column_stack([logits, np.ones(len(logits))])
    found = np.zeros(x.shape[1])
    for _ in range(_NEWTON_STEPS):
        p = sigmoid(x @ found)
        curvature = (x * (p * (1 - p))[:, None]).T @ x + _RIDGE * np.eye(len(found))
        found = found + np.linalg.solve(curvature, x.T @ (true - p) - _RIDGE * found)
    return tuple(round(float(value), 4) for value in found)


def sigmoid(x: Floats) -> Floats:
    """Return the logistic of `x`, safe for large magnitudes."""
    return np.asarray(1 / (1 + np.exp(-np.clip(x, -30, 30))))
