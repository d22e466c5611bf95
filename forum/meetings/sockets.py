"""Socket.IO events of a room. Which room a connection is in was said when it joined; who sends is read every time."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_socketio import join_room
from pydantic import Field

from forum.core import events
from forum.core.clock import utcnow
from forum.core.errors import NotFound
from forum.discussions.sockets import replay
from forum.identity.login import principal_from_cookies
from forum.identity.models import Staff
from forum.identity.roles import may
from forum.meetings import keeping, queries, queue, running, seats
from forum.meetings.access import require_keeper, seat_for
from forum.meetings.broadcast import state_payload
from forum.meetings.channels import desk_channel, room_channel
from forum.meetings.models import Seat, Session
from forum.meetings.state import state_of
from forum.moderation.actors import Actor
from forum.realtime.channels import thread_channel
from forum.realtime.connections import connections
from forum.realtime.on import Caller, Payload, on
from forum.realtime.server import NAMESPACE_LIVE

JOINED = "meeting"


class InRoom(Payload):
    """Base of all events inside a room; the session may be left out after joining."""

    session: str = Field(default="", max_length=64)


class Join(Payload):
    """`meeting:join`."""

    session: str = Field(max_length=64)
    after: int = Field(default=0, ge=0)
    """The last number of the thread this browser has."""
    desk: bool = False


class Person(InRoom):
    """An event about somebody in the room."""

    member: str = Field(default="", max_length=64)


class Mode(InRoom):
    """`meeting:mode`."""

    mode: str = Field(max_length=16)


class Slow(InRoom):
    """`meeting:slow`."""

    seconds: int = Field(ge=0, le=60)


class TimeOut(Person):
    """`meeting:timeout`: 10 minutes unless said otherwise; 0 for the rest of the session."""

    minutes: int = Field(default=10, ge=0, le=10)
    why: str = Field(default="", max_length=300)


class StepTo(InRoom):
    """`meeting:step`."""

    n: int = Field(ge=0, le=50)


class NodAt(InRoom):
    """`meeting:nod`."""

    kind: str = Field(max_length=12)


class Lock(InRoom):
    """`meeting:door`."""

    locked: bool


# ── Coming in ───────────────────────────────────────────────────────────────────────────────────────────────────


@on("meeting:join", namespace=NAMESPACE_LIVE, schema=Join, access="guest")
def join(caller: Caller, payload: Join) -> dict[str, Any]:
    """Take a seat, or come back to it; answers with the room's state and everything said since `after`."""
    session = queries.get_session(payload.session)
    now = utcnow()
    if payload.desk:
        staff = _staff()
        require_keeper(session, actor_of(staff))
        keeping.heartbeat(session, staff, now)
        join_room(desk_channel(session.public_id))
    else:
        seats.join(session=session, member=caller.member, now=now)
        join_room(room_channel(session.public_id))
    events.commit()
    found = connections.get(caller.sid)
    if found is not None:
        found.data[JOINED] = session.public_id
    return {**_answer(session, for_desk=payload.desk), **_thread_news(session, payload.after)}


def _staff() -> Staff:
    principal = principal_from_cookies(request.cookies, "staff")
    if principal is None or principal.staff is None or not may(principal.staff.role, "meeting.run"):
        raise NotFound
    return principal.staff


def _thread_news(session: Session, after: int) -> dict[str, Any]:
    """Open the room's thread live and catch up on what was said."""
    if session.thread is None:
        return {}
    join_room(thread_channel(session.thread.public_id))  # before reading, so that nothing falls between
    return {"thread": session.thread.public_id, **replay(session.thread, after)}


def actor_of(staff: Staff) -> Actor:
    """Return somebody of the team as operations see them."""
    return Actor(staff.id, staff.role, staff.name)


def _session(caller: Caller, payload: InRoom) -> Session:
    found = connections.get(caller.sid)
    name = payload.session or (found.data.get(JOINED, "") if found else "")
    return queries.get_session(name)


