"""Say how likely a text is cruel to a person in the conversation, from the encoder's token vectors and the wording.

Detoxify's labels come from public comments: slurs, swearing, hate. Contempt, mock sympathy, humiliation and veiled
threats hold none of their words. This head learnt from such texts beside look-alikes of recovery talk (quoted cruelty,
cruelty to oneself, blunt care). Two readers are added up: layers that branch off the encoder's untouched fourth layer,
as in the crisis head, so that the encoder runs once for all, and the wording (`wording`). Weights are pinned in
`manifest.json`; a file that differs is refused and the head left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forum.moderation.scoring.crisis_head import (
    MANIFEST_FIELDS,
    Weights,
    pooled_logits,
    read_packed,
    sigmoid,
    unpack_pooling,
)
from forum.moderation.scoring.layers import Layer, read_layers
from forum.moderation.scoring.protocol import WeightsError
from forum.moderation.scoring.weights import read_manifest_with, read_pinned
from forum.moderation.scoring.wording import Buckets, weigh

Tokens = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class CrueltyHead:
    """The trained head: call it with what its layers made of one view, `[tokens, 384]`, and that view's buckets."""

    weights: Weights
    """Of the pooling and the small network after it."""
    version: str
    source: str
    """Name of the encoder output its layers read; see `graph.SOURCES`."""
    layers: tuple[Layer, ...]
    wording: NDArray[np.float32]
    """One number for each bucket of `wording.features`, and last the bias."""
    read: float = 1.0
    worded: float = 1.0
    intercept: float = 0.0
    """Calibration: how much the layers' and the wording's logit count. Measured on authors neither had learnt from."""

    @classmethod
    def load(cls, folder: Path) -> CrueltyHead:
        """Read the weights named in `folder/manifest.json`. Raises WeightsError for anything missing or altered."""
        manifest = read_manifest_with(folder, MANIFEST_FIELDS, "the cruelty model")
        raw = read_pinned(folder / str(manifest["file"]), manifest)
        try:
            pin, fitted = manifest["wording"], manifest["calibration"]
            packed = read_packed(raw)
            return cls(
                unpack_pooling(packed),
                version=str(manifest["version"]),
                source=str(manifest["source"]),
                layers=read_layers(packed, int(manifest["layers"])),
                wording=read_packed(read_pinned(folder / str(pin["file"]), pin))["weights"].astype(np.float32),
                read=float(fitted["read"]),
                worded=float(fitted["worded"]),
                intercept=float(fitted["intercept"]),
            )
        except (ValueError, OSError, KeyError, TypeError) as error:
            raise WeightsError("the cruelty weights cannot be read") from error

    def __call__(self, tokens: Tokens, buckets: Buckets) -> float:
        """Return the probability for one view."""
        worded = float(weigh(self.wording, buckets))
        added = self.read * self.read_logit(tokens) + self.worded * worded + self.intercept
        return float(sigmoid(np.array([added], np.float32))[0])

    def read_logit(self, tokens: Tokens) -> float:
        """Return what the layers say, before calibration."""
        return float(pooled_logits(tokens.astype(np.float32), self.weights)[0])

    def worst(self, parts: Iterable[tuple[Tokens, Buckets]]) -> float:
        """Return the highest probability over the views of a text; 0.0 for a text without one known token."""
        return max((self(tokens, buckets) for tokens, buckets in parts), default=0.0)
