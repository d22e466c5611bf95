"""Train the cruelty branch on token vectors computed once. Seeded; minutes on one core."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from forum.moderation.training.cruelty_corpus import Example
from forum.moderation.training.network import HIDDEN, QUERIES, VALUE, WIDTH, Layer
from forum.moderation.training.trunk import Halves, start_layers

log = logging.getLogger(__name__)

BLOCK = 30
"""Batches that are sorted by length together, so that little is spent on padding."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides the weights, besides the examples."""

    layers: int = 2
    epochs: int = 3
    batch: int = 32
    layer_rate: float = 1.5e-4
    head_rate: float = 8e-4
    decay: float = 0.02
    smoothing: float = 0.03
    warm_up: int = 40
    seed: int = 1


class CrueltyNetwork(nn.Module):
    """Token vectors of the trunk in, one logit out."""

    def __init__(self, layers: int, drop: float = 0.2) -> None:
        super().__init__()
        self.layers = nn.ModuleList(Layer() for _ in range(layers))
        self.q, self.v = nn.Linear(WIDTH, QUERIES), nn.Linear(WIDTH, VALUE)
        pooled = QUERIES * VALUE + 2 * WIDTH
        self.ln, self.a, self.o = nn.LayerNorm(pooled), nn.Linear(pooled, HIDDEN), nn.Linear(HIDDEN, 1)
        self.drop = nn.Dropout(drop)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Return logits `[batch]`."""
        for layer in self.layers:
            x = layer(x, mask)
        real = mask.unsqueeze(-1)
        attention = self.q(x).masked_fill(~real, -1e4).softmax(1)
        attended = torch.einsum("btq,btv->bqv", attention, self.v(x)).flatten(1)
        highest = x.masked_fill(~real, -1e4).amax(1)
        pooled = self.ln(torch.cat([attended, (x * real).sum(1) / real.sum(1), highest], 1))
        out: Tensor = self.o(self.drop(nn.functional.gelu(self.a(self.drop(pooled)))))
        return out[:, 0]


def fit(examples: Sequence[Example], vectors: Sequence[Halves], recipe: Recipe) -> CrueltyNetwork:
    """Train a network, from the encoder's own layers on, and return it in evaluation mode."""
    torch.manual_seed(recipe.seed)
    random = np.random.default_rng(recipe.seed)
    network = _fresh(recipe)
    optimiser = _optimiser(network, recipe)
    steps = recipe.epochs * math.ceil(len(examples) / recipe.batch)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min(1.0, (step + 1) / recipe.warm_up) * (1 - step / (steps + 1))
    )
    cruel = torch.tensor([one.cruel * (1 - 2 * recipe.smoothing) + recipe.smoothing for one in examples])
    weights = torch.tensor([one.weight for one in examples])
    lengths = np.array([len(vector) for vector in vectors])
    network.train()
    for epoch in range(recipe.epochs):
        losses = []
        for at in _batches(lengths, recipe.batch, random):
            logits = network(*padded([vectors[i] for i in at]))
            chosen = torch.as_tensor(at)
            each = nn.functional.binary_cross_entropy_with_logits(logits, cruel[chosen], reduction="none")
            losses.append(_step(network, optimiser, (each * weights[chosen]).mean()))
            schedule.step()
        log.info("epoch %d loss %.4f", epoch + 1, float(np.mean(losses)))
    return network.eval()


def _fresh(recipe: Recipe) -> CrueltyNetwork:
    network = CrueltyNetwork(recipe.layers)
    for layer, known in zip(network.layers, start_layers(range(4, 4 + recipe.layers)), strict=True):
        layer.start_from(known)  # type: ignore[operator]  # ModuleList forgets what it holds
    return network


def _optimiser(network: CrueltyNetwork, recipe: Recipe) -> torch.optim.Optimizer:
    tuned = list(network.layers.parameters())
    new = [parameter for name, parameter in network.named_parameters() if not name.startswith("layers.")]
    groups = [{"params": new, "lr": recipe.head_rate}, {"params": tuned, "lr": recipe.layer_rate}]
    return torch.optim.AdamW(groups, weight_decay=recipe.decay)


def _step(network: CrueltyNetwork, optimiser: torch.optim.Optimizer, loss: Tensor) -> float:
    optimiser.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
    nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    optimiser.step()
    return float(loss.item())


def padded(batch: Sequence[Halves]) -> tuple[Tensor, Tensor]:
    """Return `[batch, longest, 384]` floats and the mask of real tokens."""
    longest = max(len(one) for one in batch)
    x = np.zeros((len(batch), longest, WIDTH), np.float32)
    mask = np.zeros((len(batch), longest), bool)
    for row, one in enumerate(batch):
        x[row, : len(one)] = one
        mask[row, : len(one)] = True
    return torch.from_numpy(x), torch.from_numpy(mask)


def _batches(lengths: NDArray[np.intp], size: int, random: np.random.Generator) -> Iterator[NDArray[np.intp]]:
    shuffled = random.permutation(len(lengths))
    batches = []
    for start in range(0, len(shuffled), size * BLOCK):
        block = shuffled[start : start + size * BLOCK]
        block = block[np.argsort(lengths[block], kind="stable")]
        batches += [block[i : i + size] for i in range(0, len(block), size)]
    for number in random.permutation(len(batches)):
        yield batches[number]


@torch.no_grad()
def predict(network: CrueltyNetwork, vectors: Sequence[Halves], batch: int = 48) -> NDArray[np.float32]:
    """Return one logit per text, in order."""
    found = np.zeros(len(vectors), np.float32)
    order = np.argsort([len(vector) for vector in vectors], kind="stable")
    for start in range(0, len(order), batch):
        at = order[start : start + batch]
        found[at] = network(*padded([vectors[i] for i in at])).numpy()
    return found
