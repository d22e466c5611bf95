"""Who may read a room, and who may write in it just now. The posting path asks here before it takes a text."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select

from forum.core.clock import utcnow
from forum.core.db import db
from forum.core.errors import Closed, Forbidden, NotFound, Paused, RateLimited
from forum.discussions.models import Post, Thread
from forum.identity.models import Member
from forum.identity.roles import Permission, may
from forum.meetings import asides, queries
from forum.meetings.models import LIVE, Keeper, Seat, Series, Session, Turn
from forum.meetings.running import SLOWED_SECONDS
from forum.moderation.actors import Actor
from forum.moderation.actors import require as require_permission
from forum.web import limits

ANY_ROOM: Permission = "case.hide"
"""Whoever may hide posts anywhere may also help in any meeting."""

BUSY_SECONDS = 10
"""Between two lines of one person while a room has more than thirty in a minute."""


def can_read(member: Member | None, thread: Thread) -> bool:
    """Let those in who have a seat while the doors are open; nothing can be read after the end."""
    if member is None:
        return False
    session = queries.session_of_thread(thread.id)
    if session is None:
        side = queries.side_room_of_thread(thread.id)
        return member.id == (side.member_id if side is not None else asides.owner_of_thread(thread.id))
    if session.status not in LIVE:
        return False
    seat = queries.seat_of(session, member)
    return seat is not None and seat.out_at is None and seat.left_at is None


def seen_from(member: Member, thread: Thread) -> datetime | None:
    """Return when a member came: who came late reads from there on, unless the room keeps its history."""
    session = queries.session_of_thread(thread.id)
    if session is None or session.series.history:
        return None
    seat = queries.seat_of(session, member)
    return seat.joined_at if seat is not None else None


def seat_for(session: Session, member: Member) -> Seat:
    """Return the seat of somebody in the room.

    Raises:
        NotFound: they have none.
        Forbidden: they were asked to sit this one out.
    """
    seat = queries.seat_of(session, member)
    if seat is None or seat.left_at is not None:
        raise NotFound("Please take a seat first.")
    if seat.out_at is not None:
        raise Forbidden("The host has asked you to sit this one out. You can come back to the next meeting.")
    return seat


def may_write(member: Member, thread: Thread, now: datetime) -> None:
    """Refuse a text that comes at the wrong time.

    Raises:
        ForumError: paused, closed, somebody else is speaking, or asked to pause.
    """
    session = queries.session_of_thread(thread.id)
    side = queries.side_room_of_thread(thread.id) if session is None else None
    if side is not None:
        if side.member_id != member.id or side.closed_at is not None:
            raise Closed("This side room is closed.")
        return
    if session is None and asides.owner_of_thread(thread.id) == member.id:
        return
    if session is None or session.status not in LIVE:
        raise Closed("This meeting is over.")
    seat = seat_for(session, member)
    if session.status == "paused":
        raise Paused
    if seat.quiet_until is not None and seat.quiet_until > now:
        raise Forbidden("The host has asked you to pause for a while. You can read on; your words are still here.")
    speaker = queries.speaker_of(session)
    if (speaker is None or speaker.seat_id != seat.id) and not notes_open(session, speaker):
        raise Forbidden(_why_shut(session, speaker))


def _why_shut(session: Session, speaker: Turn | None) -> str:
    if speaker is not None:
        return f"{speaker.seat.member.handle} is speaking. Raise a hand, or write when they are done."
    if session.steps and session.steps[session.step]["kind"] == "shares":
        return "In this meeting people write when they are called. You can raise a hand."
    return "Room notes are closed for this part. They open again a little later."


def notes_open(session: Session, speaker: Turn | None) -> bool:
    """Tell whether people may write without having been called."""
    if session.status not in ("lobby", "open", "closing"):
        return False
    if session.status == "lobby" or not session.steps:
        return True
    kind = session.steps[session.step]["kind"]
    if kind in ("reading", "quiet"):
        return False
    if session.cross_talk == "on":
        return True
    return speaker is None and (kind != "shares" or session.cross_talk == "after")


def pace(member: Member, thread: Thread, now: datetime) -> None:
    """Hold somebody to the room's slow mode. The speaker's own lines flow, unless nobody of the team is there.

    More than thirty lines in a minute slow a room by themselves, until there are fewer.

    Raises:
        RateLimited: with the seconds left.
    """
    session = queries.session_of_thread(thread.id)
    if session is None:
        return
    is_busy = not limits.the_limiter().try_hit("room", member=thread.public_id)
    if not (session.slow_seconds or session.is_slowed or is_busy):
        return
    speaker = queries.speaker_of(session)
    own_turn = speaker is not None and speaker.seat.member_id == member.id
    chosen = max(session.slow_seconds, BUSY_SECONDS if is_busy else 0)
    seconds = max(0 if own_turn else chosen, SLOWED_SECONDS if session.is_slowed else 0)
    last = db.session.scalar(
        select(func.max(Post.created_at)).where(Post.thread_id == thread.id, Post.author_id == member.id)
    )
    if not seconds or last is None:
        return
    left = timedelta(seconds=seconds) - (now - last)
    if left > timedelta():
        wait = max(1, round(left.total_seconds()))
        if seconds == BUSY_SECONDS and is_busy:
            raise RateLimited(
                "Many people are writing at once, so for a moment everybody can write once in ten seconds. "
                "Your words are still here.",
                retry_after=wait,
            )
        raise RateLimited("This room is in slow mode. Your words are still here.", retry_after=wait)


def path_of(thread: Thread) -> str:
    """Return where a meeting's thread is read."""
    side = queries.side_room_of_thread(thread.id)
    session = db.session.get(Session, side.session_id) if side else queries.session_of_thread(thread.id)
    if session is None:
        series = asides.series_of_thread(thread.id)
        return f"/m/{series.public_id}" if series is not None else "/meetings"
    return f"/s/{session.public_id}/side" if side else f"/s/{session.public_id}"


# ── The team ────────────────────────────────────────────────────────────────────────────────────────────────────


def require_keeper(session: Session, actor: Actor) -> None:
    """Refuse whoever does not hold this meeting: facilitators act in their own, moderators in any.

    Raises:
        NotFound: as if there were no such meeting.
    """
    require_permission(actor, "meeting.run")
    if may(actor.role, ANY_ROOM):
        return
    series_host = session.host_id if session.status != "scheduled" else session.series.host_id
    if series_host == actor.staff_id or queries.keeper_of(session, actor.staff_id) is not None:
        return
    raise NotFound


def can_take_over(session: Session, now: datetime | None = None) -> bool:
    """Tell whether a meeting needs somebody: its host isn't there and the doors are open or about to."""
    now = now or utcnow()
    if session.status not in (*LIVE, "scheduled") or session.starts_at > now + timedelta(minutes=15):
        return False
    return not any(now - beat < timedelta(seconds=60) for beat in queries.heartbeats(session, now))


def holds_now(series: Series, staff_id: int) -> bool:
    """Tell whether somebody holds, or helps to hold, a session of this series that is going on."""
    query = (
        select(Session.id)
        .outerjoin(Keeper, Keeper.session_id == Session.id)
        .where(Session.series_id == series.id, Session.status.in_(LIVE))
        .where((Session.host_id == staff_id) | (Keeper.staff_id == staff_id))
    )
    return db.session.scalar(query.limit(1)) is not None
