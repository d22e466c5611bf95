"""The invented attacks and look-alikes that detection of cruelty is measured on, by author."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

OLDER = "O"
"""Author letter of the numbered files, written before authors were told apart."""

UNSEEN = "unseen.json"
"""Beside the rows: what weights trained without an author said of that author's rows, as calibrated logits."""

_KEY_CHARS = 16


@dataclass(frozen=True, slots=True)
class CrueltyRow:
    """One text: cruel to a person in the conversation, or only alike, and who wrote it."""

    text: str
    is_cruel: bool
    author: str


def read_cruelty_rows(folder: Path) -> list[CrueltyRow]:
    """Read `abuse_*.txt` and `benign_*.txt`, author letter first in the name. Raises FileNotFoundError for none."""
    found = [
        CrueltyRow(line.strip(), kind == "abuse", _author(path))
        for kind in ("abuse", "benign")
        for path in sorted(folder.glob(f"{kind}_*.txt"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip()
    ]
    if not found:
        raise FileNotFoundError(f"there are no rows in {folder}")
    return found


def _author(path: Path) -> str:
    letter = path.stem.partition("_")[2][:1]
    return letter.upper() if letter.isalpha() else OLDER


def authors_of(rows: Iterable[CrueltyRow]) -> list[str]:
    """Return the author letters, sorted."""
    return sorted({row.author for row in rows})


def key_of(text: str) -> str:
    """Return the name of a row in `unseen.json`: sha256, shortened."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:_KEY_CHARS]


def read_unseen(folder: Path) -> Mapping[str, Mapping[str, float]]:
    """Return logits by author and row key; empty where the training has left none."""
    try:
        found = json.loads((folder / UNSEEN).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(author): {str(key): float(logit) for key, logit in rows.items()} for author, rows in found.items()}
