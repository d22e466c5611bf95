"""What one shift hands to the next: made from the tables when somebody goes off, read and ticked by whoever comes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update

from forum.core.db import db
from forum.core.errors import Conflict, NotFound
from forum.core.text import clean_text
from forum.moderation.actors import Actor
from forum.moderation.models import Case, HandOver

MAX_NOTE_CHARS = 2000
SHOWN_FOR = timedelta(days=2)


def facts_now(*, released: int, incidents: Sequence[str]) -> dict[str, Any]:
    """Return how things stand: what is urgent, what is watched, what waits. Numbers and case ids, nobody's words."""
    urgent = select(Case).where(Case.state.in_(("open", "second", "escalated")), Case.lane <= 1)
    watched = select(Case).where(Case.state == "watching").order_by(Case.wake_at)
    waiting = select(Case.lane, func.count()).where(Case.state != "resolved").group_by(Case.lane).order_by(Case.lane)
    held = select(func.count()).select_from(Case).where(Case.state != "resolved", Case.held)
    return {
        "urgent": [
            {"case": case.public_id, "lane": f"T{case.lane}", "since": case.queued_at.isoformat(timespec="minutes")}
            for case in db.session.scalars(urgent.order_by(Case.lane, Case.effective_at).limit(50))
        ],
        "watched": [
            {"case": case.public_id, "again": case.wake_at.isoformat(timespec="minutes") if case.wake_at else ""}
            for case in db.session.scalars(watched.limit(50))
        ],
        "waiting": {f"T{lane}": number for lane, number in db.session.execute(waiting)},
        "held": db.session.scalar(held) or 0,
        "released": released,
        "incidents": list(incidents),
    }


def make(*, actor: Actor, now: datetime, released: int, note: str = "", incidents: Sequence[str] = ()) -> HandOver:
    """Write down how things stand as somebody goes off."""
    row = HandOver(
        made_by_id=actor.staff_id,
        made_at=now,
        facts=facts_now(released=released, incidents=incidents),
        note=clean_text(note)[:MAX_NOTE_CHARS],
    )
    db.session.add(row)
    db.session.flush()
    return row


def unread_for(staff_id: int, now: datetime) -> list[HandOver]:
    """Return what others left within two days and nobody has read."""
    wanted = select(HandOver).where(
        HandOver.read_at.is_(None), HandOver.made_by_id != staff_id, HandOver.made_at > now - SHOWN_FOR
    )
    return list(db.session.scalars(wanted.order_by(HandOver.id.desc()).limit(10)))


def newest(*, limit: int = 5) -> list[HandOver]:
    """Return the newest, read or not."""
    return list(db.session.scalars(select(HandOver).order_by(HandOver.id.desc()).limit(limit)))


def tick(public_id: str, *, actor: Actor, now: datetime) -> None:
    """Note that somebody else has read it.

    Raises:
        NotFound: there is none, or it is one's own.
        Conflict: somebody has read it already.
    """
    row = db.session.scalar(select(HandOver).where(HandOver.public_id == public_id))
    if row is None or row.made_by_id == actor.staff_id:
        raise NotFound()
    won = db.session.scalar(
        update(HandOver)
        .where(HandOver.id == row.id, HandOver.read_at.is_(None))
        .values(read_by_id=actor.staff_id, read_at=now)
        .returning(HandOver.id)
        .execution_options(synchronize_session=False)
    )
    if won is None:
        raise Conflict("Somebody has read it already.")
    db.session.refresh(row)
