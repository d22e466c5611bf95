"""The BERT uncased tokenizer in plain Python: same ids as the Hugging Face one, without torch or Rust.

Two differences are deliberate: lone surrogates are dropped instead of refused, and a literal "[SEP]" in a text is read
as punctuation and letters, so nobody can write control tokens into the model's input.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from forum.moderation.verdict import MAX_TEXT_CHARS

MAX_WORD_CHARS = 100
"""Longer words are one unknown token, as in BERT."""

WORDS_REMEMBERED = 20_000

_CJK_RANGES = (
    (0x4E00, 0x9FFF),
    (0x3400, 0x4DBF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2B73F),
    (0x2B740, 0x2B81F),
    (0x2B920, 0x2CEAF),
    (0xF900, 0xFAFF),
    (0x2F800, 0x2FA1F),
)


class WordPiece:
    """Turn text into token ids of one vocabulary."""

    def __init__(self, vocabulary: Mapping[str, int]) -> None:
        self._vocabulary = vocabulary
        self.unknown = vocabulary["[UNK]"]
        self.start = vocabulary["[CLS]"]
        self.end = vocabulary["[SEP]"]
        self._pieces = lru_cache(maxsize=WORDS_REMEMBERED)(self._split_word)

    @classmethod
    def from_lines(cls, text: str) -> WordPiece:
        """Build from the content of a vocab.txt: one token per line, the line number is its id."""
        return cls({line: number for number, line in enumerate(text.split("\n")) if line})

    @classmethod
    def load(cls, path: Path) -> WordPiece:
        """Read a vocab.txt."""
        return cls.from_lines(path.read_text(encoding="utf-8"))

    def ids(self, text: str, max_tokens: int) -> list[int]:
        """Return at most `max_tokens` ids, the start and end token included."""
        room = max_tokens - 2
        found: list[int] = []
        for word in _normalise(text[:MAX_TEXT_CHARS]).split():
            found.extend(self._pieces(word))
            if len(found) >= room:
                break
        return [self.start, *found[:room], self.end]

    def count(self, text: str) -> int:
        """Return how many tokens `text` has, without start and end."""
        return sum(len(self._pieces(word)) for word in _normalise(text[:MAX_TEXT_CHARS]).split())

    def reads(self, ids: list[int]) -> bool:
        """Tell whether any token is known: a text of unknown signs alone says nothing to the model."""
        return any(token not in (self.unknown, self.start, self.end) for token in ids)

    def _split_word(self, word: str) -> tuple[int, ...]:
        """Cut one word into its longest known pieces, left to right."""
        if len(word) > MAX_WORD_CHARS:
            return (self.unknown,)
        pieces: list[int] = []
        start = 0
        while start < len(word):
            end, piece = self._longest_piece(word, start)
            if piece is None:
                return (self.unknown,)
            pieces.append(piece)
            start = end
        return tuple(pieces)

    def _longest_piece(self, word: str, start: int) -> tuple[int, int | None]:
        prefix = "##" if start else ""
        for end in range(len(word), start, -1):
            piece = self._vocabulary.get(prefix + word[start:end])
            if piece is not None:
                return end, piece
        return start, None


# Translation tables that work out each character once.


class _Cleaned(dict[int, str]):
    """Drop control characters, make every kind of space a space, set CJK signs apart."""

    def __missing__(self, code: int) -> str:
        sign = self[code] = _clean_sign(code)
        return sign


class _Folded(dict[int, str]):
    """After decomposition: drop accents, lower the case, set punctuation apart."""

    def __missing__(self, code: int) -> str:
        sign = self[code] = _fold_sign(code)
        return sign


_CLEANED = _Cleaned()
_FOLDED = _Folded()


def _normalise(text: str) -> str:
    return unicodedata.normalize("NFD", text.translate(_CLEANED)).translate(_FOLDED)


def _clean_sign(code: int) -> str:
    sign = chr(code)
    if sign in "\t\n\r":
        return " "
    # Unassigned code points (Cn) stay: a newer emoji than this Python knows is one unknown token, not nothing.
    if code in (0, 0xFFFD) or unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Co"):
        return ""
    if sign.isspace():
        return " "
    if any(low <= code <= high for low, high in _CJK_RANGES):
        return f" {sign} "
    return sign


def _fold_sign(code: int) -> str:
    sign = chr(code)
    category = unicodedata.category(sign)
    if category == "Mn":
        return ""
    if category[0] == "P" or (code < 128 and not sign.isalnum() and not sign.isspace()):
        return f" {sign} "
    return sign.lower()
