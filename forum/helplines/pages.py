"""What the help page shows: a country's lines in sections, every word ready, so that the template only places them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from babel.dates import format_date

from forum.helplines import registry, reports
from forum.helplines.lines import Directory, Helpline, Offer, Phone
from forum.helplines.places import country_name, language_name
from forum.helplines.rows import (
    Row,
    cost_label,
    emergency_row,
    hours_text,
    opening_text,
    page_rows_of,
    whom_label,
    world_row,
)
from forum.helplines.speech import _, locale
from forum.helplines.wording import WORDINGS

HELP_NUMBERS = 2
SHOWN_IN_ORDER = ("talk", "drugs", "families", "safety", "young", "gambling", "eating", "more")


@dataclass(frozen=True, slots=True)
class LineView:
    """One line on the help page."""

    id: str
    name: str
    about: tuple[str, ...]
    """Short sentences: hours, cost, whom it is for, languages, what to know."""
    now: str
    """“Open now”, or when it opens; empty when it is open all day or nobody knows."""
    rows: tuple[Row, ...]
    site_url: str
    checked: str
    warning: str
    """Said when details are not confirmed, the check is old, or somebody found the number dead."""
    answer: str = ""
    """What the reader hears who has just said that it didn't work."""


@dataclass(frozen=True, slots=True)
class Section:
    """Lines of one kind under one heading."""

    key: str
    title: str
    intro: str
    lines: tuple[LineView, ...]


@dataclass(frozen=True, slots=True)
class HelpPage:
    """Everything on one help page."""

    country: str | None
    name: str
    missing: str
    """What was asked for and is not listed; empty otherwise."""
    emergency: tuple[Row, ...]
    emergency_name: str
    steps: tuple[str, ...]
    sections: tuple[Section, ...]
    directories: tuple[Directory, ...]
    choices: tuple[tuple[str, str], ...]
    checked: str


def help_page(
    country: str | None, now: datetime, *, missing: str = "", answers: Mapping[str, str] | None = None
) -> HelpPage:
    """Put together the page of a listed country, or the international one for None.

    `answers` are sentences to put beside a line, by its id.
    """
    language = locale()
    offers = registry.all_offers(country, now) if country else ()
    numbers = registry.emergency_numbers(country)
    named = {"emergency": numbers[0].display if numbers else _("your emergency number")}
    return HelpPage(
        country=country,
        name=country_name(country, language) if country else "",
        missing=missing,
        emergency=tuple(emergency_row(number) for number in numbers) or _world_rows(language),
        emergency_name=named["emergency"],
        steps=tuple(str(step) % named for step in WORDINGS["overdose"].steps),
        sections=tuple(_sections(offers, language, answers or {})),
        directories=registry.directories(),
        choices=registry.country_choices(language),
        checked=_checked(offers, language),
    )


def help_numbers(country: str | None, now: datetime) -> tuple[Phone, ...]:
    """Return the emergency number and the first general line, for strips and the offline line; empty if unknown."""
    emergency = [Phone(n.display, n.display, _("Emergency")) for n in registry.emergency_numbers(country)[:1]]
    offers = registry.helplines_for(country, ("crisis", "suicide"), now, demoted=reports.reported())
    lines = [Phone(o.line.phone.display, o.line.phone.dial, o.line.name) for o in offers if o.line.phone]
    return tuple((emergency + lines)[:HELP_NUMBERS])


def _world_rows(language: str) -> tuple[Row, ...]:
    world = registry.emergency_world()
    return tuple(world_row(number, (country_name(code, language) for code in codes)) for number, codes in world)


def _covers(*topics: str) -> Callable[[Helpline], bool]:
    return lambda line: bool(set(topics).intersection(line.topics))


def _for_everybody(line: Helpline) -> bool:
    """Take general crisis lines, and those of one part of the country, which say so."""
    return line.is_general or (not line.audience and line.scope != "national" and "suicide" in line.topics)


