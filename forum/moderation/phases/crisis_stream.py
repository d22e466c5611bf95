"""Turn the folded view into the stream patterns run over: words and sentence ends, each able to point back."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from forum.moderation.phases.crisis_lexicon import Entry, Frame, Lexicon
from forum.moderation.phases.crisis_patterns import Pattern
from forum.moderation.phases.normalise import TextViews, sentences_of
from forum.moderation.verdict import Span

_WORD = re.compile(r"\d+(?:[.:,]\d+)*|[a-z]+|'s(?![a-z])|[^\x00-\x7f]|(?<=[a-z])'[a-z]+")
_PICTURES = {"😂": "lol", "🤣": "lol", "😹": "lol", "💀": "lol", "😆": "lol", "😅": "lol"}
_MAX_HITS = 8
"""Matches of one pattern that are looked at; more would only repeat the point."""


@dataclass(frozen=True, slots=True)
class Stream:
    """The words of a text, one space after each, sentences ended by ". " or "? "."""

    text: str
    words: frozenset[str]
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
    return Stream(text, frozenset(pieces), tuple(ends), tuple(starts), tuple(folded_spans))


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


def hits_of(stream: Stream, lexicon: Lexicon) -> Iterator[Hit]:
    """Yield every match of the patterns whose key words are in the text."""
    seen: set[int] = set()
    pairs = list(lexicon.always)
    for word in stream.words:
        pairs.extend(lexicon.index.get(word, ()))
    for item, pattern in pairs:
        if id(pattern) not in seen:
            seen.add(id(pattern))
            yield from _hits(stream, item, pattern)


def _hits(stream: Stream, item: Entry | Frame, pattern: Pattern) -> Iterator[Hit]:
    for count, match in enumerate(pattern.regex.finditer(stream.text)):
        if count == _MAX_HITS:
            return
        start, end = match.span()
        yield Hit(item, start, end, stream.sentence(start), stream.sentence(max(end - 2, start)), match.group())
