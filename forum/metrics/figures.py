"""Figures read from the database when somebody asks for them. Counts and times only; nothing names anybody."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, text

from forum.core.db import db
from forum.discussions.models import NOT_PUBLIC, PUBLIC, Post, Thread
from forum.moderation import duty
from forum.moderation.models import Appeal, Case, CaseSignal, Decision, DutyShift, Followup, Report
from forum.moderation.settings import first_answer_minutes

PERIOD = timedelta(days=28)
ROWS = 5_000
"""Newest rows a percentile is taken of."""
RIGHT = ("content_note_added", "author_edited", "supported", "moved", "hidden", "sanctioned")
WRONG = ("no_violation",)


@dataclass(frozen=True, slots=True)
class Figure:
    """One number with its labels."""

    name: str
    help: str
    value: float
    labels: tuple[tuple[str, str], ...] = ()


def all_figures(now: datetime) -> list[Figure]:
    """Return every figure."""
    parts = (_queue, _answers, _held, _unanswered, _promises, _agreement, _rules, _coverage)
    return [figure for part in parts for figure in part(now)]


def _figure(name: str, help_: str, value: float | None, **labels: str) -> list[Figure]:
    """Return a figure, or none where there is nothing to say."""
    return [] if value is None else [Figure(name, help_, float(value), tuple(labels.items()))]


def _percentile(values: Sequence[float], share: float) -> float | None:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] if values else None


def _ratio(good: int, all_: int) -> float | None:
    return good / all_ if all_ else None


# ── moderation ──────────────────────────────────────────────────────────────────────────────────────────────────


def _queue(now: datetime) -> Iterable[Figure]:
    rows = db.session.execute(
        select(Case.lane, func.count(), func.min(Case.queued_at)).where(Case.state != "resolved").group_by(Case.lane)
    )
    waiting = {lane: (count, oldest) for lane, count, oldest in rows}
    for lane in range(5):
        count, oldest = waiting.get(lane, (0, None))
        yield from _figure("cases_open", "Cases waiting, by lane.", count, lane=f"T{lane}")
        age = (now - oldest).total_seconds() if oldest is not None else 0.0
        yield from _figure("case_oldest_seconds", "Age of the oldest waiting case, by lane.", age, lane=f"T{lane}")


def _answers(now: datetime) -> Iterable[Figure]:
    rows = db.session.execute(
        select(Case.lane, Case.opened_at, Case.first_human_at, Case.staffed_first_minutes)
        .where(Case.first_human_at.is_not(None), Case.opened_at > now - PERIOD)
        .order_by(Case.id.desc())
        .limit(ROWS)
    )
    wall: dict[int, list[float]] = defaultdict(list)
    staffed: dict[int, list[float]] = defaultdict(list)
    for lane, opened, first, minutes in rows:
        seconds = (first - opened).total_seconds() if first is not None else 0.0
        wall[lane].append(seconds)
        staffed[lane].append(minutes * 60.0 if minutes is not None else seconds)
    for clock, lanes in (("wall", wall), ("staffed", staffed)):
        for lane, took in lanes.items():
            for share in (0.5, 0.9):
                yield from _figure(
                    "first_response_seconds",
                    "Time to the first human answer over 28 days.",
                    _percentile(took, share),
                    lane=f"T{lane}",
                    clock=clock,
                    quantile=str(share),
                )
    for lane, took in staffed.items():
        within = sum(one <= first_answer_minutes(lane) * 60 for one in took)
        yield from _figure(
            "first_response_within_target_ratio",
            "Share of first answers within the lane's target.",
            _ratio(within, len(took)),
            lane=f"T{lane}",
        )


def _held(now: datetime) -> Iterable[Figure]:
    few = text(f"post.{NOT_PUBLIC}")
    held = select(Post.created_at).where(Post.visibility == "held", few).order_by(Post.id.desc()).limit(ROWS)
    waits = [(now - at).total_seconds() for at in db.session.scalars(held)]
    yield from _figure("posts_held", "Posts waiting for a person.", len(waits))
    for share in (0.5, 0.9):
        yield from _figure(
            "post_held_seconds", "How long they have waited.", _percentile(waits, share), quantile=str(share)
        )
    pending = select(func.count()).select_from(Post).where(Post.scan_state == "pending", Post.created_at > now - PERIOD)
    yield from _figure("posts_unscored", "Posts the scorer has not read yet.", db.session.scalar(pending))


def _unanswered(now: datetime) -> Iterable[Figure]:
    for hours in (2, 24):
        query = (
            select(func.count())
            .select_from(Thread)
            .where(
                Thread.kind == "topic",
                Thread.visibility.in_(PUBLIC),
                Thread.reply_count == 0,
                Thread.started_at < now - timedelta(hours=hours),
                Thread.started_at > now - PERIOD,
            )
        )
        yield from _figure(
            "threads_unanswered", "Threads nobody has answered.", db.session.scalar(query), older_than=f"{hours}h"
        )


def _promises(now: datetime) -> Iterable[Figure]:
    due = select(Followup.done_at).where(Followup.due_at <= now, Followup.due_at > now - PERIOD)
    done = [at is not None for at in db.session.scalars(due)]
    yield from _figure(
        "followups_done_ratio", "Share of promised looks back that were done.", _ratio(sum(done), len(done))
    )
    filed = select(Report.outcome).where(Report.created_at > now - PERIOD)
    answered = [outcome != "" for outcome in db.session.scalars(filed)]
    yield from _figure("reports_answered_ratio", "Share of reports answered.", _ratio(sum(answered), len(answered)))


def _agreement(now: datetime) -> Iterable[Figure]:
    """Do people agree with the machine, and with each other?"""
    from_held = select(Decision.to_visibility).where(
        Decision.from_visibility == "held", Decision.automated_decision.is_(False), Decision.decided_at > now - PERIOD
    )
    released = [to in PUBLIC for to in db.session.scalars(from_held)]
    yield from _figure(
        "holds_released_ratio", "Share of held posts people let through.", _ratio(sum(released), len(released))
    )
    appeals = select(Appeal.state).where(Appeal.state != "open", Appeal.filed_at > now - PERIOD)
    changed = [state in ("changed", "overturned") for state in db.session.scalars(appeals)]
    yield from _figure(
        "appeals_overturned_ratio", "Share of second looks that changed a decision.", _ratio(sum(changed), len(changed))
    )


def _rules(now: datetime) -> Iterable[Figure]:
    rows = db.session.execute(
        select(CaseSignal.detector, CaseSignal.label, Case.outcome, func.count(Case.id.distinct()))
        .join(Case, Case.id == CaseSignal.case_id)
        .where(CaseSignal.source == "detector", Case.outcome.in_((*RIGHT, *WRONG)), Case.resolved_at > now - PERIOD)
        .group_by(CaseSignal.detector, CaseSignal.label, Case.outcome)
    )
    tally: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for detector, label, outcome, count in rows:
        tally[detector, label][outcome in WRONG] += count
    for (detector, label), (right, wrong) in tally.items():
        yield from _figure(
            "rule_precision",
            "Share of decided cases in which people agreed that something was there.",
            _ratio(right, right + wrong),
            phase=detector,
            rule=label,
        )


def _coverage(now: datetime) -> Iterable[Figure]:
    yield from _figure("moderators_on_duty", "People on duty now.", duty.coverage(now))
    minutes = duty.staffed_minutes(now - timedelta(hours=24), now)
    yield from _figure("duty_covered_hours", "Hours of the last 24 with somebody on duty.", minutes / 60)
    shifts = select(func.count()).select_from(DutyShift).where(DutyShift.starts_at > now - timedelta(hours=24))
    yield from _figure("duty_shifts", "Stretches of duty begun in the last 24 hours.", db.session.scalar(shifts))
