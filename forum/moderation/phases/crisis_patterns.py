"""The little language crisis rules are written in, compiled to linear regexes with a keyword index in front.

A pattern is a line of words as the folded view spells them ("i do not want to be here"):

    word            that word                      a|b       one of these words or concepts (outside brackets)
    <concept>       any phrase of a concept        <n>       a number, in digits or words
    [x]  (x|y z)    optional; a group of phrases   ~  ~4     a gap of up to 2 (4) words: no negation, same sentence
    ^  $            start, end of a sentence       .         the end of a sentence, where a rule must reach over it

Patterns run over a *stream*: words each followed by one space, sentences ended by ". " or "? ". Nothing repeats without
a bound, so matching is linear in the length of the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from forum.moderation.phases.crisis_common import cost

_NUMBER_WORDS = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fourteen|fifteen|eighteen|twenty"
    "|thirty|forty|fifty|sixty|ninety|hundred|few|couple|several|many|dozen"
)
NUMBER = rf"(?:\d[\d.,:]*|{_NUMBER_WORDS}) "
_GAP_WORD = r"(?:(?!(?:not|never|no|nor|without) )[^ .?][^ ]* )"
_LEFT_EDGE = r"(?<![^ ])"
_TOKENS = re.compile(r"<[a-z_]+>|[\[\]()^$.]|~\d*|\||[^\s<>\[\]()|~^$.]+|\s+")
START = frozenset({"^"})
"""Stands among heads for the start of a sentence."""
DIGITS = "#"
"""Stands among heads for any word that begins with a digit."""
_NO_WORDS = START | {DIGITS}
_MAX_PAIRS = 150
"""So many pairs of words are kept where two parts meet; of more the parts alone must do."""
_PUNCTUATION = frozenset("[]()|^$.")


class PatternError(ValueError):
    """A pattern or concept in the lexicon cannot be read."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A compiled part: its regex, and which words it cannot do without."""

    regex: str
    needs: tuple[frozenset[str], ...]
    """At least one word, or two words side by side, of each set must be in the text for the part to match."""
    heads: frozenset[str] | None
    """The words a match can begin with, START and DIGITS among them; None when it could be any."""
    tails: frozenset[str] | None = None
    """The words a match can end with; None when it could be any."""
    empty: bool = False
    """True when the part may match nothing, so that what follows may begin the match."""


@dataclass(frozen=True)
class Pattern:
    """A ready pattern with the facts that let most texts skip it."""

    source: str
    expression: str
    needs: tuple[frozenset[str], ...]
    """Rarest first; empty when the pattern must always be tried."""
    heads: frozenset[str] | None
    crosses: bool
    """True when the pattern reaches over the end of a sentence."""

    @cached_property
    def regex(self) -> re.Pattern[str]:
        """The regular expression, compiled when a text first holds the words it needs.

        All of them together take well over a second, which nobody who comes back after a restart should wait for.
        """
        return re.compile(_LEFT_EDGE + self.expression)

    @cached_property
    def at_word(self) -> re.Pattern[str]:
        """The same for a place where a word is known to begin: without looking left, a match fails much sooner."""
        return re.compile(self.expression)


class Grammar:
    """Compile patterns against a set of named concepts.

    Raises PatternError for unknown or circular concepts and unbalanced groups.
    """

    def __init__(self, concepts: Mapping[str, list[str]]) -> None:
        self._concepts = concepts
        self._compiled: dict[str, Piece] = {}
        self._open: list[str] = []

    def pattern(self, source: str) -> Pattern:
        """Compile one pattern line."""
        return self._ready(source, self._piece(source))

    def union(self, sources: Iterable[str]) -> Pattern | None:
        """Compile several lines into one pattern, None for no lines."""
        pieces = [self._piece(source) for source in sources]
        return self._ready("", _either(pieces)) if pieces else None

    @staticmethod
    def _ready(source: str, piece: Piece) -> Pattern:
        needs = tuple(sorted(set(piece.needs), key=lambda words: (cost(words), sorted(words))))
        heads = None if piece.empty else piece.heads
        crosses = " . " in source or "[.]" in source
        return Pattern(source, piece.regex, needs, heads, crosses)

    def _piece(self, source: str) -> Piece:
        tokens = [token for token in _TOKENS.findall(source) if token]
        if "".join(tokens) != source:
            raise PatternError(f"unreadable pattern: {source!r}")
        reader = _Reader(self, tokens, source)
        piece = reader.choices(closing="")
        if not reader.done:
            raise PatternError(f"unbalanced group in pattern: {source!r}")
        return piece

    def concept(self, name: str) -> Piece:
        """Compile a concept once; concepts may use others but never themselves."""
        if name == "n":
            return Piece(NUMBER, (), frozenset({DIGITS, *_NUMBER_WORDS.split("|")}))
        if name in self._compiled:
            return self._compiled[name]
        if name in self._open:
            raise PatternError(f"concept <{name}> uses itself: {' > '.join(self._open)}")
        if name not in self._concepts:
            raise PatternError(f"unknown concept <{name}>")
        self._open.append(name)
        piece = _either([self._piece(phrase) for phrase in self._concepts[name]])
        self._open.pop()
        self._compiled[name] = piece
        return piece


