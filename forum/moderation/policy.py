"""The numbers decisions are made with. One frozen object, versioned, so that every verdict can say which it used."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Policy:
    """Thresholds of one moment. Scores are 0.0–1.0; the start values are measured, not tuned on one forum."""

    version: str = "2026-11-29.1"
    embedded_hold: float = 0.70
    """Built-in scorer, text aimed at another person: held. The model alone needs 0.85; knowing at whom a text is aimed
    keeps ordinary talk out, so that 0.70 held none of 225 invented recovery posts and a tenth more of the attacks."""
    embedded_hold_beside_cue: float = 0.50
    """The same where cruel words stand in the sentence that speaks to the person."""
    embedded_hold_beside_rule: float = 0.40
    """The same where a rule that may only flag agrees."""
    embedded_review: float = 0.60
    """Built-in scorer, text aimed at another person: live, a moderator looks."""
    embedded_review_untargeted: float = 0.85
    detoxify_hold: float = 0.50
    """Detoxify alone is too strict for this forum: it holds only together with the built-in scorer."""
    embedded_beside_detoxify: float = 0.40
    detoxify_review_untargeted: float = 0.90
    removals_7d_strict: int = 2
    """With so many removals in a week the review line holds, until a person has looked."""
    threat_hold: float = 0.80
    detoxify_alone_identity: float = 0.80
    """The three below apply when Detoxify answers and the built-in scorer does not."""
    detoxify_alone_severe: float = 0.60
    detoxify_alone_insult: float = 0.90
    semantic_alone_urgent: float = 0.85
    """From which score a level 2 that only the crisis model hears goes to T1. Below: the card shows, the lane is T2.
    Of calm rows by writers the model had not read 1.7 % pass it (docs/decisions/0039)."""
    welcome_review_posts: int = 2
    """So many first posts are shown at once and read by a moderator afterwards."""


DEFAULT_POLICY = Policy()
