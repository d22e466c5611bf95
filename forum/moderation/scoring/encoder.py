"""The built-in sentence encoder and the layers of the heads: ONNX models on one thread, token vectors out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from forum.moderation.scoring.graph import BRANCH, IDS, MASK, VECTORS

if TYPE_CHECKING:
    import onnxruntime

Floats = NDArray[np.float32]
Ids = tuple[int, ...]

MAX_TOKENS = 128

_FUSED_NORM = "SkipLayerNormFusion"
"""What would put `graph`'s two nodes for a normalisation into the slower one again."""


class Encoder:
    """Runs what `graph.assemble` made. Not for two threads at once: it is meant to have one of its own."""

    def __init__(self, model: bytes, outputs: Sequence[str]) -> None:
        self._session = _session(model)
        self._outputs = list(dict.fromkeys(outputs))

    def encode(self, texts: Sequence[Ids]) -> dict[Ids, dict[str, Floats]]:
        """Return, for every distinct id sequence, each output's token vectors `[tokens, 384]`.

        Each is read alone: rounding to 8 bits looks at everything that is read together, and what a text is given must
        not depend on its neighbours. Measured, a batch of 8 would save a quarter at 16 tokens and a tenth at 40.
        """
        return {ids: self._run(ids) for ids in dict.fromkeys(texts)}

    def _run(self, ids: Ids) -> dict[str, Floats]:
        feed = {IDS: np.array([ids], np.int64), MASK: np.ones((1, len(ids)), np.int32)}
        return {name: out[0] for name, out in zip(self._outputs, self._session.run(self._outputs, feed), strict=True)}


class Branch:
    """Runs what `graph.assemble_branch` made: layers of a head that few texts need, over vectors of the encoder."""

    def __init__(self, model: bytes) -> None:
        self._session = _session(model)

    def __call__(self, vectors: Floats) -> Floats:
        """Return token vectors `[tokens, 384]` for those of the source."""
        feed = {VECTORS: vectors[np.newaxis], MASK: np.ones((1, len(vectors)), np.int32)}
        found: Floats = self._session.run([BRANCH], feed)[0][0]
        return found


def _session(model: bytes) -> onnxruntime.InferenceSession:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    # Spinning threads burn a core that a small server does not have; the arena keeps memory it no longer needs.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(
        model, options, providers=["CPUExecutionProvider"], disabled_optimizers=[_FUSED_NORM]
    )
