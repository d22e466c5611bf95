"""The labelled rows that detection is measured on."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Kind = Literal["lexical", "implicit", "oblique", "none"]
Split = Literal["dev", "test"]

REGISTERS = ("Scots", "older formal", "African American", "teenage", "Indian English", "learner's English")
GIVEN, WRITERS = "given", "writers"
"""Folders beside our own rows: those we were given, and one file for each writer who was asked for more."""
REGISTERS_FILE = "registers.csv"
"""Says the same things once per register, in the order of REGISTERS."""

_KINDS: dict[str, Kind] = {"lexical": "lexical", "implicit": "implicit", "oblique": "oblique"}
_FIFTHS = 5
_TEST_FIFTHS = 2


@dataclass(frozen=True, slots=True)
class Row:
    """One labelled text."""

    text: str
    category: str
    level: int
    """The support level a careful reader gives it, 0–3."""
    kind: Kind
    split: Split
    source: str
    """Name of the file it stands in, without ending."""
    register: str = ""


def read_rows(folder: Path) -> list[Row]:
    """Read every .csv of `folder`, in name order. Raises FileNotFoundError when there is none."""
    paths = sorted(folder.glob("*.csv"))
    if not paths:
        raise FileNotFoundError(f"there are no rows in {folder}")
    return [row for path in paths for row in _read(path)]


def read_writers(folder: Path) -> dict[str, list[Row]]:
    """Return every hand-written row by who wrote it: ours, the given ones, and each writer of `writers`."""
    sets = {"own": read_rows(folder), "given": read_rows(folder / GIVEN)}
    for path in sorted((folder / WRITERS).glob("*.csv")):
        sets[path.stem] = list(_read(path))
    return sets


def key_of(text: str) -> str:
    """Return a short name for a row's text, for tables that hold no text."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:16]


def split_of(key: str) -> Split:
    """Return the side a row is on: two fifths `test`, the rest `dev`, by the sha256 of its key, for ever."""
    number = int(hashlib.sha256(key.encode("utf-8")).hexdigest(), 16)
    return "test" if number % _FIFTHS < _TEST_FIFTHS else "dev"


def _read(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        for number, line in enumerate(csv.DictReader(file)):
            kind = _KINDS.get(line.get("kind", ""), "none")
            paired = path.name == REGISTERS_FILE and kind != "oblique"
            yield Row(
                text=line["text"],
                category=line["category"],
                level=int(line["expected_level"]),
                kind=kind,
                split=split_of(f"{line['category']}:{line['expected_level']}" if paired else line["text"]),
                source=path.stem,
                register=REGISTERS[number % len(REGISTERS)] if paired else "",
            )
