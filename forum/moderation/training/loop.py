"""Train a branch on token vectors computed once: the same loop for every head. Seeded; one thread; minutes."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from forum.moderation.training.network import WIDTH, Branch
from forum.moderation.training.trunk import Halves, start_layers

log = logging.getLogger("forum.moderation.training")

BLOCK = 40
"""Batches that are sorted by length together, so that little is spent on padding."""

HALVES = any(torch.cpu.get_capabilities().get(name) for name in ("avx512_bf16", "amx_bf16"))
"""Whether this processor multiplies in bfloat16 itself: where it does not, pretending is three to nine times slower.
That oneDNN can calculate in it says nothing: it pretends as well."""

Loss = Callable[[Tensor, Tensor], Tensor]
"""From logits `[batch, outputs]` and the numbers of the examples in the batch to one number."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides the weights, besides the examples."""

    layers: int = 2
    epochs: int = 2
    batch: int = 64
    layer_rate: float = 2e-4
    head_rate: float = 1e-3
    decay: float = 0.02
    smoothing: float = 0.03
    warm_up: int = 60
    seed: int = 20


def train(
    network: Branch, loss: Loss, vectors: Sequence[Halves], recipe: Recipe, checkpoint: Path | None = None
) -> None:
    """Train a network that `fresh` made, and leave it in evaluation mode.

    With a `checkpoint` every finished epoch is kept there, and a training that was stopped goes on after it.
    """
    optimiser = _optimiser(network, recipe)
    steps = recipe.epochs * math.ceil(len(vectors) / recipe.batch)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min(1.0, (step + 1) / recipe.warm_up) * (1 - step / (steps + 1))
    )
    lengths = np.array([len(vector) for vector in vectors])
    parts: dict[str, Any] = {"network": network, "optimiser": optimiser, "schedule": schedule}
    network.train()
    for epoch in range(_restored(parts, checkpoint), recipe.epochs):
        # Each epoch draws from seeds of its own, so that one that is done again is the same.
        torch.manual_seed(recipe.seed + epoch)
        losses = []
        for chosen in _batches(lengths, recipe.batch, np.random.default_rng((recipe.seed, epoch))):
            losses.append(_step(network, optimiser, loss, [vectors[i] for i in chosen], chosen))
            schedule.step()
        log.info("epoch %d loss %.4f", epoch + 1, float(np.mean(losses)))
        if checkpoint is not None:
            torch.save({"epoch": epoch + 1} | {name: part.state_dict() for name, part in parts.items()}, checkpoint)
    network.eval()


def fresh(network: Branch) -> None:
    """Let a network's layers start as the encoder's own, from the fifth on."""
    for layer, weights in zip(network.layers, start_layers(range(4, 4 + len(network.layers))), strict=True):
        layer.start_from(weights)  # type: ignore[operator]  # ModuleList forgets what it holds


def _restored(parts: Mapping[str, Any], checkpoint: Path | None) -> int:
    """Load what a stopped training left; return the number of epochs it had finished."""
    if checkpoint is None or not checkpoint.exists():
        return 0
    stored = torch.load(checkpoint, weights_only=True)
    for name, part in parts.items():
        part.load_state_dict(stored[name])
    return int(stored["epoch"])


def _optimiser(network: Branch, recipe: Recipe) -> torch.optim.Optimizer:
    tuned = list(network.layers.parameters())
    new = [parameter for name, parameter in network.named_parameters() if not name.startswith("layers.")]
    groups = [{"params": new, "lr": recipe.head_rate}] + ([{"params": tuned, "lr": recipe.layer_rate}] if tuned else [])
    return torch.optim.AdamW(groups, weight_decay=recipe.decay)


def _step(
    network: Branch, optimiser: torch.optim.Optimizer, loss: Loss, batch: list[Halves], at: NDArray[np.intp]
) -> float:
    with torch.autocast("cpu", torch.bfloat16, enabled=HALVES):
        logits = network(*padded(batch))
    found = loss(logits.float(), torch.as_tensor(at))
    optimiser.zero_grad(set_to_none=True)
    found.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
    nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    optimiser.step()
    return float(found.item())


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
    """Yield index batches of similar length in random order."""
    shuffled = random.permutation(len(lengths))
    batches = []
    for start in range(0, len(shuffled), size * BLOCK):
        block = shuffled[start : start + size * BLOCK]
        block = block[np.argsort(lengths[block], kind="stable")]
        batches += [block[i : i + size] for i in range(0, len(block), size)]
    for number in random.permutation(len(batches)):
        yield batches[number]


@torch.no_grad()
def predict(network: Branch, vectors: Sequence[Halves], batch: int = 32) -> NDArray[np.float32]:
    """Return logits `[texts, outputs]`, in order."""
    found = np.zeros((len(vectors), network.outputs), np.float32)
    order = np.argsort([len(vector) for vector in vectors], kind="stable")
    for start in range(0, len(order), batch):
        at = order[start : start + batch]
        found[at] = network(*padded([vectors[i] for i in at])).numpy()
    return found
