"""Put the encoder and the layers of all heads together into one ONNX model that calculates in 8 bits.

The vendor's file keeps its weights in 8 bits and multiplies in 32; here the products are made in 8 as well, and what a
head adds on top of the encoder runs in the same model instead of in numpy: measured, a quarter of the time. Inputs are
measured and rounded while the model runs ("dynamic quantisation"), so no sample texts are needed; heads lose a
thousandth of their area under the curve by it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forum.moderation.scoring.layers import Embeddings, Encoding, Layer, Linear, Norm
from forum.moderation.scoring.protobuf import block, real, whole

IDS, MASK, VECTORS = "ids", "mask", "vectors"
BRANCH = "branch"
"""The output of layers that are a model of their own."""
LAST = "last_hidden_state"
"""The encoder's own last layer."""
SOURCES = ("layer_norm", *(f"layer_norm_{2 * number}" for number in range(1, 6)))
"""What the vendor's file calls the vectors after no, one, two … layers: where a head may branch off."""
HEADS = 12
WIDTH = 384

_MICROSOFT = "com.microsoft"
_KINDS = {"float32": 1, "uint8": 2, "int8": 3, "int32": 6, "int64": 7}
_EPSILON = 1e-12
_CPU = Path("/proc/cpuinfo")
_EXACT_PRODUCTS = (" avx512_vnni", " avx_vnni")


def assemble(
    encoding: Encoding, branches: Mapping[str, tuple[str, Sequence[Layer]]], also: Sequence[str] = ()
) -> bytes:
    """Return the model. Each branch is (source, layers) and becomes an output of its name; `also` are sources to show.

    Raises ValueError for a source the encoder does not have.
    """
    graph = _Graph(is_signed=multiplies_signed())
    vectors = graph.embed(encoding.embeddings)
    at = {SOURCES[0]: vectors}
    for number, layer in enumerate(encoding.layers):
        vectors = graph.layer(vectors, layer)
        at[(*SOURCES, LAST)[number + 1]] = vectors
    shown = {LAST: vectors}
    for name, (source, layers) in branches.items():
        if source not in at:
            raise ValueError(f"the encoder has no output {source}")
        vectors = at[source]
        for layer in layers:
            vectors = graph.layer(vectors, layer)
        shown[name] = vectors
    return graph.model({**shown, **{source: at[source] for source in also}}, {IDS: "int64", MASK: "int32"})


def assemble_branch(layers: Sequence[Layer]) -> bytes:
    """Return a model of these layers alone: vectors of a source in, vectors out."""
    graph = _Graph(is_signed=multiplies_signed())
    vectors = VECTORS
    for layer in layers:
        vectors = graph.layer(vectors, layer)
    return graph.model({BRANCH: vectors}, {VECTORS: "float32", MASK: "int32"})


@cache
def multiplies_signed() -> bool:
    """Tell whether this processor multiplies unsigned by signed bytes without running over.

    Others do it in 16 bits and saturate; on them the weights are stored unsigned, which is slower and exact.
    """
    try:
        known = _CPU.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return any(flag in known for flag in _EXACT_PRODUCTS)