def _kinds() -> tuple[tuple[str, str, str, Callable[[Helpline], bool]], ...]:
    """List the sections; a line stands in the first one that takes it."""
    free_to_ask = _("You don’t have to be suicidal, and you don’t have to give a name.")
    private = _("Is this device private? Quick exit, at the top, leaves this page fast.")
    return (
        ("talk", _("Talk to someone"), free_to_ask, _for_everybody),
        ("young", _("Children and young people"), "", _covers("youth", "child_protection")),
        ("safety", _("Violence and safety"), private, _covers("domestic_violence", "sexual_violence")),
        ("families", _("For families and friends"), "", lambda line: bool(line.audience) and "family" in line.topics),
        ("drugs", _("Alcohol and other drugs"), "", _covers("substance_use", "alcohol", "overdose", "poison")),
        ("gambling", _("Gambling"), "", _covers("gambling")),
        ("eating", _("Eating"), "", _covers("eating_disorder")),
        ("more", _("More lines"), "", lambda line: True),
    )


def _sections(offers: Iterable[Offer], language: str, answers: Mapping[str, str]) -> list[Section]:
    left, silent = list(offers), reports.reported()
    found = []
    for key, title, intro, takes in _kinds():
        taken = [offer for offer in left if takes(offer.line)]
        left = [offer for offer in left if offer not in taken]
        taken.sort(key=lambda offer: _page_rank(offer, silent))
        if taken:
            views = (_line_view(offer, language, silent, answers) for offer in taken)
            found.append(Section(key, title, intro, tuple(views)))
    return sorted(found, key=lambda section: SHOWN_IN_ORDER.index(section.key))


def _page_rank(offer: Offer, silent: Collection[str]) -> tuple[bool, ...]:
    return offer.line.id in silent, offer.freshness == "stale", offer.line.is_targeted, not offer.is_open


def _line_view(offer: Offer, language: str, silent: Collection[str], answers: Mapping[str, str]) -> LineView:
    line = offer.line
    return LineView(
        id=line.id,
        name=line.name,
        about=tuple(filter(None, _about(line, language))),
        now=_now(offer, language),
        rows=page_rows_of(line),
        site_url=line.site_url,
        checked=_("Last checked %(date)s.", date=_date(line.last_checked, language)),
        warning=_warning(offer, line.id in silent),
        answer=answers.get(line.id, ""),
    )


def _about(line: Helpline, language: str) -> list[str]:
    if not line.is_reachable:
        return [_sentence(whom_label(line)), line.public_note]
    return [
        _sentence(hours_text(line, language)),
        _sentence(cost_label(line)),
        _sentence(whom_label(line)),
        _languages(line, language),
        line.public_note,
    ]


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}." if words else ""


def _languages(line: Helpline, language: str) -> str:
    """Name the languages unless it is the reader's only."""
    if not line.languages or (line.languages == (language[:2],) and not line.more_languages):
        return ""
    names = ", ".join(language_name(code, language) for code in line.languages)
    return _("In %(languages)s and more.", languages=names) if line.more_languages else _("In %(list)s.", list=names)


def _now(offer: Offer, language: str) -> str:
    if offer.state == "open":
        return _("Open now.")
    if offer.state != "closed":
        return ""
    if offer.opens is None:
        return _("Closed now.")
    return _("Closed now, opens %(when)s.", when=opening_text(offer, language))


def _warning(offer: Offer, is_silent: bool) -> str:
    if is_silent:
        return _("Somebody told us that this number didn’t work. We’ll check it.")
    if offer.freshness == "stale":
        return _("Not checked for more than a year. The number may have changed.")
    return (
        _("We couldn’t confirm everything about this line. Check before you rely on it.") if offer.check_first else ""
    )


def _checked(offers: Iterable[Offer], language: str) -> str:
    oldest = min((offer.line.last_checked for offer in offers), default=registry.registry().checked)
    return _date(oldest, language) if oldest else ""


def _date(day: date, language: str) -> str:
    return format_date(day, "d MMMM y", locale=language)