def _answer(session: Session, *, for_desk: bool = False) -> dict[str, Any]:
    fresh = queries.get_session(session.public_id)
    return {"state": state_payload(state_of(fresh, utcnow()), for_desk=for_desk)}


def _mine(caller: Caller, payload: InRoom) -> tuple[Session, Seat]:
    session = _session(caller, payload)
    return session, seat_for(session, caller.member)


@on("meeting:here", namespace=NAMESPACE_LIVE, schema=InRoom, access="member")
def here(caller: Caller, payload: InRoom) -> dict[str, Any]:
    """Say that one is still there, once a minute; the revision tells whether something was missed."""
    session, seat = _mine(caller, payload)
    if seats.seen(seat, utcnow()):
        events.commit()
    return {"rev": session.rev, "seq": session.thread.seq if session.thread else 0}


@on("meeting:leave", namespace=NAMESPACE_LIVE, schema=InRoom, access="member")
def leave(caller: Caller, payload: InRoom) -> None:
    """Leave quietly."""
    session, seat = _mine(caller, payload)
    seats.leave(session=session, seat=seat, now=utcnow())
    events.commit()


# ── Speaking ────────────────────────────────────────────────────────────────────────────────────────────────────


@on("meeting:raise_hand", namespace=NAMESPACE_LIVE, schema=InRoom, access="member")
def raise_hand(caller: Caller, payload: InRoom) -> dict[str, Any]:
    """Get in line."""
    session, seat = _mine(caller, payload)
    queue.raise_hand(session=session, seat=seat, now=utcnow())
    events.commit()
    return _answer(session)


@on("meeting:lower_hand", namespace=NAMESPACE_LIVE, schema=InRoom, access="member")
def lower_hand(caller: Caller, payload: InRoom) -> dict[str, Any]:
    """Get out of the line, or pass when called."""
    session, seat = _mine(caller, payload)
    queue.lower_hand(session=session, seat=seat, now=utcnow())
    events.commit()
    return _answer(session)


@on("meeting:done", namespace=NAMESPACE_LIVE, schema=InRoom, access="member")
def done(caller: Caller, payload: InRoom) -> dict[str, Any]:
    """End one's own share."""
    session, seat = _mine(caller, payload)
    queue.done(session=session, seat=seat, now=utcnow())
    events.commit()
    return _answer(session)


@on("meeting:nod", namespace=NAMESPACE_LIVE, schema=NodAt, access="member")
def nod(caller: Caller, payload: NodAt) -> dict[str, Any]:
    """Nod at whoever is sharing."""
    session, seat = _mine(caller, payload)
    stands = queue.nod(session=session, seat=seat, kind=payload.kind, now=utcnow())
    events.commit()
    return {"on": stands}


# ── Holding the room ────────────────────────────────────────────────────────────────────────────────────────────


def _held(caller: Caller, payload: InRoom) -> tuple[Session, Actor]:
    session, actor = _session(caller, payload), actor_of(caller.staff)
    require_keeper(session, actor)
    keeping.heartbeat(session, caller.staff, utcnow())
    return session, actor


def _done(session: Session) -> dict[str, Any]:
    events.commit()
    return _answer(session, for_desk=True)


@on("meeting:heartbeat", namespace=NAMESPACE_LIVE, schema=InRoom, access="meeting.run")
def heartbeat(caller: Caller, payload: InRoom) -> dict[str, Any]:
    """Say that somebody of the team is reading along."""
    session, _actor = _held(caller, payload)
    events.commit()
    return {"rev": session.rev, "seq": session.thread.seq if session.thread else 0}


@on("meeting:call", namespace=NAMESPACE_LIVE, schema=Person, access="meeting.run")
def call(caller: Caller, payload: Person) -> dict[str, Any]:
    """Give somebody the word, or the next in line."""
    session, actor = _held(caller, payload)
    seat = queries.find_seat(session, payload.member) if payload.member else None
    queue.call(session=session, seat=seat, actor=actor, now=utcnow())
    return _done(session)


