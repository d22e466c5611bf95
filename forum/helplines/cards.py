"""The card an author sees under their own words: numbers, what happens next, and honestly who is there.

A card never says that a machine noticed anything, never blocks, never asks “are you sure”, and exists at level 2 and
above, whoever the author is and whatever happened to the text.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from forum.helplines import registry
from forum.helplines.categories import (
    EXPLICIT_WORDINGS,
    METHOD_CATEGORIES,
    QUICK_EXIT_CATEGORIES,
    Route,
    route_of,
    topics_of,
)
from forum.helplines.lines import Directory, EmergencyNumber, Need, Offer
from forum.helplines.places import country_name
from forum.helplines.rows import Row, emergency_row, rows_of, world_row
from forum.helplines.speech import _, locale, ngettext
from forum.helplines.wording import WORDINGS, Wording

CARD_LINES = 3
EMERGENCY_ROWS = 3
TEXT_ONLY_ROWS = 1
WORLD_ROWS = 5
"""How many emergency numbers to list while the country is unknown."""
WITH_LINES_AT_1 = frozenset({"withdrawal_plan", "grief"})
"""Wordings of level 1 that carry numbers; the others are one small line with a link."""

Tone = Literal["line", "soft", "explicit", "own", "emergency"]


@dataclass(frozen=True, slots=True)
class SupportCard:
    """All words and numbers of one card, in the reader's language; the template only places them."""

    level: int
    kind: str
    """Name of the wording, e.g. `explicit`, `overdose`."""
    tone: Tone
    """`line` level 1 · `explicit` says the word suicide · `soft` · `own` · `emergency` level 3."""
    country: str | None
    heading: str
    status: str
    """What happened to the text; empty when there is nothing to say."""
    duty: str
    """Who is on; empty at level 1 and when it is not known."""
    lead: tuple[str, ...]
    steps: tuple[str, ...]
    danger: str
    """A question the emergency link answers; empty at level 3, where the numbers lead."""
    emergency: tuple[EmergencyNumber, ...]
    emergency_rows: tuple[Row, ...]
    """At level 3 these come first."""
    offer: str
    offers: tuple[Offer, ...]
    rows: tuple[Row, ...]
    check: str
    """Said when a number's details are not fully confirmed."""
    unanswered: str
    """What to do if nobody picks up."""
    directories: tuple[Directory, ...]
    countries: tuple[tuple[str, str], ...]
    """Code and name for the picker; filled only while the country is unknown."""
    quick_exit: Literal["", "first", "after"]
    """Whether the quick exit belongs into the card, and on which side of the words."""

    @property
    def is_small(self) -> bool:
        """True for the one small line of level 1."""
        return self.tone == "line"

    @property
    def needs_country(self) -> bool:
        """True when the card has to ask for the country before it can offer lines."""
        return bool(self.countries)

    @property
    def is_explicit(self) -> bool:
        """True when the card says the word suicide."""
        return self.kind in EXPLICIT_WORDINGS


def card_for(
    level: int,
    categories: Sequence[str],
    country: str | None,
    *,
    now: datetime,
    moderators_on: int | None,
    visibility: str = "live",
    next_on: str = "",
    languages: Sequence[str] = (),
    demoted: Collection[str] = (),
) -> SupportCard | None:
    """Make the card for one text; None at level 0 only.

    `categories` come strongest first (`Verdict.categories`). `moderators_on` None means nobody can say. `next_on` is
    when the next moderator comes, in the reader's words. `visibility` is the verdict's; any other word says nothing of
    the text, as when it was refused. Call it inside a request (it reads the language); it needs no database.
    """
    if level < 1:
        return None
    level = min(level, 3)
    country = country if registry.is_listed(country) else None
    route = route_of(categories)
    kind = (route.at1, route.at2, route.at3)[level - 1]
    words = WORDINGS[kind]
    emergency = _emergency(country, route.need)
    named = {"emergency": emergency[0].display if emergency else _("your emergency number")}
    offers = _offers(level, kind, route, categories, country, now, languages, demoted)
    return SupportCard(
        level=level,
        kind=kind,
        tone=_tone(level, kind),
        country=country,
        heading=str(words.heading) % named,
        status=_status(visibility, level, categories),
        duty=_duty(level, moderators_on, next_on),
        lead=tuple(str(sentence) % named for sentence in words.lead),
        steps=tuple(str(sentence) % named for sentence in words.steps),
        danger=_danger(words, level, kind),
        emergency=emergency,
        emergency_rows=_emergency_rows(emergency) if level > 1 else (),
        offer=_offer_sentence(words, offers, moderators_on),
        offers=offers,
        rows=tuple(row for offer in offers for row in rows_of(offer, locale())),
        check=_check_sentence(offers),
        unanswered=_unanswered(offers) if level > 1 and country else "",
        directories=registry.directories() if level > 1 and _is_thin(offers) else (),
        countries=registry.country_choices(locale()) if country is None and level > 1 else (),
        quick_exit=_quick_exit(level, categories),
    )