class _Graph:
    """Nodes and weights as they come, and the model at the end."""

    def __init__(self, *, is_signed: bool) -> None:
        self._is_signed = is_signed
        self._nodes: list[bytes] = []
        self._weights: list[bytes] = []
        self._count = 0
        self._thirds = self._weight(np.full(3, WIDTH, np.int64))

    def embed(self, embeddings: Embeddings) -> str:
        """Look tokens and places up."""
        words = self._node("Cast", [self._node("Gather", [self._weight(embeddings.words), IDS])], {"to": 1})
        scale = self._node("Gather", [self._weight(embeddings.word_scale), IDS])
        zero = self._weight(np.zeros(1, np.int64))
        length = self._node("Shape", [IDS], {"start": 1, "end": 2})
        places = self._node("Slice", [self._weight(embeddings.places), zero, length, zero])
        summed = self._node("Add", [self._node("Mul", [words, scale]), places])
        weight, bias = self._norm(embeddings.norm)
        return self._node("LayerNormalization", [summed, weight, bias], {"epsilon": _EPSILON})

    def layer(self, x: str, layer: Layer) -> str:
        """Attend and transform."""
        joined = self._linear(x, layer.query.beside(layer.key, layer.value))
        thirds = self._nodes_of("Split", [joined, self._thirds], {"axis": 2}, count=3)
        seen = self._node("MultiHeadAttention", [*thirds, "", MASK], {"num_heads": HEADS}, _MICROSOFT)
        x = self._add_and_norm(self._linear(seen, layer.join), x, layer.norm1)
        wide = self._node("Gelu", [self._linear(x, layer.widen)], {}, _MICROSOFT)
        return self._add_and_norm(self._linear(wide, layer.narrow), x, layer.norm2)

    def model(self, shown: Mapping[str, str], given: Mapping[str, str]) -> bytes:
        """Return the model with these outputs, `name: vectors`, and inputs, `name: kind of number`."""
        for name, vectors in shown.items():
            self._nodes.append(_node_bytes("Identity", [vectors], [name], {}, ""))
        inputs = [_value(name, kind) for name, kind in given.items()]
        outputs = [_value(name, "float32") for name in shown]
        graph = b"".join(
            block(number, part)
            for number, all_ in ((1, self._nodes), (2, [b"scorer"]), (5, self._weights), (11, inputs), (12, outputs))
            for part in all_
        )
        opsets = (block(8, block(1, domain) + whole(2, version)) for domain, version in (("", 17), (_MICROSOFT, 1)))
        return whole(1, 8) + b"".join(opsets) + block(7, graph)

    def _linear(self, x: str, linear: Linear) -> str:
        zero = np.zeros(linear.scale.size, np.int8)
        matrix, zeros = (one if self._is_signed else _unsigned(one) for one in (linear.matrix, zero))
        inputs = [x, *(self._weight(part) for part in (matrix, linear.scale, zeros, linear.bias))]
        return self._node("DynamicQuantizeMatMul", inputs, {}, _MICROSOFT)

    def _add_and_norm(self, x: str, before: str, norm: Norm) -> str:
        """Two nodes: the one the runtime has for both differs by rounding alone and takes five times as long."""
        inputs = [self._node("Add", [x, before]), *self._norm(norm)]
        return self._node("LayerNormalization", inputs, {"epsilon": _EPSILON})

    def _norm(self, norm: Norm) -> list[str]:
        return [self._weight(norm.weight), self._weight(norm.bias)]

    def _weight(self, array: NDArray[Any]) -> str:
        name = f"w{len(self._weights)}"
        shape = b"".join(whole(1, size) for size in array.shape)
        kind = whole(2, _KINDS[array.dtype.name])
        self._weights.append(shape + kind + block(8, name) + block(9, np.ascontiguousarray(array).tobytes()))
        return name

    def _node(
        self, kind: str, inputs: Sequence[str], settings: Mapping[str, float] | None = None, domain: str = ""
    ) -> str:
        return self._nodes_of(kind, inputs, settings or {}, domain)[0]

    def _nodes_of(
        self, kind: str, inputs: Sequence[str], settings: Mapping[str, float], domain: str = "", count: int = 1
    ) -> list[str]:
        self._count += 1
        outputs = [f"n{self._count}.{number}" for number in range(count)]
        self._nodes.append(_node_bytes(kind, inputs, outputs, settings, domain))
        return outputs


def _unsigned(array: NDArray[Any]) -> NDArray[Any]:
    """Return the same whole numbers, 128 higher, so that none is below zero."""
    return np.ascontiguousarray(array).view(np.uint8) ^ np.uint8(128)


def _node_bytes(
    kind: str, inputs: Sequence[str], outputs: Sequence[str], settings: Mapping[str, float], domain: str
) -> bytes:
    names = b"".join(block(1, name) for name in inputs) + b"".join(block(2, name) for name in outputs)
    attributes = b"".join(block(5, _attribute(name, value)) for name, value in settings.items())
    return names + block(4, kind) + attributes + block(7, domain)


def _attribute(name: str, value: float) -> bytes:
    if isinstance(value, int):
        return block(1, name) + whole(3, value) + whole(20, 2)
    return block(1, name) + real(2, value) + whole(20, 1)


def _value(name: str, kind: str) -> bytes:
    return block(1, name) + block(2, block(1, whole(1, _KINDS[kind])))
