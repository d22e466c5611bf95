"""Coming in, being there, leaving quietly, being asked to pause or to sit one out."""

from __future__ import annotations

from datetime import datetime, timedelta

from forum.boundaries.events import BoundariesChanged
from forum.boundaries.reading import boundaries_of
from forum.core.db import db
from forum.core.errors import BadInput, Closed, Forbidden, NotFound
from forum.core.events import announce
from forum.identity.models import Member
from forum.meetings import queries, settings
from forum.meetings.acts import note, touch
from forum.meetings.models import LIVE, Mood, Norms, Reminder, Seat, Series, Session
from forum.meetings.queue import drop
from forum.moderation.actors import Actor
from forum.moderation.sql import insert_ignore, insert_into

MOODS = ("heavy", "low", "so_so", "steady", "light")
TELL_UP_TO = 30
"""In a larger room the count of people is brought up to date by the scheduler, not by everybody who comes."""
SEEN_EVERY = timedelta(seconds=25)


class Full(Closed):
    """Every chair is taken."""

    message = "Every chair is taken. We keep it to that so everyone can be heard."


class NormsUnread(Forbidden):
    """How meetings go has to be read once."""

    message = "Please read how meetings go first. It takes a minute, and we ask only once."


def acknowledge(member: Member, now: datetime) -> None:
    """Note that a member has read how meetings go."""
    row = db.session.get(Norms, member.id)
    if row is None:
        db.session.add(Norms(member_id=member.id, version=queries.NORMS_VERSION, read_at=now))
    else:
        row.version, row.read_at = queries.NORMS_VERSION, now
    db.session.flush()


def join(*, session: Session, member: Member, now: datetime, listening: bool | None = None) -> Seat:
    """Take a seat, or come back to it.

    Raises:
        Full: no chair is free.
        Closed: the doors are not open.
        NormsUnread: the norms have not been read.
        Forbidden: asked to sit this one out.
    """
    kept = queries.seat_of(session, member)
    if kept is not None and listening is None and session.status in LIVE and queries.is_here(kept, now):
        seen(kept, now)  # a short break: after a restart a whole room comes back at once, and nobody waits for a lock
        return kept
    session = queries.hold(session.id)
    if session.status not in LIVE:
        raise Closed("The doors of this meeting aren't open.")
    if not queries.has_read_norms(member):
        raise NormsUnread
    seat = queries.seat_of(session, member)
    if seat is not None and seat.out_at is not None:
        raise Forbidden("The host has asked you to sit this one out. You can come back to the next meeting.")
    if seat is None or not queries.is_here(seat, now):
        _require_chair(session, seat, now)
    seat = _sit(session, member, seat, now)
    if listening is not None:
        seat.is_listening = listening
    recount(session, now, tell=session.here < TELL_UP_TO)
    return seat


def _require_chair(session: Session, seat: Seat | None, now: datetime) -> None:
    if session.is_locked and seat is None:
        raise Full("The host has closed the door for now, so that people can talk in peace.")
    if queries.count_here(session, now) >= chairs(session, now):
        raise Full


def chairs(session: Session, now: datetime) -> int:
    """Return how many people fit in: fewer while only one of the team is there."""
    limit = settings.room_two_mods_over()
    if session.capacity <= limit:
        return session.capacity
    since = now - timedelta(seconds=settings.heartbeat_pause_s())
    there = sum(beat > since for beat in queries.heartbeats(session, now))
    return session.capacity if there > settings.room_min_mods() else limit


def _sit(session: Session, member: Member, seat: Seat | None, now: datetime) -> Seat:
    if seat is not None:
        seat.left_at, seat.seen_at = None, now
        db.session.flush()
        return seat
    norms = db.session.get(Norms, member.id)
    values = {
        "session_id": session.id,
        "member_id": member.id,
        "joined_at": now,
        "seen_at": now,
        "is_first": norms is not None and now - norms.read_at < timedelta(hours=1),
    }
    insert_ignore(Seat, values, ("session_id", "member_id"))
    session.came += 1
    db.session.flush()
    made = queries.seat_of(session, member)
    if made is None:
        raise NotFound
    _keep_apart(session, member)
    return made


def _keep_apart(session: Session, member: Member) -> None:
    """Let the open pages of those whom this member is kept apart from ask for lines one by one from now on."""
    seated = queries.seated_among(session, boundaries_of(member).unseen)
    if seated:
        announce(BoundariesChanged(seated))


def recount(session: Session, now: datetime, *, tell: bool = True) -> bool:
    """Bring the number of people up to date; the caller holds the row lock. Returns whether it changed."""
    here = queries.count_here(session, now)
    if here == session.here or not tell:
        return False
    session.here = here
    touch(session)
    return True


def seen(seat: Seat, now: datetime) -> bool:
    """Note that somebody is still there; returns whether anything was written."""
    if seat.out_at is not None or now - seat.seen_at < SEEN_EVERY:
        return False
    seat.seen_at = now
    return True


def leave(*, session: Session, seat: Seat, now: datetime) -> None:
    """Give up the chair, quietly: nobody is told who went."""
    session = queries.hold(session.id)
    seat.left_at = now
    db.session.flush()
    drop(session, seat, now)
    recount(session, now)


def time_out(*, session: Session, seat: Seat, minutes: int | None, actor: Actor, now: datetime, why: str = "") -> None:
    """Ask somebody to pause for some minutes, or (None) to sit the rest of this session out.

    They are told at once, with the reason if there is one, and what they can still do.
    """
    session = queries.hold(session.id)
    if minutes is None:
        seat.out_at = now
    else:
        seat.quiet_until = now + timedelta(minutes=minutes)
    db.session.flush()
    drop(session, seat, now)
    note("timeout" if minutes else "out", session, actor=actor, now=now, seat=seat, detail=why)
    recount(session, now)
    touch(session)


def welcome_back(*, session: Session, seat: Seat, actor: Actor, now: datetime) -> None:
    """Take a time-out back."""
    session = queries.hold(session.id)
    seat.quiet_until = seat.out_at = None
    note("back", session, actor=actor, now=now, seat=seat)
    touch(session)


# ── Private: reminders and moods ────────────────────────────────────────────────────────────────────────────────


def toggle_reminder(series: Series, member: Member) -> bool:
    """Ask to be told when a series opens its doors, or no longer; returns which."""
    row = db.session.get(Reminder, (series.id, member.id))
    if row is not None:
        db.session.delete(row)
    else:
        db.session.add(Reminder(series_id=series.id, member_id=member.id))
    db.session.flush()
    return row is None


def note_mood(session: Session, member: Member, *, before: str = "", after: str = "", now: datetime) -> None:
    """Keep how somebody feels, for themselves alone.

    Raises:
        BadInput: none of the five words.
    """
    given = {"before": before, "after": after}
    wanted = {name: word for name, word in given.items() if word}
    if any(word not in MOODS for word in wanted.values()):
        raise BadInput("Please choose one of the five words.", field="mood")
    if not wanted:
        return
    values = {"member_id": member.id, "session_id": session.id, "noted_on": now.date(), "before": "", "after": ""}
    db.session.execute(
        insert_into(Mood)
        .values(**values | wanted)
        .on_conflict_do_update(index_elements=["member_id", "session_id"], set_=wanted)
    )


def forget_mood(session: Session, member: Member) -> None:
    """Delete it."""
    row = queries.mood_of(session, member)
    if row is not None:
        db.session.delete(row)
        db.session.flush()
