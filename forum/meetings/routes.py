"""Pages of the timetable: all meetings, one series, calendars, reminders, the reader's time zone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from forum.core import events
from forum.core.clock import utcnow
from forum.core.errors import BadInput
from forum.discussions.areas import said_area
from forum.discussions.forms import new_client_id
from forum.discussions.helping import card_of, reader_country
from forum.discussions.queries import card_post
from forum.helplines.pages import help_numbers
from forum.identity.access import member, the_member
from forum.identity.forms import Form
from forum.identity.login import current_member
from forum.identity.models import Member
from forum.meetings import asides, listing, offering, queries, said, seats, settings, words, zones
from forum.meetings.aside_models import Question, Quote
from forum.meetings.models import Series
from forum.meetings.presenting import line_of
from forum.web import limits
from forum.web.access import public
from forum.web.current import config
from forum.web.paths import safe_path

bp = Blueprint("meetings", __name__)
LIST_DAYS = 2
WEEK_DAYS = 7


@bp.get("/meetings")
@public
def meetings() -> str:
    """Show what is on now, what comes next, and the week."""
    me, now, zone = current_member(), utcnow(), zones.reader_zone()
    is_week = request.args.get("view") == "week"
    chosen = {name: request.args.get(name, "") for name in listing.FILTERS}
    until = now + timedelta(days=WEEK_DAYS if is_week else LIST_DAYS)
    found = [one for one in queries.list_sessions(now, until) if listing.wanted(one, chosen)]
    mine = said_area(me) if not chosen["audience"] else None
    if mine is not None:
        found = [one for one in found if one.series.audience in offering.audiences_of(mine)]
    return render_template(
        "meetings/meetings.html",
        days=listing.by_day(found, zone, now, queries.reminded_series(me)),
        has_any=bool(queries.list_series()),
        chosen=chosen,
        choices=listing.filter_choices(),
        is_week=is_week,
        mine=mine,
        zone=zones.place_of(zone, now),
        zone_key=zones.chosen(),
        zones=zones.known(),
        calendar_names=settings.calendar_names(),
        help_numbers=help_numbers(reader_country(), now),
    )


@bp.get("/m/<meeting>")
@public
def series(meeting: str) -> str:
    """Show one series: its info card, how it goes, when, and how to ask its host quietly."""
    return series_page(queries.get_series(meeting))


def series_page(found: Series, *, forms: dict[str, Form] | None = None, card: Any = None) -> str:
    """Show a series; `forms` holds what was typed and refused, by name."""
    now, zone, me = utcnow(), zones.reader_zone(), current_member()
    coming = queries.next_sessions(found, now) if found.is_running else []
    when = f"{coming[0].starts_at.astimezone(zone):%H:%M}, {zones.place_of(zone, now)}" if coming else ""
    question = asides.question_of(found, me)
    return render_template(
        "meetings/series.html",
        series=found,
        card=listing.card_of(found, zone, when),
        quotes=asides.quotes_of(found),
        talk_rule=listing.talk_rule(found),
        days=listing.by_day(coming, zone, now, queries.reminded_series(me)),
        is_reminded=found.id in queries.reminded_series(me),
        zone=zones.place_of(zone, now),
        length=words.duration(found.minutes),
        asked=[line_of(post, me, found.host_name, []) for post in said.exchange(question, me)],
        own_line=asides.own_quote(found, me),
        forms={"ask": Form(client_id=new_client_id()), "line": Form(client_id=new_client_id()), **(forms or {})},
        help_card=card or _card_for((question, asides.quote_of(found, me)), me, now),
        help_numbers=help_numbers(reader_country(), now),
    )


def _card_for(rows: Sequence[Question | Quote | None], me: Member | None, now: datetime) -> Any:
    """Return the help card of a member's newest words here, where they need one."""
    for row in rows:
        post = card_post(row.thread, me, now) if row is not None and row.thread is not None and me else None
        if post is not None:
            return card_of(post, now)
    return None


@bp.post("/m/<meeting>/remind")
@member
def remind(meeting: str) -> Response:
    """Ask to be told when the doors open, or no longer."""
    found = queries.get_series(meeting)
    limits.hit("react", member=the_member().public_id)
    seats.toggle_reminder(found, the_member())
    events.commit()
    return redirect(_back(f"/m/{found.public_id}"), 303)


@bp.post("/meetings/zone")
@public
def choose_zone() -> Response:
    """Keep the reader's time zone in a cookie; nothing else knows it.

    Raises:
        BadInput: nobody knows this zone.
    """
    name = request.form.get("zone", "")
    if name not in zones.known():
        raise BadInput("Please choose one of the places.", field="zone")
    answer = redirect(_back("/meetings"), 303)
    answer.set_cookie(zones.COOKIE, name, httponly=True, samesite="Strict", secure=config().is_https, path="/")
    return answer


def _back(otherwise: str) -> str:
    """Return the page to go back to, if it is one of ours."""
    wanted = safe_path(request.form.get("next", ""))
    return wanted if wanted.startswith(("/meetings", "/m/", "/s/")) else otherwise


# ── Calendars ───────────────────────────────────────────────────────────────────────────────────────────────────


@bp.get("/meetings.ics")
@public
def all_calendar() -> Response:
    """Return all meetings for a calendar."""
    return _calendar(queries.list_series())


@bp.get("/m/<meeting>.ics")
@public
def series_calendar(meeting: str) -> Response:
    """Return one series for a calendar."""
    return _calendar([queries.get_series(meeting)])


def _calendar(found: list[Series]) -> Response:
    limits.hit("page")
    from forum.meetings import feeds  # reads every time zone there is, which a start need not wait for

    body = feeds.calendar_of(found, forum_name=config().name, origin=config().origins[0], now=utcnow())
    answer = Response(body, content_type="text/calendar; charset=utf-8")
    answer.headers["Content-Disposition"] = 'inline; filename="calendar.ics"'
    return answer
