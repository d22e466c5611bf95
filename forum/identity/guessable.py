"""How easily a password is guessed: as a guesser puts it together, from known passwords, names, runs and repeats.

A list alone refuses `password` and lets `password-password1` pass. Here a password costs as many bits as the cheapest
way to build it: a known password by its place in the list of the ten thousand most common ones, a run on the keyboard,
a year, a repeat, and what is left letter by letter. The list is zxcvbn's (data/NOTICE); that of passwords leaked since
is not in the package, because they are ten gigabytes and asking somebody else's server would say who asks.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator
from pathlib import Path

LIST = Path(__file__).parent / "data" / "common_passwords.txt"
ENOUGH_BITS = 40.0
"""A trillion tries; each costs a guesser a slow hash, and the door lets few through."""
_LETTER, _DIGIT, _SIGN = math.log2(26), math.log2(10), math.log2(33)
_RUN_BITS, _YEAR_BITS, _NAME_BITS, _REPEAT_BITS = 5.0, 7.0, 4.0, 3.0
_RUNS = ("abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "yxcvbnm")
_PLAIN = str.maketrans("@4$5013!7|+", "aassoleitlt")
"""What people write for letters; both readings are looked at."""


@functools.cache
def _known() -> dict[str, float]:
    words = LIST.read_text(encoding="ascii").split()
    return {word: math.log2(place + 2) for place, word in enumerate(words)}


def bits(password: str, names: tuple[str, ...] = ()) -> float:
    """Return the logarithm of how many tries a guesser needs at most who knows `names` (the account's, the site's)."""
    own = {part for name in names for part in _parts(name)}
    folded = "".join(char for char in password.casefold() if not char.isspace())
    return min(_cheapest(text, own) for text in {folded, folded.translate(_PLAIN)})


def _parts(name: str) -> set[str]:
    words = name.casefold().split()
    return {part for part in (*words, "".join(words)) if len(part) >= 3}


def _cheapest(text: str, own: set[str]) -> float:
    """Return the cost of the cheapest way from the beginning to the end, one piece after the other."""
    best = [0.0] + [math.inf] * len(text)
    for start in range(len(text)):
        for end, cost in _pieces(text, start, own):
            best[end] = min(best[end], best[start] + cost)
    return best[-1]


def _pieces(text: str, start: int, own: set[str]) -> Iterator[tuple[int, float]]:
    """Yield (where a piece ends, what it costs) for every piece that can stand here."""
    char = text[start]
    yield start + 1, _DIGIT if char.isdigit() else _LETTER if char.isalpha() else _SIGN
    for end in range(start + 3, min(start + 25, len(text)) + 1):
        piece = text[start:end]
        if (cost := _cost(piece, own)) is not None:
            yield end, cost
        if piece in text[:start]:
            yield end, _REPEAT_BITS
    if start and text[start - 1] == char:
        yield start + len(text[start:]) - len(text[start:].lstrip(char)), _REPEAT_BITS


def _cost(piece: str, own: set[str]) -> float | None:
    if piece in own:
        return _NAME_BITS
    if piece in (known := _known()):
        return known[piece]
    if len(piece) == 4 and piece.isdigit() and piece[:2] in ("19", "20"):
        return _YEAR_BITS
    if any(piece in run or piece in run[::-1] for run in _RUNS):
        return _RUN_BITS
    return None
