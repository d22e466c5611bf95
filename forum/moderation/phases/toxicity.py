# ruff: noqa: E501 -- lists of words read better in long lines than cut in pieces
"""Cruelty to others: rules that need no model, models that see more, and one question both must pass: at whom?

Self-insult and swearing are not cruelty. The numbers are only reported here; `decide` holds them against the policy.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache

from forum.moderation.phases import cruelty
from forum.moderation.phases.community_rules import finding_of
from forum.moderation.phases.normalise import TextViews
from forum.moderation.phases.rules_files import Rule, compiled, rules
from forum.moderation.phases.rules_match import Match, Reading
from forum.moderation.phases.rules_own import active_rules
from forum.moderation.phases.targets import AT_OTHERS, Aim, aims_of, is_at_others, is_at_self, is_quoted_by_its_victim
from forum.moderation.verdict import Finding, Scores, Submission

PHASE = "toxicity"
VERSION = "2026-11-29.1"
RECORD_FROM = 0.40
"""Scores below are not worth a line in a case."""
ABUSE_LABELS = ("toxicity", "severe_toxicity", "identity_attack", "insult", "threat")
DISTRESS_SCORE = 0.50
_FIRST_PERSON = re.compile(r"\b(?:i|me|my|myself)\b")
_PAIN = re.compile(
    r"\bi (?:am|feel|hate|can not|cannot|want to die|wish)\b[^.!?\n]{0,40}\b(?:myself|failure|worthless|broken|alone|hopeless|scared|done|die|dead|crying"
    r"|ashamed|cope|take (?:it|this)|anymore|piece of shit|useless|disgusting|pathetic|hurting|lost|tired|drowning)\b"
)


def run(sub: Submission, views: TextViews, scores: Scores, findings: Sequence[Finding]) -> list[Finding]:
    """Return what is cruel and at whom it is aimed. Works without scores: the rules then speak alone."""
    matched = Reading.of(views).speaking(active_rules(PHASE, sub.house))
    named = _handle_insults(sub, views)
    weighed = cruelty.run(sub, views, scores)
    if not matched and not named and not _is_harsh(scores) and not cruelty.is_cruel(weighed):
        return []
    aims = aims_of(views, sub.place)
    found = [*_by_rules(matched, sub, views, aims), *named, *_by_models(scores, views, aims), *weighed]
    if any(aim.hostile and aim.kind in AT_OTHERS for aim in aims):
        found.append(_cue(aims, views))
    if any(one.subject == "other" for one in found) and _is_distressed(views, scores, aims):
        found.append(_distress())
    return found


def _is_harsh(scores: Scores) -> bool:
    values = [*scores.labels.values(), *(scores.embedded or {}).values()]
    return max(values, default=0.0) >= RECORD_FROM


def _by_rules(
    matched: list[tuple[Rule, list[Match]]], sub: Submission, views: TextViews, aims: tuple[Aim, ...]
) -> list[Finding]:
    found: list[Finding] = []
    for rule, places in matched:
        at_others = [
            match
            for match in places
            if not _is_excused(match, aims, rule.code)
            and not is_quoted_by_its_victim(views.folded, match.start, match.end, match.sentence)
        ]
        if at_others:
            found.append(finding_of(rule, at_others, sub, views))
    return found


def _is_excused(match: Match, aims: tuple[Aim, ...], code: str) -> bool:
    """Tell whether the sentence of a match is a quotation, kind, or against a substance.

    Rules name their object themselves ("you are a …"), so only frames around it excuse them; for incitement and
    threats a kind frame does not ("thanks for nothing, go die").
    """
    excuses = {"reported", "substance"} if code != "targeted_abuse" else {"reported", "substance", "supportive"}
    return any(aim.kind in excuses for aim in aims if aim.sentence[0] < match.end and match.start < aim.sentence[1])


def _by_models(scores: Scores, views: TextViews, aims: tuple[Aim, ...]) -> list[Finding]:
    subject: str = "other" if is_at_others(aims) else "self" if is_at_self(aims) else "none"
    found: list[Finding] = []
    if scores.embedded is not None:
        found += _model("embedded", scores.embedded, subject, aims, views, scores.version)
    if scores.scorer == "detoxify":
        found += _model("detoxify", scores.labels, subject, aims, views, scores.version)
        found += _single_labels(scores, subject, aims, views)
    elif scores.scorer == "embedded" and scores.embedded is None:
        found += _model("embedded", scores.labels, subject, aims, views, scores.version)
    return found


def _model(
    name: str, labels: Mapping[str, float], subject: str, aims: tuple[Aim, ...], views: TextViews, version: str
) -> list[Finding]:
    label = max(ABUSE_LABELS, key=lambda one: labels.get(one, 0.0))
    score = labels.get(label, 0.0)
    if score < RECORD_FROM:
        return []
    if subject != "other" and _is_only_swearing(labels):
        return [_scored("profanity", name, score, "none", (), version, "Strong language, aimed at nobody.", "info")]
    spans = _spans(aims, views)
    says = {"other": "The model reads it as hurtful to somebody.", "self": "Hard words about oneself."}
    told = says.get(subject, "The model reads it as harsh; it is aimed at nobody here.")
    code = "self_insult" if subject == "self" else "abuse"
    found = [_scored(code, name, score, subject, spans, version, told, "info" if subject == "self" else "medium")]
    threat = labels.get("threat", 0.0)
    if subject == "other" and threat >= RECORD_FROM:
        found.append(
            _scored("threat", name, threat, subject, spans, version, "The model reads it as a threat.", "high")
        )
    return found


def _is_only_swearing(labels: Mapping[str, float]) -> bool:
    return all(labels.get(label, 0.0) < 0.5 for label in ("identity_attack", "insult", "threat"))


def _single_labels(scores: Scores, subject: str, aims: tuple[Aim, ...], views: TextViews) -> list[Finding]:
    """Return the labels Detoxify alone may hold for, where the built-in scorer did not answer beside it."""
    if scores.embedded is not None or subject != "other":
        return []
    return [
        _scored(label, "detoxify", scores.labels[label], subject, _spans(aims, views), scores.version, "", "medium")
        for label in ("identity_attack", "severe_toxicity", "insult")
        if scores.labels.get(label, 0.0) >= RECORD_FROM
    ]


def _scored(
    code: str,
    model: str,
    score: float,
    subject: str,
    spans: tuple[tuple[int, int], ...],
    version: str,
    says: str,
    severity: str,
) -> Finding:
    return Finding(
        PHASE,
        code,
        score=round(score, 4),
        severity=severity,  # type: ignore[arg-type]
        spans=spans,
        explanation=says or "The model reads it as hurtful to somebody.",
        category="abuse",
        version=version,
        rule=model,
        subject=subject,  # type: ignore[arg-type]
    )


def _spans(aims: tuple[Aim, ...], views: TextViews) -> tuple[tuple[int, int], ...]:
    chosen = [aim for aim in aims if aim.hostile and aim.kind in AT_OTHERS]
    return tuple(views.original_span("folded", *aim.sentence) for aim in chosen[:5])


def _is_distressed(views: TextViews, scores: Scores, aims: tuple[Aim, ...]) -> bool:
    """Tell whether the author shows pain of their own. A crisis score alone does not: "kill yourself" has one too."""
    if is_at_self(aims) or _PAIN.search(views.folded):
        return True
    return (scores.crisis or 0.0) >= DISTRESS_SCORE and bool(_FIRST_PERSON.search(views.folded))


def _cue(aims: tuple[Aim, ...], views: TextViews) -> Finding:
    """Say that cruel words stand in a sentence that speaks to somebody. On its own this means nothing."""
    return Finding(
        PHASE,
        "cruel_words",
        severity="info",
        spans=_spans(aims, views),
        explanation="Hard words in a sentence that speaks to somebody.",
        category="abuse",
        version=VERSION,
        rule="cue",
        subject="other",
    )


def _handle_insults(sub: Submission, views: TextViews) -> list[Finding]:
    """Find "late_heron is a fraud": members of the thread named and called something."""
    lowered = views.clean.lower()
    spans = []
    for handle in (*sub.place.handles, sub.place.reply_to_handle):
        at = lowered.find(handle.lower()) if handle else -1
        if at >= 0 and (match := _is_called().match(lowered, at + len(handle))):
            spans.append(views.original_span("clean", at, match.end()))
    if not spans:
        return []
    return [
        Finding(
            PHASE,
            "targeted_abuse",
            severity="high",
            spans=tuple(dict.fromkeys(spans)),
            explanation="It reads like an attack on somebody here.",
            category="abuse",
            version=VERSION,
            rule="abuse_by_handle",
            subject="other",
            mode="hold",
        )
    ]


@cache
def _is_called() -> re.Pattern[str]:
    return compiled(
        r"(?:,)? (?:is|was|you are|you|are|has always been|looks like|sounds like)(?: just| still| such| a| an| the| nothing but| one| fucking| complete| total| lying| pathetic"
        r"| stupid| sad| so| really| utter| absolute| little| bloody){0,5} (?:{insult}|{slur}|{insult_adjective})\b",
        rules().lists,
    )


def _distress() -> Finding:
    return Finding(
        PHASE,
        "own_pain",
        severity="info",
        explanation="The author shows pain of their own.",
        category="abuse",
        version=VERSION,
        subject="self",
    )
