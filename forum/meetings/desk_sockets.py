"""Socket.IO events of those who hold a room; each says by itself that they are there."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from forum.core import events
from forum.core.clock import utcnow
from forum.meetings import controls, keeping, queries, queue, seats
from forum.meetings.access import require_keeper
from forum.meetings.broadcast import render
from forum.meetings.models import Session
from forum.meetings.sockets import InRoom, actor_of, answer, session_of
from forum.moderation.actors import Actor
from forum.realtime.on import Caller, on
from forum.realtime.server import NAMESPACE_LIVE


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


class Lock(InRoom):
    """`meeting:door`."""

    locked: bool


def _held(caller: Caller, payload: InRoom) -> tuple[Session, Actor]:
    session, actor = session_of(caller, payload), actor_of(caller.staff)
    require_keeper(session, actor)
    keeping.heartbeat(session, caller.staff, utcnow())
    return session, actor


def _done(session: Session) -> dict[str, Any]:
    events.commit()
    return answer(session, for_desk=True)


@on("meeting:heartbeat", namespace=NAMESPACE_LIVE, schema=InRoom, access="meeting.run")
def heartbeat(caller: Caller, payload: InRoom) -> dict[str, Any]:
    """Say that somebody of the team is reading along."""
    session, _actor = _held(caller, payload)
    events.commit()
    return {"rev": session.rev, "seq": session.thread.seq if session.thread else 0}


@on("meeting:people", namespace=NAMESPACE_LIVE, schema=InRoom, access="meeting.run")
def people(caller: Caller, payload: InRoom) -> dict[str, Any]:
    """Say who is in the room, to choose somebody from; people asked out stay in the list."""
    session, _actor = _held(caller, payload)
    events.commit()
    return {"html": render("people_options", queries.list_here(session, utcnow(), and_asked_out=True))}


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
    controls.set_mode(session=session, mode=payload.mode, actor=actor, now=utcnow())
    return _done(session)


@on("meeting:pause", namespace=NAMESPACE_LIVE, schema=InRoom, access="meeting.run")
def pause(caller: Caller, payload: InRoom) -> dict[str, Any]:
    """Pause the room."""
    session, actor = _held(caller, payload)
    controls.pause(session=session, actor=actor, now=utcnow())
    return _done(session)


@on("meeting:resume", namespace=NAMESPACE_LIVE, schema=InRoom, access="meeting.run")
def resume(caller: Caller, payload: InRoom) -> dict[str, Any]:
    """Go on."""
    session, actor = _held(caller, payload)
    controls.resume(session=session, actor=actor, now=utcnow())
    return _done(session)


@on("meeting:slow", namespace=NAMESPACE_LIVE, schema=Slow, access="meeting.run")
def slow(caller: Caller, payload: Slow) -> dict[str, Any]:
    """Slow the room down."""
    session, actor = _held(caller, payload)
    controls.set_slow(session=session, seconds=payload.seconds, actor=actor, now=utcnow())
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
    controls.set_step(session=session, number=payload.n, actor=actor, now=utcnow())
    return _done(session)


@on("meeting:door", namespace=NAMESPACE_LIVE, schema=Lock, access="meeting.run")
def door(caller: Caller, payload: Lock) -> dict[str, Any]:
    """Close or open the door to newcomers."""
    session, actor = _held(caller, payload)
    controls.set_door(session=session, locked=payload.locked, actor=actor, now=utcnow())
    return _done(session)


@on("meeting:close", namespace=NAMESPACE_LIVE, schema=InRoom, access="meeting.run")
def close(caller: Caller, payload: InRoom) -> dict[str, Any]:
    """Begin the closing; asked again, close the room."""
    session, actor = _held(caller, payload)
    controls.end(session=session, actor=actor, now=utcnow())
    return _done(session)