class _Reader:
    """Read one pattern's tokens from left to right."""

    def __init__(self, grammar: Grammar, tokens: list[str], source: str) -> None:
        self._grammar = grammar
        self._tokens = tokens
        self._source = source
        self._at = 0
        self._depth = 0

    @property
    def done(self) -> bool:
        return self._at >= len(self._tokens)

    def _peek(self) -> str:
        return "" if self.done else self._tokens[self._at]

    def _take(self) -> str:
        token = self._peek()
        self._at += 1
        return token

    def choices(self, closing: str) -> Piece:
        """Read the phrases of a group, set apart by bars, up to the closing bracket."""
        self._depth += 1
        options = [self._sequence(closing)]
        while self._peek() == "|":
            self._take()
            options.append(self._sequence(closing))
        if closing and self._take() != closing:
            raise PatternError(f"missing {closing!r} in pattern: {self._source!r}")
        self._depth -= 1
        return _either(options)

    def _sequence(self, closing: str) -> Piece:
        pieces: list[Piece] = []
        while not self.done and self._peek() not in ("|", closing):
            if self._peek().isspace():
                self._take()
                continue
            pieces.append(self._item())
        if not pieces:
            raise PatternError(f"empty choice in pattern: {self._source!r}")
        return _in_a_row(pieces)

    def _item(self) -> Piece:
        symbol = self._take()
        if symbol == "[":
            inner = self.choices("]")
            return Piece(f"(?:{inner.regex})?", (), inner.heads, inner.tails, empty=True)
        if symbol == "(":
            return self.choices(")")
        if symbol == "^":
            return Piece(r"(?:^|(?<=[.?] ))", (), START)
        if symbol == "$":
            return Piece(r"(?=[.?] |$)", (), None)
        if symbol == ".":
            return Piece(r"[.?] ", (), None)
        if symbol.startswith("~"):
            return Piece(f"{_GAP_WORD}{{0,{symbol[1:] or 2}}}?", (), None, empty=True)
        return self._words(symbol)

    def _words(self, token: str) -> Piece:
        """Read a|b|<c>: outside brackets a bar joins single words, so that "end|ending my life" needs no brackets."""
        options = [self._word(token)]
        while self._depth == 1 and self._peek() == "|" and self._at + 1 < len(self._tokens):
            following = self._tokens[self._at + 1]
            if following.isspace() or following in _PUNCTUATION:
                break
            self._take()
            options.append(self._word(self._take()))
        return _either(options)

    def _word(self, token: str) -> Piece:
        if token in _PUNCTUATION:
            raise PatternError(f"unexpected {token!r} in pattern: {self._source!r}")
        if token.startswith("<"):
            return self._grammar.concept(token[1:-1])
        word = frozenset({token})
        return Piece(re.escape(token) + " ", (word,), word, word)


def _in_a_row(pieces: list[Piece]) -> Piece:
    """Join parts that follow each other."""
    if len(pieces) == 1:
        return pieces[0]
    heads = _first(pieces, lambda piece: piece.heads)
    tails = _first(pieces[::-1], lambda piece: piece.tails)
    needs = dict.fromkeys(need for piece in pieces for need in piece.needs)
    for one, other in pairwise(pieces):
        if pairs := _side_by_side(one, other):
            for said in filter(None, (one.tails, other.heads)):  # the pair says as much, and more
                needs.pop(said, None)
            needs[pairs] = None
    regex = "".join(piece.regex for piece in pieces)
    return Piece(regex, tuple(needs), heads, tails, all(piece.empty for piece in pieces))


def _first(pieces: list[Piece], words_of: Callable[[Piece], frozenset[str] | None]) -> frozenset[str] | None:
    """Return the words at the near end of a row: those of its first part, and of the next while it may be empty."""
    found: frozenset[str] = frozenset()
    for piece in pieces:
        words = words_of(piece)
        if words is None:
            return None
        found |= words
        if not piece.empty:
            break
    return found


def _side_by_side(one: Piece, other: Piece) -> frozenset[str]:
    """Return the pairs of words of which one must stand where two parts meet; nothing where that is not known."""
    if one.empty or other.empty or not one.tails or not other.heads or other.heads & _NO_WORDS:
        return frozenset()
    if len(one.tails) * len(other.heads) > _MAX_PAIRS:
        return frozenset()
    return frozenset(f"{left} {right}" for left in one.tails for right in other.heads)


def _either(pieces: list[Piece]) -> Piece:
    """Join alternatives: of each, its rarest need counts, and only if every one of them has a need."""
    if len(pieces) == 1:
        return pieces[0]
    heads = _any_of(piece.heads for piece in pieces)
    tails = _any_of(piece.tails for piece in pieces)
    rarest = _any_of(min(piece.needs, key=cost, default=None) for piece in pieces)
    regex = f"(?:{'|'.join(piece.regex for piece in pieces)})"
    return Piece(regex, () if rarest is None else (rarest,), heads, tails, any(piece.empty for piece in pieces))


def _any_of(found: Iterable[frozenset[str] | None]) -> frozenset[str] | None:
    """Return the words of all, or None if one is not known."""
    known: frozenset[str] = frozenset()
    for words in found:
        if words is None:
            return None
        known |= words
    return known
