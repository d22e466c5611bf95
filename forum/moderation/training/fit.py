"""Train the network on token vectors computed once. Seeded; one thread; minutes."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
    epochs: int = 2
    batch: int = 64
    layer_rate: float = 2e-4
    head_rate: float = 1e-3
    smoothing: float = 0.03
    seed: int = 20


@dataclass(frozen=True, slots=True)
class _Targets:
    levels: Tensor
    known: Tensor
    groups: Tensor
    weights: Tensor


def fit(
    examples: Sequence[Example], vectors: Sequence[Halves], recipe: Recipe, checkpoint: Path | None = None
) -> CrisisNetwork:
    """Train a network and return it in evaluation mode.

    With a `checkpoint` every finished epoch is kept there, and a training that was stopped goes on after it.
    """
    torch.manual_seed(recipe.seed)
    network = _fresh(recipe)
    targets = _targets(examples, recipe.smoothing)
    optimiser = _optimiser(network, recipe)
    steps = recipe.epochs * math.ceil(len(examples) / recipe.batch)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: min(1.0, (step + 1) / 60) * (1 - step / steps))
    lengths = np.array([len(vector) for vector in vectors])
    parts: dict[str, Any] = {"network": network, "optimiser": optimiser, "schedule": schedule}
    network.train()
    for epoch in range(_restored(parts, checkpoint), recipe.epochs):
        # Each epoch draws from seeds of its own, so that one that is done again is the same.
        torch.manual_seed(recipe.seed + epoch)
        losses = []
        for chosen in _batches(lengths, recipe.batch, np.random.default_rng((recipe.seed, epoch))):
            losses.append(_step(network, optimiser, targets, [vectors[i] for i in chosen], chosen))
            schedule.step()
        log.info("epoch %d loss %.4f", epoch + 1, float(np.mean(losses)))
        if checkpoint is not None:
            torch.save({"epoch": epoch + 1} | {name: part.state_dict() for name, part in parts.items()}, checkpoint)
    return network.eval()


def _restored(parts: Mapping[str, Any], checkpoint: Path | None) -> int:
    """Load what a stopped training left; return the number of epochs it had finished."""
    if checkpoint is None or not checkpoint.exists():
        return 0
    stored = torch.load(checkpoint, weights_only=True)
    for name, part in parts.items():
        part.load_state_dict(stored[name])
    return int(stored["epoch"])


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
    with torch.autocast("cpu", torch.bfloat16):
        logits = network(*padded(batch))
    loss = _loss(logits.float(), targets, torch.as_tensor(at))
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
