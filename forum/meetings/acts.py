"""Writing down what the team and the scheduler do in a room, and telling browsers that something changed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update

from forum.core.db import db
from forum.core.events import announce
from forum.meetings.events import SeatTold, SessionChanged
from forum.meetings.models import Act, Seat, Session
from forum.moderation import audit
from forum.moderation.actors import Actor


def touch(session: Session) -> None:
    """Take the next revision of a room; browsers are told after the commit."""
    db.session.flush()
    db.session.execute(
        update(Session)
        .where(Session.id == session.id)
        .values(rev=Session.rev + 1)
        .execution_options(synchronize_session=False)
    )
    db.session.refresh(session, ["rev"])
    announce(SessionChanged(session.id))


def note(
    kind: str,
    session: Session,
    *,
    actor: Actor | None,
    now: datetime,
    seat: Seat | None = None,
    detail: str = "",
    quiet: bool = False,
) -> Act:
    """Write an act down: in the room's own list, and in the audit record without anybody's words.

    Args:
        actor: None for the scheduler.
        seat: whom it concerns; they are told unless `quiet`.
    """
    act = Act(
        session_id=session.id,
        staff_id=actor.staff_id if actor else None,
        seat_id=seat.id if seat else None,
        kind=kind,
        detail=detail[:300],
        at=now,
    )
    db.session.add(act)
    db.session.flush()
    audit.record(f"meeting.{kind}", actor=actor, now=now, target_type="session", target_id=session.id)
    if seat is not None and not quiet:
        announce(SeatTold(session.id, seat.id, kind, detail))
    return act
