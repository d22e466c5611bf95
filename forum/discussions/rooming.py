"""A room as a home, for one reader: who looks after it, who is regularly there, what one may do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from sqlalchemy import select

from forum.belonging import operations, reading
from forum.core.db import db
from forum.discussions.areas import Area
from forum.discussions.models import PUBLIC, Room, Thread
from forum.identity.models import Member

NIGHT_ROOMS: dict[Area, str] = {"own": "night", "family": "family_night"}
NIGHT_FROM, NIGHT_TO = 23, 6


@dataclass(frozen=True, slots=True)
class RoomHome:
    """What the room's page says beside its threads."""

    is_home: bool = False
    is_named: bool = False
    regulars: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    week_host: str = ""
    has_daily: bool = False
    is_my_week: bool = False
    can_take: bool = False
    """This week is free, and one has been here long enough."""
    can_take_next: bool = False
    today: str = ""
    """The daily thread's id."""
    is_anything: bool = False
    """It is their home, their week, or they have said that they belong."""


def room_home(room: Room, me: Member | None, now: datetime) -> RoomHome:
    """Return it in a handful of small queries."""
    place = reading.place_of(me, room.id)
    host = reading.weekly_host(room.id, now.date()) if room.daily else None
    following = reading.weekly_host(room.id, now.date() + timedelta(days=7)) if room.daily else None
    is_my_week = me is not None and any(one is not None and one.id == me.id for one in (host, following))
    able = me is not None and bool(room.daily) and operations.may_host(me, now)
    return RoomHome(
        is_home=bool(place and place.is_home),
        is_named=bool(place and place.is_listed),
        regulars=tuple(member.handle for member in reading.regulars_of(room.id)),
        hosts=tuple(member.handle for member in reading.hosts_of(room.id)),
        week_host=host.handle if host is not None else "",
        has_daily=bool(room.daily),
        is_my_week=is_my_week,
        can_take=able and host is None,
        can_take_next=able and following is None,
        today=todays_thread(room, now) if room.daily else "",
        is_anything=is_my_week or bool(place and (place.is_home or place.declared_at)),
    )


def todays_thread(room: Room, now: datetime) -> str:
    """Return the id of today's thread of a room; "" before the scheduler has opened it."""
    query = select(Thread.public_id).where(
        Thread.room_id == room.id, Thread.purpose == "daily", Thread.day == now.date(), Thread.visibility.in_(PUBLIC)
    )
    return db.session.scalar(query) or ""


@cache
def _zones() -> frozenset[str]:
    """Return the names of zones; finding them reads a folder of files."""
    return frozenset(available_timezones())


def is_night(now: datetime, zone: str) -> bool:
    """Tell whether it is late on a reader's clock; `zone` is what their browser chose for meeting times, else UTC."""
    hour = now.astimezone(ZoneInfo(zone if zone in _zones() else "UTC")).hour
    return hour >= NIGHT_FROM or hour < NIGHT_TO
