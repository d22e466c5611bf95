"""Showing why something was found: a piece of the text around the first hit, every hit marked, all of it escaped."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

from forum.search.asking import Question

AROUND_CHARS = 90
MAX_CHARS = 240
_WORD = re.compile(r"[^\W_]+")


def mark(text: str, question: Question) -> Markup:
    """Return a text with the words that were looked for in `<mark>`."""
    out, last = Markup(""), 0
    for found in _WORD.finditer(text):
        if question.matches(found[0]):
            out += escape(text[last : found.start()]) + Markup("<mark>{}</mark>").format(found[0])
            last = found.end()
    return out + escape(text[last:])


def snippet(text: str, question: Question) -> Markup:
    """Return a piece of a text around the first hit, marked; the beginning where the hit is only in the title."""
    flat = " ".join(text.split())
    first = next((found.start() for found in _WORD.finditer(flat) if question.matches(found[0])), 0)
    start = max(0, first - AROUND_CHARS)
    if start:
        start = flat.find(" ", start) + 1 or start
    piece = flat[start : start + MAX_CHARS]
    if start + MAX_CHARS < len(flat):
        piece = piece.rsplit(" ", 1)[0] + " …"
    return mark(f"… {piece}" if start else piece, question)
