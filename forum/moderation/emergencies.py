"""Emergencies nobody has: how many, and taking one out of the middle of something else.

Whoever is needed there leaves the case in hand with one tap: it goes back to the queue, nothing typed elsewhere is
sent, and nobody has to find it in a list first.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from forum.core.db import db
from forum.moderation import leases, queue
from forum.moderation.actors import Actor, require
from forum.moderation.leases import AlreadyLeased
from forum.moderation.models import Case, CaseLease


def waiting(*, actor: Actor, now: datetime) -> int:
    """Return how many emergencies wait that this person may take and nobody has open."""
    return queue.count(actor=actor, only=[Case.lane == 0, *queue.unclaimed(now)])


def has_in_hand(*, actor: Actor, now: datetime) -> bool:
    """Tell whether this person would leave something for an emergency."""
    held = select(CaseLease.case_id).join(Case, Case.id == CaseLease.case_id)
    held = held.where(CaseLease.holder_id == actor.staff_id, CaseLease.expires_at > now, Case.lane > 0)
    return db.session.scalar(held.limit(1)) is not None


def take_next(*, actor: Actor, now: datetime) -> Case | None:
    """Take the emergency that has waited longest and give everything else back, other emergencies excepted.

    Of two people at once each gets another one. Returns None when somebody has every one of them; then nothing is
    given back.
    """
    require(actor, "case.claim")
    free = [Case.lane == 0, *queue.unclaimed(now)]
    for case in queue.list_cases("safety", actor=actor, now=now, only=free).cases:
        try:
            leases.claim(case, actor=actor, now=now)
        except AlreadyLeased:
            continue
        _leave_others(actor)
        return case
    return None


def _leave_others(actor: Actor) -> None:
    in_hand = select(Case).join(CaseLease, CaseLease.case_id == Case.id)
    for case in db.session.scalars(in_hand.where(CaseLease.holder_id == actor.staff_id, Case.lane > 0)).all():
        leases.release(case, actor=actor)
