"""The next twelve hours of meetings, for the landing page and the five questions at the door."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import gettext as _
from flask_babel import ngettext

from forum.discussions.areas import Area
from forum.discussions.next_meeting import NextMeeting
from forum.meetings import offering, queries
from forum.meetings.models import Session
from forum.meetings.zones import reader_zone

FACE_HOURS = 12
SOON_MINUTES = 90


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
    found = queries.list_sessions(now, now + timedelta(hours=FACE_HOURS))
    sessions = [one for one in found if one.status != "cancelled" and (one.series.host_id or one.host_id)]
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


def next_meeting(now: datetime, area: Area) -> NextMeeting | None:
    """Return the next meeting of the coming week for people of an area, as the pages of rooms name it."""
    found = offering.next_sessions(now, now + timedelta(days=7), offering.audiences_of(area))
    if not found:
        return None
    session = found[0]
    is_soon = session.starts_at - now <= timedelta(minutes=SOON_MINUTES)
    series = session.series
    return NextMeeting(f"/s/{session.public_id}", series.name, _when(session, now), series.summary, is_soon)


def _when(session: Session, now: datetime) -> str:
    """Say the reader's own clock time, and how long that is when it is soon."""
    clock = session.starts_at.astimezone(reader_zone()).strftime("%H:%M")
    minutes = int((session.starts_at - now).total_seconds() // 60)
    if minutes <= 0:
        return str(_("on now"))
    if minutes <= SOON_MINUTES:
        return str(ngettext("%(at)s, in %(num)s minute", "%(at)s, in %(num)s minutes", minutes, at=clock))
    if session.starts_at - now < timedelta(hours=FACE_HOURS):
        return clock
    return f"{session.starts_at.astimezone(reader_zone()):%A}, {clock}"
