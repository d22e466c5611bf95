"""The report on cruelty says what was held, by author, with unseen weights apart from shipped ones."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from forum.moderation.evaluation.cruelty import LIMITS, Seen, evaluate_cruelty
from forum.moderation.evaluation.cruelty_rows import CrueltyRow, key_of
from forum.moderation.verdict import Lane, Verdict, Visibility

CRUEL = "you are pathetic and everyone here can see it, you stupid junkie"
CALM = "made soup, watered the plants, day 43"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "abuse_1.txt").write_text(CRUEL + "\n")
    (tmp_path / "benign_1.txt").write_text(CALM + "\n\n")
    (tmp_path / "abuse_z.txt").write_text("You were pathetic high and you're pathetic sober.\n")
    (tmp_path / "benign_z.txt").write_text("slept nine hours\nslept two hours\n")
    return tmp_path


def test_the_report_has_authors_sizes_and_limits(folder: Path) -> None:
    texts = ("You were pathetic high and you're pathetic sober.", "slept nine hours", "slept two hours")
    (folder / "unseen.json").write_text(json.dumps({"Z": {key_of(text): -9.0 for text in texts}}))
    said = list(evaluate_cruelty(folder, folder / "out", "embedded", date(2026, 1, 2)))
    text = (folder / "out" / "cruelty.md").read_text()
    unseen, shipped = text.split("## Shipped weights")
    assert said[0] == "cruelty: 5 rows judged"
    assert "2026-01-02" in text
    assert "| O | 1 | 100% (1/1;" in shipped
    assert "| Z | 2 | 0% (0/2;" in shipped
    assert "| O |" not in unseen
    assert "| Z | 1 |" in unseen
    assert text.endswith(LIMITS)


@pytest.mark.parametrize(
    ("visibility", "level", "lane", "urgent", "by_cruelty"),
    [
        ("held", 0, "T2", True, True),
        ("held", 2, "T1", True, True),
        ("live", 2, "T1", True, False),
        ("live", 0, "T2", True, True),
        ("live", 0, "T3", False, False),
        ("live", 0, None, False, False),
    ],
)
def test_what_counts_as_urgent(
    visibility: Visibility, level: int, lane: Lane | None, urgent: bool, by_cruelty: bool
) -> None:
    seen = Seen(CrueltyRow("t", False, "Z"), Verdict(visibility, level, lane))
    assert (seen.is_in(("T0", "T1", "T2")), seen.is_urgent_by_cruelty) == (urgent, by_cruelty)
