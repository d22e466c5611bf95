"""Facts about meetings, for whoever acts on them after the commit."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SessionChanged:
    """Something in a room changed that browsers show: status, step, queue, speaker, people."""

    session_id: int


@dataclass(frozen=True, slots=True)
class NodsChanged:
    """Somebody nodded while another shares."""

    session_id: int
    turn_id: int


@dataclass(frozen=True, slots=True)
class SeatTold:
    """The team did something that concerns one person in the room; they are told at once."""

    session_id: int
    seat_id: int
    kind: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class LineReturned:
    """A held line went back to its author, unsent."""

    session_id: int
    post_id: int


@dataclass(frozen=True, slots=True)
class QuestionAsked:
    """Somebody asked the host of a series something, quietly."""

    question_id: int


@dataclass(frozen=True, slots=True)
class QuestionAnswered:
    """The host of a series answered a quiet question."""

    question_id: int


@dataclass(frozen=True, slots=True)
class DoorsOpened:
    """The doors of a session opened; these members asked to be reminded."""

    session_id: int
    member_ids: tuple[int, ...]
