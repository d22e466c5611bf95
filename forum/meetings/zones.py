"""The reader's time zone: chosen by them, kept in a cookie, never guessed from an address."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from flask import request

COOKIE = "zone"
_AREAS = ("Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")


@cache
def known() -> tuple[str, ...]:
    """Return the zones people choose from, by name."""
    return ("UTC", *sorted(name for name in available_timezones() if name.split("/", 1)[0] in _AREAS))


def chosen() -> str:
    """Return the zone this browser chose, or ""."""
    name = request.cookies.get(COOKIE, "")
    return name if name in known() else ""


def reader_zone() -> ZoneInfo:
    """Return the zone times are shown in."""
    return ZoneInfo(chosen() or "UTC")


def place_of(zone: ZoneInfo, moment: datetime | None = None) -> str:
    """Return a zone as people say it, e.g. "New York (EST)"."""
    name = zone.key.rsplit("/", 1)[-1].replace("_", " ")
    short = (moment or datetime.now(UTC)).astimezone(zone).strftime("%Z")
    return name if name == short or short[:1] in "+-" else f"{name} ({short})"
