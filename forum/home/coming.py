"""The next twelve hours of meetings, for the landing page and the five questions at the door."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import gettext as _
from flask_babel import ngettext

from forum.journey.begin_routes import NextMeeting
from forum.meetings import queries
from forum.meetings.models import Session
from forum.meetings.zones import reader_zone

FACE_HOURS = 12


@dataclass(frozen=True, slots=True)
class ComingMeetings:
    """What the clock on the landing page shows."""

    hours: list[int]
    """Clock hours (0–11) with a meeting, the next one first."""
    first: str
    when: str
    sentence: str
    """The same in words, for people who can't see the clock."""


def coming_meetings(now: datetime) -> ComingMeetings | None:
    """Return the meetings of the next twelve hours, or None: a lit hour promises that somebody holds one."""
    sessions = [s for s in queries.list_sessions(now, now + timedelta(hours=FACE_HOURS)) if s.status != "cancelled"]
    if not sessions:
        return None
    zone = reader_zone()
    hours = list(dict.fromkeys(s.starts_at.astimezone(zone).hour % FACE_HOURS for s in sessions))
    count = ngettext(
        "%(num)s meeting in the next twelve hours.", "%(num)s meetings in the next twelve hours.", len(sessions)
    )
    when = _when(sessions[0], now)
    name = sessions[0].series.name
    return ComingMeetings(hours, name, when, f"{count} {_('Next: %(name)s, %(when)s.', name=name, when=when)}")


def next_meeting(now: datetime) -> NextMeeting | None:
    """Return the next meeting of the coming week, as the page at the door names it."""
    sessions = [s for s in queries.list_sessions(now, now + timedelta(days=7)) if s.status != "cancelled"]
    if not sessions:
        return None
    first = sessions[0]
    return NextMeeting(f"/s/{first.public_id}", first.series.name, _when(first, now))


def _when(session: Session, now: datetime) -> str:
    """Say the reader's own clock time, and how long that is when it is soon."""
    clock = session.starts_at.astimezone(reader_zone()).strftime("%H:%M")
    minutes = int((session.starts_at - now).total_seconds() // 60)
    if minutes <= 0:
        return str(_("on now"))
    if minutes <= 90:
        return str(ngettext("%(at)s, in %(num)s minute", "%(at)s, in %(num)s minutes", minutes, at=clock))
    if session.starts_at - now < timedelta(hours=FACE_HOURS):
        return clock
    return f"{session.starts_at.astimezone(reader_zone()):%A}, {clock}"
