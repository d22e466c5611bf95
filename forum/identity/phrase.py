"""Recovery phrases: six words of EFF's long list, 77.5 bits, the only way back in. There is no other recovery.

Order of a look-up: canonicalise, HMAC (microseconds), argon2id only on a hit. A flood of wrong guesses costs no CPU,
and timing tells nothing, since only the right phrase hits. The fast HMAC is sound only because the words are drawn
by us and never chosen (security.md §3).
"""

from __future__ import annotations

import functools
import hashlib
import hmac
import re
import secrets
import unicodedata
from collections.abc import Mapping
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

WORDS_PER_PHRASE = 6
MAX_CHARS = 128
"""Longer input is refused before any work is done on it."""

_LIST = Path(__file__).parent / "data" / "eff_large_wordlist.txt"
_SEPARATORS = re.compile(r"[\s\-_.,]+")
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


@functools.cache
def word_list() -> tuple[str, ...]:
    """Return the 7,776 words."""
    return tuple(_LIST.read_text().split())


@functools.cache
def _word_set() -> frozenset[str]:
    return frozenset(word_list())


def new_phrase() -> str:
    """Draw a fresh phrase, words separated by spaces."""
    return " ".join(secrets.choice(word_list()) for _ in range(WORDS_PER_PHRASE))


def canonical(raw: str) -> str:
    """Fold what a person typed into the form that is hashed: case, dashes, commas and white space don't matter."""
    folded = unicodedata.normalize("NFKC", raw[:MAX_CHARS]).casefold()
    # "yo-yo", "t-shirt" and three more are on the list with a dash; folding both sides alike keeps them usable.
    return _SEPARATORS.sub(" ", folded).strip()


def unknown_words(raw: str) -> list[str]:
    """Name the words that are not on the (public) list, so that a slip of the pen can be found."""
    known = _word_set() | {part for word in _word_set() if "-" in word for part in word.split("-")}
    return [word for word in canonical(raw).split() if word not in known]


def lookup_id(phrase: str, pepper: str) -> bytes:
    """Return the 32-byte key under which a member's row is found."""
    return hmac.new(pepper.encode(), b"lookup:" + canonical(phrase).encode(), hashlib.sha256).digest()


def lookup_ids(phrase: str, peppers: Mapping[str, str]) -> dict[str, bytes]:
    """Return the key under each accepted pepper; two are accepted while one is being replaced."""
    return {pepper_id: lookup_id(phrase, pepper) for pepper_id, pepper in peppers.items()}


def make_verifier(phrase: str) -> str:
    """Hash a phrase with argon2id (19 MiB, t=2, p=1; about 40 ms): call through `run_blocking`."""
    return _hasher.hash(canonical(phrase))


def verify(verifier: str, phrase: str) -> bool:
    """Check a phrase against its hash; about 40 ms: call through `run_blocking`."""
    try:
        return _hasher.verify(verifier, canonical(phrase))
    except (VerificationError, InvalidHashError):
        return False
