"""Roles to grow into: what there is, learning for one, asking for it, and laying it down in one tap."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from forum.belonging import growing
from forum.belonging.models import ROLE_KINDS, MemberRole
from forum.belonging.reading import has_role, own_roles
from forum.belonging.training import modules_for, training
from forum.belonging.wording import role_words
from forum.boundaries.reading import boundaries_of
from forum.core import events
from forum.core.clock import utcnow
from forum.core.errors import ForumError, NotFound
from forum.discussions import queries
from forum.discussions.greeting import list_to_greet
from forum.discussions.models import Room
from forum.discussions.presenting import thread_row
from forum.identity.access import member, the_member
from forum.web import limits
from forum.web.access import public

bp = Blueprint("roles", __name__)


@bp.get("/roles")
@public
def roles() -> str:
    """Say what roles there are, and what each does and does not do."""
    return render_template("home/roles.html", roles=role_words())


@bp.get("/me/roles")
@member
def mine() -> str:
    """Show where one stands with each role."""
    return render_template("home/my_roles.html", roles=role_words(), held=own_roles(the_member()))


def _kind(kind: str) -> str:
    if kind not in ROLE_KINDS:
        raise NotFound
    return kind


@bp.get("/me/roles/<kind>")
@member
def learn(kind: str) -> str:
    """Show the training for a role."""
    return _training_page(_kind(kind))


def _training_page(kind: str, answered: str = "", number: int = -1) -> str:
    me, now = the_member(), utcnow()
    held = own_roles(me).get(kind)
    rooms = [room for room in queries.list_rooms() if queries.may_enter(me, room)] if kind == "host" else []
    return render_template(
        "home/training.html",
        kind=kind,
        words=role_words()[kind],
        modules=modules_for(kind),
        held=held,
        room=_room_of(held),
        done=set(held.modules) if held else set(),
        is_learned=held is not None and growing.is_learned(held),
        is_old_enough=growing.may_begin(me, kind, now),
        rooms=[(room.public_id, room.name) for room in rooms],
        answered=answered,
        number=number,
    )


def _room_of(held: MemberRole | None) -> str:
    found = queries.find_room(held.room_id) if held is not None and held.room_id is not None else None
    return found.name if found is not None else ""


@bp.post("/me/roles/<kind>")
@member
def act(kind: str) -> Response | str:
    """Begin, ask for the role, or lay it down."""
    me, now, deed = the_member(), utcnow(), request.form.get("deed", "")
    limits.hit("react", member=me.public_id)
    _kind(kind)
    try:
        if deed == "back":
            growing.step_back(me, kind, now)
            flash(_("Laid down. Thank you for what you did."), "done")
        elif deed == "ask":
            growing.ask(me, kind, now)
            flash(_("Asked. A lead will look at it; you hear of it here."), "done")
        else:
            room = _chosen_room() if kind == "host" else None
            growing.begin(me, kind, room_id=room.id if room is not None else None)
    except ForumError as refusal:
        events.rollback()
        flash(refusal.message, "error")
        return redirect(f"/me/roles/{kind}", 303)
    events.commit()
    return redirect("/me/roles" if deed == "back" else f"/me/roles/{kind}", 303)


def _chosen_room() -> Room | None:
    chosen = request.form.get("room", "")
    if not chosen:
        return None
    found = queries.get_room(chosen)
    if not queries.may_enter(the_member(), found):
        raise NotFound
    return found


@bp.post("/me/roles/<kind>/<module>")
@member
def answer(kind: str, module: str) -> Response | str:
    """Answer a scene; a wrong answer is explained, and one tries again."""
    me, chosen = the_member(), request.form.get("answer", "")
    if _kind(kind) and module not in training():
        raise NotFound
    if not chosen.isascii() or not chosen.isdigit():
        return redirect(f"/me/roles/{kind}#m-{module}", 303)
    limits.hit("react", member=me.public_id)
    growing.answer(me, kind, module, int(chosen))
    events.commit()
    return _training_page(kind, module, int(chosen))


@bp.get("/me/greeting")
@member
def greeting() -> str:
    """Show greeters what has waited half an hour for a first answer."""
    me = the_member()
    if not has_role(me, "greeter"):
        raise NotFound
    found = list_to_greet(utcnow(), boundaries_of(me), queries.rooms_shut(me))
    return render_template("home/greeting.html", threads=[(thread_row(thread), first) for thread, first in found])
