"""Digests recorded beside fetched files, so that a later change of any of them is noticed before it is loaded."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from forum.moderation.scoring.protocol import WeightsError

PINS = "pins.json"
_BLOCK = 1 << 20


def sha256_of(path: Path) -> str:
    """Return the hexadecimal sha256 of a file. Raises OSError."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def write_pins(folder: Path, paths: Iterable[str]) -> None:
    """Record the digests of `paths` (relative to `folder`), replacing an older record in one step."""
    found = {path: sha256_of(folder / path) for path in paths}
    draft = folder / f"{PINS}.part"
    draft.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    draft.replace(folder / PINS)


def check_pins(folder: Path) -> None:
    """Compare every recorded file with its digest; a folder without a record passes. Raises WeightsError."""
    if not (folder / PINS).is_file():
        return
    for path, problem in pin_problems(folder).items():
        if problem:
            raise WeightsError(f"{path} {problem}")


def pin_problems(folder: Path) -> dict[str, str]:
    """Return, for each recorded file, what is wrong with it: an empty string when nothing is."""
    try:
        pins = json.loads((folder / PINS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {PINS: "cannot be read"}
    if not isinstance(pins, dict):
        return {PINS: "is not a list of digests"}
    return {path: _problem(folder / path, str(digest)) for path, digest in pins.items()}


def _problem(path: Path, digest: str) -> str:
    try:
        return "" if sha256_of(path) == digest else "differs from the digest recorded when it was fetched"
    except OSError:
        return "is missing"
