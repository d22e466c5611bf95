"""What the crisis tests share: rate a text in one word, and read the development rows."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from forum.moderation.phases import crisis
from forum.moderation.phases.normalise import views_of
from forum.moderation.verdict import Finding, Submission

ROWS = Path(__file__).resolve().parents[2] / "data" / "crisis_dev.csv"


@dataclass(frozen=True)
class Row:
    """One development row."""

    text: str
    category: str
    level: int


def findings_of(text: str) -> list[Finding]:
    return crisis.run(Submission(text), views_of(text))


def level_of(text: str) -> int:
    """Return what the rules make of a text that no model read."""
    return support_level(findings_of(text))


def support_level(found: list[Finding]) -> int:
    """Return the level of findings, with what is added where no model read the text."""
    return crisis.support_level(crisis.unread(found))


def categories_of(text: str) -> tuple[str, ...]:
    return crisis.categories(findings_of(text))


def development_rows() -> list[Row]:
    with ROWS.open(encoding="utf-8", newline="") as handle:
        return [Row(row["text"], row["category"], int(row["expected_level"])) for row in csv.DictReader(handle)]
