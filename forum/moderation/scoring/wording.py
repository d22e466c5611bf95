"""What a text's wording alone says: which words stand beside which, and in what frame of small words.

"You're the X that never got a Y" is a frame whatever X is. Groups of one to three words, the frames that are left when
every other word becomes a star, words that stand with a "you" or an "I", and pieces of words (for typing as it comes)
each have one number for each question; the numbers of a text are added up. It reads no meaning. On authors neither had
learnt from it is as good as the small network beside it (crisis) or better (cruelty), and mistaken elsewhere: both
together are better still.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from forum.moderation.small_words import SMALL_WORDS

BUCKETS = 1 << 18

Buckets = NDArray[np.int64]
"""Numbers of the buckets one text falls into."""

_TOKEN = re.compile(r"[a-z]+(?:'[a-z]+)?|\d+|[?!.,:;\"()@]")
_SMALL = frozenset(word.encode() for word in SMALL_WORDS)
"""Words that make frames; all others become a star."""
_PERSONS = (b"you", b"you're", b"your", b"i", b"my", b"u", b"he", b"she")
_WORDS_BESIDE_A_PERSON = 40
_KIND = {kind: crc32(kind.encode()) for kind in "wkspcL"}
"""Where the checksum of a feature starts: its kind, so that "you" as a word and as letters are two."""
_SHORTEST_PIECE, _LONGEST_PIECE = 3, 5
_ONES = np.uint32(0xFFFFFFFF)
_CRC_TABLE = np.array([crc32(bytes([code]), 0xFFFFFFFF) ^ 0xFFFFFFFF for code in range(256)], np.uint32)
"""What one letter does to the checksum, as in zlib: `crc32` takes and gives it with every bit turned."""
_LONG = 6
"""Lengths are told apart up to so many times `_LONG` words."""


def features(text: str) -> Buckets:
    """Return the numbers of the buckets a text falls into, each once and in order."""
    words = [b"<", *(word.encode() for word in _TOKEN.findall(text.lower().replace("\u2019", "'"))), b">"]
    real = [word[:1].isalpha() for word in words]
    letters = b" %b " % b" ".join(word for word, is_real in zip(words, real, strict=True) if is_real or word == b"@")
    numbers = np.fromiter(_of_words(words, real), np.uint32)
    return np.unique(np.concatenate([numbers, *_of_letters(letters)]) % BUCKETS).astype(np.int64)


def weigh(weights: NDArray[np.float32], buckets: Buckets) -> NDArray[np.float32]:
    """Return what weights `[..., BUCKETS + 1]`, the bias last, say of the buckets of one text, as logits `[...]`."""
    added = weights[..., buckets].sum(-1) / np.sqrt(max(1, len(buckets))) + weights[..., -1]
    return np.asarray(added, np.float32)


def _of_words(words: Sequence[bytes], real: Sequence[bool]) -> Iterator[int]:
    """Yield the CRC-32 of every feature made of words: its kind, one letter, and what it holds."""
    frame = [b"*" if is_real and word not in _SMALL else word for word, is_real in zip(words, real, strict=True)]
    for size in (1, 2, 3):
        yield from _groups(_KIND["w"], words, size)
    for size in (2, 3, 4, 5):
        yield from _groups(_KIND["k"], frame, size)
    yield from (crc32(b"%b_%b" % pair, _KIND["s"]) for pair in zip(words, words[2:], strict=False))
    known = sorted({word for word, is_real in zip(words, real, strict=True) if is_real})[:_WORDS_BESIDE_A_PERSON]
    for person in _PERSONS:
        if person in known:
            start = crc32(person + b"+", _KIND["p"])
            yield from (crc32(word, start) for word in known)
    yield crc32(b"%d" % min(_LONG, len(words) // _LONG), _KIND["L"])


def _groups(kind: int, words: Sequence[bytes], size: int) -> Iterator[int]:
    return (crc32(b" ".join(words[at : at + size]), kind) for at in range(len(words) - size + 1))


def _of_letters(letters: bytes) -> Iterator[NDArray[np.uint32]]:
    """Yield the CRC-32 of every piece of three, four and five letters: of all places at once, a letter at a time."""
    codes = np.frombuffer(letters, np.uint8)
    state = np.full(len(codes), _KIND["c"] ^ _ONES, np.uint32)
    for size in range(1, _LONGEST_PIECE + 1):
        state = state[: max(0, len(codes) - size + 1)]
        state = _CRC_TABLE[(state ^ codes[size - 1 :]) & 0xFF] ^ (state >> 8)
        if size >= _SHORTEST_PIECE:
            yield state ^ _ONES
