"""Staff passwords: argon2id with 46 MiB, a length floor, and a refusal of the guessable."""

from __future__ import annotations

import functools

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from forum.identity import guessable

MIN_CHARS = 15
MAX_CHARS = 200
_hasher = PasswordHasher(time_cost=1, memory_cost=47_104, parallelism=1)
_SITE = ("small hours", "moderator", "administrator")


def problem(password: str, name: str = "") -> str:
    """Return what is wrong with a password in one sentence, or nothing.

    Fifteen characters or seven words; no composition rules (they make passwords worse, NIST SP 800-63B).
    """
    if len(password) > MAX_CHARS:
        return f"Please use at most {MAX_CHARS} characters."
    if len(password) < MIN_CHARS and len(password.split()) < 7:
        return f"Please use at least {MIN_CHARS} characters, or seven words."
    if guessable.bits(password, (name, *_SITE)) < guessable.ENOUGH_BITS:
        return "That one is on every guesser's list. Please choose something nobody would think of."
    return ""


def hash_password(password: str) -> str:
    """Hash a password (about 90 ms): call through `run_blocking`."""
    return _hasher.hash(password)


@functools.cache
def _dummy() -> str:
    """Return the hash an unknown account is checked against; made at the first need, it takes 60 ms."""
    return _hasher.hash("nobody has this password, it only takes as long as one")


def verify_password(stored: str | None, password: str) -> bool:
    """Check a password; an unknown account costs the same time as a wrong password."""
    try:
        return _hasher.verify(stored or _dummy(), password[:MAX_CHARS]) and stored is not None
    except (VerificationError, InvalidHashError):
        return False
