"""Which helplines to offer, and in which order."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from forum.helplines.lines import Helpline, Offer, offer_of

MIN_OPTIONS = 2
"""One line is never enough: lines go unanswered."""
SPOTTING_TOPIC = "overdose"
"""Never-use-alone lines are offered for this topic only: they are no general support."""
OPEN_TOPICS = frozenset({"crisis", "suicide", "mental_health", "substance_use", "alcohol"})
"""Topics anybody may have: a line for veterans or for under-19s is not offered to everybody for these."""
FILLING_TOPICS = ("crisis", "mental_health", "substance_use", "alcohol", "family", "youth", "domestic_violence")

_STATE_RANK = {"always": 0, "open": 1, "unknown": 2, "closed": 3}
_FRESH_RANK = {"fresh": 0, "due": 1, "stale": 2, "expired": 3}
_ROLE_RANK = {"support": 0, "overdose_spotting": 0, "treatment_referral": 1, "mutual_aid": 1}
_CONFIDENCE_RANK = {"high": 0, "medium": 1, "low": 2}


def may_show(offer: Offer, include_medium: bool = True) -> bool:
    """True when a line may be shown without a person having chosen it."""
    line = offer.line
    if line.withheld or line.confidence == "low" or offer.freshness == "expired":
        return False
    return line.is_reachable and (include_medium or line.confidence == "high")


def choose(
    lines: Iterable[Helpline],
    topics: Sequence[str],
    now: datetime,
    *,
    limit: int = 3,
    include_medium: bool = True,
    languages: Sequence[str] = (),
    demoted: Collection[str] = (),
) -> tuple[Offer, ...]:
    """Choose up to `limit` (at least 2) of one country's lines for these topics, best first.

    Topic matches lead; one general crisis line is always among them, and one that works without speaking where the
    country has one. `demoted` holds ids that readers reported as not working: they lose their place at once, and
    those still chosen stand behind the others. Nobody gets fewer lines for it.
    """
    limit = max(limit, MIN_OPTIONS)
    offers = [offer for line in lines if may_show(offer := offer_of(line, now), include_medium)]
    offers.sort(key=lambda offer: _rank(offer, languages, demoted))
    general = [offer for offer in offers if offer.line.is_general]
    chosen = _unique([*_matching(offers, topics), *general])[:limit]
    chosen = _with_one(chosen, general, limit)
    if not any(offer.line.has_text for offer in chosen):
        chosen = _with_one(chosen, [offer for offer in general if offer.line.has_text], limit)
    found = _unique([*chosen, *_filling(offers)])[: max(len(chosen), MIN_OPTIONS)]
    return tuple(sorted(found, key=lambda offer: offer.line.id in demoted))


def _matching(offers: Iterable[Offer], topics: Sequence[str]) -> list[Offer]:
    """Keep the lines for these topics, first topic first; a line for one group only where nothing wider is found."""
    found = [(place, offer) for offer in offers if (place := _topic_place(offer.line, topics)) is not None]
    has_first = any(place == 0 for place, _ in found)
    kept = [(place, offer) for place, offer in found if not (has_first and place and offer.line.is_targeted)]
    return [offer for _, offer in sorted(kept, key=lambda pair: (pair[1].line.is_targeted, pair[0]))]


def _filling(offers: Iterable[Offer]) -> list[Offer]:
    """Order what may stand in as a second option; a line for something else is better than a single line unanswered."""

    def place(offer: Offer) -> tuple[int, bool]:
        found = (FILLING_TOPICS.index(topic) for topic in offer.line.topics if topic in FILLING_TOPICS)
        return min(found, default=len(FILLING_TOPICS)), offer.line.is_targeted

    usable = [offer for offer in offers if offer.line.role != "overdose_spotting"]
    return sorted(usable, key=place)


def _with_one(chosen: list[Offer], wanted: Sequence[Offer], limit: int) -> list[Offer]:
    """Put the best of `wanted` last, in place of the last specific line when the list is full.

    A list never loses its only general crisis line this way.
    """
    if not wanted or any(offer in chosen for offer in wanted):
        return chosen
    if len(chosen) < limit:
        return [*chosen, wanted[0]]
    generals = [offer for offer in chosen if offer.line.is_general]
    keep = chosen[:-1] if len(generals) != 1 or chosen[-1] not in generals else [*chosen[:-2], chosen[-1]]
    return [*keep, wanted[0]]


def _rank(offer: Offer, languages: Sequence[str], demoted: Collection[str]) -> tuple[int, ...]:
    line = offer.line
    speaks = not languages or not line.languages or bool(set(languages) & set(line.languages))
    return (
        offer.line.id in demoted,
        _FRESH_RANK[offer.freshness] >= _FRESH_RANK["stale"],
        not speaks,
        line.is_targeted,
        _STATE_RANK[offer.state],
        _FRESH_RANK[offer.freshness],
        _ROLE_RANK.get(line.role, 2),
        _CONFIDENCE_RANK[line.confidence],
        not line.hours.confirmed,
    )


def _topic_place(line: Helpline, topics: Sequence[str]) -> int | None:
    """Return the place of the first wanted topic this line covers; None when it is not meant for the reader."""
    if line.role == "overdose_spotting" and SPOTTING_TOPIC not in topics:
        return None
    wanted = [place for place, topic in enumerate(topics) if topic in line.topics]
    if line.is_targeted and all(topics[place] in OPEN_TOPICS for place in wanted):
        return None
    return min(wanted, default=None)


def _unique(offers: Iterable[Offer]) -> list[Offer]:
    return list({offer.line.id: offer for offer in offers}.values())
