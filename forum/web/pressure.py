"""How much is asked of newcomers: little on a quiet night, more while the door is being rushed.

Three levels. Quiet: anybody may come in. Busy (more than 60 joined within the hour): a browser shows a proof of work,
or a person reads the first texts. Raid: switched on by somebody with one click, or by itself at more than 300 within
the hour, for an hour at a time; then newcomers' texts wait for a person and few can be sent. Members who were here
before feel nothing of it, and nobody in danger is ever slowed down.
"""

from __future__ import annotations

from typing import Literal

from forum.core.settings import declare
from forum.web.limits import the_limiter

Level = Literal["quiet", "busy", "raid"]
RAID = "raid"
RAID_SECONDS = 3600
BITS: dict[Level, int] = {"quiet": 16, "busy": 18, "raid": 20}
"""Leading zero bits of the proof of work: 65,000, 260,000 and a million tries on average."""

raid_mode = declare(
    "raid_mode",
    "auto",
    "auto, on, off",
    "Whether newcomers' texts wait for a person; auto switches it on for an hour when the door is being rushed.",
    choices=("auto", "on", "off"),
)


def is_raid() -> bool:
    """Tell whether raid mode is on, by hand or by itself."""
    chosen = raid_mode()
    return chosen == "on" or (chosen != "off" and the_limiter().has_flag(RAID))


def rush() -> None:
    """Switch raid mode on for an hour: a site-wide breaker has tripped."""
    the_limiter().raise_flag(RAID, RAID_SECONDS)


def level() -> Level:
    """Return how much is asked of newcomers just now."""
    if is_raid():
        return "raid"
    return "quiet" if the_limiter().has_room("join_busy") else "busy"


def count_newcomer(member: str) -> None:
    """Count a newcomer's text; many of them together switch raid mode on.

    Raises:
        RateLimited: raid mode is on and newcomers have sent enough for now. The text stays in its form.
    """
    limiter = the_limiter()
    if not limiter.try_hit("newcomer_posts"):
        rush()
    if is_raid():
        limiter.hit("newcomer_raid", member=member)
