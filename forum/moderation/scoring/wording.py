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

BUCKETS = 1 << 18

Buckets = NDArray[np.int64]
"""Numbers of the buckets one text falls into."""

_TOKEN = re.compile(r"[a-z]+(?:'[a-z]+)?|\d+|[?!.,:;\"()@]")
_SMALL = frozenset(
    "i me my mine myself you your yours yourself u ur he him his she her hers it its they them their we us our who what"
    " which that this these those there here a an the and but or so if because when while than then not no never nobody"
    " none nothing all any every some more most less only even just still too very is are was were be been being am do"
    " does did don't doesn't didn't isn't aren't wasn't can can't could couldn't will won't would wouldn't should"
    " shouldn't may might must have has had haven't hasn't got get go going to of in on at by for with from about as"
    " like up down out off over into back again now ever always".split()
)
"""Words that make frames; all others become a star."""
_PERSONS = ("you", "you're", "your", "i", "my", "u", "he", "she")
_WORDS_BESIDE_A_PERSON = 40
_LONG = 6
"""Lengths are told apart up to so many times `_LONG` words."""


def features(text: str) -> Buckets:
    """Return the numbers of the buckets a text falls into, each once, in no order that means anything."""
    found = {crc32(feature.encode("utf-8")) % BUCKETS for feature in _features(text)}
    return np.fromiter(found, np.int64, len(found))


def weigh(weights: NDArray[np.float32], buckets: Buckets) -> NDArray[np.float32]:
    """Return what weights `[..., BUCKETS + 1]`, the bias last, say of the buckets of one text, as logits `[...]`."""
    added = weights[..., buckets].sum(-1) / np.sqrt(max(1, len(buckets))) + weights[..., -1]
    return np.asarray(added, np.float32)


def _features(text: str) -> Iterator[str]:
    words = ["<", *_TOKEN.findall(text.lower().replace("’", "'")), ">"]
    yield from _groups("w", words, (1, 2, 3))
    yield from _groups("k", [word if word in _SMALL or not word[0].isalpha() else "*" for word in words], (2, 3, 4, 5))
    yield from (f"s{first}_{third}" for first, third in zip(words, words[2:], strict=False))
    known = sorted({word for word in words if word[0].isalpha()})[:_WORDS_BESIDE_A_PERSON]
    yield from (f"p{person}+{word}" for person in _PERSONS if person in known for word in known)
    letters = f" {' '.join(word for word in words if word[0].isalpha() or word == '@')} "
    for size in (3, 4, 5):
        yield from (f"c{letters[at : at + size]}" for at in range(len(letters) - size + 1))
    yield f"L{min(_LONG, len(words) // _LONG)}"


def _groups(kind: str, words: Sequence[str], sizes: Sequence[int]) -> Iterator[str]:
    for size in sizes:
        yield from (kind + " ".join(words[at : at + size]) for at in range(len(words) - size + 1))
