"""What its host may do with a room: pause it, slow it, move it on, end it. Each act is logged and shown."""

from __future__ import annotations

from datetime import datetime, timedelta

from forum.core.errors import BadInput, Closed
from forum.meetings import queries, running
from forum.meetings.acts import note, touch
from forum.meetings.models import CALLING, CROSS_TALK, LIVE, Session
from forum.moderation.actors import Actor

SLOW = (0, 10, 30, 60)


def pause(*, session: Session, actor: Actor, now: datetime, kind: str = "host") -> None:
    """Pause a room: everybody can read, nobody can write, helplines are shown.

    Raises:
        Closed: it isn't open.
    """
    session = queries.hold(session.id)
    if session.status not in ("lobby", "open", "closing", "paused"):
        raise Closed("This meeting isn't open.")
    if session.status != "paused" or session.pause_kind == "unattended":
        running.pause_now(session, actor, kind, now)
        touch(session)


def resume(*, session: Session, actor: Actor, now: datetime) -> None:
    """Go on after a pause; the speaker gets the lost time back.

    Raises:
        Closed: it isn't paused.
    """
    session = queries.hold(session.id)
    if session.status != "paused":
        raise Closed("This meeting isn't paused.")
    running.resume_now(session, actor, now)
    touch(session)


def set_mode(*, session: Session, mode: str, actor: Actor, now: datetime) -> None:
    """Change whether others may write while somebody shares (off, after, on), or who calls (call_host, call_auto).

    Raises:
        BadInput: none of these.
    """
    session = queries.hold(session.id)
    if mode in CROSS_TALK:
        session.cross_talk = mode
    elif mode.removeprefix("call_") in CALLING and mode.startswith("call_"):
        session.calling = mode.removeprefix("call_")
    else:
        raise BadInput("That isn't one of the ways to hold a meeting.", field="mode")
    note("mode", session, actor=actor, now=now, detail=mode)
    touch(session)


def set_slow(*, session: Session, seconds: int, actor: Actor, now: datetime) -> None:
    """Let everybody write only every so many seconds.

    Raises:
        BadInput: not 0, 10, 30 or 60.
    """
    if seconds not in SLOW:
        raise BadInput("Slow mode is 0, 10, 30 or 60 seconds.", field="seconds")
    session = queries.hold(session.id)
    session.slow_seconds = seconds
    note("slow_mode", session, actor=actor, now=now, detail=str(seconds))
    touch(session)


def set_step(*, session: Session, number: int, actor: Actor, now: datetime) -> None:
    """Move to a step of the agenda, 0 being the first; its minutes begin now.

    Raises:
        BadInput: there is no such step.
        Closed: the meeting isn't running.
    """
    session = queries.hold(session.id)
    if session.status not in ("open", "closing"):
        raise Closed("This meeting isn't running just now.")
    if not 0 <= number < len(session.steps):
        raise BadInput("There is no such step.", field="n")
    session.step, session.step_at = number, now
    running.enter_step(session, now)
    note("step", session, actor=actor, now=now, detail=str(session.steps[number]["name"]))
    touch(session)


def end(*, session: Session, actor: Actor, now: datetime) -> None:
    """End a meeting softly: its closing begins now; asked again, the room closes.

    Raises:
        Closed: it isn't open.
    """
    session = queries.hold(session.id)
    if session.status not in LIVE:
        raise Closed("This meeting isn't open.")
    note("end", session, actor=actor, now=now)
    if session.status in ("closing", "lobby") or not session.steps:
        running.close(session, now)
    else:
        if session.status == "paused":
            running.resume_now(session, actor, now)
        minutes = int(session.steps[-1]["minutes"])
        session.step, session.step_at = len(session.steps) - 1, now
        session.ends_at = min(session.ends_at, now + timedelta(minutes=minutes))
        running.enter_step(session, now)
    touch(session)


def set_door(*, session: Session, locked: bool, actor: Actor, now: datetime) -> None:
    """Close the door to newcomers, or open it again; whoever has a seat can always come back."""
    session = queries.hold(session.id)
    session.is_locked = locked
    note("door_closed" if locked else "door_open", session, actor=actor, now=now)
    touch(session)
