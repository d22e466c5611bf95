"""What the clock asks of a room next. One pure function: facts in, at most one move out.

The scheduler applies moves until there is none left, so a server that was away for an hour catches up in the same
order as one that was there, and running it twice does nothing twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from forum.meetings.formats import QUEUE_KINDS

Move = Literal[
    "open_doors", "miss", "start", "late", "give_up", "slow", "unslow", "pause", "resume", "next_step", "close",
    "call_next", "drop_speaker",
]  # fmt: skip

OVERRUN = timedelta(minutes=10)
"""Whoever is speaking may finish; after ten minutes the room closes all the same."""
WAIT_FOR_SHARE = timedelta(minutes=5)
"""A step waits so long for the running share."""
GAP = {"after": timedelta(seconds=20), "on": timedelta(seconds=8), "off": timedelta(seconds=8)}
"""Between two shares when calling goes by itself; longer where thanks are written in between."""
LATE = timedelta(seconds=30)
"""A host may be half a minute late before people are told that somebody is waited for."""
GONE_AFTER = timedelta(seconds=90)
GRACE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Speaking:
    """The running share, as far as the clock cares."""

    ends_at: datetime
    seen_at: datetime
    """When the speaker's browser was last heard from."""
    last_line_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Room:
    """Everything the next move depends on."""

    status: str
    starts_at: datetime
    ends_at: datetime
    steps: Sequence[Mapping[str, Any]] = ()
    step: int = 0
    step_at: datetime | None = None
    cross_talk: str = "after"
    calling: str = "host"
    is_slowed: bool = False
    pause_kind: str = ""
    lost_for: timedelta | None = timedelta()
    """How long since enough of the team were last heard from here; None: never yet."""
    speaking: Speaking | None = None
    waiting: int = 0
    last_ended_at: datetime | None = None
    is_told_late: bool = False
    """People in the lobby know that their host is late."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Site settings the moves depend on."""

    lobby: timedelta = timedelta(minutes=10)
    wait: timedelta = timedelta(minutes=10)
    slow_after: timedelta = timedelta(seconds=60)
    pause_after: timedelta = timedelta(seconds=180)


def next_move(room: Room, now: datetime, limits: Limits) -> Move | None:
    """Return what is due now, or None."""
    if room.status == "scheduled":
        if now >= room.ends_at:
            return "miss"
        return "open_doors" if now >= room.starts_at - limits.lobby else None
    if room.status == "lobby":
        return _lobby(room, now, limits)
    if room.status in ("open", "paused", "closing"):
        return _team(room, now, limits) or _close(room, now) or _floor(room, now)
    return None


def _is_covered(room: Room, limits: Limits) -> bool:
    return room.lost_for is not None and room.lost_for < limits.slow_after


def _lobby(room: Room, now: datetime, limits: Limits) -> Move | None:
    if now < room.starts_at:
        return None
    if _is_covered(room, limits):
        return "start"
    if now >= room.starts_at + limits.wait:
        return "give_up"
    return None if room.is_told_late or now < room.starts_at + LATE else "late"


def _team(room: Room, now: datetime, limits: Limits) -> Move | None:
    """Slow after a minute without the team, pause after three, go on by itself when somebody is back."""
    lost = room.lost_for if room.lost_for is not None else limits.pause_after
    if lost >= limits.pause_after:
        return "pause" if room.status != "paused" else None
    if lost >= limits.slow_after:
        return None if room.is_slowed or room.status == "paused" else "slow"
    if room.status == "paused" and room.pause_kind == "unattended":
        return "resume"
    return "unslow" if room.is_slowed and room.status != "paused" else None


def _close(room: Room, now: datetime) -> Move | None:
    if now < room.ends_at:
        return None
    finishing = room.speaking is not None and room.status != "paused"
    return "close" if not finishing or now >= room.ends_at + OVERRUN else None


def _floor(room: Room, now: datetime) -> Move | None:
    """Who speaks, and which step it is; nothing moves while the room is paused."""
    if room.status == "paused":
        return None
    if room.speaking is not None and _is_gone(room.speaking, now):
        return "drop_speaker"
    if _step_is_due(room, now):
        return "next_step"
    if room.status == "open" and room.speaking is None and room.waiting and _calls_itself(room):
        rested = room.last_ended_at is None or now - room.last_ended_at >= GAP[room.cross_talk]
        return "call_next" if rested else None
    return None


def _calls_itself(room: Room) -> bool:
    return room.calling == "auto" and bool(room.steps) and room.steps[room.step]["kind"] in QUEUE_KINDS


def _is_gone(speaking: Speaking, now: datetime) -> bool:
    """A short break keeps the turn; somebody silent and unseen a minute after their time has gone."""
    heard = max(speaking.seen_at, speaking.last_line_at or speaking.seen_at)
    return now >= speaking.ends_at + GRACE and now - heard >= GONE_AFTER


def _step_is_due(room: Room, now: datetime) -> bool:
    if room.step + 1 >= len(room.steps):
        return False
    due = step_ends(room)
    if now < due:
        return False
    waits = room.speaking is not None and room.steps[room.step]["kind"] in QUEUE_KINDS
    return not waits or now >= due + WAIT_FOR_SHARE


def step_ends(room: Room) -> datetime:
    """Return when the running step is over: its own minutes, but never into the minutes of the closing."""
    begun = room.step_at or room.starts_at
    own = begun + timedelta(minutes=int(room.steps[room.step]["minutes"]))
    rest = room.ends_at - timedelta(minutes=int(room.steps[-1]["minutes"]))
    return min(own, rest) if own > begun else rest
