"""Read the crisis probability off the built-in encoder's token vectors and the wording, with numpy alone.

The scorer process runs the encoder once per view of a text, the head's own layers with it (`graph`), and hands what
comes out of those to the head; the head answers `crisis` (probability of support level 2 or more), `crisis_3` (of level
3), `crisis_1` (of level 1 or more) and, as `help_…`, the kind of help the text is about. `combine` folds the views of
one text into one answer. The head branches off the encoder's fourth layer, which the toxicity patch leaves alone, and
adds two transformer layers of its own: two models for little more than the price of one. A second reader, of the
wording alone (`wording`), is added up with it. Weights are pinned in `manifest.json`: a file that does not match its
sha256 is refused, the rules carry on alone.
"""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forum.moderation.scoring.layers import SCALE, Layer, read_layers
from forum.moderation.scoring.protocol import WeightsError
from forum.moderation.scoring.views import plain_view
from forum.moderation.scoring.weights import read_manifest_with, read_pinned
from forum.moderation.scoring.wording import BUCKETS, Buckets, weigh

Floats = NDArray[np.float32]
Weights = Mapping[str, Floats]

MANIFEST_FIELDS = frozenset({"version", "source", "layers", "calibration", "thresholds", "file", "sha256", "wording"})
WINDOW_WORDS = 80
WINDOW_STEP = 60
MAX_WINDOWS = 28
LEVEL_KEYS = ("crisis_1", "crisis", "crisis_3")
GROUPS = ("suicide", "self_harm", "overdose", "withdrawal", "abuse", "child", "threat", "third_party")
GROUP_PREFIX = "help_"


def views(text: str) -> list[str]:
    """Return the parts of `text` to encode: each window, and its plain view where disguises were taken off.

    The windows are those of the toxicity scorer wherever words are of ordinary length, so most are encoded once.
    """
    found: list[str] = []
    for window in windows(text):
        found.append(window)
        plain = plain_view(window)
        if plain.lower() != unicodedata.normalize("NFKC", window).lower():
            found.append(plain)
    return found


def windows(text: str) -> list[str]:
    """Cut a text of more than 80 words into overlapping windows; of very long texts the middle is left out."""
    words = text.split()
    if len(words) <= WINDOW_WORDS:
        return [text]
    starts = range(0, len(words) - WINDOW_WORDS + WINDOW_STEP, WINDOW_STEP)
    found = [" ".join(words[start : start + WINDOW_WORDS]) for start in starts]
    half = MAX_WINDOWS // 2
    return found if len(found) <= MAX_WINDOWS else found[:half] + found[-half:]


@dataclass(frozen=True, slots=True)
class CrisisHead:
    """The trained head: call it with what its layers made of one view, `[tokens, 384]`, without padding."""

    weights: Weights
    """Of the pooling and the small network after it."""
    version: str
    source: str
    """Name of the encoder output its layers read; see `graph.SOURCES`."""
    layers: tuple[Layer, ...] = ()
    wording: Floats = field(default_factory=lambda: np.zeros((len(LEVEL_KEYS), BUCKETS + 1), np.float32))
    """One number for each level and bucket of `wording.features`, and last the bias."""
    calibration: Floats = field(default_factory=lambda: np.array([[1.0, 0.0, 0.0]] * len(LEVEL_KEYS), np.float32))
    """For each level: how much the layers' and the wording's logit count, and what is added. Measured on writers
    neither had read."""

    @classmethod
    def load(cls, folder: Path) -> CrisisHead:
        """Read the weights named in `folder/manifest.json`. Raises WeightsError for anything missing or altered."""
        manifest = read_manifest_with(folder, MANIFEST_FIELDS, "the crisis model")
        raw = read_pinned(folder / str(manifest["file"]), manifest)
        try:
            pin, packed = manifest["wording"], read_packed(raw)
            return cls(
                unpack_pooling(packed),
                version=str(manifest["version"]),
                source=str(manifest["source"]),
                layers=read_layers(packed, int(manifest["layers"])),
                wording=read_packed(read_pinned(folder / str(pin["file"]), pin))["weights"].astype(np.float32),
                calibration=np.array([manifest["calibration"][key] for key in LEVEL_KEYS], np.float32),
            )
        except (ValueError, OSError, KeyError, TypeError) as error:
            raise WeightsError("the crisis weights cannot be read") from error

    def views(self, text: str) -> list[str]:
        """Return the parts of `text` to encode; see the module's `views`."""
        return views(text)

    def __call__(self, tokens: NDArray[np.floating[Any]], buckets: Buckets) -> dict[str, float]:
        """Score one view: what its layers made of it, and the buckets of its wording."""
        logits = pooled_logits(tokens.astype(np.float32), self.weights)
        read, worded, intercept = self.calibration.T
        levels = sigmoid(logits[: len(LEVEL_KEYS)] * read + weigh(self.wording, buckets) * worded + intercept)
        kinds = softmax(logits[len(LEVEL_KEYS) :])
        found = {key: float(value) for key, value in zip(LEVEL_KEYS, levels, strict=True)}
        return found | {GROUP_PREFIX + key: float(value) for key, value in zip(GROUPS, kinds, strict=True)}

    def combine(self, parts: Sequence[Mapping[str, float]]) -> dict[str, float]:
        """Fold the answers of all views of one text; see the module's `combine`."""
        return combine(parts)


