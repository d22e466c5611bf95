"""Findings in, verdict out: one table, read from the top. Pure, so every row can be tested by a literal.

The first row that applies decides who sees the text. Every row that applies may ask for people: the most urgent lane
wins. Harm to others comes before the author's own crisis, and the author's crisis before everything else: somebody
who says they want to die is not paused because they also wrote a phone number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from forum.moderation.decide_words import CONTENT_NOTES, sentence_for
from forum.moderation.facts import Facts
from forum.moderation.masking import mask
from forum.moderation.policy import DEFAULT_POLICY, Policy
from forum.moderation.verdict import Finding, Lane, Submission, Verdict, Visibility

PRIVATE_SURFACES = frozenset({"check_in", "report"})
"""Nobody but the author or a moderator reads these: there is nobody to protect from them, so nothing is held."""

Reason = str | Callable[[Facts], str]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the decision table."""

    reason: Reason
    applies: Callable[[Facts], bool]
    visibility: Visibility
    lane: Lane


CRISIS_ROWS = (
    Row("", lambda f: f.level >= 3, "live", "T0"),
    Row("", lambda f: f.level == 2 and f.is_urgent, "live", "T1"),
    Row("", lambda f: f.level == 2, "live", "T2"),
)

ROWS = (
    # Harm to others, whoever wrote it and in whatever state they are. The help card still shows.
    Row("minor_safety", lambda f: f.has("minor_sexual"), "held", "T0"),
    Row("identity_of_other", lambda f: f.leaks("other"), "held", "T0"),
    Row("threat", lambda f: f.threatens, "held", "T1"),
    Row("incitement", lambda f: f.has("toxic_incitement"), "held", "T1"),
    # How to hurt oneself is not published here; asking for it is a page as well.
    Row("method_seeking", lambda f: f.crisis_has("method_seeking"), "held", "T0"),
    Row("method_detail", lambda f: f.tells_how, "limited", "T1"),
    # Distress does not make an advertisement harmless, and does not get its author silenced either.
    Row("needs_note", lambda f: f.level >= 2 and f.has_hold("community_rules"), "limited", "T1"),
    # An attack sounds like a crisis to a model; only its author's own pain, in words, keeps it from being paused.
    Row("abuse", lambda f: f.is_only_cruel, "held", "T2"),
    *CRISIS_ROWS,
    Row("identity_leak", lambda f: f.leaks("self") or f.leaks("none"), "held", "T2"),
    Row(lambda f: f.hold_code("community_rules"), lambda f: f.has_hold("community_rules"), "held", "T2"),
    # Cruel words out of pain get a person and a kind sentence, never an automatic pause.
    Row("abuse_with_distress", lambda f: f.is_over_the_line and f.is_distressed, "live", "T2"),
    Row("abuse", lambda f: f.is_over_the_line, "held", "T2"),
    Row(lambda f: f.hold_code("repeats"), lambda f: f.has_hold("repeats"), "held", "T2"),
    Row("link_by_new_member", lambda f: f.sub.author.trust == 0 and f.has("link"), "held", "T2"),
    Row("nobody_on_duty", lambda f: f.is_new_and_alone and f.has_signal, "held", "T2"),
    Row("", lambda f: f.needs_review, "live", "T3"),
    Row("", lambda f: f.has_flag("repeats"), "live", "T4"),
    Row("", lambda f: f.is_welcome, "live", "T3"),
)


def decide(
    sub: Submission,
    findings: Iterable[Finding],
    *,
    policy: Policy = DEFAULT_POLICY,
) -> Verdict:
    """Return what happens to the text.

    The caller adds what it alone knows: scorer, scan state, failures, milliseconds.

    When `masked_text` is set and the verdict is live, the masked version is what others see (a member in crisis is not
    paused over a phone number); when it is held, it is an offer to the author.
    """
    facts = Facts.of(sub, tuple(findings), policy)
    rows = [row for row in _table(sub) if row.applies(facts)]
    first = rows[0] if rows else None
    reason = _reason(first, facts)
    visibility: Visibility = first.visibility if first else "live"
    return Verdict(
        visibility=visibility,
        support_level=facts.level,
        lane=min((row.lane for row in rows), default=None),
        findings=facts.with_thresholds(),
        reason_code=reason,
        explanation=sentence_for(reason, facts),
        content_note=CONTENT_NOTES.get(reason, "") if visibility == "limited" else "",
        categories=facts.categories,
        masked_text=_masked(sub, facts, visibility),
        policy_version=policy.version,
    )


def _table(sub: Submission) -> tuple[Row, ...]:
    return CRISIS_ROWS if sub.surface in PRIVATE_SURFACES else ROWS


def _reason(row: Row | None, facts: Facts) -> str:
    if row is None:
        return ""
    return row.reason if isinstance(row.reason, str) else row.reason(facts)


def _masked(sub: Submission, facts: Facts, visibility: Visibility) -> str | None:
    """Cover identifying spans. A private note stays as written: only its author reads it."""
    spans = [span for finding in facts.identity if finding.mask for span in finding.spans]
    if not spans or sub.surface in PRIVATE_SURFACES:
        return None
    return mask(sub.text, spans)


def stricter(before: Verdict, after: Verdict) -> Verdict:
    """Join two verdicts on the same text so that the later one only adds.

    A late score may pause a text or call people; it never releases what is held, and never takes help away.
    """
    order = ("live", "limited", "held")
    keep = before.visibility not in order or order.index(before.visibility) >= order.index(after.visibility)
    base = before if keep else after
    lanes = [verdict.lane for verdict in (before, after) if verdict.lane is not None]
    return replace(
        base,
        support_level=max(before.support_level, after.support_level),
        lane=min(lanes, default=None),
        findings=tuple(dict.fromkeys((*after.findings, *before.findings))),
        categories=tuple(dict.fromkeys((*after.categories, *before.categories))),
        masked_text=before.masked_text or after.masked_text,
        scorer=after.scorer,
        scan_state=after.scan_state,
        failures=after.failures,
        policy_version=after.policy_version,
        ms=after.ms,
    )
