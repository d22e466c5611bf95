"""Reads: the timetable, one room, its people and its line."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import bindparam, func, select, update

from forum.core.db import db
from forum.core.errors import NotFound
from forum.identity.models import Member
from forum.meetings.models import LIVE, Keeper, Mood, Norms, Reminder, Seat, Series, Session, SideRoom, Turn
from forum.moderation.models import DutyShift

PRESENT = timedelta(seconds=150)
"""A browser tells us it is there every minute; after two and a half without a word the chair counts as free."""
NORMS_VERSION = 1


# ── Timetable ───────────────────────────────────────────────────────────────────────────────────────────────────


def get_series(public_id: str) -> Series:
    """Return a series.

    Raises:
        NotFound: there is none.
    """
    found = db.session.scalar(select(Series).where(Series.public_id == public_id))
    if found is None:
        raise NotFound
    return found


def get_session(public_id: str) -> Session:
    """Return a session, as the database holds it now.

    Raises:
        NotFound: there is none.
    """
    wanted = select(Session).where(Session.public_id == public_id).execution_options(populate_existing=True)
    found = db.session.scalar(wanted)
    if found is None:
        raise NotFound
    return found


def hold(session_id: int) -> Session:
    """Take a session's row lock for this transaction and return it fresh: acts in one room never interleave."""
    db.session.execute(
        update(Session)
        .where(Session.id == session_id)
        .values(rev=Session.rev)
        .execution_options(synchronize_session=False)
    )
    return db.session.get_one(Session, session_id, populate_existing=True)


def list_sessions(since: datetime, until: datetime) -> list[Session]:
    """Return sessions that start between two times, or are going on, soonest first."""
    query = (
        select(Session)
        .join(Series)
        .where(Session.starts_at < until, (Session.starts_at >= since) | Session.status.in_(LIVE))
        .where(Series.is_running | Session.status.in_(LIVE))
        .order_by(Session.starts_at, Session.id)
    )
    return [one for one in db.session.scalars(query) if one.status != "closed"]


def list_series(*, running_only: bool = True) -> list[Series]:
    """Return all series by name."""
    query = select(Series).order_by(Series.name)
    return list(db.session.scalars(query.where(Series.is_running) if running_only else query))


def next_sessions(series: Series, now: datetime, limit: int = 6) -> list[Session]:
    """Return a series' coming sessions."""
    query = (
        select(Session)
        .where(Session.series_id == series.id, Session.ends_at > now, Session.status != "closed")
        .order_by(Session.starts_at)
        .limit(limit)
    )
    return list(db.session.scalars(query))


