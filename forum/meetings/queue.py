"""The speaking queue: raising a hand, being called, having one's time, being done.

Truth is rows: two partial unique indexes allow one open hand per seat and one speaker per session, and every move is a
conditional update under the session's row lock. A restart, a lost connection or a new host changes nothing.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, update

from forum.core.db import db
from forum.core.errors import BadInput, Closed, Conflict, Forbidden, Paused
from forum.core.events import announce
from forum.meetings import queries
from forum.meetings.acts import note, touch
from forum.meetings.events import NodsChanged
from forum.meetings.formats import QUEUE_KINDS
from forum.meetings.models import IN_LINE, Nod, Seat, Session, Turn
from forum.moderation.actors import Actor
from forum.moderation.sql import insert_ignore

NODS = ("hear", "been", "with")
EXTEND = timedelta(minutes=2)
LONGEST_SHARE = timedelta(minutes=15)


def raise_hand(*, session: Session, seat: Seat, now: datetime) -> Turn:
    """Put somebody in line; raising a raised hand changes nothing.

    Raises:
        Closed, Paused, Forbidden: the room takes no hands now, or not theirs.
    """
    session = queries.hold(session.id)
    db.session.refresh(seat)
    _require_hands(session, seat, now)
    values = {
        "session_id": session.id,
        "seat_id": seat.id,
        "state": "waiting",
        "spoken_before": queries.turns_had(session, seat),
        "raised_at": now,
        "length_seconds": session.share_seconds,
    }
    made = insert_ignore(Turn, values, ("seat_id",), where=IN_LINE)
    if made is not None:
        seat.is_listening = False
        touch(session)
    turn = queries.open_turn(seat)
    if turn is None:
        raise Conflict
    return turn


def _require_hands(session: Session, seat: Seat, now: datetime) -> None:
    if session.status == "paused":
        raise Paused
    if session.status not in ("lobby", "open"):
        raise Closed("The queue is closed.")
    if seat.out_at is not None or seat.left_at is not None:
        raise Forbidden("Please take a seat first.")
    if seat.quiet_until is not None and seat.quiet_until > now:
        raise Forbidden("The host has asked you to pause for a while. You can raise a hand after that.")


def lower_hand(*, session: Session, seat: Seat, now: datetime) -> bool:
    """Take somebody out of the line, or let them pass when it is their turn; returns whether anything changed."""
    session = queries.hold(session.id)
    turn = queries.open_turn(seat)
    if turn is None:
        return False
    return _end(session, turn, "passed" if turn.state == "speaking" else "lowered", now)


def done(*, session: Session, seat: Seat, now: datetime) -> None:
    """End one's own share.

    Raises:
        Conflict: it is not their turn (any more).
    """
    session = queries.hold(session.id)
    turn = queries.speaker_of(session)
    if turn is None or turn.seat_id != seat.id:
        raise Conflict("It isn't your turn just now.")
    _end(session, turn, "done", now)


def call(*, session: Session, seat: Seat | None, actor: Actor | None, now: datetime) -> Turn:
    """Give somebody the word, or the next in line; whoever is speaking is thanked first.

    Raises:
        BadInput: no hand is up, or not theirs.
        Closed, Paused: nobody is called now.
    """
    session = queries.hold(session.id)
    if session.status == "paused":
        raise Paused
    if session.status != "open":
        raise Closed("People are called while the meeting is open.")
    line = queries.waiting(session)
    turn = next((one for one in line if seat is None or one.seat_id == seat.id), None)
    if turn is None:
        raise BadInput("Nobody has a hand up." if seat is None else "They have no hand up just now.", field="member")
    speaking = queries.speaker_of(session)
    if speaking is not None:
        _end(session, speaking, "done", now)
    _begin(turn, session, now)
    note("call", session, actor=actor, now=now, seat=turn.seat)
    touch(session)
    return turn


def _begin(turn: Turn, session: Session, now: datetime) -> None:
    moved: Any = db.session.execute(
        update(Turn)
        .where(Turn.id == turn.id, Turn.state == "waiting")
        .values(
            state="speaking",
            called_at=now,
            length_seconds=session.share_seconds,
            ends_at=now + timedelta(seconds=session.share_seconds),
        )
        .execution_options(synchronize_session=False)
    )
    db.session.refresh(turn)
    if not moved.rowcount:
        raise Conflict


def extend(*, session: Session, actor: Actor, now: datetime) -> Turn:
    """Give the speaker two minutes more.

    Raises:
        Conflict: nobody is speaking, or they have had a quarter of an hour.
    """
    session = queries.hold(session.id)
    turn = queries.speaker_of(session)
    if turn is None or turn.ends_at is None or turn.called_at is None:
        raise Conflict("Nobody is speaking just now.")
    if turn.ends_at + EXTEND - turn.called_at > LONGEST_SHARE:
        raise Conflict("They have had a long time already.")
    turn.ends_at, turn.length_seconds = max(turn.ends_at, now) + EXTEND, turn.length_seconds + 120
    note("extend", session, actor=actor, now=now, seat=turn.seat)
    touch(session)
    return turn


def thank(*, session: Session, actor: Actor | None, now: datetime, state: str = "done") -> None:
    """End the running share, if there is one."""
    session = queries.hold(session.id)
    turn = queries.speaker_of(session)
    if turn is not None:
        _end(session, turn, state, now)
        if actor is not None:
            note("thank", session, actor=actor, now=now, seat=turn.seat)


def drop(session: Session, seat: Seat, now: datetime) -> None:
    """Take somebody who left or was asked out from the line; the caller holds the row lock."""
    turn = queries.open_turn(seat)
    if turn is not None:
        _end(session, turn, "removed" if seat.out_at is not None else "left", now)


def clear(session: Session, now: datetime) -> int:
    """Lower every waiting hand, at the end; the caller holds the row lock."""
    gone: Any = db.session.execute(
        update(Turn)
        .where(Turn.session_id == session.id, Turn.state == "waiting")
        .values(state="lowered", ended_at=now)
        .execution_options(synchronize_session=False)
    )
    return int(gone.rowcount)


def shift(session: Session, by: timedelta) -> None:
    """Give the speaker back the time a pause took; the caller holds the row lock."""
    turn = queries.speaker_of(session)
    if turn is not None and turn.ends_at is not None:
        turn.ends_at += by


def _end(session: Session, turn: Turn, state: str, now: datetime) -> bool:
    ended: Any = db.session.execute(
        update(Turn)
        .where(Turn.id == turn.id, Turn.state == turn.state)
        .values(state=state, ended_at=now)
        .execution_options(synchronize_session=False)
    )
    db.session.refresh(turn)
    if ended.rowcount:
        touch(session)
    return bool(ended.rowcount)


def takes_turns(session: Session) -> bool:
    """Tell whether people are called one after the other just now."""
    return bool(session.steps) and session.steps[session.step]["kind"] in QUEUE_KINDS


def nod(*, session: Session, seat: Seat, kind: str, now: datetime) -> bool:
    """Nod at the person who is sharing, or take it back; returns whether it stands.

    Raises:
        BadInput: unknown kind, or at oneself.
        Conflict: nobody is sharing.
    """
    if kind not in NODS:
        raise BadInput("That isn't one of the nods.", field="kind")
    turn = queries.speaker_of(session)
    if turn is None:
        raise Conflict("Nods are for while somebody shares.")
    if turn.seat_id == seat.id:
        raise BadInput("These are for other people's words.", field="kind")
    where = (Nod.turn_id == turn.id, Nod.seat_id == seat.id, Nod.kind == kind)
    gone: Any = db.session.execute(delete(Nod).where(*where))
    if not gone.rowcount:
        db.session.add(Nod(turn_id=turn.id, seat_id=seat.id, kind=kind))
    db.session.flush()
    announce(NodsChanged(session.id, turn.id))
    return not gone.rowcount
