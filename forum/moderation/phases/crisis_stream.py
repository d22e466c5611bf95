"""Turn the folded view into the stream patterns run over: words and sentence ends, each able to point back."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from itertools import islice

from forum.moderation.phases.crisis_lexicon import Entry, Frame, Lexicon, Pair
from forum.moderation.phases.crisis_patterns import Pattern
from forum.moderation.phases.normalise import TextViews, sentences_of
from forum.moderation.verdict import Span

_WORD = re.compile(r"\d+(?:[.:,]\d+)*|[a-z]+|'s(?![a-z])|[^\x00-\x7f]|(?<=[a-z])'[a-z]+")
_PICTURES = {"😂": "lol", "🤣": "lol", "😹": "lol", "💀": "lol", "😆": "lol", "😅": "lol"}
_MAX_HITS = 8
"""Matches of one pattern that are looked at; more would only repeat the point."""
_MAX_STARTS = 50
"""Places at each end of a sentence where one word may begin a match. Only a wall of one word has more: it is text
made to be slow, and what it hides before or behind the wall is still read."""


Places = dict[str, list[int]]


@dataclass(frozen=True, slots=True)
class Stream:
    """The words of a text, one space after each, sentences ended by ". " or "? "."""

    text: str
    sentences: tuple[Places, ...]
    """For each sentence, where each of its words starts; "^" for the sentence itself."""
    sentence_ends: tuple[int, ...]
    _word_starts: tuple[int, ...]
    _folded: tuple[Span, ...]

    def sentence(self, offset: int) -> int:
        """Return the number of the sentence that holds a stream offset."""
        return bisect_right(self.sentence_ends, offset)

    def sentence_span(self, number: int) -> Span:
        """Return the half-open stream span of a sentence."""
        start = self.sentence_ends[number - 1] if number else 0
        end = self.sentence_ends[number] if number < len(self.sentence_ends) else len(self.text)
        return start, end

    def folded_span(self, start: int, end: int) -> Span:
        """Translate a stream span into the folded view."""
        first = max(bisect_right(self._word_starts, start) - 1, 0)
        last = max(bisect_right(self._word_starts, max(end - 1, start)) - 1, first)
        return self._folded[first][0], self._folded[last][1]


def stream_of(views: TextViews, quoted: str = "") -> Stream:
    """Build the stream. Lines marked as quotes of the post being answered are left out: quoting is not saying."""
    pieces: list[str] = []
    ends: list[int] = []
    starts: list[int] = []
    folded_spans: list[Span] = []
    length = 0
    for begin, end in sentences_of(views.folded):
        if quoted and _is_quote(views.folded[begin:end], quoted):
            continue
        found = len(pieces)
        for match in _WORD.finditer(views.folded, begin, end):
            word = _PICTURES.get(match.group(), match.group())
            if not word[-1].isalnum() and word != "'s":
                continue
            starts.append(length)
            folded_spans.append(match.span())
            pieces.append(word)
            length += len(word) + 1
        if len(pieces) == found:
            continue
        pieces.append("?" if views.folded[end : end + 1] == "?" else ".")
        starts.append(length)
        folded_spans.append((end, min(end + 1, len(views.folded))))
        length += 2
        ends.append(length)
    text = " ".join(pieces) + " " if pieces else ""
    return Stream(text, _places(pieces, starts), tuple(ends), tuple(starts), tuple(folded_spans))


def _places(pieces: list[str], starts: list[int]) -> tuple[Places, ...]:
    sentences: list[Places] = []
    places: Places = {}
    for piece, start in zip(pieces, starts, strict=True):
        if not places:
            places["^"] = [start]
        places.setdefault(piece, []).append(start)
        if piece in (".", "?"):
            sentences.append(places)
            places = {}
    return tuple(sentences)


def _is_quote(sentence: str, quoted: str) -> bool:
    return sentence.startswith(">") and sentence.lstrip("> ") in quoted


@dataclass(frozen=True, slots=True)
class Hit:
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
    for number, places in enumerate(stream.sentences):
        _, end = stream.sentence_span(number)
        for item, pattern in _candidates(places, lexicon):
            for start, stop in _matches(stream.text, pattern, places, end):
                hits.append(Hit(item, start, stop, number, number, stream.text[start:stop]))
    if len(stream.sentences) > 1:
        hits += _crossing(stream, lexicon)
    return hits


def _candidates(places: Places, lexicon: Lexicon) -> list[Pair]:
    """Return the patterns all of whose needs are met by the words of one sentence."""
    met = 0
    for word in places:
        met |= lexicon.meets.get(word, 0)
    found: dict[int, Pair] = {}
    for word in places:  # in the order of the text: of equal rules the same one speaks in every process
        for wanted, pair in lexicon.index.get(word, ()):
            if wanted & met == wanted:
                found[id(pair[1])] = pair
    return list(found.values())


def _matches(text: str, pattern: Pattern, places: Places, end: int) -> list[Span]:
    """Return the spans of matches in one sentence, trying only where the pattern can begin when that is known."""
    if pattern.heads is None:
        start = places["^"][0]
        return [match.span() for match in islice(pattern.regex.finditer(text, start, end), _MAX_HITS)]
    found: list[Span] = []
    match_at = pattern.regex.match
    for word in pattern.heads & places.keys():
        starts = places[word]
        if len(starts) > 2 * _MAX_STARTS:
            starts = starts[:_MAX_STARTS] + starts[-_MAX_STARTS:]
        for start in starts:
            if match := match_at(text, start, end):
                found.append(match.span())
    return found[:_MAX_HITS]


def _crossing(stream: Stream, lexicon: Lexicon) -> list[Hit]:
    """Return the matches of patterns that reach over sentence ends, each tried once over the whole text."""
    words = set().union(*stream.sentences)
    hits: list[Hit] = []
    for item, pattern in lexicon.crossing:
        if any(words.isdisjoint(need) for need in pattern.needs):
            continue
        for match in islice(pattern.regex.finditer(stream.text), _MAX_HITS):
            start, end = match.span()
            last = stream.sentence(max(end - 2, start))
            hits.append(Hit(item, start, end, stream.sentence(start), last, match.group()))
    return hits
