"""The frozen part of the crisis model: the encoder's first four layers, and the two layers training starts from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from forum.moderation.scoring.crisis_head import expose
from forum.moderation.scoring.encoder import MAX_TOKENS, Encoder
from forum.moderation.scoring.weights import read_builtin
from forum.moderation.scoring.wordpiece import WordPiece

TRUNK_OUTPUT = "layer_norm_8"
"""Output of the fourth of six layers; the toxicity patch changes only what comes after it."""

_DATA_TYPE_INT8 = 3
_DATA_TYPE_FLOAT = 1

Halves = NDArray[np.float16]


def encode(texts: Sequence[str]) -> list[Halves]:
    """Return the trunk's token vectors `[tokens, 384]` of every text, half precision to save memory."""
    files = read_builtin()
    tokenizer = WordPiece.from_lines(files.vocabulary)
    encoder = Encoder(expose(files.model, TRUNK_OUTPUT), [TRUNK_OUTPUT])
    found: list[Halves] = []
    for text in texts:
        ids = tuple(tokenizer.ids(text, MAX_TOKENS))
        found.append(encoder.encode([ids])[ids][TRUNK_OUTPUT].astype(np.float16))
    return found


def start_layers(numbers: Sequence[int] = (4, 5)) -> list[dict[str, NDArray[np.float32]]]:
    """Return the weights of the patched encoder's layers, `[out, in]` as torch keeps them."""
    graph = _one(read_builtin().model, 7)
    tensors = dict(_tensors(graph))
    by_bias = dict(_linear_weights(graph, set(tensors)))
    return [_layer(number, tensors, by_bias) for number in numbers]


def _layer(
    number: int, tensors: dict[str, NDArray[np.float32]], by_bias: dict[str, str]
) -> dict[str, NDArray[np.float32]]:
    prefix = f"inner.encoder.layer.{number}."
    found = {name.removeprefix(prefix): array for name, array in tensors.items() if name.startswith(prefix)}
    for bias in [name for name in found if name.endswith(".bias") and "LayerNorm" not in name]:
        weight = by_bias[prefix + bias]
        scaled = tensors[weight + "_q"] * tensors[weight + "_scale"]
        found[bias.replace(".bias", ".weight")] = np.ascontiguousarray(scaled.T)
    return found


def _linear_weights(graph: bytes, tensors: set[str]) -> Iterator[tuple[str, str]]:
    """Yield (bias name, weight name) of every MatMul that an Add of a stored bias follows."""
    weight_of_output: dict[str, str] = {}
    for number, payload in _fields(graph):
        if number != 1 or not isinstance(payload, bytes):
            continue
        node = list(_fields(payload))
        kind = _text(node, 4)[0]
        inputs, outputs = _text(node, 1), _text(node, 2)
        if kind == "MatMul":
            weight_of_output[outputs[0]] = inputs[1]
        elif kind == "Add" and inputs[0] in weight_of_output and inputs[1] in tensors:
            yield inputs[1], weight_of_output[inputs[0]]


def _tensors(graph: bytes) -> Iterator[tuple[str, NDArray[np.float32]]]:
    for number, payload in _fields(graph):
        if number != 5 or not isinstance(payload, bytes):
            continue
        tensor = list(_fields(payload))
        shape = [value for key, value in tensor if key == 1 and isinstance(value, int)]
        kind = next(value for key, value in tensor if key == 2)
        raw = next((value for key, value in tensor if key == 9 and isinstance(value, bytes)), b"")
        dtype = {_DATA_TYPE_FLOAT: np.float32, _DATA_TYPE_INT8: np.int8}.get(kind if isinstance(kind, int) else 0)
        if dtype is not None and raw:
            yield _text(tensor, 8)[0], np.frombuffer(raw, dtype).reshape(shape).astype(np.float32)


def _text(fields: Sequence[tuple[int, int | bytes]], number: int) -> list[str]:
    return [value.decode("utf-8") for key, value in fields if key == number and isinstance(value, bytes)]


def _one(message: bytes, number: int) -> bytes:
    return next(value for key, value in _fields(message) if key == number and isinstance(value, bytes))


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Yield (number, value) of the fields of a protocol buffer message."""
    view, at = memoryview(message), 0
    while at < len(view):
        key, at = _varint(view, at)
        wire = key & 7
        if wire == 0:
            value, at = _varint(view, at)
            yield key >> 3, value
            continue
        size = {1: 8, 5: 4}.get(wire)
        if size is None:
            size, at = _varint(view, at)
        yield key >> 3, bytes(view[at : at + size])
        at += size


def _varint(view: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = view[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at
