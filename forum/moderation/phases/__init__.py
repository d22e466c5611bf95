"""The phases in the order they run, with the reason for each place. All of them run on every text, always.

Adding a phase is a new file and one line here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from forum.moderation.phases import community_rules, crisis, history, identity_leak, repeats, semantic, toxicity
from forum.moderation.phases.normalise import TextViews
from forum.moderation.verdict import Finding, Scores, Submission


@dataclass(frozen=True, slots=True)
class InlinePhase:
    """A phase that needs the text and nothing else."""

    name: str
    run: Callable[[Submission, TextViews], list[Finding]]


@dataclass(frozen=True, slots=True)
class ScoredPhase:
    """A phase that also reads the models' scores, where there are any, and what the inline phases found."""

    name: str
    run: Callable[[Submission, TextViews, Scores, Sequence[Finding]], list[Finding]]


INLINE = (
    # First, so that nothing else can delay or break it: somebody may be dying.
    InlinePhase("crisis", crisis.run),
    # Before the rules, because a leaked number spreads while anything else is looked at.
    InlinePhase("identity_leak", identity_leak.run),
    # Selling, dangerous advice, brokers, spam: data, so the most likely to be changed and to break; hence later.
    InlinePhase("community_rules", community_rules.run),
    # Needs only the fingerprint; says little on its own.
    InlinePhase("repeats", repeats.run),
    # Context for people reading the case.
    InlinePhase("history", history.run),
)

SCORED = (
    # Cruelty: its rules speak without any model, the models add to them.
    ScoredPhase("toxicity", toxicity.run),
    # After it, because "kill yourself" sounds like a crisis and is somebody else's: raises the level by one at most.
    ScoredPhase("semantic", semantic.run),
)
