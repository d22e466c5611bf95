"""A room's state as every browser in it gets it: the same for all, so nothing personal is in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from forum.identity.marks import member_seed
from forum.meetings import line, queries, said
from forum.meetings.access import notes_open
from forum.meetings.formats import planned_starts
from forum.meetings.models import Seat, Session, Turn
from forum.meetings.words import act_line


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in the room, as others see them."""

    member: str
    """Their seat's id: means nothing outside this session."""
    handle: str
    seed: str
    is_first: bool = False


@dataclass(frozen=True, slots=True)
class InLine:
    """A raised hand and its place."""

    person: Person
    position: int
    wait_minutes: int


@dataclass(frozen=True, slots=True)
class AgendaStep:
    """One part of the agenda."""

    name: str
    kind: str
    at: datetime
    words: str
    is_done: bool
    is_now: bool


@dataclass(frozen=True, slots=True)
class RoomState:
    """Everything about a room that all its people see."""

    session: Session
    status: str
    speaker: Person | None
    seconds_left: int | None
    share_seconds: int
    queue: tuple[InLine, ...]
    steps: tuple[AgendaStep, ...]
    notes_open: bool
    slow_seconds: int
    attendees: int
    nods: dict[str, int]
    turn_id: int | None
    is_late: bool = False
    """The time has come and nobody of the team is here."""
    act_id: int = 0
    happened: str = ""
    """What happened in the room last, in one sentence."""

    @property
    def step(self) -> AgendaStep | None:
        """The part of the agenda the room is in."""
        return next((step for step in self.steps if step.is_now), None)

    @property
    def lit(self) -> int:
        """How many of the timer's twelve dots are lit."""
        if self.seconds_left is None or self.share_seconds <= 0:
            return 0
        return max(0, min(12, -(-12 * self.seconds_left // self.share_seconds)))

    @property
    def minutes_left(self) -> int:
        """Whole minutes left of the share, rounded up."""
        return max(0, -(-(self.seconds_left or 0) // 60))

    def as_json(self) -> dict[str, Any]:
        """Return the payload of `meeting:state`."""
        session = self.session
        return {
            "session": session.public_id,
            "rev": session.rev,
            "status": self.status,
            "mode": session.cross_talk,
            "calling": session.calling,
            "speaker": _person_json(self.speaker),
            "queue": [
                {**_shown(one.person), "position": one.position, "wait_minutes": one.wait_minutes} for one in self.queue
            ],
            "step": session.step,
            "steps": [{"name": step.name, "kind": step.kind} for step in self.steps],
            "seconds_left": self.seconds_left,
            "share_seconds": self.share_seconds,
            "attendees": self.attendees,
            "capacity": session.capacity,
            "slow_seconds": self.slow_seconds,
            "notes_open": self.notes_open,
            "pause": session.pause_kind,
            "turn": self.turn_id,
            "nods": self.nods,
            "act": self.act_id,
        }


def _shown(person: Person) -> dict[str, str]:
    return {"member": person.member, "handle": person.handle}


def _person_json(person: Person | None) -> dict[str, str] | None:
    return None if person is None else _shown(person)


def person_of(seat: Seat) -> Person:
    """Show somebody."""
    return Person(seat.public_id, seat.member.handle, member_seed(seat.member), seat.is_first)


def state_of(session: Session, now: datetime) -> RoomState:
    """Read a room's state."""
    speaker, hands = queries.speaker_of(session), queries.waiting(session)
    act, happened = _last_act(session)
    return RoomState(
        session=session,
        status=session.status,
        speaker=person_of(speaker.seat) if speaker else None,
        seconds_left=_seconds_left(session, speaker, now),
        share_seconds=speaker.length_seconds if speaker else session.share_seconds,
        queue=_queue(session, hands, speaker, now),
        steps=agenda(session),
        notes_open=notes_open(session, speaker),
        slow_seconds=max(session.slow_seconds, 30 if session.is_slowed else 0),
        attendees=session.here,
        nods=line.nods_of(speaker),
        turn_id=speaker.id if speaker else None,
        is_late=session.status == "lobby" and now >= session.starts_at,
        act_id=act,
        happened=happened,
    )


def _last_act(session: Session) -> tuple[int, str]:
    """Return the newest act that everybody in the room reads of, with its sentence."""
    for act in said.acts_of(session, limit=6):
        if sentence := act_line(act, session.host_name):
            return act.id, sentence
    return 0, ""


def _seconds_left(session: Session, speaker: Turn | None, now: datetime) -> int | None:
    """Return what is left of the share; below zero once its time is up, standing still while the room is paused."""
    if speaker is None or speaker.ends_at is None:
        return None
    return round((speaker.ends_at - (session.paused_at or now)).total_seconds())


def _queue(session: Session, hands: Sequence[Turn], speaker: Turn | None, now: datetime) -> tuple[InLine, ...]:
    waits = line.waits(session, hands, speaker, session.paused_at or now)
    return tuple(
        InLine(person_of(turn.seat), wait.position, wait.minutes) for turn, wait in zip(hands, waits, strict=True)
    )


def agenda(session: Session) -> tuple[AgendaStep, ...]:
    """Return the agenda: what is done, where the room is, and when the rest is meant to begin."""
    running = session.status in ("open", "paused", "closing") and session.step_at is not None
    moments = planned_starts(session.steps, session.starts_at)
    if running and session.step_at is not None:
        later = planned_starts(session.steps[session.step :], session.step_at)
        moments = [*moments[: session.step], *later]
    return tuple(
        AgendaStep(
            name=str(row["name"]),
            kind=str(row["kind"]),
            at=moments[number],
            words=str(row.get("words", "")),
            is_done=running and number < session.step,
            is_now=running and number == session.step,
        )
        for number, row in enumerate(session.steps)
    )
