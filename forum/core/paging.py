"""Keyset paging: a page is found by where the last one ended, so page 1,000 costs what page 1 costs."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime


def make_cursor(moment: datetime, number: int) -> str:
    """Return an opaque cursor for (time, id)."""
    raw = f"{int(moment.timestamp() * 1_000_000)}:{number}".encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def read_cursor(cursor: str) -> tuple[datetime, int] | None:
    """Return what a cursor holds, or None for a broken one (the first page is shown then)."""
    try:
        raw = base64.urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4)).decode()
        micros, number = raw.split(":")
        return datetime.fromtimestamp(int(micros) / 1_000_000, UTC), int(number)
    except (ValueError, binascii.Error, OverflowError, OSError):
        return None
