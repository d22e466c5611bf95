"""Read the crisis probability off the built-in encoder's token vectors, with numpy alone.

The scorer process runs the encoder once per view of a text and hands the token vectors of `CrisisHead.source` to the
head; the head answers `crisis` (probability of support level 2 or more), `crisis_3` (of level 3) and one value per
kind of help. `combine` folds the views of one text into one answer. Weights are pinned in `manifest.json`: a file
that does not match its sha256 is refused (`CrisisWeightsError`) and the rules carry on alone.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Weights = Mapping[str, Floats]

MANIFEST = "manifest.json"
LAST_HIDDEN_STATE = "last_hidden_state"
WINDOW_WORDS = 80
WINDOW_STEP = 60
MAX_WINDOWS = 12


class CrisisWeightsError(Exception):
    """The crisis weights are missing, altered or of a shape this code does not know."""


def views(text: str) -> list[str]:
    """Return the windows of `text` to encode: the text itself up to 80 words, else overlapping windows of 80.

    At most 12: the first six and the last six, because people open or close with what matters most.
    """
    words = text.split()
    if len(words) <= WINDOW_WORDS:
        return [text]
    starts = range(0, len(words) - WINDOW_WORDS + WINDOW_STEP, WINDOW_STEP)
    found = [" ".join(words[start : start + WINDOW_WORDS]) for start in starts]
    half = MAX_WINDOWS // 2
    return found if len(found) <= MAX_WINDOWS else found[:half] + found[-half:]


def expose(model: bytes, output: str) -> bytes:
    """Return the ONNX `model` with the inner float tensor `output` added to its outputs.

    Protocol buffers merge a message that is given twice, so appending a ModelProto that holds nothing but
    `graph.output` adds one output without parsing (or needing a parser for) the model.
    """
    if output == LAST_HIDDEN_STATE:
        return model
    float_tensor = _field(2, _field(1, b"\x08\x01"))
    value_info = _field(1, output.encode("ascii")) + float_tensor
    return model + _field(7, _field(12, value_info))


def _field(number: int, payload: bytes) -> bytes:
    """Encode one length-delimited protocol buffer field."""
    return _varint(number << 3 | 2) + _varint(len(payload)) + payload


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


@dataclass(frozen=True, slots=True)
class CrisisHead:
    """The trained head: call it with token vectors `[tokens, 384]` of one view, without padding."""

    weights: Weights
    version: str
    source: str
    """Name of the encoder output the head reads; see `expose`."""

    @classmethod
    def load(cls, folder: Path) -> CrisisHead:
        """Read the weights named in `folder/manifest.json`.

        Raises CrisisWeightsError when the manifest or a file is missing, or a sha256 differs.
        """
        manifest = read_manifest(folder)
        raw = _verified(folder, manifest)
        try:
            with np.load(io.BytesIO(raw), allow_pickle=False) as stored:
                weights = {name: stored[name].astype(np.float32) for name in stored.files}
        except (ValueError, OSError) as error:
            raise CrisisWeightsError("the crisis weights cannot be read") from error
        return cls(weights=weights, version=str(manifest["version"]), source=str(manifest["source"]))

    def views(self, text: str) -> list[str]:
        """Return the parts of `text` to encode; see the module's `views`."""
        return views(text)

    def __call__(self, tokens: NDArray[np.floating[Any]]) -> dict[str, float]:
        """Score one view from its token vectors, shape `[tokens, 384]`."""
        found = _attention_head(tokens.astype(np.float32), self.weights)
        return {"crisis": float(found[0]), "crisis_3": 0.0}

    def combine(self, parts: Sequence[Mapping[str, float]]) -> dict[str, float]:
        """Fold the answers of all views of one text: the worst view speaks for the text."""
        return combine(parts)


def combine(parts: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """Return the highest value of every key over `parts`; no parts give an empty answer."""
    out: dict[str, float] = {}
    for part in parts:
        for key, value in part.items():
            out[key] = max(value, out.get(key, 0.0))
    return out


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the parsed manifest of a weights folder, or raise CrisisWeightsError."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CrisisWeightsError("the crisis weights have no readable manifest") from error
    if not isinstance(manifest, dict) or not {"version", "source", "file", "sha256"} <= manifest.keys():
        raise CrisisWeightsError("the manifest of the crisis weights lacks a field")
    return manifest


def _verified(folder: Path, manifest: Mapping[str, Any]) -> bytes:
    try:
        raw = (folder / str(manifest["file"])).read_bytes()
    except OSError as error:
        raise CrisisWeightsError("the crisis weights are missing") from error
    if hashlib.sha256(raw).hexdigest() != manifest["sha256"]:
        raise CrisisWeightsError("the crisis weights differ from their pinned sha256")
    return raw


def _attention_head(x: Floats, w: Weights) -> Floats:
    """Pool tokens with a few learned queries and the mean, then a small network; returns probabilities."""
    attention = softmax(x @ w["q.weight"].T + w["q.bias"])
    values = x @ w["v.weight"].T + w["v.bias"]
    pooled = np.concatenate([(attention.T @ values).ravel(), x.mean(0)])
    pooled = layer_norm(pooled, w["ln.weight"], w["ln.bias"])
    hidden = gelu(w["a.weight"] @ pooled + w["a.bias"])
    return sigmoid(w["o.weight"] @ hidden + w["o.bias"])


def softmax(x: Floats, axis: int = 0) -> Floats:
    """Return the softmax of `x` along `axis`."""
    powers = np.exp(x - x.max(axis, keepdims=True))
    return np.asarray(powers / powers.sum(axis, keepdims=True), dtype=np.float32)


def sigmoid(x: Floats) -> Floats:
    """Return the logistic of `x`, safe for large magnitudes."""
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(x, -30.0, 30.0))), dtype=np.float32)


def layer_norm(x: Floats, weight: Floats, bias: Floats, epsilon: float = 1e-5) -> Floats:
    """Normalise the last axis of `x`, then scale and shift."""
    centred = x - x.mean(-1, keepdims=True)
    return np.asarray(centred / np.sqrt((centred**2).mean(-1, keepdims=True) + epsilon) * weight + bias)


def gelu(x: Floats) -> Floats:
    """Return the exact GELU; erf by Abramowitz and Stegun 7.1.26 (error below 2e-7), so no scipy is needed."""
    z = np.abs(x) / np.float32(np.sqrt(2.0))
    t = 1.0 / (1.0 + 0.3275911 * z)
    series = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t
    return np.asarray(0.5 * x * (1.0 + np.sign(x) * (1.0 - series * np.exp(-z * z))), dtype=np.float32)
