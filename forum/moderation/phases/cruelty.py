"""Let the cruelty model add what no word list holds: contempt, mock sympathy, humiliation, a veiled threat.

The model gives one number: how likely the text is cruel to a person in the conversation. Over the hold line, and in
words that speak to somebody here, it may pause a text; over the review line people look while the text stays up. Where
the model is nearly certain that nothing cruel is meant, a word rule that may pause is asked to call people instead:
"you stubborn sods kept saving me a seat". Lines stand in the manifest that pins the weights: the two change together.
Reasons: docs/decisions/0034-cruelty-model.md.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from forum.moderation.phases.addressed import addressed
from forum.moderation.phases.normalise import TextViews
from forum.moderation.verdict import Finding, Scores, Severity, Span, Submission

PHASE = "toxicity"
MANIFEST = Path(__file__).parent.parent / "data" / "models" / "cruelty" / "manifest.json"
CODE = "cruelty"
DOUBT = "not_cruel"
"""Code of the finding by which the model speaks against word rules and the label scorer."""
HALF_DOUBT = "hardly_cruel"
"""The same against the label scorer alone, which is misled by hard words more easily than a rule."""
RULE = "cruelty"
"""What stands in a finding where a rule would name itself: the model."""
MAX_SPANS = 5

_LINES = ("hold", "review", "agree", "excuse")


@dataclass(frozen=True, slots=True)
class Lines:
    """How sure the model must be, 0–1. Measured on authors the weights had not seen."""

    hold: float
    """At least so likely, and spoken to somebody: paused."""
    review: float
    """At least so likely: live, a moderator looks."""
    agree: float
    """Below: the scorer of the seven labels may not pause the text on its own."""
    excuse: float
    """At most so likely: a word rule may not pause on its own, and calls people instead."""
    version: str = ""


class LinesMissing(Exception):
    """The manifest of the cruelty model is missing or lacks a line."""


@lru_cache(maxsize=1)
def lines() -> Lines:
    """Return the lines that belong to the shipped weights, read once. Raises LinesMissing."""
    return read_lines(MANIFEST)


def read_lines(path: Path) -> Lines:
    """Read the lines from a manifest. Raises LinesMissing."""
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        limits = {name: float(manifest["thresholds"][name]) for name in _LINES}
        return Lines(**limits, version=str(manifest["version"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LinesMissing("the cruelty model has no readable lines") from error


def run(sub: Submission, views: TextViews, scores: Scores) -> list[Finding]:
    """Return what the cruelty model says, at most one finding. Raises LinesMissing for a score without lines."""
    if scores.cruelty is None:
        return []
    limits = lines()
    if scores.cruelty < limits.agree:
        return [_doubt(scores.cruelty, limits)]
    if scores.cruelty < limits.review:
        return []
    spoken = tuple(views.original_span("folded", *span) for span in addressed(views, sub.place)[:MAX_SPANS])
    return [_cruel(scores.cruelty, spoken, limits)]


def is_cruel(weighed: Sequence[Finding]) -> bool:
    """Tell whether the model found something, and not only doubts what others found."""
    return any(finding.code == CODE for finding in weighed)


def _cruel(score: float, spoken: tuple[Span, ...], limits: Lines) -> Finding:
    """Return the finding: it may hold over the hold line and in words that speak to somebody, else people look."""
    holds = score >= limits.hold and bool(spoken)
    if not spoken:
        says = "The model reads it as cruel; it is said to nobody here."
    elif holds:
        says = "The model reads it as contempt or cruelty to somebody here."
    else:
        says = "The model is unsure whether it is meant to hurt somebody here."
    severity: Severity = "high" if holds else "medium"
    return Finding(
        PHASE,
        CODE,
        score=round(score, 4),
        severity=severity,
        spans=spoken,
        explanation=says,
        category="abuse",
        threshold=limits.hold if holds else limits.review,
        version=limits.version,
        rule=RULE,
        subject="other" if spoken else "none",
        mode="hold" if holds else "flag",
    )


def _doubt(score: float, limits: Lines) -> Finding:
    is_sure = score <= limits.excuse
    says = "The model sees hardly any sign that it is meant to hurt."
    return Finding(
        PHASE,
        DOUBT if is_sure else HALF_DOUBT,
        score=round(score, 4),
        severity="info",
        explanation=says if is_sure else "The model sees little sign that it is meant to hurt.",
        category="abuse",
        threshold=limits.excuse if is_sure else limits.agree,
        version=limits.version,
        rule=RULE,
    )
