"""Transformer layers in 8 bits: the encoder's, read out of its ONNX file, and those a trained head brings along."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forum.moderation.scoring.protobuf import fields, parts, texts

Floats = NDArray[np.float32]
Arrays = Mapping[str, NDArray[Any]]

COUNT = 6
"""Layers of the encoder."""
SCALE = ".scale"

_GRAPH, _NODE, _INITIALIZER = 7, 1, 5
_FLOAT, _INT8, _INT64 = 1, 3, 7
_KINDS: dict[int, np.dtype[Any]] = {_FLOAT: np.dtype(np.float32), _INT8: np.dtype(np.int8), _INT64: np.dtype(np.int64)}

_ENCODER_NAMES = {
    "query": "attention.self.query",
    "key": "attention.self.key",
    "value": "attention.self.value",
    "join": "attention.output.dense",
    "widen": "intermediate.dense",
    "narrow": "output.dense",
    "norm1": "attention.output.LayerNorm",
    "norm2": "output.LayerNorm",
}


@dataclass(frozen=True, slots=True)
class Linear:
    """A matrix `[in, out]` in 8 bits with one scale for each column, and what is added."""

    matrix: NDArray[np.int8]
    scale: Floats
    bias: Floats

    def beside(self, *others: Linear) -> Linear:
        """Return one matrix that does the work of several on the same input."""
        every = (self, *others)
        return Linear(
            np.concatenate([one.matrix for one in every], axis=1),
            np.concatenate([one.scale for one in every]),
            np.concatenate([one.bias for one in every]),
        )


@dataclass(frozen=True, slots=True)
class Norm:
    """Scale and shift of a layer normalisation."""

    weight: Floats
    bias: Floats


@dataclass(frozen=True, slots=True)
class Layer:
    """One BERT layer."""

    query: Linear
    key: Linear
    value: Linear
    join: Linear
    widen: Linear
    narrow: Linear
    norm1: Norm
    norm2: Norm


@dataclass(frozen=True, slots=True)
class Embeddings:
    """What the encoder looks tokens and places up in."""

    words: NDArray[np.int8]
    word_scale: Floats
    places: Floats
    """With the vector of the first kind of text added: there is only that one here."""
    norm: Norm


@dataclass(frozen=True, slots=True)
class Encoding:
    """The whole encoder."""

    embeddings: Embeddings
    layers: tuple[Layer, ...]


def read_encoder(model: bytes) -> Encoding:
    """Take the encoder's weights out of its ONNX file. Raises KeyError for a file of another make."""
    graph = next(parts(model, _GRAPH))
    stored = dict(_stored(graph))
    matrices = dict(_matrices(graph, stored))
    layers = [_encoder_layer(f"inner.encoder.layer.{number}.", stored, matrices) for number in range(COUNT)]
    return Encoding(_embeddings("inner.embeddings.", stored), tuple(layers))


def read_layers(packed: Arrays, count: int) -> tuple[Layer, ...]:
    """Return the layers among the packed weights of a head (`crisis_head.pack`)."""
    return tuple(_head_layer(packed, f"layers.{number}.") for number in range(count))


def _head_layer(packed: Arrays, at: str) -> Layer:
    def linear(name: str) -> Linear:
        key = f"{at}{name}.weight"
        return Linear(packed[key].T, packed[key + SCALE][:, 0], packed[f"{at}{name}.bias"].astype(np.float32))

    def norm(name: str) -> Norm:
        return Norm(*(packed[f"{at}{name}.{part}"].astype(np.float32) for part in ("weight", "bias")))

    return _layer(linear, norm)


def _encoder_layer(at: str, stored: Arrays, matrices: Mapping[str, str]) -> Layer:
    def linear(name: str) -> Linear:
        bias = f"{at}{_ENCODER_NAMES[name]}.bias"
        matrix = matrices[bias]
        return Linear(stored[matrix + "_q"], stored[matrix + "_scale"].reshape(-1), stored[bias])

    def norm(name: str) -> Norm:
        return Norm(*(stored[f"{at}{_ENCODER_NAMES[name]}.{part}"] for part in ("weight", "bias")))

    return _layer(linear, norm)


def _layer(linear: Any, norm: Any) -> Layer:
    linears = {name: linear(name) for name in ("query", "key", "value", "join", "widen", "narrow")}
    return Layer(**linears, norm1=norm("norm1"), norm2=norm("norm2"))


def _embeddings(at: str, stored: Arrays) -> Embeddings:
    places = stored[f"{at}position_embeddings.weight_q"] * stored[f"{at}position_embeddings.weight_scale"]
    return Embeddings(
        stored[f"{at}word_embeddings.weight_q"],
        stored[f"{at}word_embeddings.weight_scale"],
        (places + stored[f"{at}token_type_embeddings.weight"][:1]).astype(np.float32),
        Norm(stored[f"{at}LayerNorm.weight"], stored[f"{at}LayerNorm.bias"]),
    )


def _matrices(graph: bytes, stored: Arrays) -> Iterator[tuple[str, str]]:
    """Yield (bias name, matrix name) of every MatMul that an Add of a stored bias follows."""
    matrix_of_output: dict[str, str] = {}
    for payload in parts(graph, _NODE):
        node = list(fields(payload))
        kind, inputs, outputs = texts(node, 4)[0], texts(node, 1), texts(node, 2)
        if kind == "MatMul":
            matrix_of_output[outputs[0]] = inputs[1]
        elif kind == "Add" and inputs[0] in matrix_of_output and inputs[1] in stored:
            yield inputs[1], matrix_of_output[inputs[0]]


def _stored(graph: bytes) -> Iterator[tuple[str, NDArray[Any]]]:
    for payload in parts(graph, _INITIALIZER):
        tensor = list(fields(payload))
        shape = [value for key, value in tensor if key == 1 and isinstance(value, int)]
        kind = next((value for key, value in tensor if key == 2 and isinstance(value, int)), 0)
        raw = next((value for key, value in tensor if key == 9 and isinstance(value, bytes)), b"")
        if raw and kind in _KINDS:
            yield texts(tensor, 8)[0], np.frombuffer(raw, _KINDS[kind]).reshape(shape)
