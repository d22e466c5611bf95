"""Know what layers say of rows they have not read, without training a fold: half an hour of a small machine each.

The folds of the last training left every row out that there was then, and their word is in its table. Rows written
since then are read by the layers that are shipped, which have not seen them either.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from forum.moderation.evaluation.rows import Row, key_of
from forum.moderation.scoring.crisis_head import read_packed, unpack
from forum.moderation.training.export import FILE
from forum.moderation.training.folds import Logits, layer_logits
from forum.moderation.training.loop import Recipe
from forum.moderation.training.network import LEVELS, CrisisNetwork
from forum.moderation.training.store import Store


@dataclass(frozen=True, slots=True)
class KnownLayers:
    """The layers that are shipped, and what the folds before them said of rows by key."""

    network: CrisisNetwork
    said: Mapping[str, Sequence[float]]

    @classmethod
    def read(cls, weights: Path, table: Path, recipe: Recipe) -> KnownLayers:
        """Read both. Raises FileNotFoundError where no training has left them."""
        network = CrisisNetwork(recipe.layers)
        packed = unpack(read_packed((weights / FILE).read_bytes()))
        network.load_state_dict({name: torch.from_numpy(np.array(array)) for name, array in packed.items()})
        with table.open(encoding="utf-8", newline="") as file:
            said = {
                line["row"]: [float(line[f"logit_{level}"]) for level in range(1, LEVELS + 1)]
                for line in csv.DictReader(file)
            }
        return cls(network.eval(), said)

    def logits(self, rows: Sequence[Row], store: Store) -> Logits:
        """Return `[rows, 3]`."""
        new = [row for row in rows if key_of(row.text) not in self.said]
        read = iter(layer_logits(self.network, new, store) if new else ())
        found = [self.said.get(key_of(row.text)) for row in rows]
        return np.array([next(read) if known is None else known for known in found], np.float32)
