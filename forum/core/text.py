"""Cleaning what people type before it is stored or shown: one function, the same for every form and event."""

from __future__ import annotations

import unicodedata

_BIDI = {chr(c) for c in (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C)}
_INVISIBLE = {"\u00ad", "\u200b", "\u2060", "\ufeff", "\u180e"}
_KEEP_CONTROLS = {"\n", "\t"}
MAX_MARKS = 3
"""Combining marks kept per letter: enough for every language, too few to smear over other people's lines."""


def clean_text(raw: str) -> str:
    """Return the text with line ends unified and invisible, direction-changing and broken characters removed.

    Zero-width joiner and non-joiner stay: Persian and emoji need them. Runs of them are cut to one.
    """
    out: list[str] = []
    marks = 0
    for char in raw.replace("\r\n", "\n").replace("\r", "\n"):
        if _is_dropped(char) or (char in "\u200c\u200d" and out and out[-1] == char):
            continue
        marks = marks + 1 if unicodedata.combining(char) else 0
        if marks <= MAX_MARKS:
            out.append(char)
    return "".join(out).strip()


def _is_dropped(char: str) -> bool:
    if char in _KEEP_CONTROLS:
        return False
    return char in _BIDI or char in _INVISIBLE or unicodedata.category(char) in ("Cc", "Cs")


def one_line(raw: str) -> str:
    """Clean a title or name: like `clean_text`, with all white space folded into single spaces."""
    return " ".join(clean_text(raw).split())


def shorten(text: str, most: int) -> str:
    """Return the beginning of a text, cut between words and marked with an ellipsis where something is missing."""
    if len(text) <= most:
        return text
    cut = text[:most].rsplit(None, 1)[0] if " " in text[:most] else text[:most]
    return cut.rstrip() + " …"
