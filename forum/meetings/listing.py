"""What the timetable's pages show: sessions in the reader's zone, with what one can do about each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from flask_babel import format_date, ngettext
from flask_babel import gettext as _

from forum.discussions.presenting import card_questions
from forum.meetings import queries, words
from forum.meetings.formats import formats
from forum.meetings.models import Series, Session

FILTERS = ("audience", "pathway", "topic", "format")
ALL = "all"
"""Chosen where somebody wants to see meetings of every audience, also those their own area leaves out."""
SOON = timedelta(hours=3)


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One line of the timetable."""

    public_id: str
    series_id: str
    name: str
    summary: str
    at: datetime
    clock: str
    note: str
    """How soon, or how long."""
    status: str
    reason: str
    tags: tuple[tuple[str, str], ...]
    """(words, colour class)."""
    is_open: bool
    is_live: bool
    has_host: bool
    is_reminded: bool


@dataclass(frozen=True, slots=True)
class Day:
    """The sessions of one day in the reader's zone."""

    heading: str
    rows: tuple[SessionRow, ...]


def row_of(session: Session, zone: ZoneInfo, now: datetime, reminded: frozenset[int] = frozenset()) -> SessionRow:
    """Show a session."""
    local = session.starts_at.astimezone(zone)
    live = session.status in ("lobby", "open", "paused", "closing")
    return SessionRow(
        public_id=session.public_id,
        series_id=session.series.public_id,
        name=session.series.name,
        summary=session.series.summary,
        at=session.starts_at,
        clock=f"{local:%H:%M}".removeprefix("0"),
        note=_note(session, now),
        status=session.status,
        reason=session.reason,
        tags=tuple(_tags(session, now)),
        is_open=session.status in ("lobby", "open", "paused"),
        is_live=live,
        has_host=session.series.host_id is not None or session.host_id is not None,
        is_reminded=session.series_id in reminded,
    )


def _note(session: Session, now: datetime) -> str:
    if session.status in ("open", "paused", "closing"):
        return str(_("on now"))
    away = session.starts_at - now
    if timedelta() < away < SOON:
        minutes = max(1, round(away.total_seconds() / 60))
        return (
            str(_("in %(num)s min", num=minutes))
            if minutes < 90
            else str(_("in about %(num)s hours", num=round(minutes / 60)))
        )
    return words.duration(round((session.ends_at - session.starts_at).total_seconds() / 60))


def _tags(session: Session, now: datetime) -> Iterable[tuple[str, str]]:
    series = session.series
    if session.status == "lobby":
        yield _("Doors open"), "lampish"
    elif session.status in ("open", "paused", "closing"):
        yield ngettext("%(num)s here", "%(num)s here", session.here), "lampish"
    elif session.status == "cancelled":
        yield _("Not this time"), "roseish"
    yield dict(words.choices()["audience"])[series.audience], ""
    if series.pathway != "any":
        yield dict(words.choices()["pathway"])[series.pathway], ""
    if series.topic == "newcomers":
        yield _("Beginners welcome"), "mossish"
    if session.status != "cancelled" and series.host_id is None and session.host_id is None:
        yield _("Needs a facilitator"), "roseish"


def by_day(
    sessions: Sequence[Session], zone: ZoneInfo, now: datetime, reminded: frozenset[int] = frozenset()
) -> list[Day]:
    """Group sessions by the reader's days."""
    found: dict[date, list[SessionRow]] = {}
    today = now.astimezone(zone).date()
    for session in sessions:
        day = max(session.starts_at.astimezone(zone).date(), today)
        found.setdefault(day, []).append(row_of(session, zone, now, reminded))
    return [Day(day_heading(day, today), tuple(rows)) for day, rows in found.items()]


def day_heading(day: date, today: date) -> str:
    """Return a day as a heading."""
    full = str(format_date(day, "EEEE d MMMM"))
    if day == today:
        return str(_("Today, %(day)s", day=full))
    return str(_("Tomorrow, %(day)s", day=full)) if day == today + timedelta(days=1) else full


def wanted(session: Session, chosen: dict[str, str]) -> bool:
    """Tell whether a session fits the filters; a meeting for everyone fits everyone."""
    series = session.series
    audience = chosen.get("audience", "")
    if audience not in ("", ALL) and series.audience not in (audience, "everyone"):
        return False
    return all(not chosen.get(name) or getattr(series, name) == chosen[name] for name in ("pathway", "topic", "format"))


def filter_choices() -> dict[str, list[tuple[str, str]]]:
    """Return what one can filter by."""
    return {**words.choices(), "format": [(one.key, _(one.name)) for one in formats().values()]}


def card_of(series: Series, zone: ZoneInfo, when: str) -> dict[str, str]:
    """Return the info card's eight answers; what the host left out is filled in from what the forum knows."""
    known = {
        "support": formats()[series.format].summary,
        "pathway": dict(words.choices()["pathway"])[series.pathway],
        "focus": dict(words.choices()["topic"])[series.topic],
        "when": when,
        "size": _size(series),
        "who": dict(words.choices()["audience"])[series.audience],
        "host": _host(series),
        "leave": _("Press Leave quietly, or close the page. It makes no sound, and nobody is told."),
    }
    return {label: series.card.get(key) or known[key] for key, label in card_questions().items()}


def _size(series: Series) -> str:
    """Say how many fit, and how many came lately: that tells whether it feels small or large."""
    fits = str(ngettext("Up to %(num)s people.", "Up to %(num)s people.", series.capacity))
    lately = queries.usual_size(series)
    return f"{fits} {ngettext('About %(num)s came lately.', 'About %(num)s came lately.', lately)}" if lately else fits


def _host(series: Series) -> str:
    name = series.host_name or _("Not known yet")
    kind = _("a professional") if series.host_kind == "professional" else _("a trained volunteer, not a counsellor")
    return f"{name}, {kind}"


def talk_rule(series: Series) -> str:
    """Say in one sentence who writes when."""
    rules = {
        "off": _("Only the person who shares writes."),
        "after": _("One at a time; room notes are open between shares."),
        "on": _("You can answer while somebody shares."),
    }
    return str(rules[series.cross_talk])
