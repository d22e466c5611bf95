"""Where a case stands in its lane, and when an answer is due. Pure; every minute has a reason that can be shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

BOOST_CAP = 60
"""Boosts never reach further than an hour, and never cross a lane: the lane is compared first."""
LANES = 5
RESOLVE_MINUTES = (30, 120, 240, 24 * 60, 72 * 60)
"""From opening to resolving, per lane."""
NOBODY_ON_FACTOR = {0: 3, 1: 4}
"""With nobody on duty, on-call people answer T0 in 15 minutes instead of 5, T1 in 60 instead of 15."""


@dataclass(frozen=True, slots=True)
class Boost:
    """One reason to be read earlier."""

    code: str
    minutes: int

    def as_json(self) -> dict[str, str | int]:
        """Return it as it is stored on the case."""
        return {"code": self.code, "minutes": self.minutes}


@dataclass(frozen=True, slots=True)
class Waiting:
    """What the place in the lane depends on."""

    held: bool = False
    live_room: bool = False
    first_post: bool = False
    disputed: bool = False
    reporter_weights: Sequence[float] = ()
    """Of distinct reporters, in the order they came."""
    confidence: float = 0.0
    """How far the surest model is above its threshold, 0.0–1.0."""
    open_in_thread: int = 0
    """Open cases in the same thread, this one included."""


def boosts_for(waiting: Waiting) -> list[Boost]:
    """Return what moves a case forward, the strongest reasons first; the sum never exceeds an hour."""
    extra_reporters = min(20, round(10 * sum(waiting.reporter_weights[1:])))
    wanted = (
        Boost("author_waits", 20 if waiting.held else 0),
        Boost("author_disputes", 20 if waiting.disputed else 0),
        Boost("live_room", 15 if waiting.live_room else 0),
        Boost("first_post", 15 if waiting.first_post else 0),
        Boost("more_reporters", extra_reporters),
        Boost("confident", round(10 * min(max(waiting.confidence, 0.0), 1.0))),
        Boost("busy_thread", 10 if waiting.open_in_thread >= 2 else 0),
    )
    return _capped([boost for boost in wanted if boost.minutes > 0])


def _capped(boosts: list[Boost]) -> list[Boost]:
    left, kept = BOOST_CAP, []
    for boost in boosts:
        if left <= 0:
            break
        kept.append(Boost(boost.code, min(boost.minutes, left)))
        left -= boost.minutes
    return kept


def first_answer_target(lane: int, staffed_minutes: int, *, is_staffed: bool) -> int:
    """Return the minutes within which a person should answer, longer for T0 and T1 while only on-call people exist."""
    return staffed_minutes if is_staffed else staffed_minutes * NOBODY_ON_FACTOR.get(lane, 1)