def usual_size(series: Series, last: int = 5) -> int:
    """Return how many people came to the last sessions, by their middle one; 0 while there were fewer than three."""
    query = select(Session.came).where(Session.series_id == series.id, Session.status == "closed", Session.came > 0)
    found = sorted(db.session.scalars(query.order_by(Session.starts_at.desc()).limit(last)))
    return found[len(found) // 2] if len(found) >= 3 else 0


def live_sessions(series_id: int) -> list[Session]:
    """Return the sessions of a series whose doors are open."""
    return list(db.session.scalars(select(Session).where(Session.series_id == series_id, Session.status.in_(LIVE))))


def reminded_series(member: Member | None) -> frozenset[int]:
    """Return the series a member wants to be told of."""
    if member is None:
        return frozenset()
    return frozenset(db.session.scalars(select(Reminder.series_id).where(Reminder.member_id == member.id)))


def reminder_members(series_id: int) -> tuple[int, ...]:
    """Return who wants to be told of a series."""
    return tuple(db.session.scalars(select(Reminder.member_id).where(Reminder.series_id == series_id)))


# ── People ──────────────────────────────────────────────────────────────────────────────────────────────────────


def seat_of(session: Session, member: Member | None) -> Seat | None:
    """Return a member's seat, also one they have left."""
    if member is None:
        return None
    return db.session.scalar(select(Seat).where(Seat.session_id == session.id, Seat.member_id == member.id))


def find_seat(session: Session, name: str) -> Seat:
    """Return the seat of somebody in the room, by its own id, the member's id or the handle.

    Raises:
        NotFound: nobody of that name has a seat here.
    """
    query = select(Seat).join(Member).where(Seat.session_id == session.id)
    found = db.session.scalar(
        query.where((Seat.public_id == name) | (Member.public_id == name) | (Member.handle == name)).limit(1)
    )
    if found is None:
        raise NotFound("Nobody of that name is in this room.")
    return found


def is_here(seat: Seat, now: datetime) -> bool:
    """Tell whether somebody is in the room, as far as their browser says."""
    return seat.left_at is None and seat.out_at is None and seat.seen_at > now - PRESENT


def count_here(session: Session, now: datetime) -> int:
    """Count the people in the room."""
    query = select(func.count()).where(
        Seat.session_id == session.id, Seat.left_at.is_(None), Seat.out_at.is_(None), Seat.seen_at > now - PRESENT
    )
    return db.session.scalar(query) or 0


def list_here(session: Session, now: datetime, *, and_asked_out: bool = False) -> list[Seat]:
    """Return the seats of those in the room, in the order they came; the host may ask back who was asked out."""
    here = Seat.left_at.is_(None) & Seat.out_at.is_(None) & (Seat.seen_at > now - PRESENT)
    wanted = here | Seat.out_at.is_not(None) if and_asked_out else here
    return list(db.session.scalars(select(Seat).where(Seat.session_id == session.id, wanted).order_by(Seat.id)))


def seated_among(session: Session, member_ids: Collection[int]) -> tuple[int, ...]:
    """Return which of these members have a seat in a session."""
    if not member_ids:
        return ()
    query = select(Seat.member_id).where(
        Seat.session_id == session.id, Seat.left_at.is_(None), Seat.member_id.in_(member_ids)
    )
    return tuple(db.session.scalars(query))


def has_read_norms(member: Member) -> bool:
    """Tell whether a member has read how meetings go."""
    row = db.session.get(Norms, member.id)
    return row is not None and row.version >= NORMS_VERSION


def mood_of(session: Session, member: Member | None) -> Mood | None:
    """Return what a member noted about this session, for their own eyes."""
    if member is None:
        return None
    return db.session.scalar(select(Mood).where(Mood.session_id == session.id, Mood.member_id == member.id))


# ── Team ────────────────────────────────────────────────────────────────────────────────────────────────────────


def keeper_of(session: Session, staff_id: int) -> Keeper | None:
    """Return somebody's part in holding a session."""
    return db.session.get(Keeper, (session.id, staff_id))


def list_keepers(session: Session) -> list[Keeper]:
    """Return the team of a room."""
    return list(db.session.scalars(select(Keeper).where(Keeper.session_id == session.id).order_by(Keeper.staff_id)))


def heartbeats(session: Session, now: datetime) -> list[datetime]:
    """Return when each of the team was last heard from, newest first.

    The first counts only in the room itself: somebody must be reading along. A second may be on duty elsewhere.
    """
    rows = db.session.execute(
        select(Keeper.staff_id, Keeper.heartbeat_at).where(
            Keeper.session_id == session.id, Keeper.heartbeat_at.is_not(None)
        )
    )
    inside = {staff_id: beat for staff_id, beat in rows if beat is not None}
    if not inside:
        return []
    first = max(inside, key=lambda staff_id: inside[staff_id])
    on = db.session.execute(
        select(DutyShift.staff_id, DutyShift.heartbeat_at).where(DutyShift.status == "on", DutyShift.ends_at > now)
    )
    others = {staff_id: beat for staff_id, beat in on if staff_id != first}
    for staff_id, beat in inside.items():
        if staff_id != first:
            others[staff_id] = max(beat, others.get(staff_id, beat))
    return [inside[first], *sorted(others.values(), reverse=True)]


# ── The line ────────────────────────────────────────────────────────────────────────────────────────────────────


def speaker_of(session: Session) -> Turn | None:
    """Return the turn of whoever speaks now."""
    query = select(Turn).where(Turn.session_id == session.id, Turn.state == "speaking")
    return db.session.scalar(query.execution_options(populate_existing=True))


def waiting(session: Session) -> list[Turn]:
    """Return the raised hands in order: who has not spoken yet first, then by time."""
    query = select(Turn).where(Turn.session_id == session.id, Turn.state == "waiting")
    return list(
        db.session.scalars(query.order_by(Turn.spoken_before, Turn.id).execution_options(populate_existing=True))
    )


def open_turn(seat: Seat) -> Turn | None:
    """Return a seat's raised hand or running turn."""
    query = select(Turn).where(Turn.seat_id == seat.id, Turn.state.in_(("waiting", "speaking")))
    return db.session.scalar(query.execution_options(populate_existing=True))


def turns_had(session: Session, seat: Seat) -> int:
    """Count the turns somebody has had in this session."""
    query = select(func.count()).where(
        Turn.session_id == session.id, Turn.seat_id == seat.id, Turn.state.in_(("done", "left", "removed")),
        Turn.called_at.is_not(None),
    )  # fmt: skip
    return db.session.scalar(query) or 0


def last_ended(session: Session) -> datetime | None:
    """Return when the last turn ended."""
    query = select(func.max(Turn.ended_at)).where(Turn.session_id == session.id, Turn.called_at.is_not(None))
    return db.session.scalar(query.execution_options(populate_existing=True))


def turns_called(session: Session) -> list[Turn]:
    """Return all turns that began, oldest first."""
    query = select(Turn).where(Turn.session_id == session.id, Turn.called_at.is_not(None))
    return list(db.session.scalars(query.order_by(Turn.called_at)))


# ── Threads ─────────────────────────────────────────────────────────────────────────────────────────────────────


_OF_THREAD = select(Session).where(Session.thread_id == bindparam("thread"))
_SESSIONS = "forum.meetings.sessions"


def session_of_thread(thread_id: int) -> Session | None:
    """Return the session a thread belongs to. Asked several times for every line, so it is held on to meanwhile."""
    known: dict[int, Session] = db.session.info.setdefault(_SESSIONS, {})
    held = known.get(thread_id)
    if held is not None and held in db.session and held.thread_id == thread_id:
        return held
    found = db.session.scalar(_OF_THREAD, {"thread": thread_id})
    if found is not None:
        known[thread_id] = found
    return found


def side_room_of_thread(thread_id: int) -> SideRoom | None:
    """Return the side room a thread belongs to."""
    return db.session.scalar(select(SideRoom).where(SideRoom.thread_id == thread_id))


def side_room_of(session: Session, member: Member | None) -> SideRoom | None:
    """Return the open side room somebody was asked into."""
    if member is None:
        return None
    query = select(SideRoom).where(SideRoom.session_id == session.id, SideRoom.member_id == member.id)
    return db.session.scalar(query.where(SideRoom.closed_at.is_(None)))
