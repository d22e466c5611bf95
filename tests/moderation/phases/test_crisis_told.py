"""Danger that is told of, taught or answered is doubted; danger that is there is not; and doubt never stands alone."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from forum.moderation.phases import crisis, crisis_told
from forum.moderation.phases.crisis_lexicon import lexicon
from forum.moderation.phases.crisis_told import (
    BUCKETS,
    FILE,
    FOLDER,
    LONG_DOUBT,
    LONG_WORDS,
    Nearness,
    ToldError,
    Wording,
    features,
)
from forum.moderation.phases.normalise import views_of
from forum.moderation.pipeline import inline, problems, screen
from forum.moderation.verdict import Author, RecentText, Scores, Submission

THERE = (
    "i am going to kill myself tonight",
    "my boyfriend is blue and i cant wake him, please",
    "I've taken all my tablets. I'm sorry everyone",
    "he's got a knife and he's outside the bedroom door",
    "they'd be better off without me. i want to die",
    "i cut myself tonight",
    "thinking about killing myself",
)
TOLD = (
    "Naloxone evening at the church hall: what blue lips mean, how to call, how to breathe for somebody. Tea at eight.",
    "At nineteen I wanted to die and took an overdose. I am forty four now, with a dog and a mortgage.",
    "You wrote that you want to kill yourself. I believe you. Are you thinking of doing it tonight? Ring them with me.",
)


class Says:
    """A reader that says the same of every sentence, or something else of one."""

    def __init__(self, value: float, line: float = 0.0, **other: float) -> None:
        self.value, self.line, self.other = value, line, other
        self.version = "t"
        self.asked: list[Sequence[str]] = []

    def over(self, sentences: Sequence[str]) -> Nearness:
        self.asked.append(sentences)
        return lambda number: next(
            (value for word, value in self.other.items() if word in sentences[number]), self.value
        )


def found(text: str, **author: object) -> list[crisis.Finding]:
    sub = Submission(text, author=Author(**author))  # type: ignore[arg-type]
    return crisis.run(sub, views_of(text))


@pytest.mark.parametrize("text", THERE)
def test_danger_that_is_there_counts_in_full(text: str) -> None:
    with crisis_told.read_by(Says(5.0)):
        undoubted = found(text)
    assert crisis.support_level(crisis.unread(undoubted)) >= 2
    assert found(text) == undoubted


@pytest.mark.parametrize("text", TOLD)
def test_what_is_told_taught_or_answered_is_worth_a_glance(text: str) -> None:
    assert crisis.support_level(found(text)) <= 1


@pytest.mark.parametrize("text", TOLD)
def test_without_a_second_reader_it_counts_in_full(text: str) -> None:
    """Scorer off, late or dead: the check errs on the side of the pager."""
    with crisis_told.read_by(Says(1.0)):
        undoubted = crisis.support_level(crisis.unread(found(text)))
    assert crisis.support_level(crisis.unread(found(text))) == undoubted
    assert screen(Submission(text), None, deadline_seconds=1).support_level == undoubted


class Model:
    """A scorer that has read a text and says how sure it is."""

    def __init__(self, sure: float, emergency: float) -> None:
        self.sure, self.emergency = sure, emergency

    def score(self, text: str, *, deadline_seconds: float) -> Scores:
        return Scores("embedded", {}, crisis=self.sure, crisis_detail={"crisis_3": self.emergency})


def test_a_second_reader_that_agrees_brings_card_and_people() -> None:
    sub = Submission("i am going to kill myself tonight")
    with crisis_told.read_by(Says(-5.0)):
        levels = [
            screen(sub, Model(sure, emergency), deadline_seconds=1).support_level
            for sure, emergency in ((0.01, 0.01), (0.7, 0.01), (0.95, 0.9))
        ]
    assert levels == [1, 2, 3]


def test_what_is_doubted_is_said() -> None:
    with crisis_told.read_by(Says(-5.0)):
        first = found("i am going to kill myself tonight")[0]
    assert (first.level, first.leans, first.severity) == (1, 3, "low")
    assert first.explanation.endswith("Its wording is that of something told, taught or answered.")
    assert first.version.endswith("+told-t")
    assert first.spans


def test_another_sentence_that_is_near_is_not_doubted() -> None:
    text = "My sister said she wants to die, years ago. Nobody came. I am going to kill myself tonight."
    with crisis_told.read_by(Says(-5.0, tonight=5.0)):
        assert found(text)[0].level == 3
    with crisis_told.read_by(Says(-5.0)):
        assert crisis.support_level(found(text)) == 1


def test_rules_made_for_danger_beside_a_tale_are_not_doubted() -> None:
    with crisis_told.read_by(Says(-5.0)):
        assert found("When I was nineteen I took an overdose. I've just taken another.")[0].level == 3


def test_history_is_a_second_reader_too() -> None:
    sub = Submission("i want to kill myself")
    recent = (RecentText("digest", sub.now, support_level=2),)
    with crisis_told.read_by(Says(-5.0)):
        assert crisis.support_level(found(sub.text)) == 1
        assert crisis.support_level(found(sub.text, recent=recent)) >= 2


def test_it_is_asked_only_where_a_rule_speaks_of_a_crisis() -> None:
    reader = Says(-5.0)
    with crisis_told.read_by(reader):
        found("Day nine. Made soup, slept, feeling a bit low.")
        assert reader.asked == []
        found("i want to kill myself")
    assert len(reader.asked) == 1


def test_in_a_long_post_danger_has_to_be_nearer() -> None:
    line = "i want to kill myself tonight."
    filler = "the bus was late and the cat ate my toast. " * 8
    assert len(filler.split()) > LONG_WORDS
    for text, near, level in ((line, 0.5, 3), (f"{filler}{line}", 0.5, 1), (f"{filler}{line}", LONG_DOUBT, 3)):
        with crisis_told.read_by(Says(near)):
            doubted = found(text)
        assert crisis.support_level(doubted) == level
        assert crisis.support_level(crisis.unread(doubted)) == 3
        assert doubted[0].explanation.endswith("has to be plainer to count alone.") == (level == 1)


def test_a_long_post_about_tonight_counts_in_full() -> None:
    filler = "the bus was late and the cat ate my toast. " * 8
    assert crisis.support_level(found(f"{filler}i am going to kill myself tonight. {filler}")) == 3


def test_neighbours_cannot_hide_a_sentence() -> None:
    """The sentence between its neighbours, or alone with a margin: the nearer of both counts."""
    numbers = bytearray(BUCKETS)
    for bucket in features("tonight."):
        numbers[bucket] = 100
    reader = Wording("t", 1e9, 1.0, 0.0, crisis_told.numbers_from(bytes(numbers)))
    sentences = ["a long calm story about a boat and a garden " * 30, "tonight.", "more of the calm story " * 30]
    assert crisis_told.doubt(sentences) == LONG_DOUBT
    alone = reader.says(features("tonight."))
    assert reader.says(features(" ".join(sentences))) < alone - crisis_told.OWN_MARGIN
    assert reader.over(sentences)(1) == alone - crisis_told.OWN_MARGIN


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FOLDER, tmp_path / "told"))


@pytest.mark.parametrize("name", [FILE, "manifest.json"])
@pytest.mark.parametrize("harm", ["flip", "cut", "gone"])
def test_harmed_numbers_are_refused_and_then_nothing_is_doubted(
    folder: Path, name: str, harm: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = bytearray((folder / name).read_bytes())
    raw[len(raw) // 2] ^= 1
    if harm == "gone":
        (folder / name).unlink()
    else:
        (folder / name).write_bytes(raw if harm == "flip" else raw[: len(raw) // 2])
    if name == FILE or harm != "flip":
        with pytest.raises(ToldError):
            crisis_told.read(folder)
    monkeypatch.setattr(crisis_told, "FOLDER", folder)
    crisis_told.reader.cache_clear()
    try:
        assert found("i am going to kill myself tonight")[0].level == 3
        assert "Told danger" in " ".join(problems()) or (name, harm) == ("manifest.json", "flip")
    finally:
        monkeypatch.undo()
        crisis_told.reader.cache_clear()


def test_the_shipped_numbers_are_the_pinned_ones() -> None:
    manifest = json.loads((FOLDER / "manifest.json").read_text())
    assert manifest["bytes"] == BUCKETS
    assert crisis_told.read(FOLDER).version == manifest["version"]
    assert {path.name for path in FOLDER.iterdir()} == {"manifest.json", FILE, "MODEL_CARD.md", "NOTICE"}


def test_examples_of_plain_rules_are_there() -> None:
    """What a firm rule was made for is doubted in one example of a hundred at most, and never where it is explicit."""
    rules = [one for one in (*lexicon().entries, *lexicon().combinations) if one.level >= 2 and not one.broad]
    doubted = [
        (getattr(rule, "explicit", False), text)
        for rule in rules
        for text in rule.examples.fires
        if crisis.support_level(found(text)) < 2 and crisis.support_level(crisis.unread(found(text))) >= 2
    ]
    assert not [text for explicit, text in doubted if explicit]
    assert len(doubted) <= sum(len(rule.examples.fires) for rule in rules) / 100


def test_features_are_the_same_in_every_process() -> None:
    assert len(features("you said you want to die")) == 55
    assert sum(features("you said you want to die")) == 4_308_452


def test_eight_thousand_characters_are_read_once_a_sentence() -> None:
    text = "i want to die. " * 500
    assert inline(Submission(text)).findings
