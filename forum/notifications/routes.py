"""The list of news, and how one wants it."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from forum.core import events
from forum.core.clock import utcnow
from forum.core.errors import BadInput, NotFound
from forum.discussions.helping import make_card
from forum.identity.access import member, the_member
from forum.journey import zones
from forum.notifications import operations, queries, waking
from forum.notifications.hours import Hours
from forum.notifications.listening import KEPT_BACK
from forum.notifications.models import KINDS
from forum.notifications.waking_routes import wake_view
from forum.notifications.wording import kind_labels, sentence

bp = Blueprint("notifications", __name__)


@bp.get("/notifications")
@member
def news() -> str:
    """List what is new."""
    me = the_member()
    waking.has_looked(me.id)
    page = render_template(
        "notifications/list.html",
        lines=[(line, sentence(line)) for line in queries.list_news(me)],
        kinds=kind_labels(),
        ways=queries.choices_of(me),
        hours=queries.hours_row(me),
        zone=zones.zone_of(me),
        zones=zones.choices(),
        wake=wake_view(),
    )
    events.commit()
    return page


@bp.get("/notifications/kept")
@member
def kept_back() -> str:
    """Offer help to somebody whom held words were meant for; the words themselves are nowhere on the page."""
    card = make_card(2, (KEPT_BACK,), "", utcnow())
    return render_template("notifications/kept.html", card=card)


@bp.get("/notifications/<line>")
@member
def open_line(line: str) -> Response:
    """Go where a line leads; it is read then."""
    found = operations.read_one(the_member(), line, utcnow())
    if found is None:
        raise NotFound
    target = queries.path_of(found)
    events.commit()
    return redirect(target, 303)


@bp.post("/notifications")
@member
def read_all() -> Response:
    """Mark everything as read."""
    operations.read_all(the_member().id, utcnow())
    events.commit()
    return redirect("/notifications", 303)


@bp.post("/notifications/settings")
@member
def save() -> Response:
    """Store how one wants news."""
    me = the_member()
    ways = {kind: request.form.get(f"way_{kind}", "now") for kind in KINDS}
    quiet = _hour("quiet_from") if request.form.get("quiet") else None
    if request.form.get("zone"):
        zones.set_zone(me, request.form["zone"])
    hours = Hours("", quiet, _hour("quiet_to"), _hour("digest_hour"))
    operations.choose(me, ways, hours)
    events.commit()
    flash(_("Saved."), "done")
    return redirect("/notifications", 303)


def _hour(name: str) -> int:
    value = request.form.get(name, "")
    if not (value.isascii() and value.isdigit() and int(value) < 24):
        raise BadInput(_("An hour is a number from 0 to 23."), field=name)
    return int(value)
