"""Let the crisis model add to what the rules found: danger said without a crisis word.

The rules speak first. The model may raise their level by one step and never lowers it. Where no rule spoke it may show
the help card (level 2), and above high confidence it pages on its own (level 3): a card costs its reader a glance, a
page costs people their night, so the two have thresholds far apart. They stand in the manifest that pins the weights,
chosen on writers the model had never read. Reasons: docs/decisions/0023-what-a-sure-model-may-do.md.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from forum.moderation.phases.crisis import leans_to
from forum.moderation.phases.normalise import TextViews
from forum.moderation.verdict import Finding, Scores, Submission

PHASE = "semantic"
MANIFEST = Path(__file__).parent.parent / "data" / "models" / "crisis" / "manifest.json"
GROUP_PREFIX = "help_"
"""The scorer names its kinds of help so. Not imported from there: web processes must not load numpy for a phase."""

DISTANT = frozenset({"past_suicidality", "dv_past", "hedged_low_mood", "grief"})
"""Level-1 categories where the rules saw a reason to stay calm; the model must be surer to overrule them."""

SPEAKS_TO_OTHERS = frozenset({"toxic_incitement"})
"""The author wishes harm on somebody else: the card is for the person addressed, not for them."""

SURE_OF_GROUP = 0.4
_THRESHOLD_NAMES = ("card", "card_broad", "raise_one", "raise_distant", "page", "page_broad", "page_alone")

_CATEGORIES: Mapping[str, tuple[str, str]] = {
    "suicide": ("ideation_passive", "plan_intent_means"),
    "self_harm": ("self_harm", "self_harm"),
    "overdose": ("overdose_risk", "overdose_now"),
    "withdrawal": ("withdrawal_risk", "withdrawal_emergency"),
    "abuse": ("dv_current", "dv_immediate"),
    "child": ("child_at_risk", "child_immediate"),
    "threat": ("threat_others", "threat_imminent"),
    "third_party": ("third_party_concern", "third_party_imminent"),
}
"""Kind of help to crisis category, at level 2 and at level 3: the category chooses the card."""

_EXPLANATIONS = {
    1: "This may be hard going for its author, although no rule recognised it.",
    2: "This reads like a person in danger, although no plain word says so.",
    3: "The model is very sure that this is an emergency.",
}


@dataclass(frozen=True, slots=True)
class Thresholds:
    """How sure the model must be, 0–1, before it adds anything. Measured on `dev` rows, checked on `test` rows."""

    card: float
    """No rule spoke: show the card (level 2)."""
    card_broad: float
    """A rule speaks of a crisis in words that calm texts hold as well: make it 2."""
    raise_one: float
    """The rules say 1: make it 2."""
    raise_distant: float
    """The rules say 1 about the past or a denial: make it 2."""
    page: float
    """The rules say 2: make it 3."""
    page_broad: float
    """A rule speaks of an emergency in words that calm texts hold as well: make it 3."""
    page_alone: float
    """The rules say less: make it 3 all the same. High confidence."""
    version: str = ""


class ThresholdsMissing(Exception):
    """The manifest of the crisis model is missing or lacks a threshold."""


@lru_cache(maxsize=1)
def thresholds() -> Thresholds:
    """Return the thresholds that belong to the shipped weights, read once. Raises ThresholdsMissing."""
    return read_thresholds(MANIFEST)


def read_thresholds(path: Path) -> Thresholds:
    """Read the thresholds from a manifest. Raises ThresholdsMissing."""
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        limits = {name: float(manifest["thresholds"][name]) for name in _THRESHOLD_NAMES}
        return Thresholds(**limits, version=str(manifest["version"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ThresholdsMissing("the crisis model has no readable thresholds") from error


def run(sub: Submission, views: TextViews, scores: Scores, findings: Sequence[Finding]) -> list[Finding]:
    """Return at most one finding, one step above the rules. Raises ThresholdsMissing without a manifest."""
    if scores.crisis is None:
        return []
    limits = thresholds()
    ruled = max((finding.level for finding in findings), default=0)
    level, threshold = _asked(ruled, scores, findings, limits)
    if level <= ruled:
        return []
    category = _category(level, scores, findings)
    return [
        Finding(
            phase=PHASE,
            code=f"semantic_{category}",
            score=scores.crisis if level < 3 else _sure_of_emergency(scores),
            severity="high" if level == 3 else "medium",
            explanation=_EXPLANATIONS[level],
            level=level,
            category=category,
            threshold=threshold,
            version=limits.version,
            subject="other" if category.startswith(("third_party", "child")) else "self",
        )
    ]


def _asked(ruled: int, scores: Scores, findings: Sequence[Finding], limits: Thresholds) -> tuple[int, float]:
    """Return the level the model asks for, and the threshold it had to pass; the rules' own level if it did not."""
    if any(finding.code in SPEAKS_TO_OTHERS or finding.category in SPEAKS_TO_OTHERS for finding in findings):
        return ruled, 1.0
    sure, emergency = scores.crisis or 0.0, _sure_of_emergency(scores)
    far = ruled == 1 and is_distant(findings)
    if ruled == 2 and leans_to(findings, 3) and emergency >= limits.page_broad:
        return 3, limits.page_broad
    spoken = 2 if leans_to(findings, 2) else ruled
    page = limits.page if spoken == 2 else limits.page_alone
    if emergency >= page and sure >= limits.card and not far:
        return 3, page
    needed = limits.raise_distant if far else limits.raise_one if ruled == 1 else limits.card
    if spoken > ruled:
        needed = min(needed, limits.card_broad)
    return (2, needed) if sure >= needed else (ruled, needed)


def is_distant(findings: Sequence[Finding]) -> bool:
    """Tell whether the rules' level 1 is about the past or a denial, so that crisis words are expected."""
    return any(finding.level == 1 and finding.category in DISTANT for finding in findings)


def _sure_of_emergency(scores: Scores) -> float:
    """Return the model's probability of level 3; 0 where the scorer does not pass it on."""
    return scores.crisis_detail.get("crisis_3", 0.0)


def _category(level: int, scores: Scores, findings: Sequence[Finding]) -> str:
    """Return the category that chooses the card: a rule's where one said 2, else the model's kind of help."""
    spoken = (one for one in findings if one.level >= 2 or one.leans >= 2)
    ruled = max(spoken, key=lambda one: (one.level, one.score), default=None)
    if ruled is not None:
        return ruled.category
    kinds = {group: scores.crisis_detail.get(GROUP_PREFIX + group, 0.0) for group in _CATEGORIES}
    best = max(kinds, key=lambda group: kinds[group])
    # Unsure which: the suicide card lists the lines that help with everything.
    group = best if kinds[best] >= SURE_OF_GROUP else "suicide"
    return _CATEGORIES[group][1 if level == 3 else 0]
