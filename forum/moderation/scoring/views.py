"""What the model gets to read: windows of long texts, and a second view with disguises taken off."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator

WINDOW_WORDS = 80
WINDOW_STEP = 60
MAX_WINDOWS = 28
"""Covers 8,000 characters of ordinary words (about 1,600) without a gap; only junk has more."""

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff]")
_SPACED_OUT = re.compile(r"(?<![^\W_])(?:[^\W\d_][ ._*\-]){2,}[^\W\d_](?![^\W_])")
_SEPARATORS = re.compile(r"[ ._*\-]")
_WORD = re.compile(r"[\w@$!*.\-]+")
_LETTER = re.compile(r"[A-Za-z]")
_STAND_IN = re.compile(r"[013457@$!]")
_AMOUNT = re.compile(r"\d+[A-Za-z]{1,3}|[A-Za-z]+\d+")
_DOTTED = re.compile(r"[A-Za-z][.*_][A-Za-z]")
_BETWEEN_LETTERS = re.compile(r"(?<=[A-Za-z])[.*\-_](?=[A-Za-z])")
_DOMAIN = re.compile(r"\.[a-z]{2,4}$")
_DRAWN_OUT = re.compile(r"([A-Za-z])\1{2,}")
_STAND_INS = str.maketrans("013457@$!", "oieastasi")
_EDGE = "!.*-"


def views(text: str, count: Callable[[str], int], room: int) -> list[str]:
    """Return every text the encoder must read for one post: each window, and its plain view where that differs.

    `count` tells how many tokens a word has, `room` how many fit into the encoder.
    """
    found: list[str] = []
    for window in windows(text, count, room):
        found.append(window)
        plain = plain_view(window)
        if plain.lower() != unicodedata.normalize("NFKC", window).lower():
            found.append(plain)
    return found


def windows(text: str, count: Callable[[str], int], room: int) -> list[str]:
    """Cut a long text into overlapping windows of up to 80 words that fit into the encoder."""
    words = text.split()
    sizes = [count(word) for word in words]
    if len(words) <= WINDOW_WORDS and sum(sizes) <= room:
        return [text]
    found = [" ".join(words[start:end]) for start, end in _spans(sizes, room)]
    half = MAX_WINDOWS // 2
    return found if len(found) <= MAX_WINDOWS else found[:half] + found[-half:]


def _spans(sizes: list[int], room: int) -> Iterator[tuple[int, int]]:
    """Yield [start, end) word ranges: three quarters of a window on each time, until the last word was inside."""
    start = 0
    while True:
        end = _end_of_window(sizes, start, room)
        yield start, end
        if end >= len(sizes):
            return
        start += max(1, (end - start) * WINDOW_STEP // WINDOW_WORDS)


def _end_of_window(sizes: list[int], start: int, room: int) -> int:
    """Return where the window ends that starts at `start`: at least one word, at most 80, at most `room` tokens."""
    end, used = start + 1, sizes[start]
    while end < len(sizes) and end - start < WINDOW_WORDS and used + sizes[end] <= room:
        used += sizes[end]
        end += 1
    return end


def plain_view(text: str) -> str:
    """Take off common disguises: invisible signs, "k y s", "1d10t", "f.u.c.k", "diiiie"."""
    plain = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))
    plain = _SPACED_OUT.sub(lambda match: _SEPARATORS.sub("", match.group()), plain)
    plain = _WORD.sub(lambda match: _plain_word(match.group()), plain)
    return _DRAWN_OUT.sub(r"\1\1", plain)


def _plain_word(word: str) -> str:
    core = word.strip(_EDGE)
    # "30mg" and "day1" are amounts, not disguises.
    if _LETTER.search(core) and _STAND_IN.search(core) and not _AMOUNT.fullmatch(core):
        lead = word[: len(word) - len(word.lstrip(_EDGE))]
        trail = word[len(word.rstrip(_EDGE)) :]
        word = lead + core.translate(_STAND_INS) + trail
    if _DOTTED.search(word) and "//" not in word and not _DOMAIN.search(word):
        return _BETWEEN_LETTERS.sub("", word)
    return word
