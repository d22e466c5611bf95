"""The house rules a machine can see: selling and buying, dangerous advice, brokers, moving elsewhere, spam.

The rules themselves are data in `data/rules`; here they are only run. Talk about one's own past with drugs and money
is what this forum is for: every rule carries counter-examples of it, and they are tests.
"""

from __future__ import annotations

from forum.moderation.phases.normalise import TextViews
from forum.moderation.phases.rules_files import Rule
from forum.moderation.phases.rules_match import Match, Reading
from forum.moderation.phases.rules_own import active_rules
from forum.moderation.verdict import Finding, Submission

PHASE = "community_rules"
MAX_SPANS = 5


def run(sub: Submission, views: TextViews) -> list[Finding]:
    """Return one finding per rule that speaks. Raises RulesError when the rule files cannot be read."""
    speaking = Reading.of(views).speaking(active_rules(PHASE, sub.house))
    return [finding_of(rule, found, sub, views) for rule, found in speaking]


def finding_of(rule: Rule, found: list[Match], sub: Submission, views: TextViews) -> Finding:
    """Return the finding of one rule with the places it matched."""
    mode = rule.mode_for(sub.author.trust, sub.house.modes.get(rule.id))
    return Finding(
        rule.phase,
        rule.code,
        severity=rule.severity,
        spans=tuple(views.original_span("folded", match.start, match.end) for match in found[:MAX_SPANS]),
        explanation=rule.says,
        category=rule.category,
        version=rule.version,
        rule=rule.id,
        subject="other" if rule.phase == "toxicity" else "none",
        mode=mode if mode != "off" else "shadow",
    )
