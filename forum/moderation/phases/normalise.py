"""Three views of one text: as typed, cleaned, and folded to plain words, each able to point back at the original.

Rules read the folded view ("i do not want to be here"), people read the original, and spans translate between them.
Every step is a single pass over the text: 8,000 characters of anything cost a few milliseconds.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from dataclasses import dataclass, field
from functools import cache, cached_property
from itertools import accumulate
from string import ascii_lowercase
from typing import Literal

from forum.moderation.phases.normalise_tables import GLUED, HOMOGLYPHS, LEET, MASKABLE, PHRASES
from forum.moderation.phases.normalise_traced import Edit, Traced
from forum.moderation.phases.normalise_words import WORDS
from forum.moderation.verdict import MAX_TEXT_CHARS, Span

View = Literal["clean", "folded"]


@dataclass(frozen=True)
class TextViews:
    """One text in the three forms phases read, with what several of them need of it worked out once."""

    original: str
    clean: str
    """NFKC, zero-width, bidi and control characters gone; case kept."""
    folded: str
    """Lower case, look-alikes and leet folded, spelled-out letters joined, spellings and contractions expanded."""
    _clean: Traced = field(repr=False, compare=False, default=Traced(""))
    _folded: Traced = field(repr=False, compare=False, default=Traced(""))

    @cached_property
    def sentences(self) -> list[Span]:
        """Return the spans of the sentences of the folded view, see `sentences_of`."""
        return sentences_of(self.folded)

    def original_span(self, view: View, start: int, end: int) -> Span:
        """Translate a half-open span of a view into the original. Empty and out-of-range spans are clamped."""
        traced = self._clean if view == "clean" else self._folded
        if not traced.text:
            return (0, 0)
        first = min(max(start, 0), len(traced.text) - 1)
        last = min(max(end - 1, first), len(traced.text) - 1)
        begin, end = traced.origin(first)
        return begin, max(end, traced.origin(last)[1])


# ── clean ────────────────────────────────────────────────────────────────────────────────────────────────────────────

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f][\x00-\x08\x0b-\x1f\x7f]*")
_CLUSTER = re.compile(r"[^\x00-\x7f]")
_BLANKS = frozenset("\u2800\u3164\u115f\u1160\uffa0\u034f\u180e")
_LINE_ENDS = frozenset("\u2028\u2029\x85")


@cache
def _clean_char(char: str) -> str:
    """Return what one non-ASCII character is worth on its own. Cached: at most one entry per code point."""
    if "\ud800" <= char <= "\udfff":
        return "\ufffd"
    if char in _LINE_ENDS:
        return "\n"
    if char in _BLANKS or unicodedata.category(char) in ("Cf", "Cc", "Co", "Cn"):
        return ""
    if "\ufe00" <= char <= "\ufe0f":
        return ""
    return unicodedata.normalize("NFKC", char)


def _compose(traced: Traced) -> Traced:
    """Join letters with the combining marks after them, at most four marks deep: the rest is decoration."""
    return traced.rewrite(_MARKED, lambda match: unicodedata.normalize("NFKC", match.group()[:5]))


_MARK_RANGE = "\u0300-\u036f\u0483-\u0487\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_MARKS = re.compile(f"[{_MARK_RANGE}]+")
_MARKED = re.compile(f"[^\\W\\d_][{_MARK_RANGE}]+")


def _cleaned(text: str) -> Traced:
    traced = Traced(text)
    traced = traced.rewrite(_CONTROL, lambda match: "\n" if "\r" in match.group() or "\x0c" in match.group() else "")
    if not traced.text.isascii():
        traced = traced.rewrite(_CLUSTER, lambda match: _clean_char(match.group()))
        traced = _compose(traced)
    return traced.same_length(traced.text[:MAX_TEXT_CHARS])


# ── folded ───────────────────────────────────────────────────────────────────────────────────────────────────────────

_LEADING_AND_TRAILING = ".!'*-/~|_#+"
_TOKEN = re.compile(r"([a-z0-9$@!*#|_'.\-/~+]+)")
_SPACED = re.compile(r"(?<![a-z0-9'])[a-z0-9$@](?:[ ._\-*|/~+]{1,3}[a-z0-9$@!](?![a-z0-9'])){2,}")
_SEPARATORS = re.compile(r"[ ._\-*|/~+]+")
_INNER = re.compile(r"([._\-*|/~+#]+)")
_ODD = re.compile(r"[0-9$@!*#]")
_MASK = re.compile(r"[*#_]")
_REPEAT = re.compile(r"([a-z])\1{2,}")
_TRIPLES = tuple(letter * 3 for letter in ascii_lowercase)
_ASCII_OR_NOT = re.compile(r"[\x00-\x7f]+|[^\x00-\x7f]+")
_SPACES = re.compile(r"[ \t\u00a0]{2,}|\t")
_SPELLINGS = GLUED | WORDS


def _literal_first(pattern: str) -> re.Pattern[str]:
    r"""Compile `\bme (own|head)` as `me (?<=\bme )(own|head)`: the same places, found several times faster.

    An expression that begins with letters is searched for like a plain string, one that begins with an edge is not.
    """
    return re.compile(re.sub(r"^\\b([a-z0-9]+ )(?!\?)", r"\1(?<=\\b\1)", pattern))


_PHRASES = tuple((hint, _literal_first(pattern), plain) for hint, pattern, plain in PHRASES)


def _plain_letter(char: str) -> str:
    """Return the bare Latin letter an accented one is built on, else the character itself."""
    base = unicodedata.normalize("NFKD", char)[:1]
    return base.lower() if base.isascii() and base.isalpha() else char


def _lowered(traced: Traced) -> Traced:
    if not traced.text.isascii():
        traced = traced.rewrite(_MARKED, lambda match: match.group()[0]).rewrite(_MARKS, lambda _: "")
    return traced.same_length("".join(map(_lower_piece, _ASCII_OR_NOT.findall(traced.text))))


def _lower_piece(piece: str) -> str:
    return piece.lower().replace("`", "'") if piece.isascii() else "".join(map(_lower_char, piece))


@cache
def _lower_char(char: str) -> str:
    """Lower and fold one character without changing how many there are ("İ" would become two)."""
    return _plain_letter(char.lower()[0].translate(HOMOGLYPHS))


def _known(joined: str) -> str | None:
    """Return the plain form of a joined run if it is one worth recovering."""
    joined = joined.translate(LEET)
    if joined in GLUED:
        return GLUED[joined]
    if joined in MASKABLE:
        return joined
    plain = WORDS.get(joined)
    return plain if plain in MASKABLE else None


def _join_letters(match: re.Match[str]) -> str:
    """Join s.u.i.c.i.d.e and k m s. Runs held apart by spaces are joined only into a word that matters."""
    run = match.group()
    joined = _SEPARATORS.sub("", run)
    known = _known(joined)
    if known is not None:
        return known
    if joined[0] in "ia" and (known := _known(joined[1:])) is not None:
        return f"{joined[0]} {known}"
    return run if " " in run or not joined.isalpha() else joined


def _unmask(token: str) -> str | None:
    """Return the one known word a starred-out token of the same length can be."""
    letters = sum(char.isalpha() for char in token)
    if letters < 2 or letters * 2 < len(token) or not _MASK.search(token):
        return None
    for word in MASKABLE:
        if len(word) == len(token) and all(a in ("*", "#", "_", b) for a, b in zip(token, word, strict=True)):
            return word
    return None


def _shorter(word: str) -> str:
    """Collapse three or more of a letter to two if that is a word we know, else to one ("killll", "dieee")."""
    twice = _REPEAT.sub(r"\1\1", word)
    once = _REPEAT.sub(r"\1", word)
    if twice in WORDS or twice in MASKABLE:
        return twice
    if once in WORDS or once in MASKABLE:
        return once
    return twice if _REPEAT.search(word).group(1) in "elos" and word[-1] != word[-2] else once  # type: ignore[union-attr]


def _unleet(word: str) -> str:
    """Map digits and signs to letters inside words: su1c1de, 5uicide, k!ll. Numbers and units stay."""
    mapped = word.translate(LEET)
    if mapped in MASKABLE or mapped in WORDS or mapped in GLUED:
        return mapped
    letters = sum(char.isalpha() for char in word)
    inner = word[0].isalpha() and word[-1].isalpha() and not word.isalpha()
    return mapped if inner and letters >= 3 and "!" not in word and "@" not in word and mapped.isalpha() else word


def _fold_word(word: str) -> str:
    if word in WORDS:
        return WORDS[word]
    if word in GLUED:
        return GLUED[word]
    if _ODD.search(word):
        word = _unmask(word) or _unleet(word)
    if _REPEAT.search(word):
        word = _shorter(word)
    return WORDS.get(word) or GLUED.get(word, word)


def _fold_tokens(traced: Traced) -> Traced:
    pieces = _TOKEN.split(traced.text)  # what stands between tokens, a token, what stands between, …
    ends = list(accumulate(map(len, pieces)))
    repeats = any(triple in traced.text for triple in _TRIPLES)
    edits: list[Edit] = []
    for place, token in enumerate(pieces[1::2]):
        if token.isalpha() and token not in _SPELLINGS and not (repeats and _REPEAT.search(token)):
            continue  # most tokens: a word that is nobody's misspelling
        folded = _fold_token(token)
        if folded != token:
            edits.append((ends[2 * place], ends[2 * place + 1], folded))
    return traced.edited(edits)


def _fold_token(token: str) -> str:
    core = token.strip(_LEADING_AND_TRAILING)
    if not core or core.isdigit():
        return token
    head, _, tail = token.partition(core)
    return head + (_SPELLINGS.get(core) or _fold_core(core)) + tail


def _fold_core(core: str) -> str:
    if core.endswith("'s") and core[:-2] in WORDS:
        return WORDS[core[:-2]] + "'s"
    if _INNER.search(core):
        known = _known(_INNER.sub("", core)) or _unmask(core)
        if known is not None:
            return known
        return "".join(_fold_word(part) if len(part) > 1 else part for part in _INNER.split(core))
    return _fold_word(core)


def _folded(cleaned: Traced) -> Traced:
    traced = _lowered(cleaned)
    traced = traced.rewrite(_SPACED, _join_letters)
    traced = _fold_tokens(traced)
    if "  " in traced.text or "\t" in traced.text or "\u00a0" in traced.text:
        traced = traced.rewrite(_SPACES, lambda _: " ")
    for hint, pattern, plain in _PHRASES:
        if hint in traced.text:
            traced = traced.rewrite(pattern, lambda match, plain=plain: match.expand(plain))  # type: ignore[misc]
    return traced


def views_of(text: str) -> TextViews:
    """Return the three views of at most MAX_TEXT_CHARS of `text`. Linear time; lone surrogates are safe."""
    cleaned = _cleaned(text[:MAX_TEXT_CHARS])
    folded = _folded(cleaned)
    return TextViews(text, cleaned.text, folded.text, cleaned, folded)


# ── sentences ────────────────────────────────────────────────────────────────────────────────────────────────────────

# [.!?…]+ before a blank or the end, [.!?]{2,} anywhere, \n+, ;, " - ". All in one set of first letters, which a search
# can leap to; what follows depends on the letter it found.
_BOUNDARY = re.compile(r"[.!?…\n; ](?:(?<=[.!?…])[.!?…]*(?=[\s\"')\]]|$)|(?<=[.!?])[.!?]+|(?<=\n)\n*|(?<=;)|(?<= )- )")


def sentences_of(folded: str) -> list[Span]:
    """Return half-open spans of the sentences of a folded text, without their end marks; blank ones are skipped."""
    spans: list[Span] = []
    last = 0
    for match in _BOUNDARY.finditer(folded):
        _append_trimmed(spans, folded, last, match.start())
        last = match.end()
    _append_trimmed(spans, folded, last, len(folded))
    return spans


def _append_trimmed(spans: list[Span], text: str, start: int, end: int) -> None:
    piece = text[start:end]
    if stripped := piece.strip():
        begin = start + piece.index(stripped[0])
        spans.append((begin, begin + len(stripped)))


def sentence_at(spans: list[Span], offset: int) -> int:
    """Return the index of the sentence holding `offset`, or of the next one."""
    return min(bisect_left([end for _, end in spans], offset + 1), max(len(spans) - 1, 0))