def combine(parts: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Let the worst view speak for the text: its kinds of help, and the highest of every level. Nothing gives {}."""
    if not parts:
        return {}
    found = dict(max(parts, key=lambda part: part["crisis"]))
    return found | {key: max(part[key] for part in parts) for key in LEVEL_KEYS}


def pack(weights: Weights) -> dict[str, NDArray[Any]]:
    """Store matrices as 8-bit integers with one scale per row, the rest in half precision."""
    packed: dict[str, NDArray[Any]] = {}
    for name, array in weights.items():
        if array.ndim == 2 and array.size > 4096:
            scale = np.maximum(np.abs(array).max(1, keepdims=True), 1e-8) / 127
            packed[name] = np.round(array / scale).astype(np.int8)
            packed[name + SCALE] = scale.astype(np.float32)
        else:
            packed[name] = array.astype(np.float16)
    return packed


def read_packed(raw: bytes) -> dict[str, NDArray[Any]]:
    """Return the arrays of an .npz that `pack` filled. Never unpickles."""
    with np.load(io.BytesIO(raw), allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files}


def unpack_pooling(packed: Mapping[str, NDArray[Any]]) -> dict[str, Floats]:
    """Undo `pack` for everything but the transformer layers, which stay in 8 bits."""
    return unpack({name: array for name, array in packed.items() if not name.startswith("layers.")})


def unpack(packed: Mapping[str, NDArray[Any]]) -> dict[str, Floats]:
    """Undo `pack`."""
    found: dict[str, Floats] = {}
    for name, array in packed.items():
        if not name.endswith(SCALE):
            scale = packed.get(name + SCALE)
            found[name] = array.astype(np.float32) * (1.0 if scale is None else scale)
    return found


def _linear(x: Floats, w: Weights, name: str) -> Floats:
    return np.asarray(x @ w[name + ".weight"].T + w[name + ".bias"], dtype=np.float32)


def pooled_logits(x: Floats, w: Weights) -> Floats:
    """Pool tokens with a few learned queries, the mean and the maximum, then a small network."""
    attention = softmax(_linear(x, w, "q"))
    attended = (attention.T @ _linear(x, w, "v")).ravel()
    pooled = layer_norm(np.concatenate([attended, x.mean(0), x.max(0)]), w["ln.weight"], w["ln.bias"])
    return _linear(gelu(_linear(pooled, w, "a")), w, "o")


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
    spread = np.sqrt((centred * centred).mean(-1, keepdims=True) + np.float32(epsilon))
    return np.asarray(centred / spread * weight + bias, dtype=np.float32)


def gelu(x: Floats) -> Floats:
    """Return the exact GELU; erf by Abramowitz and Stegun 7.1.26 (error below 2e-7), so no scipy is needed."""
    z = np.abs(x) * np.float32(0.7071067811865476)
    t = np.float32(1) / (np.float32(1) + np.float32(0.3275911) * z)
    series = t * np.float32(1.061405429) - np.float32(1.453152027)
    for factor in (1.421413741, -0.284496736, 0.254829592):
        series = series * t + np.float32(factor)
    erf = np.copysign(np.float32(1) - series * t * np.exp(-z * z), x)
    return np.asarray(np.float32(0.5) * x * (np.float32(1) + erf), dtype=np.float32)
