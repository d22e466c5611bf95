"""Keeping the data true: import a checked list, write it out again, say which lines are due to be verified."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from forum.helplines import registry
from forum.helplines.importing import normalise
from forum.helplines.lines import Freshness
from forum.helplines.records import DataError

INDENT = 1


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import brought in."""

    countries: int
    lines: int
    withheld: tuple[str, ...]
    """Ids of lines that are kept for moderators and never shown automatically."""
    target: Path


@dataclass(frozen=True, slots=True)
class StaleLine:
    """A line whose last check is too long ago."""

    id: str
    country: str
    name: str
    last_checked: date
    freshness: Freshness
    confidence: str


def import_file(path: Path, target: Path | None = None) -> Imported:
    """Check a list, bring it into our form and put it in place in one step: in the instance, unless `target` is given.

    The package's own data is never written to. Running processes pick the new file up at their next question. Nothing
    is replaced when anything is wrong.

    Raises:
        DataError: naming every problem.
        OSError: the target cannot be written.
    """
    target = target or registry.instance_path()
    data = _read(path)
    checked = registry.read_registry(data)
    target.parent.mkdir(parents=True, exist_ok=True)
    _replace(target, _text(data))
    withheld = tuple(line.id for line in checked.lines if line.withheld)
    return Imported(len(checked.emergency), len(checked.lines), withheld, target)


def current() -> dict[str, Any]:
    """Return the data in use, in our form."""
    return _read(registry.source_path())


def replace_with(data: dict[str, Any]) -> None:
    """Check changed data and put it into the instance in one step.

    Raises:
        DataError: naming every problem; nothing is written then.
    """
    registry.read_registry(data)
    target = registry.instance_path()
    target.parent.mkdir(parents=True, exist_ok=True)
    _replace(target, _text(data))


def export() -> str:
    """Return the data in use as JSON text, ready for `import_file`."""
    return _text(_read(registry.source_path()))


def check(now: datetime) -> list[StaleLine]:
    """List lines that are due (6 months), stale (12) or expired (24), oldest first; disputed and low ones too."""
    found = [
        StaleLine(line.id, line.country, line.name, line.last_checked, line.freshness(now), line.confidence)
        for line in registry.registry().lines
        if line.freshness(now) != "fresh"
    ]
    return sorted(found, key=lambda stale: (stale.last_checked, stale.id))


def _read(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > registry.MAX_FILE_BYTES:
            raise DataError([f"{path.name}: larger than {registry.MAX_FILE_BYTES} bytes"])
        return normalise(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, AttributeError, KeyError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError([f"{path.name}: cannot be read ({type(error).__name__})"]) from error


def _text(data: dict[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False, indent=INDENT) + "\n"


def _replace(target: Path, text: str) -> None:
    """Write beside the target and rename, so that no reader ever sees half a file."""
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".helplines-", suffix=".json")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).replace(target)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
