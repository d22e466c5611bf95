"""Figures of the team's work: waits, cover, precision, second looks. Of the whole team, never of one person."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select

from forum.core.db import db
from forum.moderation import blind, duty, fairness, settings, tallies
from forum.moderation.blind import Agreement
from forum.moderation.fairness import Fairness
from forum.moderation.models import (
    AccessEntry,
    Appeal,
    AuditEntry,
    Case,
    Decision,
    Followup,
    Report,
    Sanction,
)
from forum.moderation.sql import tenths_between

K = fairness.LEAST
"""Numbers below this are not shown in public: they could be somebody."""


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
class Team:
    """Everything the dashboard shows of a period."""

    waits: Sequence[Wait]
    held_p50: float | None
    held_p90: float | None
    held_count: int
    cover: float
    """Share of the time with somebody on, 0.0–1.0."""
    rules: Sequence[Fairness]
    languages: Sequence[Fairness]
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


def percentile(values: Iterable[float], share: float) -> float:
    """Return the nearest-rank percentile of values that are not empty; a Counter stands for its elements."""
    counts: Counter[float] = values if isinstance(values, Counter) else Counter(values)
    wanted, reached = max(1, math.ceil(share * counts.total())), 0
    for value in sorted(counts):
        reached += counts[value]
        if reached >= wanted:
            return value
    raise ValueError("nothing to choose from")


def team(since: datetime, until: datetime) -> Team:
    """Return the figures of a period."""
    held = _held_waits(since, until)
    ends = _appeal_ends(since, until)
    return Team(
        waits=_waits(since, until),
        held_p50=percentile(held, 0.5) if held else None,
        held_p90=percentile(held, 0.9) if held else None,
        held_count=held.total(),
        cover=duty.staffed_minutes(since, until) / max(1.0, (until - since).total_seconds() / 60),
        rules=fairness.by_rule(since, until),
        languages=fairness.by_language(since, until),
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


def _waits(since: datetime, until: datetime) -> list[Wait]:
    """Return the waits of every lane with any; the database counts, so that a quarter is a few thousand numbers."""
    each = (
        select(
            Case.lane,
            tenths_between(Case.queued_at, Case.first_human_at).label("wall"),
            func.coalesce(Case.staffed_first_minutes, 0).label("staffed"),
        )
        .where(Case.first_human_at >= since, Case.first_human_at < until)
        .subquery()
    )
    columns = each.c.lane, each.c.wall, each.c.staffed
    rows = db.session.execute(select(*columns, func.count()).group_by(*columns))
    walls: dict[int, Counter[float]] = {}
    staffed: dict[int, Counter[float]] = {}
    for lane, wall, minutes, count in rows:
        walls.setdefault(lane, Counter())[wall / 10] += count
        staffed.setdefault(lane, Counter())[float(minutes)] += count
    return [_wait(lane, walls[lane], staffed[lane]) for lane in sorted(walls)]


def _wait(lane: int, walls: Counter[float], staffed: Counter[float]) -> Wait:
    target, total = settings.first_answer_minutes(lane), walls.total()
    return Wait(
        lane,
        total,
        percentile(walls, 0.5),
        percentile(walls, 0.9),
        percentile(staffed, 0.5),
        percentile(staffed, 0.9),
        target,
        sum(count for minutes, count in staffed.items() if minutes <= target) / total,
    )


def _held_waits(since: datetime, until: datetime) -> Counter[float]:
    """Return how long held texts waited until a person decided, in minutes, and how many of each."""
    held = select(Decision.case_id).where(Decision.action == "hold", Decision.automated_decision)
    each = (
        select(tenths_between(Case.queued_at, Case.resolved_at).label("wall"))
        .where(Case.id.in_(held), Case.resolved_by_id.is_not(None), Case.resolved_at >= since, Case.resolved_at < until)
        .subquery()
    )
    rows = db.session.execute(select(each.c.wall, func.count()).group_by(each.c.wall))
    return Counter({row[0] / 10: row[1] for row in rows})


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
