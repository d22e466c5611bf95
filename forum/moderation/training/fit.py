"""Train the network on token vectors computed once. Seeded; one thread; minutes."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from forum.moderation.training.corpus import Example
from forum.moderation.training.network import GROUP_NAMES, LEVELS, WIDTH, CrisisNetwork
from forum.moderation.training.trunk import Halves, start_layers

log = logging.getLogger(__name__)

LEVEL_WEIGHT = torch.tensor([0.5, 1.0, 0.5])
GROUP_WEIGHT = 0.3


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides the weights, besides the examples."""

    layers: int = 2
    epochs: int = 3
    batch: int = 32
    layer_rate: float = 1.5e-4
    head_rate: float = 8e-4
    smoothing: float = 0.03
    seed: int = 20


@dataclass(frozen=True, slots=True)
class _Targets:
    levels: Tensor
    known: Tensor
    groups: Tensor
    weights: Tensor


def fit(examples: Sequence[Example], vectors: Sequence[Halves], recipe: Recipe) -> CrisisNetwork:
    """Train a network and return it in evaluation mode."""
    torch.manual_seed(recipe.seed)
    random = np.random.default_rng(recipe.seed)
    network = _fresh(recipe)
    targets = _targets(examples, recipe.smoothing)
    optimiser = _optimiser(network, recipe)
    steps = recipe.epochs * math.ceil(len(examples) / recipe.batch)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: min(1.0, step / 100) * (1 - step / steps))
    lengths = np.array([len(vector) for vector in vectors])
    network.train()
    for epoch in range(recipe.epochs):
        losses = []
        for chosen in _batches(lengths, recipe.batch, random):
            losses.append(_step(network, optimiser, targets, [vectors[i] for i in chosen], chosen))
            schedule.step()
        log.info("epoch %d loss %.4f", epoch + 1, float(np.mean(losses)))
    return network.eval()


def _fresh(recipe: Recipe) -> CrisisNetwork:
    network = CrisisNetwork(recipe.layers)
    for layer, weights in zip(network.layers, start_layers(range(4, 4 + recipe.layers)), strict=True):
        layer.start_from(weights)  # type: ignore[operator]  # ModuleList forgets what it holds
    return network


def _optimiser(network: CrisisNetwork, recipe: Recipe) -> torch.optim.Optimizer:
    tuned = list(network.layers.parameters())
    new = [parameter for name, parameter in network.named_parameters() if not name.startswith("layers.")]
    groups = [{"params": new, "lr": recipe.head_rate}] + ([{"params": tuned, "lr": recipe.layer_rate}] if tuned else [])
    return torch.optim.AdamW(groups, weight_decay=0.02)


def _step(
    network: CrisisNetwork,
    optimiser: torch.optim.Optimizer,
    targets: _Targets,
    batch: list[Halves],
    at: NDArray[np.intp],
) -> float:
    logits = network(*padded(batch))
    loss = _loss(logits, targets, torch.as_tensor(at))
    optimiser.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
    nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    optimiser.step()
    return float(loss.item())


def _loss(logits: Tensor, targets: _Targets, at: Tensor) -> Tensor:
    levels = nn.functional.binary_cross_entropy_with_logits(logits[:, :LEVELS], targets.levels[at], reduction="none")
    level_loss = (levels * targets.known[at] * LEVEL_WEIGHT).sum(1)
    group_loss = nn.functional.cross_entropy(logits[:, LEVELS:], targets.groups[at], reduction="none", ignore_index=-1)
    return ((level_loss + GROUP_WEIGHT * group_loss) * targets.weights[at]).mean()


def _targets(examples: Sequence[Example], smoothing: float) -> _Targets:
    levels, known = np.zeros((len(examples), LEVELS), np.float32), np.ones((len(examples), LEVELS), np.float32)
    for row, one in enumerate(examples):
        if one.level is None:
            levels[row] = (one.crisis, one.crisis, 0)
            known[row] = (one.crisis, 1, 1 - one.crisis)
        else:
            levels[row] = [one.level >= step for step in (1, 2, 3)]
    groups = [GROUP_NAMES.index(one.group) if one.group and one.crisis else -1 for one in examples]
    smooth = levels * (1 - 2 * smoothing) + smoothing
    weights = torch.tensor([one.weight for one in examples])
    return _Targets(torch.tensor(smooth), torch.tensor(known), torch.tensor(groups), weights)


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
    """Yield index batches of similar length in random order, so that little is spent on padding."""
    shuffled = random.permutation(len(lengths))
    batches = []
    for start in range(0, len(shuffled), size * 40):
        block = shuffled[start : start + size * 40]
        block = block[np.argsort(lengths[block], kind="stable")]
        batches += [block[i : i + size] for i in range(0, len(block), size)]
    for number in random.permutation(len(batches)):
        yield batches[number]


@torch.no_grad()
def predict(network: CrisisNetwork, vectors: Sequence[Halves], batch: int = 32) -> NDArray[np.float32]:
    """Return logits `[texts, 11]`, in order."""
    found = np.zeros((len(vectors), LEVELS + len(GROUP_NAMES)), np.float32)
    order = np.argsort([len(vector) for vector in vectors], kind="stable")
    for start in range(0, len(order), batch):
        at = order[start : start + batch]
        found[at] = network(*padded([vectors[i] for i in at])).numpy()
    return found
