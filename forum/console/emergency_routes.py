"""Emergencies nobody has, said on top of every page of the desk, and taking one in the middle of another case."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from forum.console.actor import the_actor
from forum.console.wording import _
from forum.core import events
from forum.core.clock import utcnow
from forum.identity.access import staff
from forum.moderation import emergencies

bp = Blueprint("console_emergency", __name__, url_prefix="/mod/emergency")
SOUND = "emergency_sound"


@dataclass(frozen=True, slots=True)
class Danger:
    """What is said on top of every page of the desk."""

    waiting: int
    has_in_hand: bool


def danger() -> Danger:
    """Return how many emergencies wait that nobody has, and whether something would be left for one."""
    actor, now = the_actor(), utcnow()
    count = emergencies.waiting(actor=actor, now=now)
    return Danger(count, bool(count) and emergencies.has_in_hand(actor=actor, now=now))


def rings() -> bool:
    """Tell whether this session wants to hear an emergency."""
    return bool(session.get(SOUND))


@bp.get("")
@staff("queue.read")
def show() -> str:
    """Say whether an emergency waits, as a piece of a page."""
    return render_template("console/_danger.html", danger=danger())


@bp.post("")
@staff("case.claim")
def take() -> Response:
    """Leave what is in hand and open the emergency that has waited longest."""
    case = emergencies.take_next(actor=the_actor(), now=utcnow())
    events.commit()
    if case is None:
        flash(_("Somebody has it already. Thank you."), "done")
        return redirect(url_for("console.index"), 303)
    return redirect(url_for("console_case.show", case=case.public_id), 303)


@bp.post("/sound")
@staff("queue.read")
def sound() -> Response:
    """Keep for this session whether an emergency may be heard."""
    session[SOUND] = request.form.get("on") == "yes"
    return redirect(url_for("console.index"), 303)
