"""Train both readers of the crisis model: layers (three levels, the kind of help where it is known) and wording."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from forum.moderation.training import wording_fit
from forum.moderation.training.corpus import Example
from forum.moderation.training.loop import Loss, Recipe, fresh, train
from forum.moderation.training.network import GROUP_NAMES, LEVELS, CrisisNetwork
from forum.moderation.training.trunk import Halves

log = logging.getLogger("forum.moderation.training")

RECIPE = Recipe()
LEVEL_WEIGHT = torch.tensor([0.5, 1.0, 0.5])
GROUP_WEIGHT = 0.3

Levels = NDArray[np.float32]


def fit(
    examples: Sequence[Example], vectors: Sequence[Halves], recipe: Recipe = RECIPE, checkpoint: Path | None = None
) -> CrisisNetwork:
    """Train a network from the encoder's own layers on, and return it in evaluation mode."""
    torch.manual_seed(recipe.seed)
    network = CrisisNetwork(recipe.layers)
    fresh(network)
    train(network, _loss(examples, recipe.smoothing), vectors, recipe, checkpoint)
    return network


def _loss(examples: Sequence[Example], smoothing: float) -> Loss:
    levels, sure = level_targets(examples)
    wanted, known = torch.tensor(levels * (1 - 2 * smoothing) + smoothing), torch.tensor(sure)
    groups = torch.tensor([GROUP_NAMES.index(one.group) if one.group and one.crisis else -1 for one in examples])
    weights = torch.tensor([one.weight for one in examples])

    def loss(logits: Tensor, at: Tensor) -> Tensor:
        levels = nn.functional.binary_cross_entropy_with_logits(logits[:, :LEVELS], wanted[at], reduction="none")
        level_loss = (levels * known[at] * LEVEL_WEIGHT).sum(1)
        group_loss = nn.functional.cross_entropy(logits[:, LEVELS:], groups[at], reduction="none", ignore_index=-1)
        found: Tensor = ((level_loss + GROUP_WEIGHT * group_loss) * weights[at]).mean()
        return found

    return loss


def level_targets(examples: Sequence[Example]) -> tuple[Levels, Levels]:
    """Return for each example whether it is of each level or more, and which of that is known, `[examples, 3]` both."""
    levels, known = np.zeros((len(examples), LEVELS), np.float32), np.ones((len(examples), LEVELS), np.float32)
    for row, one in enumerate(examples):
        if one.level is None:
            levels[row] = (one.crisis, one.crisis, 0)
            known[row] = (one.crisis, 1, 1 - one.crisis)
        else:
            levels[row] = [one.level >= step for step in (1, 2, 3)]
    return levels, known


def fit_wording(examples: Sequence[Example]) -> Levels:
    """Return what every wording says of each level, `[3, BUCKETS + 1]`."""
    levels, known = level_targets(examples)
    importance = known * np.array([[one.weight] for one in examples], np.float32)
    buckets = wording_fit.buckets_of([one.text for one in examples])
    log.info("wording: %d texts", len(examples))
    return np.stack([wording_fit.fit(levels[:, at], importance[:, at], buckets) for at in range(LEVELS)])
