"""Where a member's midnight is. They choose it; nothing is looked up, and UTC stands in until they do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache
from zoneinfo import available_timezones

from forum.core.db import db
from forum.core.errors import BadInput
from forum.identity.models import Member
from forum.journey.days import local_day
from forum.journey.models import JourneySettings

DEFAULT = "UTC"
REGIONS = ("Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")


def zone_of(member: Member) -> str:
    """Return the member's time zone."""
    row = db.session.get(JourneySettings, member.id)
    return row.zone if row is not None else DEFAULT


def zone_to_offer(member: Member, seen_elsewhere: str) -> str:
    """Return the zone a form shows first: their own, else one they chose for meeting times in this browser."""
    row = db.session.get(JourneySettings, member.id)
    if row is not None:
        return row.zone
    return seen_elsewhere if _is_known(seen_elsewhere) else DEFAULT


def _is_known(zone: str) -> bool:
    return zone == DEFAULT or zone in {name for names in choices().values() for name, _ in names}


def today_of(member: Member, now: datetime) -> date:
    """Return the day it is for the member."""
    return local_day(now, zone_of(member))


def set_zone(member: Member, zone: str) -> None:
    """Choose a time zone.

    Raises:
        BadInput: there is no such zone.
    """
    if not _is_known(zone):
        raise BadInput("Please choose a place from the list.", field="zone")
    row = db.session.get(JourneySettings, member.id)
    if row is None:
        row = JourneySettings(member_id=member.id)
        db.session.add(row)
    row.zone = zone
    db.session.flush()


@cache
def choices() -> Mapping[str, Sequence[tuple[str, str]]]:
    """Return zones by region: name, and the words for it."""
    found: dict[str, list[tuple[str, str]]] = {region: [] for region in REGIONS}
    for name in sorted(available_timezones()):
        region, _, place = name.partition("/")
        if place and region in found:
            found[region].append((name, place.replace("_", " ").replace("/", ", ")))
    return found
