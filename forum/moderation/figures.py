"""Figures of the team's work: waits, cover, precision, second looks. Of the whole team, never of one person."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select

from forum.core.db import db
from forum.moderation import blind, duty, settings, tallies
from forum.moderation.blind import Agreement
from forum.moderation.models import (
    AccessEntry,
    Appeal,
    AuditEntry,
    Case,
    CaseSignal,
    Decision,
    Followup,
    Report,
    Sanction,
)

K = 10
"""Numbers below this are not shown in public: they could be somebody."""
LEAST_SAMPLE = 5
RULES_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Wait:
    """How long people waited in one lane, in minutes."""

    lane: int
    count: int
    p50: float
    p90: float
    staffed_p50: float
    staffed_p90: float
    target: int
    within: float
    """Share answered in time, 0.0–1.0, by staffed minutes."""


@dataclass(frozen=True, slots=True)
class Precision:
    """How often people agreed with one detector, 0.0–1.0."""

    name: str
    reviewed: int
    agreed: float


@dataclass(frozen=True, slots=True)
class Team:
    """Everything the dashboard shows of a period."""

    waits: Sequence[Wait]
    held_p50: float | None
    held_p90: float | None
    held_count: int
    cover: float
    """Share of the time with somebody on, 0.0–1.0."""
    precision: Sequence[Precision]
    released: float | None
    """Share of automatic holds a person let go, 0.0–1.0."""
    appeals: int
    overturned: float | None
    open_by_lane: dict[int, int]
    followups: float | None
    """Share of promises to look back that fell due and were kept, 0.0–1.0."""
    reports_answered: float | None
    """Share of reports with an answer, 0.0–1.0."""
    decided: int
    collisions: int
    """How often two people met at one case: nothing was done twice."""
    reveals_per_hour: float | None
    """T0 and T1 texts read per hour on duty, of everybody together."""
    blind: Agreement

    @property
    def collisions_per_100(self) -> float | None:
        """Collisions for every hundred decisions."""
        return 100 * self.collisions / self.decided if self.decided else None


@dataclass(frozen=True, slots=True)
class Own:
    """One person's own numbers, for their own eyes."""

    decided: int
    reveals: int
    hours: int


def percentile(values: Sequence[float], share: float) -> float:
    """Return the nearest-rank percentile of values that are not empty."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def team(since: datetime, until: datetime) -> Team:
    """Return the figures of a period."""
    held = _held_waits(since, until)
    ends = _appeal_ends(since, until)
    return Team(
        waits=[wait for lane in range(5) if (wait := _wait(lane, since, until)) is not None],
        held_p50=percentile(held, 0.5) if held else None,
        held_p90=percentile(held, 0.9) if held else None,
        held_count=len(held),
        cover=duty.staffed_minutes(since, until) / max(1.0, (until - since).total_seconds() / 60),
        precision=_precision(since, until),
        released=_released(since, until),
        appeals=len(ends),
        overturned=ends.count("overturned") / len(ends) if ends else None,
        open_by_lane=_open_by_lane(),
        followups=_followups(since, until),
        reports_answered=_reports_answered(since, until),
        decided=_decided(since, until),
        collisions=tallies.total(tallies.COLLISION, since, until),
        reveals_per_hour=_reveals_per_hour(since, until),
        blind=blind.agreement(since, until),
    )


def own(staff_id: int, since: datetime, until: datetime) -> Own:
    """Return somebody's own numbers; nobody else is shown them."""
    reveals = select(func.count(AccessEntry.case_id.distinct())).where(
        AccessEntry.staff_id == staff_id, AccessEntry.kind == "reveal", AccessEntry.at >= since, AccessEntry.at < until
    )
    on = duty.hours_of(since, until, staff_id=staff_id)
    return Own(_decided(since, until, Decision.decided_by_id == staff_id), db.session.scalar(reveals) or 0, round(on))


def _decided(since: datetime, until: datetime, *conditions: ColumnElement[bool]) -> int:
    wanted = select(func.count(Decision.id)).where(
        Decision.decided_at >= since, Decision.decided_at < until, Decision.automated_decision.is_(False), *conditions
    )
    return db.session.scalar(wanted) or 0


def _followups(since: datetime, until: datetime) -> float | None:
    due = db.session.scalars(
        select(Followup.done_at).where(Followup.kind == "check_in", Followup.due_at >= since, Followup.due_at < until)
    ).all()
    return sum(done is not None for done in due) / len(due) if due else None


def _reports_answered(since: datetime, until: datetime) -> float | None:
    total, answered = db.session.execute(
        select(func.count(Report.id), func.count(Report.answered_at)).where(
            Report.created_at >= since, Report.created_at < until
        )
    ).one()
    return answered / total if total else None


def _reveals_per_hour(since: datetime, until: datetime) -> float | None:
    hours = duty.hours_of(since, until)
    reveals = select(func.count(AccessEntry.id)).where(
        AccessEntry.kind == "reveal", AccessEntry.at >= since, AccessEntry.at < until
    )
    return (db.session.scalar(reveals) or 0) / hours if hours >= 1 else None


