"""Things for hard minutes and for the calendar: breathing, riding out a wave, reminders, asking for a moderator."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from forum.core import events
from forum.core.clock import utcnow
from forum.core.errors import ForumError
from forum.identity.access import member, the_member
from forum.identity.forms import Form
from forum.journey import calls, reminders, showing, zones
from forum.journey.days import RING_DOTS
from forum.journey.forms import fresh, read_day, refused, typed
from forum.journey.reading import Reading, read_private
from forum.journey.routes import HOME, count
from forum.moderation import duty

bp = Blueprint("journey_tools", __name__)
WAVE = timedelta(minutes=24)
"""Two minutes for each dot of the ring."""
MAX_SECONDS = 24 * 3600
CARD_LEVELS = {"2": 2, "3": 3}


@bp.get(f"{HOME}/breathe")
@member
def breathe() -> str:
    """Show a way of breathing: words first, a slow ring for those who like it."""
    return render_template("journey/breathe.html")


@bp.get(f"{HOME}/wave")
@member
def wave() -> str:
    """Show what helps while the pull is strong; with `from`, how long it has been so far."""
    since = request.args.get("from", "")
    now = int(utcnow().timestamp())
    started = int(since) if since.isascii() and since.isdigit() and len(since) < 12 else None
    passed = max(0, now - started) if started is not None and now - started < MAX_SECONDS else None
    lit = min(RING_DOTS, passed * RING_DOTS // int(WAVE.total_seconds())) if passed is not None else 0
    return render_template(
        "journey/wave.html",
        now=now,
        started=started,
        minutes=passed // 60 if passed is not None else None,
        lit=lit,
        step_seconds=int(WAVE.total_seconds()) // RING_DOTS,
        form=fresh(),
    )


# ── Reminders ───────────────────────────────────────────────────────────────────────────────────────────────────


@bp.route(f"{HOME}/times", methods=["GET", "POST"])
@member
def times() -> Response | str | tuple[str, int]:
    """List reminders; set one."""
    me, now = the_member(), utcnow()
    if request.method == "GET":
        return _times_page(fresh(day=zones.today_of(me, now).isoformat(), clock="09:00", rhythm="once"))
    form = typed("words", "day", "clock", "rhythm")
    reading = read_private((form.values["words"],), me, now)
    try:
        day = read_day("day", zones.today_of(me, now)) or zones.today_of(me, now)
        values, zone = form.values, zones.zone_of(me)
        reminders.add(
            me, words=values["words"], day=day, clock=values["clock"], rhythm=values["rhythm"], zone=zone, now=now
        )
        count(me, reading)
    except ForumError as refusal:
        events.rollback()
        refused(form, refusal)
        return _times_page(form, reading), refusal.status
    events.commit()
    return _times_page(fresh(), reading) if reading.level else redirect(f"{HOME}/times", 303)


def _times_page(form: Form, reading: Reading | None = None) -> str:
    me, now, reading = the_member(), utcnow(), reading or Reading()
    return render_template(
        "journey/times.html",
        reminders=[showing.reminder_view(row, zones.zone_of(me)) for row in reminders.list_own(me)],
        form=form,
        zone=zones.zone_of(me),
        today=zones.today_of(me, now),
        **showing.fleeting_card(reading.level, reading.categories, now),
    )


@bp.post(f"{HOME}/times/<reminder>/seen")
@member
def seen(reminder: str) -> Response:
    """Put a reminder away that has come."""
    reminders.put_away(reminders.get_own(the_member(), reminder))
    events.commit()
    return redirect(HOME, 303)


@bp.post(f"{HOME}/times/<reminder>/delete")
@member
def delete(reminder: str) -> Response:
    """Forget a reminder."""
    reminders.remove(reminders.get_own(the_member(), reminder))
    events.commit()
    return redirect(f"{HOME}/times", 303)


# ── Asking for a moderator ──────────────────────────────────────────────────────────────────────────────────────


@bp.route(f"{HOME}/ask", methods=["GET", "POST"])
@member
def ask() -> Response | str | tuple[str, int]:
    """Ask a moderator to write; read what they wrote."""
    me = the_member()
    if request.method == "GET":
        lines = calls.lines_for(me)
        page = _ask_page(fresh())
        calls.seen(me, lines)
        events.commit()
        return page
    return _asked(typed("body"))


def _asked(form: Form) -> Response | str | tuple[str, int]:
    """Call a moderator. How urgent it is follows from the words, or from the card whose button was pressed."""
    me, now = the_member(), utcnow()
    reading = read_private((form.values["body"],), me, now)
    level = max(reading.level, CARD_LEVELS.get(request.form.get("level", ""), 0))
    try:
        calls.ask(me, form.values["body"], level=level, client_id=form.client_id, now=now)
        count(me, Reading(level))
    except ForumError as refusal:
        events.rollback()
        refused(form, refusal)
        return _ask_page(form, reading), refusal.status
    events.commit()
    flash(_("We've asked a moderator to write to you. You'll find it here."), "done")
    return _ask_page(fresh(), reading) if reading.level else redirect(f"{HOME}/ask", 303)


def _ask_page(form: Form, reading: Reading | None = None) -> str:
    now, reading = utcnow(), reading or Reading()
    return render_template(
        "journey/ask.html",
        lines=calls.lines_for(the_member()),
        form=form,
        moderators_on=duty.coverage(now),
        **showing.fleeting_card(reading.level, reading.categories, now),
    )
