"""Reads around the line of a room: one member's turn at a moment, nods, rough waits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from forum.core.db import db
from forum.meetings.models import Nod, Seat, Session, Turn


def turns_at(session: Session, member_id: int | None, moment: datetime) -> list[Turn]:
    """Return the turn one member had at a moment, if any: what a single line needs to know."""
    if member_id is None:
        return []
    query = select(Turn).join(Seat, Seat.id == Turn.seat_id).where(
        Turn.session_id == session.id, Seat.member_id == member_id, Turn.called_at <= moment
    )  # fmt: skip
    return list(db.session.scalars(query.order_by(Turn.called_at.desc()).limit(1)))


def nods_of(turn: Turn | None) -> dict[str, int]:
    """Return the nods of a turn by kind."""
    if turn is None:
        return {}
    rows = db.session.execute(select(Nod.kind, func.count()).where(Nod.turn_id == turn.id).group_by(Nod.kind))
    return {kind: count for kind, count in rows}  # noqa: C416 - rows are not pairs to the type checker


def own_nods(turn: Turn | None, seat: Seat | None) -> frozenset[str]:
    """Return how somebody has nodded at a turn."""
    if turn is None or seat is None:
        return frozenset()
    return frozenset(db.session.scalars(select(Nod.kind).where(Nod.turn_id == turn.id, Nod.seat_id == seat.id)))


@dataclass(frozen=True, slots=True)
class Wait:
    """How long somebody in line waits, roughly."""

    position: int
    minutes: int


def waits(session: Session, line: Sequence[Turn], speaker: Turn | None, now: datetime) -> list[Wait]:
    """Return rough waits by position: what is left of the running share, then full shares."""
    running = max(0.0, (speaker.ends_at - now).total_seconds()) if speaker and speaker.ends_at else 0.0
    return [
        Wait(number, round((running + (number - 1) * session.share_seconds) / 60)) for number, _ in enumerate(line, 1)
    ]
