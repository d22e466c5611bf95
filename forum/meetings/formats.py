"""Formats as data, and the agenda of one session: which step when. Pure functions over a YAML file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from forum.core import yamldata
from forum.core.errors import BadInput

FILE = Path(__file__).parent / "data" / "formats.yaml"
KINDS = ("opening", "reading", "shares", "talk", "quiet", "closing")
QUEUE_KINDS = ("shares", "talk", "quiet")
"""Steps in which people are called one after the other."""


@dataclass(frozen=True, slots=True)
class Step:
    """One part of a meeting."""

    name: str
    kind: str
    minutes: int
    """0 in a format: whatever is left."""
    words: str = ""
    """Opening, reading or closing words, shown to everybody."""


@dataclass(frozen=True, slots=True)
class Format:
    """A way of holding a meeting, for hosts to adapt."""

    key: str
    name: str
    summary: str
    cross_talk: str
    calling: str
    share_minutes: int
    minutes: int
    steps: tuple[Step, ...]

    def as_rows(self) -> list[dict[str, Any]]:
        """Return the steps as a series stores them."""
        return [asdict(step) for step in self.steps]


@cache
def formats() -> Mapping[str, Format]:
    """Return all formats by key, in the order of the file."""
    rows = yamldata.parse(FILE.read_text(encoding="utf-8"))["formats"]
    found = [Format(**{**row, "steps": tuple(Step(**step) for step in row["steps"])}) for row in rows]
    return {one.key: one for one in found}


def get_format(key: str) -> Format:
    """Return a format.

    Raises:
        BadInput: there is none of that name.
    """
    if key not in formats():
        raise BadInput("Please choose one of the formats.", field="format")
    return formats()[key]


def check_steps(rows: Sequence[Mapping[str, Any]], minutes: int) -> list[dict[str, Any]]:
    """Return an agenda after checking it.

    Raises:
        BadInput: no steps, an unknown kind, no closing at the end, or more minutes than the meeting has.
    """
    steps = [Step(str(r["name"])[:40], str(r["kind"]), int(r["minutes"]), str(r.get("words", ""))[:2000]) for r in rows]
    if not steps or steps[-1].kind != "closing":
        raise BadInput("An agenda ends with a closing step.", field="steps")
    if any(step.kind not in KINDS or step.minutes < 0 or not step.name for step in steps):
        raise BadInput("A step needs a name, a kind and minutes.", field="steps")
    if sum(step.minutes for step in steps) > minutes:
        raise BadInput("The steps take longer than the meeting.", field="steps")
    return [asdict(step) for step in steps]


def timed_steps(rows: Sequence[Mapping[str, Any]], minutes: int) -> list[dict[str, Any]]:
    """Return the agenda with the open minutes filled in: the first step of 0 minutes takes what is left."""
    steps = [dict(row) for row in rows]
    left = minutes - sum(int(step["minutes"]) for step in steps)
    for step in steps:
        if step["minutes"] == 0 and left > 0:
            step["minutes"], left = left, 0
    return steps


def planned_starts(rows: Sequence[Mapping[str, Any]], starts_at: datetime) -> list[datetime]:
    """Return when each step is meant to begin."""
    found, moment = [], starts_at
    for row in rows:
        found.append(moment)
        moment += timedelta(minutes=int(row["minutes"]))
    return found


def step_due(rows: Sequence[Mapping[str, Any]], starts_at: datetime, now: datetime) -> int:
    """Return the step the agenda has reached by the clock."""
    due = [number for number, moment in enumerate(planned_starts(rows, starts_at)) if moment <= now]
    return due[-1] if due else 0
