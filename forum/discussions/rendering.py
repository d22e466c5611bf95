"""From what was typed to what is shown: small formatting, no HTML, no images, no live links for strangers.

Two walls: markdown-it-py makes HTML from a handful of rules with raw HTML off, then bleach lets exactly those tags
through and no attribute at all. The result is stored once, when written.
"""

from __future__ import annotations

from html import escape, unescape

import bleach
from markdown_it import MarkdownIt

TAGS = frozenset({"p", "br", "em", "strong", "ul", "ol", "li", "blockquote"})
_markdown = MarkdownIt("zero", {"html": False, "breaks": True, "linkify": False}).enable(
    ["paragraph", "newline", "emphasis", "list", "blockquote", "escape"]
)
_MAX_NESTING = 12
"""Deeper quotes and lists are nobody's wish; the parser's work stays small."""
_markdown.options["maxNesting"] = _MAX_NESTING


def render_body(text: str) -> str:
    """Return safe HTML for a text; addresses stay plain text.

    Formatting must never cost a word: where the parser gives up (quotes nested too deep), the text is shown plain.
    """
    html = bleach.clean(_markdown.render(text), tags=TAGS, attributes={}, protocols=(), strip=True).strip()
    shown = bleach.clean(html, tags=frozenset(), strip=True)
    return html if _letters(shown) >= _letters(text) else _plain(text)


def _letters(text: str) -> int:
    return sum(char.isalpha() for char in unescape(text))


def _plain(text: str) -> str:
    blocks = (escape(block.strip()).replace("\n", "<br>\n") for block in text.split("\n\n"))
    return "\n".join(f"<p>{block}</p>" for block in blocks if block)
