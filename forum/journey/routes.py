"""The front page of a member's own place: check in, days, small things, and where everything else is."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from forum.core import events
from forum.core.clock import utcnow
from forum.core.errors import ForumError
from forum.identity.access import member, the_member
from forum.identity.forms import Form
from forum.identity.models import Member
from forum.journey import calls, checkins, goals, journal, reminders, showing, smallthings, zones
from forum.journey.days import small_day
from forum.journey.forms import fresh, refused, typed
from forum.journey.reading import Reading, read_private
from forum.web import limits

bp = Blueprint("journey", __name__)
HOME = "/me/journey"
STRONG_PULL = 7
"""From here on the page offers the ways through a wave after a check-in."""


def count(who: Member, reading: Reading) -> None:
    """Count a write against the limit; somebody in danger is never told to slow down."""
    if reading.level < 2:
        limits.hit("react", member=f"journey-{who.public_id}")


@bp.get(HOME)
@member
def home() -> str:
    """Show a member their own place."""
    return _home_page(the_member(), fresh())


def _home_page(me: Member, form: Form, reading: Reading | None = None, small: Form | None = None) -> str:
    now = utcnow()
    zone = zones.zone_of(me)
    today = zones.today_of(me, now)
    latest = checkins.latest(me)
    card = showing.card_of(checkins.carded(me, today), now)
    if reading is not None and reading.level:
        card = showing.fleeting_card(reading.level, reading.categories, now)
    return render_template(
        "journey/home.html",
        form=form,
        small_form=small or Form(),
        moods=showing.mood_choices(),
        days=showing.all_days(me, today),
        small_things=smallthings.list_today(me, small_day(now, zone)),
        latest=latest if latest is not None and latest.day == today else None,
        strong=latest is not None and latest.day == today and (latest.craving or 0) >= STRONG_PULL,
        goals=[goal for goal in goals.list_goals(me) if goal.state == "open"],
        reminders=reminders.list_due(me),
        unseen=calls.unseen(me),
        pages=journal.count_pages(me),
        has_pull=me.about != "love",
        today=today,
        **card,
    )


# ── Check-ins ───────────────────────────────────────────────────────────────────────────────────────────────────


@bp.route(f"{HOME}/check-ins", methods=["GET", "POST"])
@member
def check_ins() -> Response | str | tuple[str, int]:
    """Check in; look back over twelve weeks."""
    me = the_member()
    if request.method == "GET":
        return _weeks_page(me)
    form, now = typed("mood", "craving", "line"), utcnow()
    draft = checkins.read_draft(form.values["mood"], form.values["craving"], form.values["line"])
    try:
        row = checkins.check_in(me, draft, client_id=form.client_id, today=zones.today_of(me, now), now=now)
        count(me, Reading(row.support_level))
    except ForumError as refusal:
        events.rollback()
        return _home_page(the_member(), form, refused(form, refusal)), refusal.status
    level, public_id = row.support_level, row.public_id
    events.commit()
    return redirect(f"{HOME}#care-{public_id}" if level > 1 else HOME, 303)


def _weeks_page(me: Member) -> str:
    today = zones.today_of(me, utcnow())
    return render_template(
        "journey/weeks.html",
        weeks=showing.weeks_view(me, today),
        entries=checkins.list_recent(me),
        words=showing.mood_words(),
    )


@bp.post(f"{HOME}/check-ins/<entry>/delete")
@member
def delete_check_in(entry: str) -> Response:
    """Take a check-in back."""
    checkins.remove(checkins.get_own(the_member(), entry))
    events.commit()
    return redirect(f"{HOME}/check-ins", 303)


@bp.post(f"{HOME}/check-ins/<entry>/card")
@member
def put_card_away(entry: str) -> Response:
    """Hide the help card of a check-in."""
    checkins.get_own(the_member(), entry).card_hidden = True
    events.commit()
    return redirect(HOME, 303)


# ── Small things ────────────────────────────────────────────────────────────────────────────────────────────────


@bp.post(f"{HOME}/small")
@member
def add_small() -> Response | tuple[str, int]:
    """Add a small thing for today."""
    me, now, form = the_member(), utcnow(), typed("words")
    reading = read_private((form.values["words"],), me, now)
    try:
        smallthings.add(me, form.values["words"], small_day(now, zones.zone_of(me)))
        count(me, reading)
    except ForumError as refusal:
        events.rollback()
        refused(form, refusal)
        return _home_page(the_member(), fresh(), reading, form), refusal.status
    events.commit()
    if reading.level:
        return _home_page(me, fresh(), reading), 200
    return redirect(f"{HOME}#small", 303)


@bp.post(f"{HOME}/small/<thing>")
@member
def turn_small(thing: str) -> Response:
    """Tick a small thing off, or untick it."""
    smallthings.turn(the_member(), thing)
    events.commit()
    return redirect(f"{HOME}#small", 303)


# ── Midnight ────────────────────────────────────────────────────────────────────────────────────────────────────


@bp.route(f"{HOME}/midnight", methods=["GET", "POST"])
@member
def midnight() -> Response | str:
    """Choose where one's midnight is."""
    me = the_member()
    if request.method == "GET":
        zone = zones.zone_to_offer(me, request.cookies.get("zone", ""))
        return render_template("journey/midnight.html", zone=zone, choices=zones.choices())
    zones.set_zone(me, request.form.get("zone", ""))
    events.commit()
    flash(_("Saved. Your days change at midnight there."), "done")
    return redirect(HOME, 303)
