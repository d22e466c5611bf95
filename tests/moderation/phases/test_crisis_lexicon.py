"""The lexicon as data: every entry's own examples, and loud failure when a file is missing or wrong."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from forum.moderation.phases import crisis
from forum.moderation.phases.crisis_judge import judge
from forum.moderation.phases.crisis_lexicon import DIRECTORY, Combination, Entry, Frame, LexiconError, lexicon, load
from forum.moderation.phases.crisis_patterns import DIGITS, Grammar, PatternError
from forum.moderation.phases.crisis_stream import hits_of, matches_in, stream_of
from forum.moderation.phases.normalise import views_of

RULES = (*lexicon().entries, *lexicon().frames, *lexicon().combinations)
FIRES = [pytest.param(rule, text, id=f"{rule.id}: {text[:50]}") for rule in RULES for text in rule.examples.fires]
QUIET = [pytest.param(rule, text, id=f"{rule.id}: {text[:50]}") for rule in RULES for text in rule.examples.quiet]


def speaks(rule: Entry | Frame | Combination, text: str) -> bool:
    views = views_of(text)
    stream = stream_of(views)
    judged, frames = judge(stream, hits_of(stream, lexicon()))
    if isinstance(rule, Frame):
        return any(hit.item.id == rule.id for hit in frames.hits)
    if isinstance(rule, Combination):
        return any(finding.rule == rule.id for finding, _hits in crisis.combined(judged, frames, lexicon()))
    return any(one.entry.id == rule.id and one.speaks for one in judged)


@pytest.mark.parametrize(("rule", "text"), FIRES)
def test_examples_speak(rule: Entry | Frame | Combination, text: str) -> None:
    assert speaks(rule, text)


@pytest.mark.parametrize(("rule", "text"), QUIET)
def test_counter_examples_stay_quiet(rule: Entry | Frame | Combination, text: str) -> None:
    assert not speaks(rule, text)


def test_every_rule_has_an_example_two_counter_examples_and_a_plain_sentence() -> None:
    for rule in RULES:
        assert rule.examples.fires, rule.id
        assert len(rule.examples.quiet) >= 2, rule.id
        if not isinstance(rule, Frame) and rule.category:
            assert rule.says.endswith("."), rule.id
            assert "!" not in rule.says, rule.id


def test_the_shipped_lexicon_is_ready_and_versioned() -> None:
    crisis.ready()
    assert lexicon().version.startswith("crisis-")


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    shutil.copytree(DIRECTORY, tmp_path / "crisis")
    return tmp_path / "crisis"


def test_a_copy_loads(copied: Path) -> None:
    assert load(copied).version == lexicon().version


@pytest.mark.parametrize("name", ["concepts.yaml", "frames.yaml", "combinations.yaml"])
def test_a_missing_file_is_an_error(copied: Path, name: str) -> None:
    (copied / name).unlink()
    with pytest.raises(LexiconError):
        load(copied)


def test_no_entries_at_all_is_an_error(copied: Path) -> None:
    for path in copied.glob("entries_*.yaml"):
        path.unlink()
    with pytest.raises(LexiconError):
        load(copied)


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"\xff\xfe\x00garbage",
        b"version: [",
        b"just a sentence",
        b"version: v\nentries: 3",
        b"version: v\nentries:\n- id: x\n",
    ],
)
def test_a_damaged_file_is_an_error(copied: Path, damage: bytes) -> None:
    (copied / "entries_suicide.yaml").write_bytes(damage)
    with pytest.raises(LexiconError):
        load(copied)


def test_a_combination_waiting_for_an_unknown_signal_is_an_error(copied: Path) -> None:
    path = copied / "combinations.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("needs: [preparation,", "needs: [nobody_gives_this,"), "utf-8"
    )
    with pytest.raises(LexiconError, match="unknown signals"):
        load(copied)


def test_an_entry_without_counter_examples_is_an_error(copied: Path) -> None:
    path = copied / "entries_harm.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("quiet:", "ignored:"), "utf-8")
    with pytest.raises(LexiconError, match="counter-examples"):
        load(copied)


@pytest.mark.parametrize("source", ["<nobody>", "(open", "open)", "a (|b)", "[", "<Bad Name>"])
def test_unreadable_patterns_are_errors(source: str) -> None:
    with pytest.raises(PatternError):
        Grammar({}).pattern(source)


def test_a_concept_may_not_use_itself() -> None:
    with pytest.raises(PatternError, match="uses itself"):
        Grammar({"a": ["<b>"], "b": ["<a>"]}).pattern("<a>")


def test_gaps_do_not_reach_over_negations_or_sentences() -> None:
    pattern = Grammar({}).pattern("want ~4 die")
    assert pattern.regex.search("i want to just die . ")
    assert not pattern.regex.search("i want to not die . ")
    assert not pattern.regex.search("i want tea . cats die . ")


def test_no_pattern_has_to_be_tried_on_every_text() -> None:
    assert all(pattern.needs for rule in RULES if not isinstance(rule, Combination) for pattern in rule.patterns)


def test_words_side_by_side_are_needed_together() -> None:
    """Where one of "day" or "week" must be followed by a number in words, that says more than either word."""
    grammar = Grammar({"unit": ["day", "sober week"], "after": ["two|three"]})
    assert set(grammar.pattern("<unit> <after> ~2 ago").needs) == {
        frozenset({"day two", "day three", "week two", "week three"}),
        frozenset({"ago"}),
        frozenset({"day", "sober week"}),
    }
    assert set(grammar.pattern("last [ever] drink").needs) == {frozenset({"last"}), frozenset({"drink"})}
    assert set(grammar.pattern("last ~1 drink").needs) == {frozenset({"last"}), frozenset({"drink"})}


def test_a_match_has_everything_its_pattern_needs() -> None:
    """What is found without asking for needs has them: else the index would hide people in danger."""
    found = 0
    for rule in (*lexicon().entries, *lexicon().frames):
        for text in (*rule.examples.fires, *rule.examples.quiet):
            stream = stream_of(views_of(text))
            for number, sentence in enumerate(stream.sentences):
                for pattern in (one for one in rule.patterns if not one.crosses):
                    if pattern.regex.search(stream.text, *stream.sentence_span(number)):
                        found += 1
                        assert all(need & sentence.words for need in pattern.needs), (pattern.source, text)
    assert found > len(lexicon().entries)


def test_patterns_are_tried_wherever_they_can_begin() -> None:
    """Where a pattern's beginnings are known, trying only those finds what a search of the sentence finds."""
    ready = lexicon()
    numbered = [
        one for rule in RULES if hasattr(rule, "patterns") for one in rule.patterns if DIGITS in (one.heads or ())
    ]
    assert numbered
    for text in {text for rule in (*ready.entries, *ready.frames) for text in rule.examples.fires}:
        stream = stream_of(views_of(text))
        for number, places in enumerate(stream.sentences):
            start, end = stream.sentence_span(number)
            for pattern in numbered:
                searched = [match.span() for match in pattern.regex.finditer(stream.text, start, end)]
                assert matches_in(stream.text, pattern, places, start, end) == searched[:8], (pattern.source, text)
