"""Whether rules treat people fairly: how often people agreed, let go what was held, took back what was decided.

By rule and by language. A share of fewer than ten is not shown: it says little, and could be somebody.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, distinct, func, select

from forum.core.db import db
from forum.moderation.models import Appeal, Case, CaseSignal, Decision

LEAST = 10
RULES_SHOWN = 20
JUDGED = ("approve", "hide", "limit", "ask_edit")


@dataclass(slots=True)
class Share:
    """Some of a number."""

    part: int = 0
    whole: int = 0

    def count(self, number: int, *, is_part: bool) -> None:
        """Add so many."""
        self.whole += number
        self.part += number if is_part else 0

    @property
    def value(self) -> float | None:
        """The share, 0.0–1.0; None below ten."""
        return self.part / self.whole if self.whole >= LEAST else None


@dataclass(slots=True)
class Fairness:
    """What became of what one rule said, or of what was said in one language."""

    name: str
    agreed: Share = field(default_factory=Share)
    """Of cases people read: those they acted on; support counts as agreement."""
    let_go: Share = field(default_factory=Share)
    """Of texts held by a rule: those a person let go."""
    overturned: Share = field(default_factory=Share)
    """Of second looks: those that took the decision back."""

    @property
    def shares(self) -> tuple[Share, Share, Share]:
        """The three, in the order of the table."""
        return self.agreed, self.let_go, self.overturned

    @property
    def says_something(self) -> bool:
        """True when at least one of them may be shown."""
        return any(share.value is not None for share in self.shares)


def by_rule(since: datetime, until: datetime) -> list[Fairness]:
    """Return the rules people read most of, busiest first. A case two rules spoke in counts for both."""
    seen = _Rows()
    for detector, label, outcome, count in _rows(_read(since, until)):
        seen[f"{detector}: {label}"].agreed.count(count, is_part=outcome != "no_violation")
    columns = CaseSignal.detector, CaseSignal.label
    for detector, label, action, count in _rows(_with_rules(_held(*columns, since=since, until=until))):
        seen[f"{detector}: {label}"].let_go.count(count, is_part=action == "approve")
    # Named outright, so that a database starts from the few cases with a second look and not from every signal.
    few = select(Decision.case_id).join(Appeal, Appeal.decision_id == Decision.id)
    few = few.where(Appeal.decided_at >= since, Appeal.decided_at < until)
    questioned = _with_rules(_questioned(*columns, since=since, until=until)).where(CaseSignal.case_id.in_(few))
    for detector, label, state, count in _rows(questioned):
        seen[f"{detector}: {label}"].overturned.count(count, is_part=state == "overturned")
    return _busiest(seen.values())


def by_language(since: datetime, until: datetime) -> list[Fairness]:
    """Return the same by the language that was guessed when something was decided."""
    seen = _Rows()
    judged = (
        select(Decision.language, Decision.action, func.count())
        .where(Decision.automated_detection, *_by_people(since, until))
        .group_by(Decision.language, Decision.action)
    )
    for language, action, count in _rows(judged):
        if action in (*JUDGED, "support"):
            seen[language].agreed.count(count, is_part=action != "approve")
    for language, action, count in _rows(_held(Decision.language, since=since, until=until)):
        seen[language].let_go.count(count, is_part=action == "approve")
    for language, state, count in _rows(_questioned(Decision.language, since=since, until=until)):
        seen[language].overturned.count(count, is_part=state == "overturned")
    return _busiest(seen.values())


class _Rows(defaultdict[str, Fairness]):
    """Rows made as their names come up."""

    def __missing__(self, name: str) -> Fairness:
        self[name] = Fairness(name)
        return self[name]


def _busiest(rows: Iterable[Fairness]) -> list[Fairness]:
    shown = [row for row in rows if row.says_something]
    return sorted(shown, key=lambda row: (-row.agreed.whole, row.name))[:RULES_SHOWN]


def _rows(query: Select[*tuple[Any, ...]]) -> Sequence[Any]:
    return db.session.execute(query).all()


def _by_people(since: datetime, until: datetime) -> tuple[ColumnElement[bool], ...]:
    return (Decision.automated_decision.is_(False), Decision.decided_at >= since, Decision.decided_at < until)


_SPOKE = (CaseSignal.source == "detector", CaseSignal.mode != "shadow")


def _read(since: datetime, until: datetime) -> Select[*tuple[Any, ...]]:
    columns = CaseSignal.detector, CaseSignal.label, Case.outcome
    return (
        select(*columns, func.count(distinct(Case.id)))
        .join(Case, Case.id == CaseSignal.case_id)
        .where(*_SPOKE, Case.resolved_by_id.is_not(None), Case.resolved_at >= since, Case.resolved_at < until)
        .group_by(*columns)
    )


def _held(*columns: Any, since: datetime, until: datetime) -> Select[*tuple[Any, ...]]:
    held = select(Decision.case_id).where(Decision.action == "hold", Decision.automated_decision)
    chosen = select(*columns, Decision.action, func.count(distinct(Decision.id)))
    chosen = chosen.where(Decision.case_id.in_(held), Decision.action.in_(JUDGED), *_by_people(since, until))
    return chosen.group_by(*columns, Decision.action)


def _questioned(*columns: Any, since: datetime, until: datetime) -> Select[*tuple[Any, ...]]:
    chosen = select(*columns, Appeal.state, func.count(distinct(Appeal.id))).select_from(Appeal)
    chosen = chosen.join(Decision, Decision.id == Appeal.decision_id)
    return chosen.where(Appeal.decided_at >= since, Appeal.decided_at < until).group_by(*columns, Appeal.state)


def _with_rules(query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """Say which rules spoke in the case a decision belongs to."""
    return query.join(CaseSignal, CaseSignal.case_id == Decision.case_id).where(*_SPOKE)
