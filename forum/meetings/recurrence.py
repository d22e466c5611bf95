"""When a meeting comes back: RFC 5545 rules on the clock of the host's wall. Pure functions.

A rule is worked out in local time without a zone and each result is put into the zone afterwards, so a meeting at
19:30 stays at 19:30 when the clocks change. An hour the change skips is moved forward by the length of the gap; of an
hour that comes twice the first is taken.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

from dateutil.rrule import rrulestr
from dateutil.tz import resolve_imaginary

from forum.core.errors import BadInput

_PART = re.compile(
    r"(?:FREQ=(?:DAILY|WEEKLY|MONTHLY)|INTERVAL=[1-9][0-9]?|COUNT=[1-9][0-9]{0,2}|WKST=(?:MO|SU)"
    r"|BYDAY=[+\-0-9A-Z,]{2,40}|BYMONTHDAY=[\-0-9,]{1,40}|BYSETPOS=-?[1-9]|UNTIL=[0-9]{8}(?:T[0-9]{6}Z?)?)"
)
_TIME = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")
DAY = timedelta(days=1)


def check_rule(rule: str) -> str:
    """Return a rule cleaned up, after trying it.

    Raises:
        BadInput: it cannot be read, or comes more often than daily.
    """
    clean = rule.strip().upper().removeprefix("RRULE:")
    parts = clean.split(";")
    if not any(part.startswith("FREQ=") for part in parts) or not all(_PART.fullmatch(part) for part in parts):
        raise BadInput("This repeat rule can't be read. An example: FREQ=WEEKLY;BYDAY=MO,TH", field="rule")
    try:
        rrulestr(_naive_until(clean), dtstart=datetime(2026, 1, 1))  # noqa: DTZ001 - local time on purpose
    except (ValueError, KeyError) as problem:
        raise BadInput("This repeat rule can't be read.", field="rule") from problem
    return clean


def check_time(value: str) -> str:
    """Return a local time as `HH:MM`.

    Raises:
        BadInput: it is none.
    """
    if not _TIME.fullmatch(value):
        raise BadInput("A time looks like 19:30.", field="local_time")
    return value


def check_zone(name: str) -> str:
    """Return the name of a time zone.

    Raises:
        BadInput: nobody knows it.
    """
    if name not in available_timezones():
        raise BadInput("This time zone isn't known. An example: Europe/London", field="zone")
    return name


def to_utc(local: datetime, zone: str) -> datetime:
    """Return a naive local time as UTC, right where the clocks change."""
    placed: datetime = resolve_imaginary(local.replace(tzinfo=ZoneInfo(zone), fold=0))
    return placed.astimezone(UTC)


def occurrences(
    *, rule: str, first_on: date, local_time: str, zone: str, after: datetime, before: datetime, limit: int = 400
) -> list[datetime]:
    """Return the starts in [after, before), UTC, in order, at most `limit`."""
    start = datetime.combine(first_on, time.fromisoformat(local_time))
    # A local day more on both sides, because UTC and local days differ by up to 14 hours.
    earliest = max(start, after.astimezone(ZoneInfo(zone)).replace(tzinfo=None) - DAY)
    latest = before.astimezone(ZoneInfo(zone)).replace(tzinfo=None) + DAY
    found: list[datetime] = []
    for local in rrulestr(_naive_until(rule), dtstart=start).xafter(earliest, inc=True):
        if local > latest or len(found) >= limit:
            break
        moment = to_utc(local, zone)
        if after <= moment < before:
            found.append(moment)
    return found


def _naive_until(rule: str) -> str:
    """Read UNTIL as local time: dateutil wants it without a zone where DTSTART has none."""
    return re.sub(r"(UNTIL=[0-9]{8}(?:T[0-9]{6})?)Z", r"\1", rule)
