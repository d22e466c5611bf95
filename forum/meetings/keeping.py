"""What the team does for a room besides the line: being there, welcoming, taking words down, side rooms."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from forum.core.db import db
from forum.core.errors import BadInput, Closed, Conflict, NotFound
from forum.core.events import announce
from forum.core.ids import new_public_id
from forum.discussions import judging, operations, team
from forum.discussions.models import PUBLIC, Post, Thread
from forum.identity.models import Member, Staff
from forum.identity.roles import may
from forum.meetings import queries
from forum.meetings.acts import note, touch
from forum.meetings.events import SeatTold
from forum.meetings.models import LIVE, Keeper, Seat, Session, SideRoom
from forum.moderation import duty, signals
from forum.moderation.actors import Actor
from forum.moderation.cases import Incoming, open_or_merge
from forum.moderation.reasons import get_reason

BEAT_EVERY = timedelta(seconds=8)
THERE = timedelta(seconds=60)


def heartbeat(session: Session, staff: Staff, now: datetime) -> bool:
    """Note that somebody of the team is reading along; returns whether anything was written."""
    duty.heartbeat(staff_id=staff.id, now=now)
    keeper = queries.keeper_of(session, staff.id)
    if keeper is None:
        role = "host" if session.host_id == staff.id else "moderator" if may(staff.role, "case.hide") else "cohost"
        keeper = Keeper(session_id=session.id, staff_id=staff.id, role=role)
        db.session.add(keeper)
    if keeper.heartbeat_at is not None and now - keeper.heartbeat_at < BEAT_EVERY:
        return False
    keeper.heartbeat_at = now
    db.session.flush()
    return True


def is_there(keeper: Keeper, now: datetime) -> bool:
    """Tell whether somebody of the team was heard from in the last minute."""
    return keeper.heartbeat_at is not None and now - keeper.heartbeat_at < THERE


def make_host(*, session: Session, staff: Staff, name: str, actor: Actor, now: datetime) -> None:
    """Hand a session to somebody: they hold it from now on; whoever held it stays as a co-host.

    The line, the speaker and everybody's place stay as they are.

    Raises:
        BadInput: this account may not hold meetings.
    """
    if not may(staff.role, "meeting.run") or not staff.is_active:
        raise BadInput("This account can't hold meetings.", field="staff")
    session = queries.hold(session.id)
    for keeper in queries.list_keepers(session):
        if keeper.role == "host":
            keeper.role = "cohost"
    _set_role(session, staff, "host")
    session.host_id, session.host_name = staff.id, name[:60] or session.host_name
    note("handover", session, actor=actor, now=now)
    touch(session)


def add_cohost(*, session: Session, staff: Staff, actor: Actor, now: datetime) -> None:
    """Let somebody help to hold a session.

    Raises:
        BadInput: this account may not hold meetings.
    """
    if not may(staff.role, "meeting.run") or not staff.is_active:
        raise BadInput("This account can't hold meetings.", field="staff")
    if staff.id != session.host_id:
        _set_role(session, staff, "cohost")
        note("cohost", session, actor=actor, now=now)


def _set_role(session: Session, staff: Staff, role: str) -> None:
    keeper = queries.keeper_of(session, staff.id)
    if keeper is None:
        db.session.add(Keeper(session_id=session.id, staff_id=staff.id, role=role))
    else:
        keeper.role = role
    db.session.flush()


def find_helper(public_id: str) -> Staff:
    """Return a staff account by id.

    Raises:
        NotFound: there is none.
    """
    found = db.session.scalar(select(Staff).where(Staff.public_id == public_id))
    if found is None:
        raise NotFound
    return found


def list_helpers() -> list[Staff]:
    """Return everybody who may hold meetings."""
    rows = db.session.scalars(select(Staff).where(Staff.is_active).order_by(Staff.name))
    return [staff for staff in rows if may(staff.role, "meeting.run")]


# ── Words ───────────────────────────────────────────────────────────────────────────────────────────────────────


def speak(*, session: Session, staff: Staff, body: str, client_id: str, now: datetime) -> Post:
    """Say something to the whole room as its host.

    Raises:
        Closed: there is no room to speak in.
        BadInput: no words, or too many.
    """
    thread = _thread(session)
    again = operations.find_own(staff_id=staff.id, client_id=client_id)
    if again is not None:
        return again
    _require_words(body)
    return team.speak_as_team(thread, staff=staff, body=body, client_id=client_id, now=now)


def whisper(*, session: Session, seat: Seat, staff: Staff, body: str, actor: Actor, now: datetime) -> Post:
    """Say something to one person in the room, for instance a welcome. It is logged, and they can show it to anybody.

    Raises:
        Closed, BadInput: as for `speak`.
    """
    _require_words(body)
    post = team.speak_as_team(
        _thread(session), staff=staff, body=body, client_id=f"w-{new_public_id()}", now=now, only_for=seat.member
    )
    note("welcome", session, actor=actor, now=now, seat=seat, quiet=True)
    announce(SeatTold(session.id, seat.id, "whisper", post.public_id))
    return post


def _thread(session: Session) -> Thread:
    if session.status not in LIVE or session.thread is None:
        raise Closed("The doors of this meeting aren't open.")
    return session.thread


def _require_words(body: str) -> None:
    if not body.strip():
        raise BadInput("There's nothing here yet. One line is fine.", field="body")
    if len(body) > 2_000:
        raise BadInput("That's long for a room. 2,000 characters fit.", field="body")


def remove(*, session: Session, post_id: str, reason: str, actor: Actor, now: datetime) -> Post:
    """Take a line down at once; its author reads why, and a moderator looks at it again.

    Raises:
        NotFound: not a line of this room that others can read.
        BadInput: no reason chosen.
    """
    post = db.session.scalar(select(Post).where(Post.public_id == post_id, Post.thread_id == session.thread_id))
    if post is None or post.visibility not in PUBLIC:
        raise NotFound
    code = get_reason(reason).code
    operations.set_visibility(post, "hidden", now, reason_code=code)
    remark = signals.from_system("removed_by_host", "The host of a meeting took this line down.", key=post.revision)
    incoming = Incoming(lane=3, reason="removed_by_host", signals=(remark,), automated=False)
    open_or_merge(judging.target_of(post), incoming, now=now)
    seat = queries.seat_of(session, post.author) if post.author else None
    note("remove", session, actor=actor, now=now, seat=seat, detail=code)
    return post


# ── Side room ───────────────────────────────────────────────────────────────────────────────────────────────────


def open_side_room(*, session: Session, seat: Seat, second: Staff | None, actor: Actor, now: datetime) -> SideRoom:
    """Ask somebody into a quiet room with two of the team. Never one and one.

    Args:
        second: the other one of the team; whoever else is in the room or on duty when left out.

    Raises:
        Conflict: there is nobody else.
        Closed: the meeting isn't open.
    """
    _thread(session)
    found = queries.side_room_of(session, seat.member)
    if found is not None:
        return found
    second_id = second.id if second else _somebody_else(session, actor.staff_id, now)
    if second_id is None or second_id == actor.staff_id:
        raise Conflict("A side room needs two of the team. Nobody else is here just now.")
    room = _side_room(session, seat.member, actor.staff_id, second_id, now)
    note("side_room", session, actor=actor, now=now, seat=seat)
    return room


def _somebody_else(session: Session, staff_id: int, now: datetime) -> int | None:
    here = [k.staff_id for k in queries.list_keepers(session) if is_there(k, now) and k.staff_id != staff_id]
    on = [one.staff_id for one in duty.list_on(now) if one.staff_id != staff_id]
    return next(iter([*here, *on]), None)


def _side_room(session: Session, member: Member, first_id: int, second_id: int, now: datetime) -> SideRoom:
    thread = Thread(kind="meeting", title="", content_note="", visibility="live", started_at=now, bumped_at=now, seq=0)
    db.session.add(thread)
    db.session.flush()
    again = db.session.scalar(
        select(SideRoom).where(SideRoom.session_id == session.id, SideRoom.member_id == member.id)
    )
    if again is not None:
        again.closed_at, again.thread_id, again.opened_at = None, again.thread_id or thread.id, now
        return again
    room = SideRoom(
        session_id=session.id,
        member_id=member.id,
        thread_id=thread.id,
        opened_by_id=first_id,
        second_id=second_id,
        opened_at=now,
    )
    db.session.add(room)
    db.session.flush()
    return room


def answer_in_side_room(*, room: SideRoom, staff: Staff, body: str, client_id: str, now: datetime) -> Post:
    """Say something in a side room.

    Raises:
        Closed: it is closed.
        BadInput: no words, or too many.
    """
    if room.thread is None or room.closed_at is not None:
        raise Closed("This side room is closed.")
    _require_words(body)
    client_id = client_id[:64] or f"s-{new_public_id()}"
    again = operations.find_own(staff_id=staff.id, client_id=client_id)
    if again is not None:
        return again
    return team.speak_as_team(room.thread, staff=staff, body=body, client_id=client_id, now=now)


def close_side_room(*, session: Session, room: SideRoom, actor: Actor | None, now: datetime) -> None:
    """Close a side room; either side may."""
    room.closed_at = now
    if room.thread is not None:
        operations.close_thread(room.thread, now)
    note("side_closed", session, actor=actor, now=now)
