"""Floors on invented texts written alongside the rules: registers, look-alikes, other people's danger.

The rules were widened until these floors held, so they guard against going back; they do not say how the rules do on
text nobody has seen. In a `0` row, any level below 2 is right.
"""

from __future__ import annotations

import csv
from pathlib import Path

from tests.moderation.phases.crisis_helpers import Row, level_of


def rows(*levels: int) -> list[Row]:
    path = Path(__file__).with_name("crisis_rows.csv")
    with path.open(encoding="utf-8", newline="") as handle:
        everything = [Row(row["text"], "", int(row["expected_level"])) for row in csv.DictReader(handle)]
    return [row for row in everything if row.level in levels]


def share(chosen: list[Row], least: int) -> float:
    return sum(level_of(row.text) >= least for row in chosen) / len(chosen)


def test_emergencies_page() -> None:
    assert len(rows(3)) >= 180
    assert share(rows(3), 3) >= 0.97


def test_crises_show_a_card() -> None:
    assert share(rows(2, 3), 2) >= 0.97


def test_look_alikes_rarely_show_a_card_and_hardly_ever_page() -> None:
    assert len(rows(0)) >= 350
    assert share(rows(0), 2) <= 0.02
    assert share(rows(0), 3) <= 0.01
