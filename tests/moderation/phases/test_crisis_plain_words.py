"""Floors on the plainly worded development rows, and the plain wordings that were once missed."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from forum.moderation.evaluation.rows import Row, read_rows
from tests.moderation.phases.crisis_helpers import level_of

FOLDER = Path(__file__).resolve().parents[2] / "data" / "crisis"


@cache
def rated() -> list[tuple[Row, int]]:
    """Return every development row with the level it gets; rows kept for testing are left alone."""
    return [(row, level_of(row.text)) for row in read_rows(FOLDER) if row.split == "dev"]


def share(of: list[int], least: int) -> float:
    assert of
    return sum(level >= least for level in of) / len(of)


def test_plainly_worded_crises_get_a_card() -> None:
    assert share([got for row, got in rated() if row.kind == "lexical" and row.level >= 2], 2) >= 0.97


def test_plainly_worded_emergencies_page() -> None:
    assert share([got for row, got in rated() if row.kind == "lexical" and row.level == 3], 3) >= 0.97


def test_ordinary_posts_page_nobody_and_rarely_get_a_card() -> None:
    levels = [got for row, got in rated() if row.level == 0]
    assert share(levels, 3) == 0
    assert share(levels, 2) <= 0.02


@pytest.mark.parametrize("category", ["supporter_reply", "education", "past_suicidality"])
def test_helping_teaching_and_the_past_get_no_card(category: str) -> None:
    assert share([got for row, got in rated() if row.category == category], 2) <= 0.05


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("already took them all. goodbye", 3),
        ("I'm coming round yours tonight and you won't see it coming", 3),
        ("tried to end my life just now", 3),
        ("someone od'd at my house. hes breathing but barely", 3),
        ("the voices are telling me to jump NOW and they wont stop", 3),
        ("su!cide thoughts again tonight", 2),
        ("i been wanting to un4live", 2),
        ("wanna selfdelete so bad", 2),
    ],
)
def test_what_was_once_missed_is_heard(text: str, level: int) -> None:
    assert level_of(text) >= level
