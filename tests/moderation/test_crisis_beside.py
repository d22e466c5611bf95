"""Present danger is found beside a story of the past, a lesson, a joke or a quote, and doubt never takes it away."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

import pytest

from forum.moderation.evaluation.judge import KnownScores, screener
from forum.moderation.phases import crisis_told
from forum.moderation.phases.crisis_told import Nearness
from forum.moderation.scoring.factory import load_local

pytestmark = pytest.mark.slow

ROWS = Path(__file__).parent.parent / "data" / "crisis_beside" / "rows.csv"


class Believes:
    """A reader that takes nothing for told."""

    line, version = 0.0, "t"

    def over(self, _sentences: object) -> Nearness:
        return lambda _number: 1.0


class Found(NamedTuple):
    """What the whole pipeline, the same without doubt, and the rules alone make of one row."""

    text: str
    wanted: int
    level: int
    undoubted: int
    by_rules: int


@pytest.fixture(scope="module")
def found() -> list[Found]:
    with ROWS.open(encoding="utf-8", newline="") as file:
        rows = [(row["text"], int(row["expected_level"])) for row in csv.DictReader(file)]
    with_model = screener(KnownScores(load_local("embedded", None), [text for text, _ in rows]))
    alone = screener(None)
    made = []
    for text, wanted in rows:
        with crisis_told.read_by(Believes()):
            undoubted = with_model(text).support_level
        made.append(Found(text, wanted, with_model(text).support_level, undoubted, alone(text).support_level))
    return made


def test_emergencies_are_found(found: list[Found]) -> None:
    emergencies = [one for one in found if one.wanted == 3]
    assert len(emergencies) >= 190
    assert sum(one.level == 3 for one in emergencies) >= 0.96 * len(emergencies)
    assert sum(one.by_rules == 3 for one in emergencies) >= 0.75 * len(emergencies)


def test_doubt_takes_nobody_their_card_or_their_people(found: list[Found]) -> None:
    assert not [one.text for one in found if one.wanted >= 2 and one.level < min(one.wanted, one.undoubted)]


def test_those_that_only_look_like_it_mostly_page_nobody(found: list[Found]) -> None:
    calm = [one for one in found if one.wanted < 2]
    assert len(calm) >= 30
    assert sum(one.level >= 2 for one in calm) <= 5
