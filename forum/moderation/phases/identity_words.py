"""A cheap first look at a clean view: which words and signs are there at all.

Most texts hold no detail of anybody. The expressions that find details are slow on them, because they may begin
anywhere; so each is only tried on a text that holds what it cannot do without.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_WORD = re.compile(r"[a-z]+")
_DIGIT = re.compile(r"\d")
_BLANKED = "".join(char if "a" <= char <= "z" else " " for char in map(chr, range(128)))
_LIKE_ASCII = str.maketrans({"\u0130": "i", "\u0131": "i", "\u017f": "s", "\u212a": "k"})
"""Letters that an expression takes for Latin ones when it ignores case."""


@dataclass(frozen=True, slots=True)
class Look:
    """A clean view and what stands in it."""

    text: str
    plain: str
    """The text in lower case, as expressions read it that ignore case."""
    listed: list[str]
    """The runs of Latin letters of `plain` in order: "O2's" is "o" and "s"."""
    words: frozenset[str]
    """The same, each once."""
    digits: int

    @classmethod
    def at(cls, text: str) -> Look:
        """Look at a text."""
        if text.isascii():  # nearly all are, and blanking out the rest is several times faster than an expression
            plain = text.lower()
            listed = plain.translate(_BLANKED).split()
            digits = sum(map(text.count, "0123456789"))
        else:
            plain = text.translate(_LIKE_ASCII).lower()
            listed, digits = _WORD.findall(plain), len(_DIGIT.findall(text))
        return cls(text, plain, listed, frozenset(listed), digits)

    def found(self, pattern: re.Pattern[str], *, given: bool = True) -> Iterator[re.Match[str]]:
        """Return the matches of an expression, none where what it needs is not given."""
        return pattern.finditer(self.text) if given else iter(())

    def has(self, words: frozenset[str]) -> bool:
        """Tell whether one of the words is there."""
        return not words.isdisjoint(self.words)


def needed_words(alternatives: str) -> frozenset[str]:
    """Return words one of which is in every text that matches "snap ?chat|only ?fans": "snapchat", "chat", "fans"…

    Of a name that may be written in two words the longer one counts, which is in fewer other texts.
    """
    return frozenset(
        word
        for one in alternatives.split("|")
        for word in (one.replace(" ?", ""), max(reversed(one.split(" ?")), key=len))
    )
