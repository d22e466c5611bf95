"""Write the trained weights as the forum reads them: an .npz of 8-bit matrices, and the manifest that pins it."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forum.moderation.scoring.crisis_head import GROUPS, pack
from forum.moderation.training.network import GROUP_NAMES, CrisisNetwork
from forum.moderation.training.trunk import TRUNK_OUTPUT

FILE, WORDING_FILE = "head.npz", "wording.npz"
_EPOCH = (2026, 1, 1, 0, 0, 0)


def arrays(network: CrisisNetwork) -> dict[str, NDArray[Any]]:
    """Return the packed weights, named as the runtime expects them."""
    if GROUP_NAMES != GROUPS:
        raise ValueError("network and runtime disagree about the kinds of help")
    return pack({name: value.numpy().astype(np.float32) for name, value in network.state_dict().items()})


def write(
    network: CrisisNetwork,
    wording: NDArray[np.float32],
    folder: Path,
    version: str,
    calibration: Mapping[str, tuple[float, ...]],
    thresholds: Mapping[str, float],
) -> None:
    """Write both readers' weights and the manifest into `folder`."""
    raw, worded = npz(arrays(network)), wording_bytes(wording)
    (folder / FILE).write_bytes(raw)
    (folder / WORDING_FILE).write_bytes(worded)
    manifest = {
        "version": version,
        "source": TRUNK_OUTPUT,
        "layers": len(network.layers),
        "calibration": {key: list(pair) for key, pair in calibration.items()},
        "thresholds": dict(thresholds),
        **pin(FILE, raw),
        "wording": pin(WORDING_FILE, worded),
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


def wording_bytes(wording: NDArray[np.float32]) -> bytes:
    """Return the bytes of a wording's file: half precision is more than it needs."""
    return npz({"weights": wording.astype(np.float16)})


def pin(name: str, raw: bytes) -> dict[str, str | int]:
    """Return what a manifest says of one file."""
    return {"file": name, "sha256": hashlib.sha256(raw).hexdigest(), "bytes": len(raw)}


def npz(weights: dict[str, NDArray[Any]]) -> bytes:
    """Return an .npz whose bytes depend on the weights alone, not on the clock."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(weights):
            part = io.BytesIO()
            np.lib.format.write_array(part, np.ascontiguousarray(weights[name]), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(name + ".npy", _EPOCH), part.getvalue(), zipfile.ZIP_DEFLATED)
    return out.getvalue()
