"""Calendar feeds: the coming weeks as UTC events, so every calendar shows them right across the change of clocks.

Titles are neutral by default: a calendar is often seen by other people.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from icalendar import Calendar, Event
from sqlalchemy import select

from forum.core.db import db
from forum.meetings import settings
from forum.meetings.models import Series, Session
from forum.meetings.timetable import slots

WEEKS = 8


def calendar_of(series: Iterable[Series], *, forum_name: str, origin: str, now: datetime) -> bytes:
    """Return an iCalendar file of the coming eight weeks."""
    calendar = Calendar()
    calendar.add("prodid", f"-//{forum_name}//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", forum_name)
    calendar.add("refresh-interval;value=duration", "PT6H")
    for one in series:
        for event in _events(one, forum_name, origin, now):
            calendar.add_component(event)
    return bytes(calendar.to_ical())


def _events(series: Series, forum_name: str, origin: str, now: datetime) -> Iterable[Event]:
    until = now + timedelta(weeks=WEEKS)
    since = now - timedelta(minutes=series.minutes)
    made = {row.slot_at: row for row in db.session.scalars(select(Session).where(Session.series_id == series.id))}
    planned = slots(series, since, until) if series.is_running else []
    for slot in sorted({*planned, *(at for at, row in made.items() if row.ends_at > now and row.status != "closed")}):
        yield _event(series, slot, made.get(slot), forum_name, origin, now)


def _event(
    series: Series, slot: datetime, session: Session | None, forum_name: str, origin: str, now: datetime
) -> Event:
    starts = session.starts_at if session else slot
    ends = session.ends_at if session else slot + timedelta(minutes=series.minutes)
    event = Event()
    event.add("uid", f"{series.public_id}-{slot:%Y%m%dT%H%MZ}@{forum_name.lower().replace(' ', '-')}")
    event.add("dtstamp", now.replace(microsecond=0))
    event.add("dtstart", starts)
    event.add("dtend", ends)
    event.add("sequence", session.rev if session else 0)
    event.add("summary", series.name if settings.calendar_names() else forum_name)
    event.add("status", "CANCELLED" if session and session.status == "cancelled" else "CONFIRMED")
    event.add("transp", "TRANSPARENT")
    event.add("class", "PRIVATE")
    event.add("url", f"{origin}/m/{series.public_id}")
    return event
