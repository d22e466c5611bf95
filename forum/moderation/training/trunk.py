"""The frozen part of the trained heads: the encoder's first four layers, and the two layers training starts from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from forum.moderation.scoring.encoder import MAX_TOKENS, Encoder
from forum.moderation.scoring.graph import SOURCES, assemble
from forum.moderation.scoring.layers import Layer, Linear, Norm, read_encoder
from forum.moderation.scoring.weights import read_builtin
from forum.moderation.scoring.wordpiece import WordPiece

TRUNK_OUTPUT = SOURCES[4]
"""Output of the fourth of six layers; the toxicity patch changes only what comes after it."""

Halves = NDArray[np.float16]


def encode(texts: Sequence[str]) -> list[Halves]:
    """Return the trunk's token vectors `[tokens, 384]` of every text, half precision to save memory."""
    files = read_builtin()
    tokenizer = WordPiece.from_lines(files.vocabulary)
    encoder = Encoder(assemble(read_encoder(files.model), {}, [TRUNK_OUTPUT]), [TRUNK_OUTPUT])
    found: list[Halves] = []
    for text in texts:
        ids = tuple(tokenizer.ids(text, MAX_TOKENS))
        found.append(encoder.encode([ids])[ids][TRUNK_OUTPUT].astype(np.float16))
    return found


def start_layers(numbers: Iterable[int] = (4, 5)) -> list[dict[str, NDArray[np.float32]]]:
    """Return the weights of the patched encoder's layers, `[out, in]` as torch keeps them."""
    layers = read_encoder(read_builtin().model).layers
    return [_as_floats(layers[number]) for number in numbers]


def _as_floats(layer: Layer) -> dict[str, NDArray[np.float32]]:
    found: dict[str, NDArray[np.float32]] = {}
    for name in Layer.__slots__:
        part: Linear | Norm = getattr(layer, name)
        found[f"{name}.bias"] = part.bias
        found[f"{name}.weight"] = (part.matrix * part.scale).T if isinstance(part, Linear) else part.weight
    return {name: np.ascontiguousarray(array, np.float32) for name, array in found.items()}