def _wait(lane: int, since: datetime, until: datetime) -> Wait | None:
    rows = db.session.execute(
        select(Case.queued_at, Case.first_human_at, Case.staffed_first_minutes).where(
            Case.lane == lane, Case.first_human_at >= since, Case.first_human_at < until
        )
    ).all()
    if not rows:
        return None
    walls = [(row.first_human_at - row.queued_at).total_seconds() / 60 for row in rows if row.first_human_at]
    staffed = [float(row.staffed_first_minutes or 0) for row in rows]
    target = settings.first_answer_minutes(lane)
    return Wait(
        lane,
        len(rows),
        percentile(walls, 0.5),
        percentile(walls, 0.9),
        percentile(staffed, 0.5),
        percentile(staffed, 0.9),
        target,
        sum(minutes <= target for minutes in staffed) / len(staffed),
    )


def _held_waits(since: datetime, until: datetime) -> list[float]:
    """Return how long held texts waited until a person decided, in minutes."""
    held = select(Decision.case_id).where(Decision.action == "hold", Decision.automated_decision)
    rows = db.session.execute(
        select(Case.queued_at, Case.resolved_at).where(
            Case.id.in_(held), Case.resolved_by_id.is_not(None), Case.resolved_at >= since, Case.resolved_at < until
        )
    )
    return [(row.resolved_at - row.queued_at).total_seconds() / 60 for row in rows if row.resolved_at]


def _precision(since: datetime, until: datetime) -> list[Precision]:
    """Return how often a person acted where a detector spoke, busiest first; support counts as agreement."""
    rows = db.session.execute(
        select(CaseSignal.detector, CaseSignal.label, Case.outcome, func.count(Case.id.distinct()))
        .join(Case, Case.id == CaseSignal.case_id)
        .where(
            CaseSignal.source == "detector",
            CaseSignal.mode != "shadow",
            Case.resolved_by_id.is_not(None),
            Case.resolved_at >= since,
            Case.resolved_at < until,
        )
        .group_by(CaseSignal.detector, CaseSignal.label, Case.outcome)
    )
    seen: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for detector, label, outcome, count in rows:
        found = seen[f"{detector}: {label}"]
        found[0] += count
        found[1] += count if outcome != "no_violation" else 0
    ordered = sorted(seen.items(), key=lambda pair: -pair[1][0])[:RULES_SHOWN]
    return [Precision(name, total, agreed / total) for name, (total, agreed) in ordered if total >= LEAST_SAMPLE]


def _released(since: datetime, until: datetime) -> float | None:
    held = select(Decision.case_id).where(Decision.action == "hold", Decision.automated_decision)
    rows = db.session.scalars(
        select(Decision.action).where(
            Decision.case_id.in_(held),
            Decision.automated_decision.is_(False),
            Decision.action.in_(("approve", "hide", "limit", "ask_edit")),
            Decision.decided_at >= since,
            Decision.decided_at < until,
        )
    ).all()
    return sum(action == "approve" for action in rows) / len(rows) if rows else None


def _appeal_ends(since: datetime, until: datetime) -> list[str]:
    ended = select(Appeal.state).where(Appeal.decided_at >= since, Appeal.decided_at < until)
    return list(db.session.scalars(ended))


def _open_by_lane() -> dict[int, int]:
    rows = db.session.execute(select(Case.lane, func.count()).where(Case.state != "resolved").group_by(Case.lane))
    return {row[0]: row[1] for row in rows}


# ── What everybody may know ─────────────────────────────────────────────────────────────────────────────────────

PUBLIC = ("read", "left_up", "note", "taken_down", "held", "supported", "limited", "reports", "appeals", "overturned")


def month_counts(start: datetime, end: datetime) -> dict[str, int | None]:
    """Return one month's public numbers; None stands for "fewer than ten"."""
    rows = db.session.execute(
        select(Decision.action, func.count())
        .where(Decision.decided_at >= start, Decision.decided_at < end)
        .group_by(Decision.action)
    )
    by_action: dict[str, int] = {row[0]: row[1] for row in rows}
    ends = _appeal_ends(start, end)
    closed = (
        select(func.count())
        .select_from(AuditEntry)
        .where(
            AuditEntry.at >= start,
            AuditEntry.at < end,
            AuditEntry.action.startswith("decide."),
            AuditEntry.actor_id.is_not(None),
        )
    )
    reports = select(func.count()).select_from(Report).where(Report.created_at >= start, Report.created_at < end)
    limits = select(func.count()).select_from(Sanction).where(Sanction.starts_at >= start, Sanction.starts_at < end)
    exact = {
        "read": db.session.scalar(closed) or 0,
        "left_up": by_action.get("approve", 0),
        "note": by_action.get("limit", 0),
        "taken_down": by_action.get("hide", 0),
        "held": by_action.get("hold", 0),
        "supported": by_action.get("support", 0),
        "limited": db.session.scalar(limits) or 0,
        "reports": db.session.scalar(reports) or 0,
        "appeals": len(ends),
        "overturned": ends.count("overturned"),
    }
    return {name: number if number >= K else None for name, number in exact.items()}


def months_before(now: datetime, count: int) -> list[tuple[datetime, datetime]]:
    """Return the whole months before this one, newest first: a month that is still going on is not told."""
    end = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    found = []
    for _number in range(count):
        start = (end - timedelta(days=1)).replace(day=1)
        found.append((start, end))
        end = start
    return found
