"""Random identifiers for URLs and one-time secrets."""

from __future__ import annotations

import hashlib
import secrets

_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
"""Lower-case letters and digits nobody confuses when reading them aloud (no 0/o, 1/l/i)."""


def new_public_id(length: int = 26) -> str:
    """Return a random id for a URL: 26 signs of a 31-letter alphabet carry 128 bits; it says nothing of its object."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def new_token() -> str:
    """Return 256 random bits, URL-safe, for session tokens and invitation links."""
    return secrets.token_urlsafe(32)


def token_digest(token: str) -> bytes:
    """Return sha256 of a token: what the database keeps of it. Sound because the token itself has 256 bits."""
    return hashlib.sha256(token.encode()).digest()
