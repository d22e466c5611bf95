"""The trained part of the crisis and the cruelty model, in torch: what stands over the frozen trunk."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

WIDTH = 384
HEADS = 12
INNER = 1536
QUERIES = 4
VALUE = 64
HIDDEN = 96
GROUP_NAMES = ("suicide", "self_harm", "overdose", "withdrawal", "abuse", "child", "threat", "third_party")
LEVELS = 3
"""The first three outputs: support level at least 1, at least 2, and 3. The rest are the kinds of help."""


class Layer(nn.Module):
    """One BERT layer, written out so that `scoring.graph` can mirror it line by line."""

    def __init__(self, drop: float = 0.1) -> None:
        super().__init__()
        self.query, self.key, self.value, self.join = (nn.Linear(WIDTH, WIDTH) for _ in range(4))
        self.widen, self.narrow = nn.Linear(WIDTH, INNER), nn.Linear(INNER, WIDTH)
        self.norm1, self.norm2 = nn.LayerNorm(WIDTH, eps=1e-12), nn.LayerNorm(WIDTH, eps=1e-12)
        self.drop = nn.Dropout(drop)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Attend and transform; `mask` is True at real tokens."""
        batch, length, _ = x.shape
        split = (batch, length, HEADS, WIDTH // HEADS)
        q, k, v = (part(x).view(split).transpose(1, 2) for part in (self.query, self.key, self.value))
        seen = nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=mask[:, None, None, :])
        joined = self.join(seen.transpose(1, 2).reshape(batch, length, WIDTH))
        x = self.norm1(x + self.drop(joined))
        out: Tensor = self.norm2(x + self.drop(self.narrow(nn.functional.gelu(self.widen(x)))))
        return out

    def start_from(self, weights: Mapping[str, NDArray[np.float32]]) -> None:
        """Copy the weights of one layer of the encoder."""
        self.load_state_dict({name: torch.tensor(array) for name, array in weights.items()})


class Branch(nn.Module):
    """Token vectors of the trunk in, a few logits out: layers, pooling, a small network."""

    def __init__(self, layers: int, outputs: int, drop: float = 0.2) -> None:
        super().__init__()
        self.outputs = outputs
        self.layers = nn.ModuleList(Layer() for _ in range(layers))
        self.q, self.v = nn.Linear(WIDTH, QUERIES), nn.Linear(WIDTH, VALUE)
        pooled = QUERIES * VALUE + 2 * WIDTH
        self.ln, self.a, self.o = nn.LayerNorm(pooled), nn.Linear(pooled, HIDDEN), nn.Linear(HIDDEN, outputs)
        self.drop = nn.Dropout(drop)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Return logits `[batch, outputs]`."""
        for layer in self.layers:
            x = layer(x, mask)
        real = mask.unsqueeze(-1)
        attention = self.q(x).masked_fill(~real, -1e4).softmax(1)
        attended = torch.einsum("btq,btv->bqv", attention, self.v(x)).flatten(1)
        mean = (x * real).sum(1) / real.sum(1)
        highest = x.masked_fill(~real, -1e4).amax(1)
        pooled = self.ln(torch.cat([attended, mean, highest], 1))
        out: Tensor = self.o(self.drop(nn.functional.gelu(self.a(self.drop(pooled)))))
        return out


class CrisisNetwork(Branch):
    """Three levels, then eight kinds of help."""

    def __init__(self, layers: int) -> None:
        super().__init__(layers, LEVELS + len(GROUP_NAMES))


class CrueltyNetwork(Branch):
    """One number: how likely a text is cruel to a person in the conversation."""

    def __init__(self, layers: int) -> None:
        super().__init__(layers, 1)
