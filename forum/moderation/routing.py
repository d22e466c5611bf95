"""Whose turn a case is: after something hard, or with something too near, others get it first.

Nothing is ever kept from anybody. A case is put aside for one person only while somebody else is on who is not resting
themselves, only until its answer is due, and one tap shows it all the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, not_, select

from forum.core.db import db
from forum.identity.models import Staff
from forum.identity.roles import may
from forum.moderation import care, duty, optouts
from forum.moderation.actors import Actor
from forum.moderation.models import Case, CaseLease


@dataclass(frozen=True, slots=True)
class Aside:
    """What goes to others first, for one person at one moment."""

    conditions: Sequence[ColumnElement[bool]] = ()
    """Each is true of cases to leave out."""

    @property
    def only(self) -> list[ColumnElement[bool]]:
        """Return what must be true of the cases that stay."""
        return [not_(condition) for condition in self.conditions]


def aside(actor: Actor, now: datetime) -> Aside:
    """Return what goes to others first; nothing when nobody else could take it."""
    own = care.of(actor.staff_id, now)
    codes = optouts.codes_of(actor.staff_id)
    if not (own.just_answered_danger or own.is_much or codes) or not has_fresh_colleague(actor.staff_id, now):
        return Aside()
    in_time = Case.due_first_at > now
    found: list[ColumnElement[bool]] = []
    if own.just_answered_danger:
        found.append(and_(Case.lane == 0, in_time))
    if own.is_much:
        found.append(and_(Case.lane <= 1, in_time))
    if codes:
        found.append(and_(Case.lane_reason.in_(sorted(codes)), in_time))
    return Aside(found)


def has_fresh_colleague(staff_id: int, now: datetime) -> bool:
    """Tell whether somebody else is on who reads the queue, is not resting and is not at an emergency already."""
    for person in duty.list_on(now):
        if person.staff_id == staff_id or not may(_role(person.staff_id), "queue.read"):
            continue
        if _is_at_an_emergency(person.staff_id, now):
            continue
        theirs = care.of(person.staff_id, now)
        if not (theirs.just_answered_danger or theirs.is_much):
            return True
    return False


def _is_at_an_emergency(staff_id: int, now: datetime) -> bool:
    held = select(CaseLease.case_id).join(Case, Case.id == CaseLease.case_id)
    held = held.where(CaseLease.holder_id == staff_id, CaseLease.expires_at > now, Case.lane == 0)
    return db.session.scalar(held.limit(1)) is not None


def _role(staff_id: int) -> str:
    found = db.session.get(Staff, staff_id)
    return found.role if found is not None else ""
