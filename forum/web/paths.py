"""Where a form may lead back to: a page of this site, never another one, and nothing that breaks a header."""

from __future__ import annotations

from urllib.parse import urlsplit

MAX_PATH_CHARS = 300


def safe_path(text: str) -> str:
    """Return `text` if it is a path on this site that one may be sent back to, "" otherwise."""
    if len(text) > MAX_PATH_CHARS or not text.startswith("/") or text.startswith("//") or "\\" in text:
        return ""
    if any(ord(char) < 32 or ord(char) == 127 for char in text):
        return ""
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    return "" if parts.scheme or parts.netloc else text
