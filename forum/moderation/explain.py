"""Why a case is where it is, in words and in numbers; nothing here is a guess, all of it is stored on the case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from forum.moderation import words
from forum.moderation.models import Case, CaseSignal
from forum.moderation.subjects import SubjectQuote


@dataclass(frozen=True, slots=True)
class Why:
    """One reason to look, in words."""

    title: str
    sentence: str
    by: str
    """"a rule", "a model", "a member", "the forum"."""
    detail: str
    """Score and threshold, where there are any."""
    level: int
    is_shadow: bool
    is_late: bool


def reasons_for(signals: Sequence[CaseSignal]) -> list[Why]:
    """Return the reasons of a case, those that had an effect first."""
    return [_why(signal) for signal in sorted(signals, key=lambda s: (s.mode == "shadow", s.severity == "info"))]


def _why(signal: CaseSignal) -> Why:
    has_score = signal.threshold is not None
    detail = f"{signal.score:.2f}, from {signal.threshold:.2f}" if signal.threshold is not None else ""
    by = {"reporter": "a member", "system": "the forum", "moderator": "a moderator"}.get(
        signal.source, "a model" if has_score else "a rule"
    )
    title = _title(signal)
    said = signal.text if signal.text.rstrip(".") != title.rstrip(".") else ""
    return Why(title, said, by, detail, signal.level, signal.mode == "shadow", signal.late)


def _title(signal: CaseSignal) -> str:
    return words.say(words.REASONS, signal.category if signal.category in words.REASONS else signal.label)


def headline(case: Case) -> str:
    """Return what the case is about in a few words."""
    return words.say(words.REASONS, case.lane_reason)


def chips(case: Case) -> list[str]:
    """Return why it stands where it stands in its lane, e.g. "+20 the author is waiting"."""
    return [words.boost_chip(boost) for boost in case.boosts]


def spans_in(signals: Sequence[CaseSignal], quote: SubjectQuote | None) -> list[tuple[int, int]]:
    """Return the marked places of the text as it is now, joined and in order; none where it was edited since."""
    if quote is None:
        return []
    end = len(quote.text)
    found = sorted(
        (max(0, int(span[0])), min(end, int(span[1])))
        for signal in signals
        if signal.mode != "shadow" and signal.revision_id in (None, quote.revision)
        for span in signal.spans
    )
    joined: list[tuple[int, int]] = []
    for start, stop in found:
        if start >= stop:
            continue
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(stop, joined[-1][1]))
        else:
            joined.append((start, stop))
    return joined


def as_json(case: Case, signals: Sequence[CaseSignal]) -> dict[str, Any]:
    """Return the whole explanation for scripts: no text, no names, no ids of people."""
    return {
        "case": case.public_id,
        "version": case.version,
        "lane": f"T{case.lane}",
        "lane_rule": words.LANE_RULES[case.lane],
        "lane_reason": {"code": case.lane_reason, "words": headline(case)},
        "opened_at": case.opened_at.isoformat(),
        "effective_at": case.effective_at.isoformat(),
        "boosts": [{**boost, "words": words.say(words.BOOSTS, str(boost["code"]))} for boost in case.boosts],
        "held": case.held,
        "support_level": case.support_level,
        "signals": [_signal_json(signal) for signal in signals],
    }


def _signal_json(signal: CaseSignal) -> dict[str, Any]:
    return {
        "source": signal.source,
        "detector": signal.detector,
        "version": signal.detector_version,
        "label": signal.label,
        "category": signal.category,
        "words": _title(signal),
        "score": signal.score,
        "threshold": signal.threshold,
        "level": signal.level,
        "mode": signal.mode,
        "rules": signal.matched_rule_ids,
        "spans": signal.spans,
        "late": signal.late,
        "explanation": signal.text if signal.source != "reporter" else "",
    }
