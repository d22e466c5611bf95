"""From what somebody typed to an expression of the index. Only letters and digits get through, so nothing typed can be
an operator: FTS5's and PostgreSQL's own languages are never spoken by users."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

MAX_CHARS = 100
MAX_TERMS = 8
MIN_PREFIX_CHARS = 3
"""Shorter words must match whole: as beginnings they would match half of everything."""
_TERM = re.compile(r'"([^"]*)"?|([^\s"]+)')
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Where:
    """In which rooms to look: in these, or in all but these; without any, everywhere."""

    rooms: tuple[int, ...] = ()
    is_outside: bool = False

    def for_postgresql(self) -> str:
        """Return what is cast to `tsquery`: a room's entry is no word, so it is compared as it stands."""
        rooms = " | ".join(f"'room:{number}'" for number in self.rooms)
        return f"{'!' if self.is_outside else ''}({rooms})" if rooms else ""


EVERYWHERE = Where()


@dataclass(frozen=True, slots=True)
class Question:
    """What is looked for: every term must be there; a term of several words must be there as it stands."""

    terms: tuple[tuple[str, ...], ...] = ()
    whole: frozenset[str] = frozenset()
    """Words so common that only the word itself counts, not what begins with it."""

    def __bool__(self) -> bool:
        """Tell whether there is anything to look for."""
        return bool(self.terms)

    def for_sqlite(self, where: Where) -> str:
        """Return the FTS5 expression: quoted strings, `*` for beginnings, columns named by us alone."""
        parts = " AND ".join(f'"{" ".join(term)}"{" *" if self.is_beginning(term) else ""}' for term in self.terms)
        words = f"{{title body}} : ({parts})"
        rooms = " OR ".join(f"room{number}" for number in where.rooms)
        return f"{words} {'NOT' if where.is_outside else 'AND'} place : ({rooms})" if rooms else words

    def for_postgresql(self) -> str:
        """Return what `to_tsquery` reads: quoted words, `<->` inside phrases."""
        parts = [
            " <-> ".join(f"'{word}'{':*' if self.is_beginning(term) else ''}" for word in term) for term in self.terms
        ]
        return " & ".join(f"({part})" for part in parts)

    def matches(self, word: str) -> bool:
        """Tell whether one word of a text is (part of) what was looked for, for marking it."""
        found = plain(word)
        return any(
            found.startswith(plain(wanted)) if self.is_beginning(term) else found == plain(wanted)
            for term in self.terms
            for wanted in term
        )

    def is_beginning(self, term: tuple[str, ...]) -> bool:
        """Tell whether longer words that begin with a term count as well."""
        return len(term) == 1 and len(term[0]) >= MIN_PREFIX_CHARS and term[0] not in self.whole


def plain(word: str) -> str:
    """Return a word as it is compared: small letters, no accents."""
    split = unicodedata.normalize("NFKD", word.casefold())
    return "".join(char for char in split if not unicodedata.combining(char))


def read_question(typed: str) -> Question:
    """Read what somebody typed: words, and phrases between quotation marks. Never fails."""
    terms: list[tuple[str, ...]] = []
    for quoted, single in _TERM.findall(unicodedata.normalize("NFKC", typed[:MAX_CHARS]).casefold()):
        words = tuple(_WORD.findall(quoted or single))
        terms += [words] if quoted and words else [(word,) for word in words]
    return Question(tuple(dict.fromkeys(terms))[:MAX_TERMS])
