"""Leaving many texts up at once: only T3 and T4, only what was read, one parent entry, taken back as one.

There is no taking down in bulk: every person whose words go is read by a person.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, select

from forum.core.db import db
from forum.core.errors import BadInput, Conflict, Forbidden, NotFound
from forum.moderation import actions, audit, reversals, settings
from forum.moderation.actors import Actor, require
from forum.moderation.models import AuditEntry, Case, Decision

LEAST_LANE = 3
OFFERED_FOR = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a batch."""

    decisions: tuple[Decision, ...]
    skipped: int
    """Cases that had changed meanwhile, or that somebody else was reading: nothing was done to them."""


@dataclass(frozen=True, slots=True)
class Batch:
    """An earlier batch that can be taken back as one."""

    handle: str
    """Public id of one of its decisions."""
    at: datetime
    count: int


def approve_all(chosen: Sequence[tuple[int, int]], *, actor: Actor, now: datetime) -> Done:
    """Leave several texts up; `chosen` are (case id, version that was shown).

    Raises:
        BadInput: none, too many, one above lane T3, or one that is held.
    """
    require(actor, "case.decide")
    if not chosen or len(chosen) > settings.bulk_max():
        raise BadInput(f"Please choose one to {settings.bulk_max()}.", field="case")
    if any(not is_fit(db.session.get_one(Case, case_id, populate_existing=True)) for case_id, _version in chosen):
        raise BadInput("One of these has become more urgent. Please look at it by itself.", field="case")
    parent = audit.record("bulk.approve", actor=actor, now=now)
    made = [_approve(case_id, version, actor, now, parent.id) for case_id, version in chosen]
    done = tuple(decision for decision in made if decision is not None)
    if not done:
        raise Conflict("Somebody was faster with all of these. Nothing was done.")
    return Done(done, len(made) - len(done))


def is_fit(case: Case) -> bool:
    """Tell whether a case may be one of many."""
    return case.lane >= LEAST_LANE and not case.held and case.support_level < 2


def _approve(case_id: int, version: int, actor: Actor, now: datetime, parent: int) -> Decision | None:
    try:
        with db.session.begin_nested():
            return actions.approve(case_id, actor=actor, version=version, now=now, bulk_parent_id=parent)
    except (Conflict, Forbidden):
        return None


def reverse_all(handle: str, *, actor: Actor, now: datetime) -> int:
    """Take a whole batch back; returns how many of its decisions still stood.

    Raises:
        NotFound: the decision is none of a batch.
        Conflict: nothing of it stands any more.
    """
    require(actor, "case.decide")
    parent = _parent_of(handle)
    rows = db.session.scalars(_members(parent)).all()
    audit.record("bulk.reversed", actor=actor, now=now, reverses_id=parent)
    undone = sum(_reverse(row.id, actor, now) for row in rows)
    if not undone:
        raise Conflict("All of it was taken back, or decided anew, already.")
    return undone


def _parent_of(handle: str) -> int:
    found = db.session.scalar(
        select(AuditEntry.bulk_parent_id)
        .join(Decision, Decision.event_id == AuditEntry.id)
        .where(Decision.public_id == handle)
    )
    if found is None:
        raise NotFound()
    return found


def _members(parent: int) -> Select[Decision]:
    return (
        select(Decision)
        .join(AuditEntry, AuditEntry.id == Decision.event_id)
        .where(AuditEntry.bulk_parent_id == parent)
        .order_by(Decision.id)
    )


def _reverse(decision_id: int, actor: Actor, now: datetime) -> bool:
    try:
        with db.session.begin_nested():
            reversals.reverse(decision_id, actor=actor, now=now)
    except (Conflict, Forbidden):
        return False
    return True


def recent(*, actor: Actor, now: datetime) -> list[Batch]:
    """Return one's own batches of the last day of which something still stands."""
    rows = db.session.execute(
        select(AuditEntry.bulk_parent_id, Decision.public_id, Decision.decided_at)
        .join(Decision, Decision.event_id == AuditEntry.id)
        .where(
            AuditEntry.bulk_parent_id.is_not(None),
            AuditEntry.actor_id == actor.staff_id,
            Decision.decided_at > now - OFFERED_FOR,
            Decision.reversed_at.is_(None),
        )
        .order_by(AuditEntry.id.desc())
    ).all()
    batches: dict[int, list[tuple[str, datetime]]] = {}
    for parent, public_id, at in rows:
        batches.setdefault(int(parent or 0), []).append((public_id, at))
    return [Batch(found[0][0], found[0][1], len(found)) for found in batches.values()]
