"""Seal journal pages so that only the member's six words open them. Pure: bytes in, bytes out, no database.

* Each member has one random data key. Pages are sealed with it (AES-256-GCM); it never changes.
* The data key is wrapped with a key derived from the recovery phrase: argon2id, then HKDF-SHA256 for its purpose. The
  salt is its own, so nothing follows from the hash that signing in is checked against.
* While a journal is open, the data key travels in a cookie, sealed with a key derived from a server secret and from the
  session's digest: the browser holds bytes it can't read, the server a secret without the bytes, and neither the
  database nor Redis holds anything. See docs/decisions/0012-journal-encryption.md.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from forum.identity.phrase import canonical

SCHEME = "argon2id-1"
KEY_BYTES, NONCE_BYTES, SALT_BYTES = 32, 12, 16
BLOCK = 512
"""Pages are filled up to multiples of this, so that a sealed page's length says little."""
OPEN_FOR = timedelta(minutes=30)
"""How long an open journal may lie still before it asks for the words again."""
_WRAP = b"small-hours journal wrap 1"
_COOKIE = b"small-hours journal session 1"


class Sealed(Exception):
    """These bytes don't open with this key: wrong words, another member's row, or changed on the way."""


@dataclass(frozen=True, slots=True)
class Lock:
    """What is stored of a data key."""

    salt: bytes
    wrapped_key: bytes
    scheme: str = SCHEME


def new_key() -> bytes:
    """Return a fresh data key."""
    return os.urandom(KEY_BYTES)


def wrap(key: bytes, phrase: str, owner: str) -> Lock:
    """Lock a data key with a recovery phrase; about 40 ms of argon2: call through `run_blocking`.

    `owner` is the member's public id: a wrapped key put into somebody else's row does not open.
    """
    salt = os.urandom(SALT_BYTES)
    return Lock(salt, _encrypt(_wrapping_key(phrase, salt), key, owner.encode()))


def unwrap(lock: Lock, phrase: str, owner: str) -> bytes:
    """Return the data key; about 40 ms of argon2: call through `run_blocking`.

    Raises:
        Sealed: these words don't open this lock.
    """
    return _decrypt(_wrapping_key(phrase, lock.salt), lock.wrapped_key, owner.encode())


def _wrapping_key(phrase: str, salt: bytes) -> bytes:
    """Derive from the words: 19 MiB, two rounds, as for signing in. The words alone carry 77 bits."""
    stretched = hash_secret_raw(
        canonical(phrase).encode(),
        salt,
        time_cost=2,
        memory_cost=19_456,
        parallelism=1,
        hash_len=KEY_BYTES,
        type=Type.ID,
    )
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=_WRAP).derive(stretched)


# ── Pages ───────────────────────────────────────────────────────────────────────────────────────────────────────


def seal(key: bytes, content: dict[str, Any], place: str) -> bytes:
    """Seal one page; `place` names its row, so that pages can't be swapped."""
    plain = json.dumps(content, ensure_ascii=False).encode()
    framed = len(plain).to_bytes(4, "big") + plain
    return _encrypt(key, framed + b"\0" * (-len(framed) % BLOCK), place.encode())


def unseal(key: bytes, sealed: bytes, place: str) -> dict[str, Any]:
    """Open one page.

    Raises:
        Sealed: another key, another row, or changed.
    """
    framed = _decrypt(key, sealed, place.encode())
    content: dict[str, Any] = json.loads(framed[4 : 4 + int.from_bytes(framed[:4], "big")])
    return content


# ── While it is open ────────────────────────────────────────────────────────────────────────────────────────────


def to_cookie(key: bytes, *, secret: str, session: bytes, now: datetime) -> str:
    """Return the data key as a cookie that opens only in this session, for `OPEN_FOR`."""
    until = int((now + OPEN_FOR).timestamp()).to_bytes(8, "big")
    return base64.urlsafe_b64encode(_encrypt(_session_key(secret, session), until + key, b"")).decode()


def from_cookie(value: str, *, secret: str, session: bytes, now: datetime) -> bytes | None:
    """Return the data key from a cookie; None when it is not one of this session's, or its time is over."""
    try:
        content = _decrypt(_session_key(secret, session), base64.urlsafe_b64decode(value), b"")
    except (Sealed, binascii.Error, ValueError):
        return None
    until = datetime.fromtimestamp(int.from_bytes(content[:8], "big"), UTC)
    return content[8:] if now < until else None


def _session_key(secret: str, session: bytes) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=session, info=_COOKIE).derive(secret.encode())


def _encrypt(key: bytes, plain: bytes, place: bytes) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, place)


def _decrypt(key: bytes, sealed: bytes, place: bytes) -> bytes:
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], place)
    except (InvalidTag, ValueError):
        raise Sealed from None
