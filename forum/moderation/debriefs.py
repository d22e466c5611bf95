"""After something hard: a buddy, and somebody to talk to. Whoever asks is asked nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select, update

from forum.core.db import db
from forum.core.errors import BadInput, NotFound
from forum.identity.models import Staff
from forum.identity.roles import may
from forum.moderation.actors import Actor, require
from forum.moderation.models import Case, Debrief, DutyShift

SHOWN_FOR = timedelta(days=3)
NEXT_DAY = (timedelta(hours=20), timedelta(hours=48))
"""How long after an emergency its moderator is asked how it is now."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody would like to talk."""

    id: str
    name: str
    asked_at: datetime


def ask(*, actor: Actor, now: datetime) -> Debrief:
    """Say that one would like to talk about it; asking twice is asking once."""
    require(actor, "duty.own")
    open_one = select(Debrief).where(
        Debrief.staff_id == actor.staff_id, Debrief.done_at.is_(None), Debrief.asked_at > now - SHOWN_FOR
    )
    found = db.session.scalar(open_one.limit(1))
    if found is not None:
        return found
    row = Debrief(staff_id=actor.staff_id, buddy_id=buddy_of(actor.staff_id, now), asked_at=now)
    db.session.add(row)
    db.session.flush()
    return row


def waiting_for(actor: Actor, now: datetime) -> list[Asked]:
    """Return who would like to talk to this person: as their buddy, or to any lead."""
    mine = Debrief.buddy_id == actor.staff_id
    rows = db.session.execute(
        select(Debrief.public_id, Staff.name, Debrief.asked_at)
        .join(Staff, Staff.id == Debrief.staff_id)
        .where(
            Debrief.done_at.is_(None),
            Debrief.asked_at > now - SHOWN_FOR,
            Debrief.staff_id != actor.staff_id,
            or_(mine, Debrief.id.is_not(None)) if may(actor.role, "duty.manage") else mine,
        )
        .order_by(Debrief.asked_at)
    )
    return [Asked(row.public_id, row.name, row.asked_at) for row in rows]


def done(public_id: str, *, actor: Actor, now: datetime) -> None:
    """Note that the two have talked; what about is nobody's business.

    Raises:
        NotFound: there is none for this person.
    """
    if public_id not in {asked.id for asked in waiting_for(actor, now)}:
        raise NotFound()
    db.session.execute(
        update(Debrief)
        .where(Debrief.public_id == public_id, Debrief.done_at.is_(None))
        .values(done_at=now, done_by_id=actor.staff_id)
        .execution_options(synchronize_session=False)
    )


def buddy_of(staff_id: int, now: datetime) -> int | None:
    """Return the buddy named for the newest stretch of duty of the last day."""
    wanted = select(DutyShift.buddy_id).where(
        DutyShift.staff_id == staff_id, DutyShift.starts_at > now - timedelta(days=1), DutyShift.buddy_id.is_not(None)
    )
    return db.session.scalar(wanted.order_by(DutyShift.starts_at.desc()).limit(1))


def name_buddy(public_id: str, *, actor: Actor, now: datetime) -> None:
    """Name somebody for the stretch that runs.

    Raises:
        BadInput: nobody of this name, oneself, or one is not on.
    """
    buddy = db.session.scalar(select(Staff).where(Staff.public_id == public_id, Staff.is_active))
    if buddy is None or buddy.id == actor.staff_id:
        raise BadInput("Please choose somebody else on the team.", field="buddy")
    changed = db.session.scalar(
        update(DutyShift)
        .where(DutyShift.staff_id == actor.staff_id, DutyShift.status == "on", DutyShift.ends_at > now)
        .values(buddy_id=buddy.id)
        .returning(DutyShift.id)
        .execution_options(synchronize_session=False)
    )
    if changed is None:
        raise BadInput("A buddy is for a shift. Please come on first.", field="buddy")


def names_me(staff_id: int, now: datetime) -> list[str]:
    """Return who named this person as their buddy and is on."""
    rows = db.session.scalars(
        select(Staff.name)
        .join(DutyShift, DutyShift.staff_id == Staff.id)
        .where(DutyShift.buddy_id == staff_id, DutyShift.status == "on", DutyShift.ends_at > now)
        .order_by(Staff.name)
    )
    return list(dict.fromkeys(rows))


def is_the_day_after(staff_id: int, now: datetime) -> bool:
    """Tell whether somebody answered an emergency yesterday and has not asked to talk since."""
    least, most = NEXT_DAY
    answered = db.session.scalar(
        select(Case.resolved_at)
        .where(
            func.coalesce(Case.resolved_by_id, 0) == staff_id,
            Case.lane == 0,
            Case.resolved_at > now - most,
            Case.resolved_at < now - least,
        )
        .order_by(Case.resolved_at.desc())
        .limit(1)
    )
    if answered is None:
        return False
    since = select(Debrief.id).where(Debrief.staff_id == staff_id, Debrief.asked_at >= answered)
    return db.session.scalar(since.limit(1)) is None
