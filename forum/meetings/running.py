"""A room from its doors opening to its soft closing: what the clock does, and what its host may do.

Everything is read from and written to the database at each step. Nothing is remembered between two ticks.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import delete, func, select

from forum.core.db import db
from forum.core.events import announce
from forum.discussions import operations
from forum.discussions.models import Post, Thread
from forum.meetings import queries, queue, said, seats, settings
from forum.meetings.acts import note, touch
from forum.meetings.events import DoorsOpened
from forum.meetings.formats import timed_steps
from forum.meetings.models import LIVE, Keeper, Seat, Session
from forum.meetings.moves import Limits, Move, Room, Speaking, next_move, step_ends
from forum.moderation.actors import Actor

SLOWED_SECONDS = 30
"""Slow mode of a room that nobody of the team is reading."""
MOVES_AT_ONCE = 12


# ── The clock ───────────────────────────────────────────────────────────────────────────────────────────────────


def due(now: datetime) -> list[int]:
    """Return the sessions the clock has to look at."""
    doors = now + timedelta(minutes=settings.lobby_minutes())
    query = select(Session.id).where(
        Session.status.in_(LIVE) | ((Session.status == "scheduled") & (Session.starts_at <= doors))
    )
    return list(db.session.scalars(query.order_by(Session.id)))


def advance(session_id: int, now: datetime) -> list[Move]:
    """Make every move that is due in one room; returns them.

    The facts are read first without a lock: a quiet room costs no write.
    """
    limits, made = _limits(), []
    for _ in range(MOVES_AT_ONCE):
        session = db.session.get_one(Session, session_id, populate_existing=True)
        if next_move(facts(session, now), now, limits) is None:
            break
        session = queries.hold(session_id)
        move = next_move(facts(session, now), now, limits)
        if move is None:
            break
        _MOVES[move](session, now)
        touch(session)
        made.append(move)
    return made


def facts(session: Session, now: datetime) -> Room:
    """Read what the next move depends on."""
    speaker = queries.speaker_of(session) if session.status in LIVE else None
    return Room(
        status=session.status,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        steps=session.steps,
        step=session.step,
        step_at=session.step_at,
        cross_talk=session.cross_talk,
        calling=session.calling,
        is_slowed=session.is_slowed,
        pause_kind=session.pause_kind,
        lost_for=lost_for(session, now),
        speaking=_speaking(session, speaker.seat, speaker.ends_at) if speaker and speaker.ends_at else None,
        waiting=len(queries.waiting(session)) if session.status == "open" else 0,
        last_ended_at=queries.last_ended(session) if session.status == "open" else None,
        is_told_late=session.status == "lobby" and now >= session.starts_at and said.has_act(session, "late"),
    )


def _speaking(session: Session, seat: Seat, ends_at: datetime) -> Speaking:
    query = select(func.max(Post.created_at)).where(
        Post.thread_id == session.thread_id, Post.author_id == seat.member_id
    )
    return Speaking(ends_at, seat.seen_at, db.session.scalar(query))


def lost_for(session: Session, now: datetime) -> timedelta | None:
    """Return how long ago enough of the team were last here; None while that was never so.

    Above the limit of people one more of the team is needed, as long as a second was ever there: the door lets nobody
    in beyond the limit otherwise.
    """
    needed = settings.room_min_mods() + (session.here > settings.room_two_mods_over())
    beats = queries.heartbeats(session, now)
    return max(now - beats[needed - 1], timedelta()) if len(beats) >= needed else None


def _limits() -> Limits:
    return Limits(
        lobby=timedelta(minutes=settings.lobby_minutes()),
        wait=timedelta(minutes=settings.wait_for_host_minutes()),
        slow_after=timedelta(seconds=settings.heartbeat_slow_s()),
        pause_after=timedelta(seconds=settings.heartbeat_pause_s()),
    )


def _open_doors(session: Session, now: datetime) -> None:
    series = session.series
    minutes = round((session.ends_at - session.starts_at).total_seconds() / 60)
    session.steps = timed_steps(series.steps, minutes)
    session.cross_talk, session.calling = series.cross_talk, series.calling
    session.share_seconds, session.capacity = series.share_minutes * 60, series.capacity
    session.host_id, session.host_name = series.host_id, series.host_name
    session.status, session.step, session.step_at = "lobby", 0, None
    thread = Thread(
        kind="meeting", title=series.name, content_note="", visibility="live", started_at=now, bumped_at=now, seq=0
    )
    db.session.add(thread)
    db.session.flush()
    session.thread_id = thread.id
    if series.host_id is not None and queries.keeper_of(session, series.host_id) is None:
        db.session.add(Keeper(session_id=session.id, staff_id=series.host_id, role="host"))
    db.session.flush()
    note("doors", session, actor=None, now=now)
    session.reminded_at = now
    announce(DoorsOpened(session.id, queries.reminder_members(series.id)))


def _start(session: Session, now: datetime) -> None:
    session.status, session.step, session.step_at = "open", 0, max(session.starts_at, now - timedelta(minutes=1))
    note("start", session, actor=None, now=now)


def _late(session: Session, now: datetime) -> None:
    note("late", session, actor=None, now=now, detail=str(settings.wait_for_host_minutes()))


def _slow(session: Session, now: datetime, *, on: bool) -> None:
    session.is_slowed = on
    note("slowed" if on else "unslowed", session, actor=None, now=now)


def _next_step(session: Session, now: datetime) -> None:
    session.step_at = min(step_ends(facts(session, now)), now)
    session.step += 1
    enter_step(session, now)


def enter_step(session: Session, now: datetime) -> None:
    """Let the status follow the step; the caller holds the row lock."""
    if session.steps[session.step]["kind"] == "closing":
        session.status = "closing"
        queue.clear(session, now)
    elif session.status == "closing":
        session.status = "open"


def _call_next(session: Session, now: datetime) -> None:
    queue.call(session=session, seat=None, actor=None, now=now)


def _drop_speaker(session: Session, now: datetime) -> None:
    queue.thank(session=session, actor=None, now=now, state="left")


def close(session: Session, now: datetime, *, reason: str = "") -> None:
    """End a session for good: the line and the list of who came are deleted, their number stays.

    The caller holds the row lock.
    """
    session.status, session.closed_at, session.reason = "closed", now, reason or session.reason
    session.paused_at, session.pause_kind, session.here = None, "", 0
    db.session.execute(delete(Seat).where(Seat.session_id == session.id))
    db.session.expire_all()
    if session.thread is not None:
        operations.close_thread(session.thread, now)
    note("close", session, actor=None, now=now)


_MOVES: dict[Move, Callable[[Session, datetime], None]] = {
    "open_doors": _open_doors,
    "miss": partial(close, reason="nobody_came"),
    "start": _start,
    "late": _late,
    "give_up": partial(close, reason="nobody_came"),
    "slow": partial(_slow, on=True),
    "unslow": partial(_slow, on=False),
    "pause": lambda session, now: pause_now(session, None, "unattended", now),
    "resume": lambda session, now: resume_now(session, None, now),
    "next_step": _next_step,
    "close": close,
    "call_next": _call_next,
    "drop_speaker": _drop_speaker,
}


def pause_now(session: Session, actor: Actor | None, kind: str, now: datetime) -> None:
    """Pause a room; the caller holds the row lock."""
    session.paused_at = session.paused_at if session.status == "paused" else now
    session.status, session.pause_kind, session.is_slowed = "paused", kind, False
    note("pause", session, actor=actor, now=now)


def resume_now(session: Session, actor: Actor | None, now: datetime) -> None:
    """Let a room go on; the caller holds the row lock."""
    away = now - (session.paused_at or now)
    if session.step_at is None and now < session.starts_at:
        session.status = "lobby"
    else:
        session.status = "closing" if session.steps[session.step]["kind"] == "closing" else "open"
    if session.step_at is not None:
        session.step_at += away
    queue.shift(session, away)
    session.paused_at, session.pause_kind = None, ""
    note("resume", session, actor=actor, now=now)


def bring_up_to_date(session_id: int, now: datetime) -> None:
    """Bring the count of people in a room up to date."""
    session = db.session.get_one(Session, session_id)
    if session.status in LIVE and queries.count_here(session, now) != session.here:
        seats.recount(queries.hold(session_id), now)
