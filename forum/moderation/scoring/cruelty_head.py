"""Read off the built-in encoder's token vectors how likely a text is cruel to a person in the conversation.

Detoxify's labels come from public comments: slurs, swearing, hate. Contempt, mock sympathy, humiliation and veiled
threats hold none of their words. This head was trained on such texts beside look-alikes of recovery talk (quoted
cruelty, cruelty to oneself, blunt care). Like the crisis head it branches off the untouched fourth layer with layers of
its own, so the encoder runs once for all. Weights are pinned in `manifest.json`; a file that differs is refused and the
head left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forum.moderation.scoring.crisis_head import Weights, pooled_logits, read_packed, sigmoid, unpack_pooling
from forum.moderation.scoring.layers import Layer, read_layers
from forum.moderation.scoring.protocol import WeightsError
from forum.moderation.scoring.weights import read_manifest_with, read_pinned

MANIFEST_FIELDS = frozenset({"version", "source", "layers", "calibration", "thresholds", "file", "sha256"})


@dataclass(frozen=True, slots=True)
class CrueltyHead:
    """The trained head: call it with what its layers made of one view, `[tokens, 384]`, without padding."""

    weights: Weights
    """Of the pooling and the small network after it."""
    version: str
    source: str
    """Name of the encoder output its layers read; see `graph.SOURCES`."""
    layers: tuple[Layer, ...]
    slope: float = 1.0
    intercept: float = 0.0
    """Calibration, measured on rows by authors the weights had not seen."""

    @classmethod
    def load(cls, folder: Path) -> CrueltyHead:
        """Read the weights named in `folder/manifest.json`. Raises WeightsError for anything missing or altered."""
        manifest = read_manifest_with(folder, MANIFEST_FIELDS, "the cruelty model")
        raw = read_pinned(folder / str(manifest["file"]), manifest)
        try:
            packed = read_packed(raw)
            return cls(
                unpack_pooling(packed),
                version=str(manifest["version"]),
                source=str(manifest["source"]),
                layers=read_layers(packed, int(manifest["layers"])),
                slope=float(manifest["calibration"]["slope"]),
                intercept=float(manifest["calibration"]["intercept"]),
            )
        except (ValueError, OSError, KeyError, TypeError) as error:
            raise WeightsError("the cruelty weights cannot be read") from error

    def __call__(self, tokens: NDArray[np.floating[Any]]) -> float:
        """Return the probability for one view."""
        return float(sigmoid(np.array([self.logit(tokens) * self.slope + self.intercept], np.float32))[0])

    def logit(self, tokens: NDArray[np.floating[Any]]) -> float:
        """Return the raw output, before calibration."""
        return float(pooled_logits(tokens.astype(np.float32), self.weights)[0])

    def worst(self, parts: Iterable[NDArray[np.floating[Any]]]) -> float:
        """Return the highest probability over the views of a text; 0.0 for a text without one known token."""
        return max((self(part) for part in parts), default=0.0)
