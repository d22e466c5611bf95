"""Match rules against a text: only those whose words occur, only where the sentence does not say otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import islice

from forum.moderation.phases.normalise import TextViews, sentence_at, sentences_of
from forum.moderation.phases.rules_files import Rule, rules, words_of
from forum.moderation.verdict import Span

MAX_MATCHES = 20
_BEFORE_CHARS = 80


_ODD = re.compile(
    r"(?<![a-z0-9@$!*])(?=[a-z0-9@$!*]*[a-z])(?=[a-z!]*[0-9@$*]|[a-z]+![a-z])[a-z0-9@$!*]{3,16}(?![a-z0-9@$!*])"
)
_LEET = str.maketrans(
    {"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "$": "s", "@": "a", "!": "i"}
)


@cache
def _vocabulary() -> frozenset[str]:
    """Return the single words of all lists, plurals too: what a masked word may be."""
    words = {word for phrases in rules().lists.values() for word in phrases if word.isalpha()}
    return frozenset(words | {word + "s" for word in words})


@cache
def _by_length() -> dict[int, tuple[str, ...]]:
    words: dict[int, list[str]] = {}
    for word in sorted(_vocabulary()):
        words.setdefault(len(word), []).append(word)
    return {length: tuple(found) for length, found in words.items()}


def readable(folded: str) -> str:
    """Return the folded text with masked words of the lists recovered ("t3legr@m", "p*ece"), offsets unchanged."""
    return _ODD.sub(lambda match: _recovered(match.group()), folded)


def _recovered(token: str) -> str:
    """Return the one listed word of the same length a token can stand for, else the token."""
    plain = token.translate(_LEET)
    if plain in _vocabulary():
        return plain
    plain_l = token.replace("1", "l").translate(_LEET)
    if plain_l in _vocabulary():
        return plain_l
    if "*" not in token or sum(char.isalpha() for char in token) * 2 < len(token):
        return token
    fits = (
        word
        for word in _by_length().get(len(token), ())
        if all(masked in ("*", char) for masked, char in zip(plain, word, strict=True))
    )
    return next(fits, token)


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
        return _reading(views)

    def speaking(self, active: ActiveRules) -> list[tuple[Rule, list[Match]]]:
        """Return the rules that speak, with where they do."""
        return [(rule, places) for rule in active.worth(self.words) if (places := list(matches(rule, self)))]


@dataclass(frozen=True, slots=True)
class ActiveRules:
    """The rules that run, and which of them a word makes worth trying."""

    rules: tuple[Rule, ...]
    by_word: Mapping[str, tuple[int, ...]]
    always: tuple[int, ...]
    """Numbers of the rules that need no word."""

    @classmethod
    def of(cls, rules: Sequence[Rule]) -> ActiveRules:
        """Index rules by the words they need."""
        by_word: dict[str, tuple[int, ...]] = {}
        for number, rule in enumerate(rules):
            for word in sorted(rule.needs):
                by_word[word] = (*by_word.get(word, ()), number)
        return cls(tuple(rules), by_word, tuple(number for number, rule in enumerate(rules) if not rule.needs))

    def worth(self, words: Set[str]) -> list[Rule]:
        """Return the rules that may match a text of these words, in their order."""
        known = self.by_word.keys() & words
        return [self.rules[at] for at in sorted({*self.always, *(at for word in known for at in self.by_word[word])})]


@lru_cache(maxsize=2)
def _reading(views: TextViews) -> Reading:
    """Read a folded text once for both phases that run rules. Two entries: enough for that, no store of texts."""
    text = readable(views.folded)
    return Reading(text, words_of(text), views.sentences if text == views.folded else sentences_of(text))


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
