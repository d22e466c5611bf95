"""Say how likely a text is cruel to a person in the conversation, from the encoder's token vectors and the wording.

Detoxify's labels come from public comments: slurs, swearing, hate. Contempt, mock sympathy, humiliation and veiled
threats hold none of their words. This head learnt from such texts beside look-alikes of recovery talk (quoted cruelty,
cruelty to oneself, blunt care). Two readers are added up: layers that branch off the encoder's untouched fourth layer,
as in the crisis head, so that the encoder runs once for all, and the wording (`wording`). The wording is asked first:
where it sees nothing at all and no label is raised, the layers are not run, a fifth of the work on most posts
(docs/decisions/0045). Weights are pinned in `manifest.json`; a file that differs is refused and the head left out.
"""

from __future__ import annotations

from collections.abc import Callable
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
Run = Callable[[Tokens], Tokens]
"""Runs the layers of the head over what the encoder made of one view."""


HARSH = 0.4
"""From here on any of the seven labels has the layers read the text, whatever its wording: below, no line of the
policy acts on a label of the built-in scorer."""


@dataclass(frozen=True, slots=True)
class Unread:
    """When the layers need not be run, and what counts in their place."""

    below: float
    """The wording's logit under which the layers are left out."""
    read: float
    """What the layers say of such texts, in the middle."""


@dataclass(frozen=True, slots=True)
class CrueltyHead:
    """The trained head: call it with one view's vectors, its buckets and what runs its layers."""

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
    unread: Unread | None = None
    """None where every text is read by both."""

    @classmethod
    def load(cls, folder: Path) -> CrueltyHead:
        """Read the weights named in `folder/manifest.json`. Raises WeightsError for anything missing or altered."""
        manifest = read_manifest_with(folder, MANIFEST_FIELDS, "the cruelty model")
        raw = read_pinned(folder / str(manifest["file"]), manifest)
        try:
            pin, fitted, unread = manifest["wording"], manifest["calibration"], manifest.get("unread")
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
                unread=Unread(float(unread["below"]), float(unread["read"])) if unread else None,
            )
        except (ValueError, OSError, KeyError, TypeError) as error:
            raise WeightsError("the cruelty weights cannot be read") from error

    def __call__(self, trunk: Tokens, buckets: Buckets, run: Run, harshest: float) -> float:
        """Return the probability for one view.

        Args:
            trunk: `[tokens, 384]`, what the encoder's `source` made of it.
            buckets: of its wording.
            run: runs the head's layers over `trunk`.
            harshest: the highest of the seven labels, 0.0 to 1.0.
        """
        worded = float(weigh(self.wording, buckets))
        read = self._unread(worded, harshest)
        if read is None:
            read = self.read_logit(run(trunk))
        added = self.read * read + self.worded * worded + self.intercept
        return float(sigmoid(np.array([added], np.float32))[0])

    def _unread(self, worded: float, harshest: float) -> float | None:
        """Return what counts in place of the layers where they need not be run, else None."""
        unread = self.unread
        return unread.read if unread and worded < unread.below and harshest < HARSH else None

    def read_logit(self, tokens: Tokens) -> float:
        """Return what the layers' vectors say, before calibration."""
        return float(pooled_logits(tokens.astype(np.float32), self.weights)[0])
