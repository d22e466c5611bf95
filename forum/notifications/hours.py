"""When news may count: at once, after quiet hours, with the digest. Pure; the member's own clock decides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Hours:
    """One member's wishes."""

    zone: str = "UTC"
    quiet_from: int | None = None
    quiet_to: int = 8
    digest_hour: int = 9


def due_at(now: datetime, way: str, hours: Hours) -> datetime:
    """Return when a piece of news counts."""
    local = now.astimezone(ZoneInfo(hours.zone))
    if way == "digest":
        local = next_at(local, hours.digest_hour)
    if is_quiet(local.hour, hours):
        local = next_at(local, hours.quiet_to)
    return local.astimezone(UTC)


def next_at(local: datetime, hour: int) -> datetime:
    """Return the next time it is that hour on this clock, today or tomorrow; also across a change of clocks."""
    found = local.replace(hour=hour, minute=0, second=0, microsecond=0)
    return found if found > local else (found + timedelta(days=1))


def is_quiet(hour: int, hours: Hours) -> bool:
    """Tell whether an hour lies in the quiet hours, which may run over midnight."""
    start, end = hours.quiet_from, hours.quiet_to
    if start is None or start == end:
        return False
    return start <= hour < end if start < end else hour >= start or hour < end
