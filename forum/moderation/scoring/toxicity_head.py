"""Read Detoxify's seven labels off the built-in encoder's token vectors."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forum.moderation.scoring.crisis_head import gelu, layer_norm, sigmoid, softmax
from forum.moderation.scoring.protocol import WeightsError
from forum.moderation.scoring.weights import Weights
from forum.moderation.verdict import LABELS

Floats = NDArray[np.float32]


class ToxicityHead:
    """Attention pooling with four learned queries, mean and maximum, then a small network."""

    def __init__(self, weights: Weights) -> None:
        self._weights = {name: array for name, array in weights.items() if name != "names"}
        names = [str(name) for name in weights["names"]]
        if missing := set(LABELS) - set(names):
            raise WeightsError(f"head.npz lacks labels: {', '.join(sorted(missing))}")
        self._rows = {label: names.index(label) for label in LABELS}

    def __call__(self, tokens: Floats) -> dict[str, float]:
        """Score one view from its token vectors `[tokens, 384]`; seven labels, 0.0–1.0."""
        w = self._weights
        attention = softmax(tokens @ w["q.weight"].T + w["q.bias"])
        values = tokens @ w["v.weight"].T + w["v.bias"]
        pooled = np.concatenate([(attention.T @ values).ravel(), tokens.mean(0), tokens.max(0)])
        pooled = layer_norm(pooled, w["ln.weight"], w["ln.bias"])
        out = sigmoid(w["o.weight"] @ gelu(w["a.weight"] @ pooled + w["a.bias"]) + w["o.bias"])
        return {label: float(out[row]) for label, row in self._rows.items()}
