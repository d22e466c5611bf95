"""Turning waking on and off, and the one script that runs in a sleeping browser. Not there without keys."""

from __future__ import annotations

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request
from flask_babel import gettext as _

from forum.core import events
from forum.core.errors import BadInput, NotFound, SignedOut
from forum.identity.access import member, the_member
from forum.identity.login import current_principal
from forum.identity.models import LoginSession
from forum.notifications import waking
from forum.notifications.waking import PushKeys
from forum.web import limits
from forum.web.access import public
from forum.web.current import config

bp = Blueprint("waking", __name__)


def push_keys() -> PushKeys | None:
    """Return the operator's keys, or None: then nothing of this exists."""
    return waking.keys_of(config().instance)


def the_session() -> LoginSession:
    """Return this browser's session.

    Raises:
        SignedOut: nobody is signed in.
    """
    principal = current_principal()
    if principal is None:
        raise SignedOut
    return principal.row


def wake_view() -> dict[str, object] | None:
    """Return what the page of news says about waking; None without keys."""
    keys = push_keys()
    if keys is None:
        return None
    session = the_session()
    return {"public": keys.public, "is_on": waking.is_on(session), "is_own": session.device == "own"}


@bp.get("/notifications/worker.js")
@public
def worker() -> Response:
    """Give the script that shows one neutral line when it is woken. It reads no page and keeps nothing."""
    if push_keys() is None:
        raise NotFound
    response = make_response(render_template("notifications/worker.js", title=_("Something new")))
    response.mimetype = "text/javascript"
    return response


@bp.post("/notifications/wake")
@member
def turn_on() -> Response:
    """Wake this browser from now on."""
    keys = push_keys()
    if keys is None:
        raise NotFound
    limits.hit("react", member=the_member().public_id)
    try:
        waking.turn_on(the_session(), request.form.get("endpoint", "").strip(), keys)
    except BadInput as refusal:
        events.rollback()
        flash(refusal.message, "error")
        return _back(forget=True)
    events.commit()
    flash(_("On. One neutral line when there is news, until you’ve looked."), "done")
    return _back(forget=False)


@bp.post("/notifications/wake/off")
@member
def turn_off() -> Response:
    """Wake it no more; the browser forgets the script, too, also without JavaScript."""
    waking.turn_off(the_session())
    events.commit()
    flash(_("Off. This browser won’t be woken any more."), "done")
    return _back(forget=True)


def _back(*, forget: bool) -> Response:
    response = make_response(redirect("/notifications", 303))
    if forget:
        response.headers["Clear-Site-Data"] = '"storage"'
    return response