@on("meeting:thank", namespace=NAMESPACE_LIVE, schema=InRoom, access="meeting.run")
def thank(caller: Caller, payload: InRoom) -> dict[str, Any]:
    """Thank the speaker and end the share."""
    session, actor = _held(caller, payload)
    queue.thank(session=session, actor=actor, now=utcnow())
    return _done(session)


@on("meeting:extend", namespace=NAMESPACE_LIVE, schema=InRoom, access="meeting.run")
def extend(caller: Caller, payload: InRoom) -> dict[str, Any]:
    """Give the speaker two minutes more."""
    session, actor = _held(caller, payload)
    queue.extend(session=session, actor=actor, now=utcnow())
    return _done(session)


@on("meeting:mode", namespace=NAMESPACE_LIVE, schema=Mode, access="meeting.run")
def mode(caller: Caller, payload: Mode) -> dict[str, Any]:
    """Change cross-talk, or who calls."""
    session, actor = _held(caller, payload)
    running.set_mode(session=session, mode=payload.mode, actor=actor, now=utcnow())
    return _done(session)


@on("meeting:pause", namespace=NAMESPACE_LIVE, schema=InRoom, access="meeting.run")
def pause(caller: Caller, payload: InRoom) -> dict[str, Any]:
    """Pause the room."""
    session, actor = _held(caller, payload)
    running.pause(session=session, actor=actor, now=utcnow())
    return _done(session)


@on("meeting:resume", namespace=NAMESPACE_LIVE, schema=InRoom, access="meeting.run")
def resume(caller: Caller, payload: InRoom) -> dict[str, Any]:
    """Go on."""
    session, actor = _held(caller, payload)
    running.resume(session=session, actor=actor, now=utcnow())
    return _done(session)


@on("meeting:slow", namespace=NAMESPACE_LIVE, schema=Slow, access="meeting.run")
def slow(caller: Caller, payload: Slow) -> dict[str, Any]:
    """Slow the room down."""
    session, actor = _held(caller, payload)
    running.set_slow(session=session, seconds=payload.seconds, actor=actor, now=utcnow())
    return _done(session)


@on("meeting:timeout", namespace=NAMESPACE_LIVE, schema=TimeOut, access="meeting.run")
def time_out(caller: Caller, payload: TimeOut) -> dict[str, Any]:
    """Ask somebody to pause, or to sit this one out."""
    session, actor = _held(caller, payload)
    seat = queries.find_seat(session, payload.member)
    minutes = payload.minutes or None
    seats.time_out(session=session, seat=seat, minutes=minutes, actor=actor, now=utcnow(), why=payload.why)
    return _done(session)


@on("meeting:step", namespace=NAMESPACE_LIVE, schema=StepTo, access="meeting.run")
def step(caller: Caller, payload: StepTo) -> dict[str, Any]:
    """Move to a step of the agenda; 0 is the first."""
    session, actor = _held(caller, payload)
    running.set_step(session=session, number=payload.n, actor=actor, now=utcnow())
    return _done(session)


@on("meeting:door", namespace=NAMESPACE_LIVE, schema=Lock, access="meeting.run")
def door(caller: Caller, payload: Lock) -> dict[str, Any]:
    """Close or open the door to newcomers."""
    session, actor = _held(caller, payload)
    running.set_door(session=session, locked=payload.locked, actor=actor, now=utcnow())
    return _done(session)


@on("meeting:close", namespace=NAMESPACE_LIVE, schema=InRoom, access="meeting.run")
def close(caller: Caller, payload: InRoom) -> dict[str, Any]:
    """Begin the closing; asked again, close the room."""
    session, actor = _held(caller, payload)
    running.end(session=session, actor=actor, now=utcnow())
    return _done(session)
