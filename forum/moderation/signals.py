"""Reasons to look, in the form they are stored: a machine's findings and people's reports."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from forum.core.db import db
from forum.moderation.models import Case, CaseSignal
from forum.moderation.priority import Waiting
from forum.moderation.sql import insert_ignore
from forum.moderation.verdict import Finding, Verdict

TEXT_CHARS = 500


@dataclass(frozen=True, slots=True)
class NewSignal:
    """One remark about to be stored; the fingerprint makes storing it twice a no-op."""

    fingerprint: str
    columns: Mapping[str, Any]


def from_verdict(
    verdict: Verdict, *, revision_id: int | None, late: bool, spans_fit: bool = True
) -> tuple[NewSignal, ...]:
    """Return the findings of a verdict, shadow ones too: they are recorded and change nothing."""
    return tuple(
        _from_finding(finding, revision_id, latency_ms=verdict.ms, late=late, spans_fit=spans_fit)
        for finding in verdict.findings
    )


def _from_finding(
    finding: Finding, revision_id: int | None, *, latency_ms: float, late: bool, spans_fit: bool
) -> NewSignal:
    spans = [list(span) for span in finding.spans] if spans_fit else []
    key = ("finding", finding.phase, finding.code, finding.rule, finding.category, spans, revision_id)
    return NewSignal(
        _fingerprint(key),
        {
            "source": "detector",
            "detector": finding.phase[:40],
            "detector_version": finding.version[:80],
            "label": finding.code[:60],
            "score": float(finding.score),
            "threshold": finding.threshold,
            "severity": finding.severity,
            "level": finding.level,
            "category": finding.category[:60],
            "subject": finding.subject,
            "mode": finding.mode,
            "spans": spans,
            "matched_rule_ids": [finding.rule] if finding.rule else [],
            "text": finding.explanation[:TEXT_CHARS],
            "revision_id": revision_id,
            "latency_ms": latency_ms,
            "late": late,
        },
    )


def from_report(*, reporter_id: int, category: str, text: str, weight: float) -> NewSignal:
    """Return one person's report as a signal."""
    return NewSignal(
        _fingerprint(("report", reporter_id, category)),
        {
            "source": "reporter",
            "label": category,
            "category": category,
            "text": text[:TEXT_CHARS],
            "reporter_id": reporter_id,
            "reporter_weight": weight,
        },
    )


def from_system(code: str, text: str, *, key: object = "") -> NewSignal:
    """Return a remark of the forum itself, e.g. that the author says a hold looks wrong."""
    return NewSignal(_fingerprint(("system", code, str(key))), {"source": "system", "label": code, "text": text})


def _fingerprint(key: Sequence[object]) -> str:
    return hashlib.sha256(json.dumps(list(key)).encode()).hexdigest()


def store(case_id: int, signals: Iterable[NewSignal], now: datetime) -> list[int]:
    """Store what is not stored yet; return the ids of the new rows."""
    stored = (
        insert_ignore(
            CaseSignal,
            {"case_id": case_id, "fingerprint": signal.fingerprint, "created_at": now, **signal.columns},
            ("case_id", "fingerprint"),
        )
        for signal in signals
    )
    return [found for found in stored if found is not None]


def of_case(case_id: int) -> list[CaseSignal]:
    """Return a case's signals, the most urgent first."""
    order = (CaseSignal.level.desc(), CaseSignal.score.desc(), CaseSignal.id)
    return list(db.session.scalars(select(CaseSignal).where(CaseSignal.case_id == case_id).order_by(*order)))


def of_cases(case_ids: Sequence[int]) -> dict[int, list[CaseSignal]]:
    """Return the signals of many cases in one query, for lists."""
    found: dict[int, list[CaseSignal]] = {case_id: [] for case_id in case_ids}
    order = (CaseSignal.level.desc(), CaseSignal.score.desc(), CaseSignal.id)
    for signal in db.session.scalars(select(CaseSignal).where(CaseSignal.case_id.in_(case_ids)).order_by(*order)):
        found[signal.case_id].append(signal)
    return found


def categories_of(found: Iterable[CaseSignal]) -> list[str]:
    """Return the crisis categories of a case, the highest level first; rules on trial are left out."""
    ranked = sorted((s for s in found if s.level and s.category and s.mode != "shadow"), key=lambda s: -s.level)
    return list(dict.fromkeys(s.category for s in ranked))


def waiting(case: Case) -> Waiting:
    """Gather what a case's place in its lane depends on."""
    signals = of_case(case.id)
    return Waiting(
        held=case.held,
        live_room=case.live,
        first_post=case.first_post,
        disputed=case.disputed,
        reporter_weights=list(_reporters(signals).values()),
        confidence=max((_above_threshold(s) for s in signals if s.mode != "shadow"), default=0.0),
        open_in_thread=_open_in_thread(case.thread_id),
    )


def _reporters(signals: Iterable[CaseSignal]) -> dict[int, float]:
    """Return weight by reporter, in the order they came; a second report by the same person adds nothing."""
    found: dict[int, float] = {}
    for signal in sorted(signals, key=lambda s: s.id):
        if signal.reporter_id is not None:
            found.setdefault(signal.reporter_id, signal.reporter_weight or 0.0)
    return found


def count_reporters(case_id: int) -> int:
    """Return how many different people reported a case."""
    wanted = select(func.count(CaseSignal.reporter_id.distinct())).where(CaseSignal.case_id == case_id)
    return db.session.scalar(wanted) or 0


def _above_threshold(signal: CaseSignal) -> float:
    if signal.threshold is None or signal.threshold >= 1.0:
        return 0.0
    return (signal.score - signal.threshold) / (1.0 - signal.threshold)


def _open_in_thread(thread_id: int | None) -> int:
    if thread_id is None:
        return 0
    return (
        db.session.scalar(select(func.count(Case.id)).where(Case.thread_id == thread_id, Case.state != "resolved")) or 0
    )
