"""Train the cruelty network: one number a text."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from forum.moderation.training.cruelty_corpus import Example
from forum.moderation.training.loop import Loss, Recipe, fresh, train
from forum.moderation.training.network import CrueltyNetwork
from forum.moderation.training.trunk import Halves

RECIPE = Recipe(epochs=3, batch=32, layer_rate=1.5e-4, head_rate=8e-4, warm_up=40, seed=1)


def fit(
    examples: Sequence[Example], vectors: Sequence[Halves], recipe: Recipe = RECIPE, checkpoint: Path | None = None
) -> CrueltyNetwork:
    """Train a network from the encoder's own layers on, and return it in evaluation mode."""
    torch.manual_seed(recipe.seed)
    network = CrueltyNetwork(recipe.layers)
    fresh(network)
    train(network, _loss(examples, recipe.smoothing), vectors, recipe, checkpoint)
    return network


def _loss(examples: Sequence[Example], smoothing: float) -> Loss:
    wanted = torch.tensor([one.cruel * (1 - 2 * smoothing) + smoothing for one in examples])
    weights = torch.tensor([one.weight for one in examples])

    def loss(logits: Tensor, at: Tensor) -> Tensor:
        each = nn.functional.binary_cross_entropy_with_logits(logits[:, 0], wanted[at], reduction="none")
        return (each * weights[at]).mean()

    return loss
