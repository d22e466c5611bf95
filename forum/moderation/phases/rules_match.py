"""Match rules against a text: only those whose words occur, only where the sentence does not say otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from forum.moderation.phases.normalise import TextViews, sentence_at, sentences_of
from forum.moderation.phases.rules_files import Rule, words_of
from forum.moderation.verdict import Span

MAX_MATCHES = 20
_BEFORE_CHARS = 80


@dataclass(frozen=True, slots=True)
class Match:
    """One place in the folded view where a rule speaks."""

    start: int
    end: int
    sentence: Span


@dataclass(frozen=True, slots=True)
class Reading:
    """The folded view with what all rules need of it, worked out once."""

    text: str
    words: frozenset[str]
    sentences: list[Span]

    @classmethod
    def of(cls, views: TextViews) -> Reading:
        """Read one text."""
        return cls(views.folded, words_of(views.folded), sentences_of(views.folded))


def matches(rule: Rule, reading: Reading) -> Iterator[Match]:
    """Yield where a rule matches and nothing in the sentence speaks against it."""
    if rule.needs and rule.needs.isdisjoint(reading.words):
        return
    for found in islice(rule.pattern.finditer(reading.text), MAX_MATCHES):
        sentence = _sentence(reading, found.start(), found.end())
        if _speaks(rule, reading.text, found.start(), sentence):
            yield Match(found.start(), found.end(), sentence)


def _sentence(reading: Reading, start: int, end: int) -> Span:
    if not reading.sentences:
        return (0, len(reading.text))
    span = reading.sentences[sentence_at(reading.sentences, start)]
    return (min(span[0], start), max(span[1], end))


def _speaks(rule: Rule, text: str, start: int, sentence: Span) -> bool:
    if any(unless.search(text, *sentence) for unless in rule.unless):
        return False
    left = max(sentence[0], start - _BEFORE_CHARS)
    if rule.unless_before is not None and rule.unless_before.search(text, left, start):
        return False
    return rule.also is None or rule.also.search(text) is not None
