"""Opening hours: a small strict grammar, read in the helpline's own time zone, honest where it cannot be read.

Grammar: `24/7` or comma-separated parts such as `Mon-Fri 9:30am-5:30pm`, `daily 8:00-02:00`, `Mon/Thu 0-24`. A part
without days covers the days no other part names; a zone word (`CT`, `IST`) and a remark in brackets may end the text.
The remark `(confirm)` marks hours nobody could confirm. Anything else counts as unknown and is never guessed at.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

State = Literal["always", "open", "closed", "unknown"]

DAY = 24 * 60
"""Minutes in a day of wall-clock time."""
DAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ZONE_WORDS = {"CT": "America/Chicago", "IST": "Asia/Kolkata"}
ALL_DAYS = frozenset(range(7))
CONFIRM = "confirm"

_REMARK = re.compile(r"\(([^()]*)\)$")
_PART = re.compile(r"(?:([A-Za-z/-]{3,31}) )?([0-9:apm]{1,7})-([0-9:apm]{1,7}|midnight)")
_TIME = re.compile(r"(\d{1,2})(?::(\d{2}))?(am|pm)?")


@dataclass(frozen=True, slots=True)
class Window:
    """Open from `start` to `end` minutes after midnight on each of `days`; `end` past 1440 runs into the next day."""

    days: frozenset[int]
    """0 is Monday."""
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Hours:
    """When a line answers, as far as its record says."""

    raw: str = ""
    always: bool = False
    limited: bool = False
    """The record says that it is not open all day, and no more than that."""
    confirmed: bool = True
    remark: str = ""
    windows: tuple[Window, ...] = ()
    zone: str = ""
    """IANA name; empty where a country has several zones and the record names none."""

    def state(self, now: datetime) -> State:
        """Say whether the line is open at `now` (aware): wall-clock time in its zone, so DST needs no special case."""
        if self.always:
            return "always"
        if not self.windows or not self.zone:
            return "unknown"
        local = now.astimezone(ZoneInfo(self.zone))
        minute = local.hour * 60 + local.minute
        today, yesterday = local.weekday(), (local.weekday() - 1) % 7
        is_open = any(
            (today in w.days and w.start <= minute < w.end) or (yesterday in w.days and minute + DAY < w.end)
            for w in self.windows
        )
        return "open" if is_open else "closed"

    def next_opening(self, now: datetime) -> datetime | None:
        """Return the next opening within eight days, in the line's own zone; None when open, always open or unknown."""
        if self.state(now) != "closed":
            return None
        local = now.astimezone(ZoneInfo(self.zone)).replace(second=0, microsecond=0)
        midnight = local.replace(hour=0, minute=0)
        starts = (
            midnight + timedelta(days=day, minutes=w.start)
            for day in range(9)
            for w in self.windows
            if (local.weekday() + day) % 7 in w.days
        )
        return min((start for start in starts if start > local), default=None)


UNKNOWN = Hours()


def parse_hours(raw: str | None, country_zone: str = "") -> Hours:
    """Read one `hours` text; `country_zone` is the IANA zone to use where the text names none.

    Never raises: a text outside the grammar gives unknown hours with the text kept in `raw`.
    """
    if not raw:
        return UNKNOWN
    body, remark = _split_remark(raw.strip())
    confirmed = remark != CONFIRM
    shown_remark = remark if confirmed else ""
    if body == "24/7":
        return Hours(raw, always=True, confirmed=confirmed, remark=shown_remark)
    if body == "not 24/7":
        return Hours(raw, limited=True, confirmed=confirmed, remark=shown_remark)
    body, zone = _split_zone(body, country_zone)
    windows = _windows(body)
    if windows is None:
        return Hours(raw, confirmed=False)
    return Hours(raw, confirmed=confirmed, remark=shown_remark, windows=windows, zone=zone)


def _split_remark(text: str) -> tuple[str, str]:
    found = _REMARK.search(text)
    return (text[: found.start()].strip(), found.group(1).strip()) if found else (text, "")


def _split_zone(text: str, default: str) -> tuple[str, str]:
    head, _, last = text.rpartition(" ")
    return (head, ZONE_WORDS[last]) if last in ZONE_WORDS else (text, default)


def _windows(text: str) -> tuple[Window, ...] | None:
    parts = [_part(part.strip()) for part in text.split(",")]
    whole = [part for part in parts if part is not None]
    if len(whole) != len(parts):
        return None
    named = frozenset().union(*(days for days, _, _ in whole if days is not None))
    return tuple(Window(ALL_DAYS - named if days is None else days, start, end) for days, start, end in whole)


def _part(text: str) -> tuple[frozenset[int] | None, int, int] | None:
    """Read `Mon-Fri 9-17`; the days are None where the part names none."""
    found = _PART.fullmatch(text)
    if not found:
        return None
    days = _days(found.group(1)) if found.group(1) else None
    start, end = _minutes(found.group(2)), _minutes(found.group(3))
    if start is None or end is None or (found.group(1) and not days):
        return None
    return days, start, end if end > start else end + DAY


def _days(text: str) -> frozenset[int]:
    """Read `daily`, `Mon`, `Mon-Fri` or `Mon/Thu/Fri`; empty when it is none of these."""
    words = text.lower()
    if words == "daily":
        return ALL_DAYS
    names = re.split(r"[/-]", words)
    if any(name not in DAY_NAMES for name in names):
        return frozenset()
    days = [DAY_NAMES.index(name) for name in names]
    if "-" not in words:
        return frozenset(days)
    if len(days) != 2:
        return frozenset()
    return frozenset((days[0] + step) % 7 for step in range((days[1] - days[0]) % 7 + 1))


def _minutes(text: str) -> int | None:
    """Read `9`, `9:30`, `9am`, `24` or `midnight` as minutes after midnight (0–1440)."""
    if text == "midnight":
        return DAY
    found = _TIME.fullmatch(text)
    if not found:
        return None
    hour, minute, half = int(found.group(1)), int(found.group(2) or 0), found.group(3)
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    total = hour * 60 + minute
    return total if minute < 60 and total <= DAY else None
