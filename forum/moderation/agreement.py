"""How often people agree with each rule, and what follows when they rarely do: it goes back on trial, and says so."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from forum.core.db import db
from forum.moderation import audit, settings
from forum.moderation.models import Case, CaseSignal
from forum.moderation.rulebook import GUARDING, SPEAKING, Listed, list_rules, write_mode

REVIEWED = 50
"""So many of a rule's newest hits that a person has closed are looked at."""
READ_BACK = 20_000
"""Signals read back at most: rules that speak so rarely that fifty hits lie further back are left as they are."""
AGREED = frozenset({"content_note_added", "author_edited", "supported", "moved", "hidden", "sanctioned"})
NOT_COUNTED = frozenset({"duplicate"})
"""Judged in another case."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """What people made of a rule's newest reviewed hits."""

    reviewed: int = 0
    agreed: int = 0

    @property
    def share(self) -> float:
        """Return the share agreed with, 0.0–1.0; 1.0 while nothing was reviewed."""
        return self.agreed / self.reviewed if self.reviewed else 1.0


def agreement() -> dict[str, Agreement]:
    """Return for each rule its last fifty reviewed hits since its mode was last set; rules without any are left out."""
    since = {one.id: one.since for one in list_rules()}
    outcomes: dict[str, list[bool]] = defaultdict(list)
    for rule_ids, outcome, created_at in _reviewed():
        for rule_id in rule_ids:
            begun = since.get(rule_id)
            if rule_id in since and (begun is None or created_at >= begun) and len(outcomes[rule_id]) < REVIEWED:
                outcomes[rule_id].append(outcome in AGREED)
    return {rule_id: Agreement(len(found), sum(found)) for rule_id, found in outcomes.items() if found}


def _reviewed() -> Iterable[tuple[list[str], str, datetime]]:
    """Yield the rules' remarks on cases a person closed, the newest judgement first, each case once per rule."""
    rows = db.session.execute(
        select(CaseSignal.case_id, CaseSignal.matched_rule_ids, Case.outcome, CaseSignal.created_at)
        .join(Case, Case.id == CaseSignal.case_id)
        .where(
            CaseSignal.source == "detector",
            CaseSignal.detector.in_(("community_rules", "toxicity")),
            CaseSignal.mode != "shadow",
            CaseSignal.severity != "info",
            Case.resolved_by_id.is_not(None),
            Case.outcome.not_in(NOT_COUNTED),
        )
        .order_by(Case.resolved_at.desc(), CaseSignal.id.desc())
        .limit(READ_BACK)
    )
    seen: set[tuple[int, str]] = set()
    for case_id, rule_ids, outcome, created_at in rows:
        fresh = [rule_id for rule_id in rule_ids if (case_id, rule_id) not in seen]
        seen.update((case_id, rule_id) for rule_id in fresh)
        if fresh:
            yield fresh, outcome or "", created_at


def fall_back(now: datetime) -> list[str]:
    """Put every rule on trial that people agreed with too rarely; returns their ids. On record, with both numbers.

    Rules that guard others from the worst (children, threats, incitement) go on holding: a machine does not open that
    door. They are named as doubted in the same place instead, and a person decides.
    """
    least, known = settings.rule_shadow_precision(), agreement()
    fallen = []
    for rule in list_rules():
        found = known.get(rule.id, Agreement())
        if rule.mode in SPEAKING and found.reviewed >= REVIEWED and found.share < least:
            _fall(rule, found, now)
            fallen.append(rule.id)
    return fallen


def _fall(rule: Listed, found: Agreement, now: datetime) -> None:
    to = rule.mode if rule.severity == GUARDING else "shadow"
    write_mode(rule.id, to, now=now, by_machine=True, reviewed=found.reviewed, agreed=found.agreed)
    audit.record(
        "rule.doubted" if to == rule.mode else "rule.fell_back",
        actor=None,
        now=now,
        target_type="rule",
        rule_ref=rule.id,
        from_state=rule.mode,
        to_state=to,
        reason_code=f"agreed_{found.agreed}_of_{found.reviewed}",
        automated_decision=True,
    )
