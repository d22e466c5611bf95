"""Pages of day counters: make one, mark a day, start again, share a day when one wants to."""

from __future__ import annotations

import uuid
from datetime import date

from flask import Blueprint, redirect, render_template, request
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response

from forum.core import events
from forum.core.clock import utcnow
from forum.core.db import db
from forum.core.errors import ForumError, NotFound
from forum.discussions.models import Room
from forum.identity.access import member, the_member
from forum.identity.forms import Form
from forum.identity.models import Member
from forum.journey import counters, showing, zones
from forum.journey.counters import Counted
from forum.journey.days import DAY
from forum.journey.forms import fresh, read_day, refused, typed
from forum.journey.models import DayCounter
from forum.journey.reading import Reading, read_private
from forum.journey.routes import HOME, count

bp = Blueprint("journey_days", __name__)
SHARE_ROOM = "milestones"
BACK_ROOM = "relapse"


def _today() -> date:
    return zones.today_of(the_member(), utcnow())


@bp.route(f"{HOME}/days", methods=["GET", "POST"])
@member
def days() -> Response | str | tuple[str, int]:
    """Start counting something."""
    me, today = the_member(), _today()
    if request.method == "GET":
        return _new_page(fresh(day=today.isoformat(), goal="without", about="substance"))
    form = typed("label", "goal", "about", "day")
    reading = read_private((form.values["label"],), me, utcnow())
    try:
        since = read_day("day", today) or today
        values = form.values
        counters.make(me, label=values["label"], goal=values["goal"], about=values["about"], since=since, today=today)
        count(me, reading)
    except ForumError as refusal:
        events.rollback()
        refused(form, refusal)
        return _new_page(form, reading), refusal.status
    events.commit()
    return _new_page(fresh(), reading) if reading.level else redirect(f"{HOME}#days", 303)


def _new_page(form: Form, reading: Reading | None = None) -> str:
    reading = reading or Reading()
    card = showing.fleeting_card(reading.level, reading.categories, utcnow())
    return render_template("journey/days_new.html", form=form, today=_today(), **card)


def _found(counter: str) -> tuple[Member, DayCounter]:
    me = the_member()
    return me, counters.get_own(me, counter)


@bp.route(f"{HOME}/days/<counter>", methods=["GET", "POST"])
@member
def one(counter: str) -> Response | str | tuple[str, int]:
    """Show one counter; rename it, fold its number away."""
    me, row = _found(counter)
    if request.method == "GET":
        return _one_page(row, fresh(label=row.label))
    form = typed("label", "is_hidden")
    reading = read_private((form.values["label"],), me, utcnow())
    try:
        counters.change(row, label=form.values["label"], is_hidden=form.values["is_hidden"] == "yes")
        count(me, reading)
    except ForumError as refusal:
        events.rollback()
        refused(form, refusal)
        return _one_page(counters.get_own(the_member(), counter), form, reading), refusal.status
    events.commit()
    return _one_page(row, form, reading) if reading.level else redirect(f"{HOME}/days/{row.public_id}", 303)


def _one_page(row: DayCounter, form: Form, reading: Reading | None = None) -> str:
    today, reading = _today(), reading or Reading()
    return render_template(
        "journey/days_one.html",
        view=showing.days_view(Counted(row, counters.count(row, today))),
        form=form,
        today=today,
        can_share=_room(SHARE_ROOM) is not None,
        **showing.fleeting_card(reading.level, reading.categories, utcnow()),
    )


@bp.post(f"{HOME}/days/<counter>/delete")
@member
def delete(counter: str) -> Response:
    """Stop counting this."""
    counters.remove(_found(counter)[1])
    events.commit()
    return redirect(f"{HOME}#days", 303)


# ── A day of use ────────────────────────────────────────────────────────────────────────────────────────────────


@bp.route(f"{HOME}/days/<counter>/today", methods=["GET", "POST"])
@member
def mark(counter: str) -> Response | str | tuple[str, int]:
    """Mark a day. Nothing is wiped, and nobody is told."""
    row, today = _found(counter)[1], _today()
    if request.method == "GET":
        return _mark_page(row, fresh(day=today.isoformat()))
    form = typed("day")
    try:
        day = read_day("day", today) or today
        counters.mark_used(row, day, today)
    except ForumError as refusal:
        events.rollback()
        refused(form, refusal)
        return _mark_page(counters.get_own(the_member(), counter), form), refusal.status
    events.commit()
    return redirect(f"{HOME}/days/{row.public_id}/after", 303)


def _mark_page(row: DayCounter, form: Form) -> str:
    today = _today()
    view = showing.days_view(Counted(row, counters.count(row, today)))
    return render_template("journey/days_mark.html", view=view, form=form, today=today, yesterday=today - DAY)


@bp.get(f"{HOME}/days/<counter>/after")
@member
def after(counter: str) -> str:
    """Say what stays, offer people, and let the count start when the member says so."""
    row, today = _found(counter)[1], _today()
    room = _room(BACK_ROOM)
    return render_template(
        "journey/days_after.html",
        view=showing.days_view(Counted(row, counters.count(row, today))),
        room=room.public_id if room is not None else "",
        room_name=room.name if room is not None else "",
        today=today,
        tomorrow=today + DAY,
    )


@bp.post(f"{HOME}/days/<counter>/start")
@member
def start(counter: str) -> Response:
    """Count again from a day on."""
    row, today = _found(counter)[1], _today()
    counters.start_again(row, read_day("day", today) or today, today)
    events.commit()
    return redirect(f"{HOME}#days", 303)


@bp.post(f"{HOME}/days/<counter>/undo")
@member
def undo(counter: str) -> Response:
    """Take the mark of a day back."""
    row = _found(counter)[1]
    day = read_day("day")
    if day is not None:
        counters.take_back(row, day)
    events.commit()
    return redirect(f"{HOME}/days/{row.public_id}", 303)


# ── Sharing a day: a draft, never a post ────────────────────────────────────────────────────────────────────────


def _room(key: str) -> Room | None:
    return db.session.scalar(select(Room).where(Room.key == key, Room.is_open))


@bp.get(f"{HOME}/days/<counter>/say")
@member
def say(counter: str) -> str:
    """Show a draft for the room where days are said out loud. The member sends it, changed or not, or leaves it."""
    row, room = _found(counter)[1], _room(SHARE_ROOM)
    if room is None:
        raise NotFound
    view = showing.days_view(Counted(row, counters.count(row, _today())))
    count_words = showing.day_count(view.days or view.total)
    form = Form({"title": count_words, "body": _("%(days)s. I wanted to say it out loud.", days=count_words)})
    form.client_id = str(uuid.uuid4())
    return render_template("journey/days_say.html", view=view, room=room, form=form)
