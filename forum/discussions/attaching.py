"""Something from the vetted lists under a post: an entry of the directory, or a helpline of one's own country.

Kept as a key. What is shown is looked up each time, so that an entry taken off the list or a number that has changed
disappears from old posts, too. No free link, no free number.
"""

from __future__ import annotations

from dataclasses import dataclass

from forum.core.clock import utcnow
from forum.helplines import registry
from forum.helplines.lines import Offer
from forum.helplines.rows import Row, rows_of
from forum.helplines.speech import locale
from forum.resources.directory import directory

RESOURCE, LINE = "resource", "line"


@dataclass(frozen=True, slots=True)
class Attached:
    """What stands under a post."""

    name: str
    words: str
    url: str = ""
    rows: tuple[Row, ...] = ()


def find(key: str) -> Attached | None:
    """Return what a key names today; None once it is gone, or for anything that is no key."""
    kind, _colon, name = key.partition(":")
    if kind == RESOURCE:
        return _resource(name)
    return _line(name) if kind == LINE else None


def _resource(name: str) -> Attached | None:
    entry = directory().resources.get(name)
    if entry is None or entry.is_gone(utcnow().date()):
        return None
    return Attached(entry.name, entry.what, entry.url)


def _line(name: str) -> Attached | None:
    country = name[:2].upper()
    for offer in registry.all_offers(country, utcnow()):
        if offer.line.id == name:
            return Attached(offer.line.name, "", rows=rows_of(offer, locale()))
    return None


def choices(country: str | None) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return what one can attach, in two groups: helplines of one's country, then the directory by name."""
    today = utcnow()
    lines: tuple[Offer, ...] = registry.all_offers(country, today) if country else ()
    book = directory().choose(today.date(), country=country or "")
    return [
        (LINE, [(f"{LINE}:{offer.line.id}", offer.line.name) for offer in lines]),
        (RESOURCE, [(f"{RESOURCE}:{entry.key}", entry.name) for entry in book]),
    ]
