"""Pages of goals: make, look again, change, rest; and the page behind a link one has made."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from forum.core import events
from forum.core.clock import utcnow
from forum.core.errors import ForumError
from forum.identity.access import member, the_member
from forum.identity.forms import Form
from forum.journey import goals, showing, zones
from forum.journey.forms import fresh, read_day, refused, typed
from forum.journey.models import Goal
from forum.journey.reading import Reading, read_private
from forum.journey.routes import HOME, count

bp = Blueprint("journey_goals", __name__)
FIELDS = (*goals.LIMITS, "by_when", "rhythm")


# ── Making and changing ─────────────────────────────────────────────────────────────────────────────────────────


@bp.route(f"{HOME}/aims", methods=["GET", "POST"])
@member
def new() -> Response | str | tuple[str, int]:
    """Set a goal."""
    return _saved(None) if request.method == "POST" else _form_page(None, fresh())


@bp.route(f"{HOME}/aims/<goal>/edit", methods=["GET", "POST"])
@member
def edit(goal: str) -> Response | str | tuple[str, int]:
    """Change a goal: that is part of having one."""
    found = goals.get_own(the_member(), goal)
    if request.method == "POST":
        return _saved(found)
    values = {name: getattr(found, name) or "" for name in goals.LIMITS}
    by_when = found.by_when.isoformat() if found.by_when else ""
    return _form_page(found, Form({**values, "by_when": by_when, "rhythm": found.rhythm}))


def _saved(found: Goal | None) -> Response | str | tuple[str, int]:
    """Store what was typed. A goal's words may come to be shown to others, so they are read as such."""
    me, now, form = the_member(), utcnow(), typed(*FIELDS)
    known = found.public_id if found is not None else ""
    draft = goals.read_draft(form.values, None)
    try:
        draft = replace(draft, by_when=read_day("by_when"))
        row, reading = goals.save(me, draft, goal=found, today=zones.today_of(me, now), now=now)
        count(me, reading)
    except ForumError as refusal:
        events.rollback()
        reading = refused(form, refusal)
        if not hasattr(refusal, "reading"):
            reading = read_private(draft.texts, the_member(), now)
        again = goals.get_own(the_member(), known) if known else None
        return _form_page(again, form, reading), refusal.status
    events.commit()
    return _one_page(row, fresh(), reading) if reading.level else redirect(f"{HOME}/aims/{row.public_id}", 303)


def _form_page(goal: Goal | None, form: Form, reading: Reading | None = None) -> str:
    reading = reading or Reading()
    card = showing.fleeting_card(reading.level, reading.categories, utcnow())
    return render_template("journey/goal_form.html", goal=goal, form=form, **card)


# ── One goal ────────────────────────────────────────────────────────────────────────────────────────────────────


@bp.get(f"{HOME}/aims/<goal>")
@member
def one(goal: str) -> str:
    """Show a goal and the looks back at it."""
    return _one_page(goals.get_own(the_member(), goal), fresh())


def _one_page(goal: Goal, form: Form, reading: Reading | None = None) -> str:
    reading = reading or Reading()
    return render_template(
        "journey/goal.html",
        goal=goal,
        reviews=goals.list_reviews(goal),
        form=form,
        by_when=showing.day_words(goal.by_when) if goal.by_when else "",
        look_again=showing.day_words(goal.look_again_on) if goal.look_again_on else "",
        **showing.fleeting_card(reading.level, reading.categories, utcnow()),
    )


@bp.post(f"{HOME}/aims/<goal>/look")
@member
def look(goal: str) -> Response | str | tuple[str, int]:
    """Look at a goal again: going, some of it, change it, done, rest."""
    me, now, form = the_member(), utcnow(), typed("how", "note")
    row, how = goals.get_own(me, goal), form.values["how"]
    try:
        reading = goals.review(me, row, how=how, note=form.values["note"], today=zones.today_of(me, now), now=now)
        count(me, reading)
    except ForumError as refusal:
        events.rollback()
        reading = refused(form, refusal)
        return _one_page(goals.get_own(the_member(), goal), form, reading), refusal.status
    events.commit()
    if reading.level:
        return _one_page(row, fresh(), reading)
    return redirect(f"{HOME}/aims/{row.public_id}" + ("/edit" if how == "change" else ""), 303)


@bp.post(f"{HOME}/aims/<goal>/again")
@member
def again(goal: str) -> Response:
    """Take a goal up again."""
    row = goals.get_own(the_member(), goal)
    goals.take_up(row, zones.today_of(the_member(), utcnow()))
    events.commit()
    return redirect(f"{HOME}/aims/{row.public_id}", 303)


@bp.post(f"{HOME}/aims/<goal>/delete")
@member
def delete(goal: str) -> Response:
    """Forget a goal."""
    goals.remove(goals.get_own(the_member(), goal))
    events.commit()
    return redirect(f"{HOME}#aims", 303)


# ── A link for others ───────────────────────────────────────────────────────────────────────────────────────────


@bp.post(f"{HOME}/aims/<goal>/link")
@member
def link(goal: str) -> Response | tuple[str, int]:
    """Make a link other members can read the goal under, or make it stop working."""
    row, form = goals.get_own(the_member(), goal), fresh()
    try:
        goals.unshare(row) if request.form.get("stop") else goals.share(row)
    except ForumError as refusal:
        refused(form, refusal)
        return _one_page(row, form), refusal.status
    events.commit()
    return redirect(f"{HOME}/aims/{row.public_id}#link", 303)


@bp.get("/g/<link>")
@member
def shared(link: str) -> str:
    """Show a goal somebody gave this reader the link to. It says nothing of who they are."""
    found = goals.get_shared(link)
    return render_template(
        "journey/goal_shared.html", goal=found, by_when=showing.day_words(found.by_when) if found.by_when else ""
    )