def _tone(level: int, kind: str) -> Tone:
    if level == 1:
        return "line"
    if level == 3:
        return "emergency"
    if kind in EXPLICIT_WORDINGS:
        return "explicit"
    return "soft" if kind == "soft" else "own"


def _emergency(country: str | None, need: Need) -> tuple[EmergencyNumber, ...]:
    """Return up to three numbers to call and, where a country has one, the number for people who can't speak."""
    numbers = registry.emergency_numbers(country, need)
    spoken = [number for number in numbers if number.kind not in ("text", "fire")]
    written = [number for number in numbers if number.kind == "text"]
    return (*spoken[:EMERGENCY_ROWS], *written[:TEXT_ONLY_ROWS])


def _emergency_rows(numbers: tuple[EmergencyNumber, ...]) -> tuple[Row, ...]:
    """Draw the country's numbers; for an unknown country the commonest ones, each with where it works."""
    if numbers:
        return tuple(emergency_row(number) for number in numbers)
    world = registry.emergency_world()[:WORLD_ROWS]
    return tuple(world_row(number, (country_name(code, locale()) for code in codes)) for number, codes in world)


def _offers(
    level: int,
    kind: str,
    route: Route,
    categories: Sequence[str],
    country: str | None,
    now: datetime,
    languages: Sequence[str],
    demoted: Collection[str],
) -> tuple[Offer, ...]:
    if level == 1 and kind not in WITH_LINES_AT_1:
        return ()
    topics = tuple(dict.fromkeys((*route.topics, *topics_of(categories))))
    return registry.helplines_for(country, topics, now, limit=CARD_LINES, languages=languages, demoted=demoted)


def _status(visibility: str, level: int, categories: Sequence[str]) -> str:
    if level == 1:
        return ""
    if visibility == "live":
        return _("What you wrote is posted.")
    if visibility == "limited":
        return _("What you wrote is posted. It has a short note in front, so that others can choose when to read it.")
    if visibility == "checking":
        return _("Your words are safe. They’ll be up in a moment.")
    if visibility != "held":
        return ""
    if METHOD_CATEGORIES.intersection(categories):
        return _(
            "Your words are safe. They aren’t up yet because they may say how, and others here are having a hard night "
            "too."
        )
    return _("Your words are safe. They aren’t up yet, because a moderator reads them first.")


def _duty(level: int, moderators_on: int | None, next_on: str) -> str:
    if level == 1 or moderators_on is None:
        return ""
    if moderators_on > 0:
        asked = (
            _("We’ve called a moderator to read it now.")
            if level == 3
            else _("We’ve asked a moderator to read it soon.")
        )
        count = ngettext("%(num)s moderator is on now.", "%(num)s moderators are on now.", moderators_on)
        return f"{asked} {count}"
    nobody = (
        _("No moderator is on until %(time)s, so please don’t wait for us.", time=next_on)
        if next_on
        else _("No moderator is on right now, so please don’t wait for us.")
    )
    return f"{nobody} {_('What you wrote will be read, but it may take a while.')}"


def _danger(words: Wording, level: int, kind: str) -> str:
    if level == 3 or (level == 1 and kind not in WITH_LINES_AT_1):
        return ""
    return str(words.danger)


def _offer_sentence(words: Wording, offers: Sequence[Offer], moderators_on: int | None) -> str:
    if not offers:
        return ""
    if words.offer:
        sentence = str(words.offer)
    elif all(offer.is_open for offer in offers):
        sentence = _("These people are awake:") if moderators_on == 0 else _("These lines are open now:")
    else:
        sentence = _("You can try these:")
    if all(offer.line.is_free for offer in offers):
        return f"{_('It’s free, and you don’t have to give a name.')} {sentence}"
    return f"{_('You don’t have to give a name.')} {sentence}"


def _check_sentence(offers: Sequence[Offer]) -> str:
    names = [offer.line.name for offer in offers if offer.check_first]
    return _("Not fully confirmed by us: %(names)s.", names=", ".join(names)) if names else ""


def _unanswered(offers: Sequence[Offer]) -> str:
    if len(offers) > 1:
        return _("Lines get busy. If nobody picks up, try the next one, then try again.")
    if offers:
        return _("Lines get busy. If nobody picks up, try again.")
    return _("We have no line here that we’re sure of. The emergency number will answer.")


def _is_thin(offers: Sequence[Offer]) -> bool:
    """True when there are fewer than two lines, or none of them is known to be open."""
    return len(offers) < 2 or not any(offer.is_open for offer in offers)


def _quick_exit(level: int, categories: Sequence[str]) -> Literal["", "first", "after"]:
    """Put the quick exit first for violence at home; at level 3 only the emergency number comes before it."""
    if level < 2 or not QUICK_EXIT_CATEGORIES.intersection(categories):
        return ""
    return "after" if level == 3 else "first"
