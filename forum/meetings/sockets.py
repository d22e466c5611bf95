"""Socket.IO events of a room. Which room a connection is in was said when it joined; who sends is read every time."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_socketio import join_room, leave_room
from pydantic import Field

from forum.boundaries.reading import NOTHING, Boundaries, boundaries_of
from forum.core import events
from forum.core.clock import utcnow
from forum.core.errors import NotFound
from forum.discussions.broadcast import own_channel
from forum.discussions.sockets import replay, seen_from
from forum.identity.login import principal_from_cookies
from forum.identity.models import Member, Staff
from forum.identity.roles import may
from forum.meetings import keeping, queries, queue, seats
from forum.meetings.access import require_keeper, seat_for
from forum.meetings.broadcast import hear_no_more, state_payload
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


class NodAt(InRoom):
    """`meeting:nod`."""

    kind: str = Field(max_length=12)


# ── Coming in ───────────────────────────────────────────────────────────────────────────────────────────────────


@on("meeting:join", namespace=NAMESPACE_LIVE, schema=Join, access="guest")
def join(caller: Caller, payload: Join) -> dict[str, Any]:
    """Take a seat, or come back to it; answers with the room's state and everything said since `after`."""
    session = queries.get_session(payload.session)
    now = utcnow()
    if payload.desk:
        staff = _staff(caller.sid)
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
    state = answer(session, for_desk=payload.desk)
    return {**state, **_thread_news(session, payload.after, None if payload.desk else caller.member)}


def _reads_alone(session: Session, reader: Boundaries) -> bool:
    """Tell whether lines made for everybody are not for this reader: they ask for each one and get what is theirs."""
    return bool(reader.muted or reader.words or queries.seated_among(session, reader.unseen))


def _staff(sid: str) -> Staff:
    """Return who of the team asks; their socket is closed with their staff session from now on, too."""
    principal = principal_from_cookies(request.cookies, "staff")
    if principal is None or principal.staff is None or not may(principal.staff.role, "meeting.run"):
        raise NotFound
    connections.bind(sid, principal.row.digest)
    return principal.staff


def _thread_news(session: Session, after: int, member: Member | None) -> dict[str, Any]:
    """Open the room's thread live and catch up on what was said; the team (None) reads all of it."""
    if session.thread is None:
        return {}
    reader = boundaries_of(member) if member is not None else NOTHING
    since = seen_from(member, session.thread)
    channels = [thread_channel(session.thread.public_id), own_channel(session.thread.public_id)]
    mine, other = channels[::-1] if _reads_alone(session, reader) else channels
    join_room(mine)  # before reading, so that nothing falls between
    leave_room(other)
    return {"thread": session.thread.public_id, **replay(session.thread, after, reader, since=since)}


def actor_of(staff: Staff) -> Actor:
    """Return somebody of the team as operations see them."""
    return Actor(staff.id, staff.role, staff.name)


def session_of(caller: Caller, payload: InRoom) -> Session:
    """Return the session an event is about: the one it names, or the one this connection joined."""
    found = connections.get(caller.sid)
    name = payload.session or (found.data.get(JOINED, "") if found else "")
    return queries.get_session(name)


def answer(session: Session, *, for_desk: bool = False) -> dict[str, Any]:
    """Return the room's state as it is now, for an ack."""
    fresh = queries.get_session(session.public_id)
    return {"state": state_payload(state_of(fresh, utcnow()), for_desk=for_desk)}


def _mine(caller: Caller, payload: InRoom) -> tuple[Session, Seat]:
    session = session_of(caller, payload)
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
    hear_no_more(session, caller.member)


# ── Speaking ────────────────────────────────────────────────────────────────────────────────────────────────────


@on("meeting:raise_hand", namespace=NAMESPACE_LIVE, schema=InRoom, access="member")
def raise_hand(caller: Caller, payload: InRoom) -> dict[str, Any]:
    """Get in line."""
    session, seat = _mine(caller, payload)
    queue.raise_hand(session=session, seat=seat, now=utcnow())
    events.commit()
    return answer(session)


@on("meeting:lower_hand", namespace=NAMESPACE_LIVE, schema=InRoom, access="member")
def lower_hand(caller: Caller, payload: InRoom) -> dict[str, Any]:
    """Get out of the line, or pass when called."""
    session, seat = _mine(caller, payload)
    queue.lower_hand(session=session, seat=seat, now=utcnow())
    events.commit()
    return answer(session)


@on("meeting:done", namespace=NAMESPACE_LIVE, schema=InRoom, access="member")
def done(caller: Caller, payload: InRoom) -> dict[str, Any]:
    """End one's own share."""
    session, seat = _mine(caller, payload)
    queue.done(session=session, seat=seat, now=utcnow())
    events.commit()
    return answer(session)


@on("meeting:nod", namespace=NAMESPACE_LIVE, schema=NodAt, access="member")
def nod(caller: Caller, payload: NodAt) -> dict[str, Any]:
    """Nod at whoever is sharing."""
    session, seat = _mine(caller, payload)
    stands = queue.nod(session=session, seat=seat, kind=payload.kind, now=utcnow())
    events.commit()
    return {"on": stands}
