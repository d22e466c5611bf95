"""Checking a helpline again takes two people: one signs, another signs the same record within a month.

The day that counts afterwards is the first one's: nothing is called fresher than what both have seen. Of two people at
once the database makes one the first; the same person in two browsers, or twice, stays one person.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select, update

from forum.core.db import db
from forum.core.errors import Conflict, Forbidden
from forum.identity.models import Staff
from forum.moderation import audit, team
from forum.moderation.actors import Actor, require
from forum.moderation.models import HelplineCheck
from forum.moderation.models.checks import WAITING
from forum.moderation.sql import insert_ignore

HOLDS = timedelta(days=30)
"""A signature nobody joined within this time is not one any more."""


def sign(line_id: str, stamp: str, *, actor: Actor, now: datetime) -> HelplineCheck:
    """Sign that a line is right as it stands; the answer has a second signature if this was the second.

    Raises:
        Forbidden: it is one's own signature that waits, or that of somebody who let one in days ago.
        Conflict: somebody else was faster.
    """
    require(actor, "helplines.change")
    _drop_void(line_id, stamp, now)
    values = {"line_id": line_id, "stamp": stamp, "first_id": actor.staff_id, "first_at": now}
    made = insert_ignore(HelplineCheck, values, ("line_id",), where=WAITING)
    check = db.session.get_one(HelplineCheck, made) if made is not None else _join(line_id, stamp, actor, now)
    step = "helpline.signed" if check.second_id is None else "helpline.checked"
    second = check.first_id if check.second_id is not None else None
    audit.record(
        step,
        actor=actor,
        now=now,
        target_type="helpline",
        target_id=check.id,
        reason_code=line_id[:60],
        second_actor_id=second,
    )
    return check


def _join(line_id: str, stamp: str, actor: Actor, now: datetime) -> HelplineCheck:
    waits = waiting(line_id, stamp, now)
    if waits is None:
        raise Conflict("Somebody else has just signed. Please look again.")
    if waits.first_id == actor.staff_id:
        raise Forbidden("A second person has to check this one: you have signed already.")
    if not db.session.get_one(Staff, waits.first_id, populate_existing=True).is_active:
        raise Conflict("Whoever signed first is not on the team any more. Somebody else has to check it.")
    team.refuse_newly_invited(actor, waits.first_id, now)
    done = db.session.scalar(
        update(HelplineCheck)
        .where(HelplineCheck.id == waits.id, HelplineCheck.second_id.is_(None))
        .values(second_id=actor.staff_id, second_at=now)
        .returning(HelplineCheck.id)
        .execution_options(synchronize_session=False)
    )
    if done is None:
        raise Conflict("Somebody else has just signed. Please look again.")
    return db.session.get_one(HelplineCheck, done, populate_existing=True)


def waiting(line_id: str, stamp: str, now: datetime) -> HelplineCheck | None:
    """Return the signature that waits for a second one, if it is about the record as it stands."""
    wanted = select(HelplineCheck).where(HelplineCheck.line_id == line_id, HelplineCheck.stamp == stamp)
    return db.session.scalar(wanted.where(HelplineCheck.second_id.is_(None), HelplineCheck.first_at > now - HOLDS))


def all_waiting(now: datetime) -> Sequence[HelplineCheck]:
    """Return every signature that waits, the oldest first."""
    wanted = select(HelplineCheck).where(HelplineCheck.second_id.is_(None), HelplineCheck.first_at > now - HOLDS)
    return db.session.scalars(wanted.order_by(HelplineCheck.first_at)).all()


def _drop_void(line_id: str, stamp: str, now: datetime) -> None:
    """Forget a lone signature of a record that was changed since, of long ago, or of somebody who left the team."""
    gone = select(Staff.id).where(Staff.is_active.is_(False))
    void = (
        HelplineCheck.stamp != stamp,
        HelplineCheck.first_at <= now - HOLDS,
        HelplineCheck.first_id.in_(gone),
    )
    db.session.execute(
        delete(HelplineCheck).where(HelplineCheck.line_id == line_id, HelplineCheck.second_id.is_(None), or_(*void))
    )
