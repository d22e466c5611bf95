"""Tell from the wording around a match whether danger is told of, taught or answered there, or is there.

The lexicon knows that blue lips are an overdose; it does not know a kitchen floor from a leaflet about one. Frames
(`frames.yaml`) say so where one of their phrases stands. This reader has learnt the same from how rows are worded:
every group of words, frame of small words, word beside a person and piece of a word has one small number, and those
of a sentence and its neighbours are added up. It belongs to the rules (no scorer, no setting, no library) and is
asked only where a rule speaks of a crisis. Reasons: docs/decisions/0044-told-or-happening.md.
"""

from __future__ import annotations

import hashlib
import json
import re
from array import array
from collections.abc import Callable, Iterator, Sequence, Set
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from math import sqrt
from pathlib import Path
from typing import Protocol
from zlib import crc32

from forum.moderation.small_words import SMALL_WORDS

FOLDER = Path(__file__).resolve().parent.parent / "data" / "models" / "told"
FILE = "weights.bin"
BUCKETS = 1 << 17
OWN_MARGIN = 1.0
"""So much more may its own sentence look like a tale than the sentences around it, before they are believed."""
LONG_WORDS = 70
LONG_DOUBT = 1.5
"""In a text of more words danger must be so much nearer than the line: it holds more places where a rule can match by
chance, and the model reads long posts better than rules do. Measured: docs/decisions/0047 and 0048."""

_TOKEN = re.compile(r"[a-z]+(?:'[a-z]+)?|\d+|[?!.,:;\"()@]")
_FRAMING = SMALL_WORDS | frozenset('?!.,:;"()@')
"""Words and marks that make frames; all others become a star."""
_LOW = BUCKETS - 1
_FACTOR = 0x1B873
"""Odd, and as large as the number of buckets, so that neighbours spread over all of them."""
_STAR = 3
_WORDS, _FRAMES, _BESIDE, _PIECES = (crc32(kind) & _LOW for kind in (b"words", b"frames", b"beside", b"pieces"))
"""Where the buckets of a kind start, so that "you" as a word and as letters are two."""


def _name(word: str) -> int:
    return crc32(word.encode()) & _LOW


_NAMES = {word: _name(word) for word in _FRAMING}
_PERSONS = frozenset(_name(word) for word in ("you", "your", "i", "my", "he", "she", "was", "had", "when"))


class ToldError(RuntimeError):
    """The reader's numbers are missing or are not the pinned ones. The message names the file."""


Nearness = Callable[[int], float]
"""How much a sentence, by its number, reads like danger that is there; a logit."""


class Reader(Protocol):
    """Reads how sentences are worded."""

    @property
    def version(self) -> str:
        """Stands beside the lexicon's in a finding that is doubted."""

    @property
    def line(self) -> float:
        """Under it a match is taken as told."""

    def over(self, sentences: Sequence[str]) -> Nearness:
        """Return a function that reads single sentences of a text when asked to."""


def doubt(sentences: Sequence[str]) -> float:
    """Return how much nearer than the line danger has to be in these sentences of one text."""
    return LONG_DOUBT if sum(len(sentence.split()) for sentence in sentences) > LONG_WORDS else 0.0


@dataclass(frozen=True, slots=True)
class Wording:
    """The reader that is shipped."""

    version: str
    line: float
    scale: float
    bias: float
    weights: array[int]
    """One signed byte a bucket, to be multiplied by `scale`."""

    def says(self, buckets: Set[int]) -> float:
        """Return the logit of danger being there, of the features of one or more sentences."""
        added = sum(map(self.weights.__getitem__, buckets))
        return self.scale * added / sqrt(max(1, len(buckets))) + self.bias

    def over(self, sentences: Sequence[str]) -> Nearness:
        """Return a reader of each sentence alone and with its neighbours, so that neighbours can't hide it.

        Where it is over the line alone, how far is not looked into.
        """
        of = cache(lambda number: features(sentences[number]))
        enough = self.line + doubt(sentences)

        @cache
        def near(number: int) -> float:
            alone = self.says(of(number)) - OWN_MARGIN
            if alone >= enough:
                return alone
            around = range(max(0, number - 1), min(len(sentences), number + 2))
            return max(alone, self.says(frozenset().union(*map(of, around))))

        return near


@cache
def reader() -> Wording:
    """Return the shipped reader, read once per process. Raises ToldError."""
    return read(FOLDER)


def read(folder: Path) -> Wording:
    """Read a reader's numbers and check them against the manifest's digest. Raises ToldError."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        raw = (folder / FILE).read_bytes()
        if hashlib.sha256(raw).hexdigest() != manifest["sha256"] or len(raw) != BUCKETS:
            raise ToldError(f"{FILE} is not the file the manifest pins")
        line, scale, bias = (float(manifest[name]) for name in ("line", "scale", "bias"))
        return Wording(str(manifest["version"]), line, scale, bias, numbers_from(raw))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ToldError(f"the numbers of told danger cannot be read: {type(error).__name__}") from error


def numbers_from(raw: bytes) -> array[int]:
    """Return the signed bytes of a file as numbers."""
    return array("b", raw)


_instead: ContextVar[Reader | None] = ContextVar("told_reader", default=None)


@contextmanager
def read_by(other: Reader) -> Iterator[None]:
    """Let another reader decide meanwhile: what is measured must be read by one that has not learnt from it."""
    token = _instead.set(other)
    try:
        yield
    finally:
        _instead.reset(token)


def current() -> Reader:
    """Return the reader that decides. Raises ToldError where the shipped one cannot be read."""
    return _instead.get() or reader()


def features(sentence: str) -> frozenset[int]:
    """Return the numbers of the buckets a folded sentence falls into."""
    words = _TOKEN.findall(sentence)
    named = [_NAMES[word] if word in _FRAMING else _name(word) for word in words]
    framed = [1, *[_NAMES.get(word, _STAR) for word in words], 2]
    known = set(named)
    found = [*named, *_pairs([1, *named, 2], _WORDS)]
    pairs = _pairs(framed, _FRAMES)
    threes = [(pair * _FACTOR + name) & _LOW for pair, name in zip(pairs, framed[2:], strict=False)]
    found += [*pairs, *threes]
    found += [(three * _FACTOR + name) & _LOW for three, name in zip(threes, framed[3:], strict=False)]
    for person in known & _PERSONS:
        start = person * _FACTOR + _BESIDE
        found += [(start + name) & _LOW for name in known]
    letters = f" {' '.join(words)} ".encode()
    two = _pairs(letters, _PIECES)
    found += [(one * _FACTOR * _FACTOR + other) & _LOW for one, other in zip(two, two[2:], strict=False)]
    return frozenset(found)


def _pairs(names: Sequence[int], kind: int) -> list[int]:
    """Return the bucket of every two neighbours."""
    return [(kind + one * _FACTOR + other) & _LOW for one, other in pairwise(names)]
