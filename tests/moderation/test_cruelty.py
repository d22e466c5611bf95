"""Attacks held, pain left alone: floors on invented sets, with rules alone and with the built-in scorer.

First runs with the built-in scorer, before anything was changed for the set: 37 %, 58 %, 52 %, 100 % and 60 % of the
attacks held, at most one benign text of a set. Sets 1–4 have since been used to improve rules; set 5 only to choose
the line of 0.70. So the figures for sets 1–4 flatter; the one for set 5 is the honest one.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.detoxify_bounds import is_held, with_detoxify
from forum.moderation.pipeline import ScoresText, screen
from forum.moderation.scoring.models import load_local
from forum.moderation.scoring.protocol import ManyScorer
from forum.moderation.verdict import Submission

SETS = Path(__file__).parent.parent / "data" / "cruelty"
NAMES = ("1", "2", "3", "4", "5")
RULES_ALONE = {"1": 0.70, "2": 0.55, "3": 0.65, "4": 0.55, "5": 0.25}
WITH_SCORER = {"1": 0.80, "2": 0.80, "3": 0.75, "4": 0.90, "5": 0.55}


@pytest.fixture(scope="module")
def scorer() -> Iterator[ScoresText]:
    loaded = load_local("embedded", None)
    if loaded.status().state != "ready":
        pytest.skip("the built-in scorer's packages are not installed")
    yield loaded
    loaded.close()


def held(kind: str, name: str, scorer: ScoresText | None) -> tuple[float, list[str]]:
    texts = [line for line in (SETS / f"{kind}_{name}.txt").read_text().splitlines() if line.strip()]
    paused = [text for text in texts if screen(Submission(text), scorer, deadline_seconds=30).visibility == "held"]
    return len(paused) / len(texts), paused


@pytest.mark.parametrize("name", NAMES)
def test_rules_alone_hold_attacks(name: str) -> None:
    assert held("abuse", name, None)[0] >= RULES_ALONE[name]


@pytest.mark.parametrize("name", NAMES)
def test_rules_and_scorer_hold_attacks(name: str, scorer: ScoresText) -> None:
    assert held("abuse", name, scorer)[0] >= WITH_SCORER[name]


@pytest.mark.parametrize("name", NAMES)
def test_recovery_talk_is_not_held_by_rules(name: str) -> None:
    assert held("benign", name, None)[1] == []


@pytest.mark.parametrize("name", NAMES)
def test_recovery_talk_is_not_held_with_the_scorer(name: str, scorer: ScoresText) -> None:
    assert held("benign", name, scorer)[1] == []


class TestBesideDetoxify:
    """Detoxify joins the built-in scorer: it may hold more where that agrees, and takes nothing back."""

    def test_what_is_held_without_it_is_held_when_it_says_nothing(self, scorer: ManyScorer) -> None:
        attacks = (SETS / "abuse_t.txt").read_text(encoding="utf-8").splitlines()[:60]
        scores = scorer.score_many(attacks)
        paused = [text for text, one in zip(attacks, scores, strict=True) if is_held(text, one)]
        silent = [text for text, one in zip(attacks, scores, strict=True) if is_held(text, with_detoxify(one, 0.0))]
        sure = [text for text, one in zip(attacks, scores, strict=True) if is_held(text, with_detoxify(one, 0.95))]
        assert len(paused) > 30
        assert silent == paused
        assert set(paused) < set(sure)

    def test_alone_it_holds_nothing_harmless(self, scorer: ManyScorer) -> None:
        text = "You said the soup was good, and it was. Thank you for the recipe."
        (scores,) = scorer.score_many([text])
        assert not is_held(text, with_detoxify(scores, 0.95))
