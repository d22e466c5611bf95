"""From a crisis category to the card it gets: which words at which level, which lines, which emergency service.

Categories are those of the crisis phase. One this table does not know still gets a card: soft at level 2, the general
emergency card at level 3.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from forum.helplines.lines import Need

SUICIDE = ("suicide", "crisis")
DRUGS = ("substance_use", "alcohol")


@dataclass(frozen=True, slots=True)
class Route:
    """Names of the wordings for levels 1–3 (`wording.py`), the topics of the lines, the service to call."""

    at1: str = "concern"
    at2: str = "soft"
    at3: str = "emergency"
    topics: tuple[str, ...] = ("crisis", "suicide")
    need: Need = "ambulance"


_SUICIDE = Route(at2="explicit", at3="suicide", topics=SUICIDE)
_WITHDRAWAL = Route("withdrawal_plan", "withdrawal", "withdrawal_now", (*DRUGS, "mental_health"))
_OVERDOSE = Route("concern", "using_risk", "overdose", ("overdose", *DRUGS))
_VIOLENCE = Route("concern", "violence", "violence_now", ("domestic_violence",), "police")
_CHILD = Route("concern", "child", "child_now", ("child_protection", "youth"), "police")
_THREAT = Route("concern", "threat", "threat_now", ("crisis", "mental_health"), "police")
_HELPER = Route("family", "helper", "helper_now", (*SUICIDE, "family"))

ROUTES: dict[str, Route] = {
    "ideation_passive": _SUICIDE,
    "ideation_active": _SUICIDE,
    "plan_intent_means": _SUICIDE,
    "method_seeking": _SUICIDE,
    "goodbye": _SUICIDE,
    "algospeak": _SUICIDE,
    "hedged_low_mood": _SUICIDE,
    "negation": Route("quiet", "explicit", "suicide", SUICIDE),
    "past_suicidality": Route("quiet", "explicit", "suicide", SUICIDE),
    "attempt_in_progress": Route("concern", "explicit", "attempt", ("poison", *SUICIDE)),
    "self_harm": Route("concern", "self_harm", "attempt", SUICIDE),
    "eating_disorder_acute": Route("concern", "eating", "emergency", ("eating_disorder", "mental_health")),
    "psychosis": Route("concern", "psychosis", "psychosis_now", ("mental_health", "crisis")),
    "withdrawal_emergency": _WITHDRAWAL,
    "withdrawal_risk": _WITHDRAWAL,
    "withdrawal_planning": _WITHDRAWAL,
    "overdose_now": Route("concern", "overdose", "overdose", ("overdose", *DRUGS)),
    "overdose_risk": _OVERDOSE,
    "relapse_disclosed": Route("slip", topics=(*DRUGS, "crisis")),
    "relapse_risk": Route("craving", topics=(*DRUGS, "crisis")),
    "medication_question": Route("medicines", topics=DRUGS),
    "dv_current": _VIOLENCE,
    "dv_immediate": _VIOLENCE,
    "dv_past": _VIOLENCE,
    "sexual_violence": Route(
        "concern", "sexual_violence", "violence_now", ("sexual_violence", "domestic_violence"), "police"
    ),
    "child_at_risk": _CHILD,
    "child_immediate": _CHILD,
    "threat_others": _THREAT,
    "threat_imminent": _THREAT,
    "third_party_concern": _HELPER,
    "third_party_imminent": _HELPER,
    "family_worry": Route("family", "helper", "helper_now", ("family", *DRUGS)),
    "grief": Route("grief", "grief", "emergency", ("crisis", "mental_health")),
    "trafficking_or_broker": Route("broker", "broker", "emergency", DRUGS, "police"),
    "kept_back": Route(at2="kept_back"),
    "gambling": Route(topics=("gambling", "crisis")),
}

METHOD_CATEGORIES = frozenset({"method_seeking", "plan_intent_means", "attempt_in_progress", "goodbye", "self_harm"})
"""A held text of these may say how; the card then says why it is not up."""
QUICK_EXIT_CATEGORIES = frozenset({"dv_current", "dv_immediate", "sexual_violence"})
EXPLICIT_WORDINGS = frozenset({"explicit", "self_harm", "suicide", "attempt"})
"""Wordings that say the word suicide (ux.md, “Settled”): levels 2–3 in suicide and self-harm categories."""

_DEFAULT = Route()


def route_of(categories: Iterable[str]) -> Route:
    """Return the route of the strongest category we know."""
    return next((ROUTES[name] for name in categories if name in ROUTES), _DEFAULT)


def topics_of(categories: Iterable[str]) -> tuple[str, ...]:
    """Join the topics of all categories, strongest first, each once."""
    routes = [ROUTES[name] for name in categories if name in ROUTES] or [_DEFAULT]
    return tuple(dict.fromkeys(topic for route in routes for topic in route.topics))
