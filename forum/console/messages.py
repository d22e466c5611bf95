"""Messages of support with their numbers filled in, from the helpline data of the author's own country."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from forum.console.wording import _
from forum.helplines import reports
from forum.helplines.categories import route_of
from forum.helplines.lines import Offer
from forum.helplines.registry import emergency_numbers, helplines_for
from forum.moderation import templates
from forum.moderation.context import Standing
from forum.web.current import config

NEVER_ALONE_TOPIC = "overdose"


@dataclass(frozen=True, slots=True)
class Offered:
    """One template as a moderator chooses it: what will be sent, and what they still have to type."""

    id: str
    title: str
    text: str
    typed: tuple[str, ...]
    is_suggested: bool


def offers(
    standing: Standing | None, level: int, categories: Collection[str], now: datetime, known_as: str = ""
) -> list[Offered]:
    """Return the templates in the order they fit, numbers filled in."""
    values = values_for(standing, categories, now, known_as)
    found = []
    for template in templates.suggest(level, categories):
        typed = tuple(sorted(template.placeholders & set(templates.TYPED)))
        shown = {**values, **{name: f"[{label_of(name)}]" for name in typed}}
        missing = [name for name in template.placeholders if not shown.get(name)]
        if missing:  # no such line in this country: a template with a hole in it is not offered
            continue
        fits = bool(set(template.categories) & set(categories))
        found.append(Offered(template.id, template.title, templates.fill(template.id, shown), typed, fits))
    return found


def label_of(name: str) -> str:
    """Return what a moderator types for a placeholder."""
    return {"time": _("when you look back"), "what": _("what is happening")}[name]


def values_for(
    standing: Standing | None, categories: Collection[str], now: datetime, known_as: str = ""
) -> Mapping[str, str]:
    """Return what can be filled in without asking anybody; the same numbers as the author's card has.

    `known_as` is the name others know the author by in that thread: the message stands there for everybody to read.
    """
    country = (standing.country if standing else "") or config().default_country or None
    route = route_of(categories)
    general = helplines_for(country, route.topics, now, limit=2, demoted=reports.reported())
    emergency = emergency_numbers(country, route.need)
    return {
        "name": known_as or (standing.handle if standing else ""),
        "mod": _("one of the moderators"),
        "emergency": emergency[0].display if emergency else _("your country's emergency number"),
        "line": _sentence(general[:1]) or _find_one(),
        "lines": _sentence(general) or _find_one(),
        "health_line": _sentence(_for_topic(country, ("substance_use", "alcohol"), now)) or _("a pharmacist or doctor"),
        "never_alone_line": _sentence(_for_topic(country, (NEVER_ALONE_TOPIC,), now))
        or _("with somebody on the phone"),
        "dv_line": _sentence(_for_topic(country, ("domestic_violence",), now)),
    }


def _for_topic(country: str | None, topics: tuple[str, ...], now: datetime) -> tuple[Offer, ...]:
    """Return the best line that really covers one of the topics; a general crisis line does not stand in."""
    found = helplines_for(country, topics, now, limit=3, demoted=reports.reported())
    return tuple(offer for offer in found if set(topics) & set(offer.line.topics))[:1]


def _sentence(found: tuple[Offer, ...]) -> str:
    """Return e.g. "Samaritans 116 123 or Shout, text 85258"."""
    return _(" or ").join(part for offer in found if (part := _one(offer)))


def _one(offer: Offer) -> str:
    line = offer.line
    if line.phone is not None:
        return f"{line.name} {line.phone.display}"
    if line.text is not None:
        return _("%(name)s, text %(number)s", name=line.name, number=line.text.display)
    return _("%(name)s (online chat, under Help now)", name=line.name)


def _find_one() -> str:
    return _("the numbers under Help now")
