"""Turn the folded view into the stream patterns run over: words and sentence ends, each able to point back."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from itertools import islice

from forum.moderation.phases.crisis_lexicon import Entry, Frame, Lexicon
from forum.moderation.phases.crisis_patterns import Pattern
from forum.moderation.phases.normalise import TextViews, sentences_of
from forum.moderation.verdict import Span

_WORD = re.compile(r"\d+(?:[.:,]\d+)*|[a-z]+|'s(?![a-z])|[^\x00-\x7f]|(?<=[a-z])'[a-z]+")
_PICTURES = {"😂": "lol", "🤣": "lol", "😹": "lol", "💀": "lol", "😆": "lol", "😅": "lol"}
_MAX_HITS = 8
"""Matches of one pattern that are looked at; more would only repeat the point."""
_MAX_STARTS = 200
"""Places one word may begin a match. Ordinary texts have far fewer; a wall of one word has thousands."""


@dataclass(frozen=True, slots=True)
class Stream:
    """The words of a text, one space after each, sentences ended by ". " or "? "."""

    text: str
    words: dict[str, list[int]]
    """Where each word starts; \"^\" where each sentence does."""
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


def _places(pieces: list[str], starts: list[int]) -> dict[str, list[int]]:
    places: dict[str, list[int]] = {}
    opening = True
    for piece, start in zip(pieces, starts, strict=True):
        places.setdefault(piece, []).append(start)
        if opening:
            places.setdefault("^", []).append(start)
        opening = piece in (".", "?")
    return places


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
    """Return every match of the patterns whose key words are all in the text."""
    seen: set[int] = set()
    hits: list[Hit] = []
    words = stream.words.keys()
    pairs = list(lexicon.always)
    for word in words & lexicon.index.keys():
        pairs.extend(lexicon.index[word])
    for item, pattern in pairs:
        if id(pattern) in seen:
            continue
        seen.add(id(pattern))
        for need in pattern.others:
            if words.isdisjoint(need):
                break
        else:
            hits.extend(_hits(stream, item, pattern))
    return hits


def _hits(stream: Stream, item: Entry | Frame, pattern: Pattern) -> list[Hit]:
    found = _matches(stream, pattern)[:_MAX_HITS]
    return [
        Hit(item, start, end, stream.sentence(start), stream.sentence(max(end - 2, start)), stream.text[start:end])
        for start, end in found
    ]


def _matches(stream: Stream, pattern: Pattern) -> list[Span]:
    """Return the spans of matches, trying only the places where the pattern can begin when those are known."""
    if pattern.heads is None:
        return [match.span() for match in islice(pattern.regex.finditer(stream.text), _MAX_HITS)]
    match_at, text, places = pattern.regex.match, stream.text, stream.words
    found: list[Span] = []
    for word in pattern.heads & places.keys():
        for start in places[word][:_MAX_STARTS]:
            if match := match_at(text, start):
                found.append(match.span())
    return found
