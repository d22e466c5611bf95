"""A room as a home: coming in, making it one's own, being named, looking after it for a week."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from forum.belonging import operations
from forum.belonging.reading import may_pin
from forum.core import events
from forum.core.clock import utcnow
from forum.core.errors import Forbidden, ForumError, NotFound
from forum.discussions import areas, keeping, queries
from forum.discussions.models import Room
from forum.identity.access import member, the_member
from forum.identity.operations import say_about
from forum.web import limits

bp = Blueprint("belonging", __name__)


def _back(room: Room) -> Response:
    return redirect(f"/r/{room.public_id}", 303)


def _own_room(public_id: str) -> Room:
    """Return a room the member may come into.

    Raises:
        NotFound: there is none, or they have not said that they belong to it.
    """
    found = queries.get_room(public_id)
    if not queries.may_enter(the_member(), found):
        raise NotFound
    limits.hit("react", member=the_member().public_id)
    return found


@bp.post("/r/<room>/enter")
@member
def enter(room: str) -> Response:
    """Say that the room is for people like oneself, or its area for oneself as well. Nobody asks for proof."""
    me, found = the_member(), queries.get_room(room)
    limits.hit("react", member=me.public_id)
    if areas.is_apart(me, found):
        say_about(me, areas.with_both(me))
        events.commit()
        flash(_("Welcome. These rooms are open to you now. My space, “What brings you” changes it again."), "done")
    elif found.declares:
        operations.declare_belonging(me, found.id, utcnow())
        events.commit()
        flash(_("Welcome. You can leave this room again whenever you like; nobody is told."), "done")
    try:
        thread = queries.find_thread_for(me, request.form.get("thread", ""))
    except NotFound:
        return _back(found)
    return redirect(f"/t/{thread.public_id}", 303)


@bp.post("/r/<room>/leave")
@member
def leave(room: str) -> Response:
    """Leave a room quietly: its home, one's name in it, one's week, its threads' news; one's posts stay one's own."""
    me, found = the_member(), queries.get_room(room)
    operations.undeclare(me, found.id)
    operations.give_week_back(me, found.id)
    keeping.unfollow_room(me, found)
    events.commit()
    return redirect("/left", 303)


@bp.post("/r/<room>/home")
@member
def home(room: str) -> Response:
    """Make a room one's home, be named there, or not any more."""
    me, found = the_member(), _own_room(room)
    deed = request.form.get("deed", "")
    if deed == "home":
        operations.make_home(me, found.id)
    elif deed == "away":
        operations.leave_home(me)
    elif deed in ("named", "unnamed"):
        operations.set_listed(me, found.id, deed == "named")
    events.commit()
    flash(_("Saved."), "done")
    return _back(found)


@bp.post("/r/<room>/week")
@member
def week(room: str) -> Response:
    """Look after the daily thread for a week, or lay it down. No reason is asked."""
    me, found = the_member(), _own_room(room)
    if not found.daily:
        raise NotFound
    deed = request.form.get("deed", "")
    try:
        if deed == "back":
            operations.give_week_back(me, found.id)
        else:
            operations.take_week(me, found.id, utcnow(), next_week=deed == "next")
    except ForumError as refusal:
        events.rollback()
        flash(refusal.message, "error")
        return _back(found)
    events.commit()
    given = _("It’s somebody else’s week now. Thank you for what you did.")
    flash(given if deed == "back" else _("Thank you. It’s yours."), "done")
    return _back(found)


@bp.post("/t/<thread>/pin")
@member
def pin(thread: str) -> Response:
    """Keep a thread at the top of the room one hosts, or let it go; the daily thread keeps its own place."""
    me = the_member()
    found = queries.find_thread_for(me, thread)
    if found.room is None or not may_pin(me.id, found.room.id, utcnow().date()):
        raise Forbidden(_("Only hosts of this room keep threads at the top."))
    found.pinned = not found.pinned
    events.commit()
    return redirect(f"/t/{found.public_id}", 303)
