"""The built-in sentence encoder: ONNX on one thread, token vectors out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ids = tuple[int, ...]

LAST_HIDDEN_STATE = "last_hidden_state"
MAX_TOKENS = 128
BATCH_SIZE = 8
BATCH_TOKENS = 48
"""Longer texts go one by one: measured, a batch of 8 saves 45 % at 16 tokens, 18 % at 64 and nothing at 128."""


class Encoder:
    """Runs the patched MiniLM. Not for two threads at once: it is meant to have one of its own."""

    def __init__(self, model: bytes, outputs: Sequence[str]) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        # Spinning threads burn a core that a small server does not have; the arena keeps memory it no longer needs.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.enable_cpu_mem_arena = False
        options.log_severity_level = 4
        self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self._outputs = list(dict.fromkeys(outputs))

    def encode(self, texts: Sequence[Ids]) -> dict[Ids, dict[str, Floats]]:
        """Return, for every distinct id sequence, each output's token vectors `[tokens, 384]`, padding cut off."""
        found: dict[Ids, dict[str, Floats]] = {}
        for batch in _batches(sorted(set(texts), key=len)):
            for number, outputs in enumerate(zip(*self._run(batch), strict=True)):
                ids = batch[number]
                found[ids] = {name: out[: len(ids)] for name, out in zip(self._outputs, outputs, strict=True)}
        return found

    def _run(self, batch: Sequence[Ids]) -> list[Any]:
        width = max(len(ids) for ids in batch)
        tokens = np.zeros((len(batch), width), np.int64)
        mask = np.zeros_like(tokens)
        for row, ids in enumerate(batch):
            tokens[row, : len(ids)] = ids
            mask[row, : len(ids)] = 1
        feed = {"input_ids": tokens, "attention_mask": mask, "token_type_ids": np.zeros_like(tokens)}
        return list(self._session.run(self._outputs, feed))


def _batches(texts: Sequence[Ids]) -> Iterator[list[Ids]]:
    """Yield neighbours in length together while they are short, long texts alone."""
    batch: list[Ids] = []
    for ids in texts:
        if batch and (len(ids) > BATCH_TOKENS or len(batch) == BATCH_SIZE):
            yield batch
            batch = []
        batch.append(ids)
    if batch:
        yield batch
