"""Learn a number for every bucket of a text's wording: logistic regression, text by text. Seeded; seconds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forum.moderation.scoring.wording import BUCKETS, Buckets, features, weigh

EPOCHS = 8
RATE = 0.15
BIAS_RATE = 0.01
DECAY = 2e-4
SMOOTHING = 0.03
SEED = 1


def fit(true: ArrayLike, importance: ArrayLike, buckets: Sequence[Buckets], size: int = BUCKETS) -> NDArray[np.float32]:
    """Return the weights `[size + 1]` of all buckets and last the bias, from texts that are true (1) or not (0).

    Adagrad, so that rare wordings learn as fast as common. A text of `importance` 0 teaches nothing.
    """
    weights, seen = np.zeros(size + 1, np.float32), np.full(size, 1e-6, np.float32)
    wanted, weighs = np.asarray(true) * (1 - 2 * SMOOTHING) + SMOOTHING, np.asarray(importance)
    random = np.random.default_rng(SEED)
    for _ in range(EPOCHS):
        for at in random.permutation(np.flatnonzero(weighs)):
            own = buckets[at]
            said = 1 / (1 + np.exp(-weigh(weights, own)))
            error = (said - wanted[at]) * weighs[at]
            step = error / np.sqrt(max(1, len(own)))
            seen[own] += step * step
            weights[own] -= RATE * step / np.sqrt(seen[own])
            weights[own] *= 1 - DECAY
            weights[-1] -= BIAS_RATE * error
    return weights


def buckets_of(texts: Sequence[str]) -> list[Buckets]:
    """Return the buckets of every text."""
    return [features(text) for text in texts]


def predict(weights: NDArray[np.float32], buckets: Sequence[Buckets]) -> NDArray[np.float64]:
    """Return one logit a text, or of weights for several questions `[texts, questions]`."""
    return np.array([weigh(weights, own) for own in buckets], np.float64)
