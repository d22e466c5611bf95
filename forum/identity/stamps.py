"""The stamp in the joining form: when it was issued, and a small piece of work for the browser.

A stamp is `version|purpose|bits|issued|nonce` with an HMAC over exactly that; the separator occurs in no part, so that
nothing can be spliced (the flaw of CVE-2025-68113). The work is a number whose SHA-256 together with the nonce begins
with so many zero bits. A stamp counts once. Without scripts there is no work: nobody is shut out for that, a person
reads the first texts instead when the place is busy (`newcomers.py`).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime

VERSION = "1"
SEPARATOR = "|"
LIFE_SECONDS = 3600
HURRY_SECONDS = 3
"""A form that comes back sooner was not filled in by a person."""
MAX_CHARS = 200
MAX_WORK_CHARS = 16


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a stamp says, once its signature was found right."""

    purpose: str
    bits: int
    issued: int
    nonce: str

    def is_fresh(self, now: datetime) -> bool:
        """Tell whether it is neither from a moment ago nor from long ago."""
        return HURRY_SECONDS <= now.timestamp() - self.issued <= LIFE_SECONDS

    def is_done_by(self, work: str) -> bool:
        """Tell whether a number is the work asked for."""
        if not 0 < len(work) <= MAX_WORK_CHARS or not (work.isascii() and work.isdigit()):
            return False
        digest = hashlib.sha256(f"{self.nonce}:{work}".encode()).digest()
        return int.from_bytes(digest, "big") >> (256 - self.bits) == 0


def issue(purpose: str, bits: int, *, key: str, now: datetime) -> str:
    """Return a fresh stamp for a form."""
    said = SEPARATOR.join((VERSION, purpose, str(bits), str(int(now.timestamp())), secrets.token_hex(12)))
    return f"{said}{SEPARATOR}{_sign(said, key)}"


def read(text: str, purpose: str, *, key: str) -> Stamp | None:
    """Return what a stamp says, or None for one that is not ours or meant for another form."""
    said, _, signature = text[:MAX_CHARS].rpartition(SEPARATOR)
    if not said or not hmac.compare_digest(signature.encode(), _sign(said, key).encode()):
        return None
    version, named, bits, issued, nonce = said.split(SEPARATOR)
    return Stamp(named, int(bits), int(issued), nonce) if (version, named) == (VERSION, purpose) else None


def _sign(said: str, key: str) -> str:
    return hmac.new(b"stamp:" + key.encode(), said.encode(), hashlib.sha256).hexdigest()
