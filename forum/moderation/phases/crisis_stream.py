"""Turn the folded view into the stream patterns run over: words and sentence ends, each able to point back."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice, pairwise
from typing import NamedTuple

from forum.moderation.phases.crisis_lexicon import Entry, Frame, Known, Lexicon, Pair
from forum.moderation.phases.crisis_patterns import DIGITS, Pattern
from forum.moderation.phases.normalise import TextViews
from forum.moderation.verdict import Span

_WORD = re.compile(r"[a-z]+|\d+(?:[.:,]\d+)*|'s(?![a-z])|[^\x00-\x7f]|(?<=[a-z])'[a-z]+")
_PICTURES = {"😂": "lol", "🤣": "lol", "😹": "lol", "💀": "lol", "😆": "lol", "😅": "lol"}
_MAX_HITS = 8
"""Matches of one pattern that are looked at; more would only repeat the point."""
_MAX_STARTS = 50
"""Places at each end of a sentence where one word may begin a match. Only a wall of one word has more: it is text
made to be slow, and what it hides before or behind the wall is still read."""


class Sentence(NamedTuple):
    """The words of one sentence, START for the sentence itself and DIGITS for all its numbers among them."""

    places: dict[str, list[int]]
    """Where each starts."""
    words: frozenset[str]
    """The same, and every two that stand side by side ("day two"): what a pattern can need."""


@dataclass(frozen=True, slots=True)
class Stream:
    """The words of a text, one space after each, sentences ended by ". " or "? "."""

    text: str
    sentences: tuple[Sentence, ...]
    sentence_ends: tuple[int, ...]
    _folded: str
    _read: tuple[Span, ...]
    """The sentences of the folded view that are in the stream."""
    _word_spans: dict[int, list[Span]] = field(default_factory=dict)

    def sentence(self, offset: int) -> int:
        """Return the number of the sentence that holds a stream offset."""
        return bisect_right(self.sentence_ends, offset)

    def sentence_span(self, number: int) -> Span:
        """Return the half-open stream span of a sentence."""
        start = self.sentence_ends[number - 1] if number else 0
        end = self.sentence_ends[number] if number < len(self.sentence_ends) else len(self.text)
        return start, end

    @property
    def folded_sentences(self) -> list[str]:
        """Return the sentences as the folded view has them, each with the mark it ends in."""
        return [self._folded[begin : end + 1] for begin, end in self._read]

    def folded_span(self, start: int, end: int) -> Span:
        """Translate a stream span into the folded view."""
        begin, _ = self._word_span(start)
        _, stop = self._word_span(max(end - 1, start))
        return begin, stop

    def _word_span(self, offset: int) -> Span:
        number = self.sentence(offset)
        start, _ = self.sentence_span(number)
        if number not in self._word_spans:
            self._word_spans[number] = self._read_again(*self._read[number])
        return self._word_spans[number][self.text.count(" ", start, offset)]

    def _read_again(self, begin: int, end: int) -> list[Span]:
        """Return where the words and the end of a sentence stand in the folded view. Few sentences are asked for."""
        words = _WORD.finditer(self._folded, begin, end)
        spans = [match.span() for match in words if _is_word(match.group())]
        return [*spans, (end, min(end + 1, len(self._folded)))]


def stream_of(views: TextViews, quoted: str = "") -> Stream:
    """Build the stream. Lines marked as quotes of the post being answered are left out: quoting is not saying."""
    folded = views.folded
    pieces: list[str] = []
    sentences: list[Sentence] = []
    ends: list[int] = []
    read: list[Span] = []
    length = 0
    for begin, end in views.sentences:
        if quoted and _is_quote(folded[begin:end], quoted):
            continue
        words = _WORD.findall(folded, begin, end)
        if not "".join(words).isascii():
            words = [_PICTURES.get(word, word) for word in words if _is_word(word)]
        if not words:
            continue
        words.append("?" if folded[end : end + 1] == "?" else ".")
        sentences.append(_sentence(words, length))
        pieces += words
        length += sum(map(len, words)) + len(words)
        ends.append(length)
        read.append((begin, end))
    text = " ".join(pieces) + " " if pieces else ""
    return Stream(text, tuple(sentences), tuple(ends), folded, tuple(read))


def _is_word(found: str) -> bool:
    """Tell whether something found is read: a letter or number, or a picture that stands for a word."""
    return found[-1].isalnum() or found in _PICTURES


def _sentence(words: list[str], start: int) -> Sentence:
    places = {"^": [start]}
    for word in words:
        if word[0].isdecimal():
            places.setdefault(DIGITS, []).append(start)
        if word in places:
            places[word].append(start)
        else:
            places[word] = [start]
        start += len(word) + 1
    return Sentence(places, frozenset(places).union(map(" ".join, pairwise(words))))


def _is_quote(sentence: str, quoted: str) -> bool:
    return sentence.startswith(">") and sentence.lstrip("> ") in quoted


class Hit(NamedTuple):
    """One pattern found in the stream."""

    item: Entry | Frame
    start: int
    end: int
    sentence: int
    last_sentence: int
    words: str


def hits_of(stream: Stream, lexicon: Lexicon) -> list[Hit]:
    """Return every match of the patterns whose key words stand together in a sentence."""
    hits: list[Hit] = []
    text, start, met_anywhere = stream.text, 0, 0
    for number, (sentence, end) in enumerate(zip(stream.sentences, stream.sentence_ends, strict=True)):
        known = [lexicon.words[token] for token in lexicon.words.keys() & sentence.words]
        met = 0
        for bits, _ in known:
            met |= bits
        met_anywhere |= met
        for item, pattern in _candidates(known, met):
            for begin, stop in matches_in(text, pattern, sentence, start, end):
                hits.append(Hit(item, begin, stop, number, number, text[begin:stop]))
        start = end
    if len(stream.sentences) > 1:
        hits += _crossing(stream, lexicon, met_anywhere)
    # In the order of the text: of equal rules the same one speaks in every process, however they were found.
    return sorted(hits, key=lambda hit: (hit.start, hit.end, hit.item.id))


def _candidates(known: list[Known], met: int) -> Iterable[Pair]:
    """Return the patterns all of whose needs are met by the words of one sentence."""
    found: dict[int, Pair] = {}
    for _, wanting in known:
        for wanted, pair in wanting:
            if wanted & met == wanted:
                found[id(pair)] = pair
    return found.values()


def matches_in(text: str, pattern: Pattern, sentence: Sentence, start: int, end: int) -> list[Span]:
    """Return the spans of matches in one sentence, trying only where the pattern can begin when that is known."""
    heads, places = pattern.heads, sentence.places
    if heads is None:
        return [match.span() for match in islice(pattern.regex.finditer(text, start, end), _MAX_HITS)]
    begins = heads & sentence.words
    if DIGITS in heads:
        return _one_after_another(text, pattern, sorted({at for word in begins for at in places[word]}), end)
    found: list[Span] = []
    match_at = pattern.at_word.match
    for word in begins:
        starts = places[word]
        if starts[2 * _MAX_STARTS :]:
            starts = starts[:_MAX_STARTS] + starts[-_MAX_STARTS:]
        for at in starts:
            if match := match_at(text, at, end):
                found.append(match.span())
    return sorted(found)[:_MAX_HITS] if len(found) > 1 else found


def _one_after_another(text: str, pattern: Pattern, starts: list[int], end: int) -> list[Span]:
    """Return the matches that do not begin inside another: "two or three days" speaks once of a number of days."""
    found: list[Span] = []
    behind = 0
    for at in starts:
        if at >= behind and (match := pattern.at_word.match(text, at, end)):
            found.append(match.span())
            behind = match.end()
            if len(found) == _MAX_HITS:
                break
    return found


def _crossing(stream: Stream, lexicon: Lexicon, met: int) -> list[Hit]:
    """Return the matches of patterns that reach over sentence ends, each tried once over the whole text."""
    hits: list[Hit] = []
    for wanted, (item, pattern) in lexicon.crossing:
        if wanted & met != wanted:
            continue
        for match in islice(pattern.regex.finditer(stream.text), _MAX_HITS):
            start, end = match.span()
            last = stream.sentence(max(end - 2, start))
            hits.append(Hit(item, start, end, stream.sentence(start), last, match.group()))
    return hits
