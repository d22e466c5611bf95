"""Rooms in the console: the list, one room's words with a preview, what was changed before."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from forum.console import editing
from forum.console.actor import count_action, the_actor
from forum.console.wording import _
from forum.core import events
from forum.core.clock import utcnow
from forum.core.db import db
from forum.core.errors import BadInput, NotFound
from forum.discussions import helping, room_editing
from forum.discussions.models import Room
from forum.discussions.presenting import card_questions
from forum.discussions.seeding import group_names
from forum.helplines.cards import SupportCard
from forum.identity.access import staff
from forum.moderation import edits
from forum.moderation.verdict import Verdict

bp = Blueprint("console_rooms", __name__, url_prefix="/mod/rooms")
LIST = "console_rooms.show"
NEW = "new"


@bp.get("")
@staff("rooms.change")
def show() -> str:
    """List all rooms in their order."""
    rooms = db.session.scalars(select(Room).order_by(Room.position, Room.id)).all()
    return render_template(
        "console/edit/rooms.html", rooms=rooms, groups=group_names(), edited=edits.edited_keys("room")
    )


@bp.get("/<room>")
@staff("rooms.change")
def one(room: str) -> str:
    """Show one room's form; `new` for a room that is not there yet."""
    found = _room(room)
    return _page(found, room_editing.values_of(found), {})


def _room(public_id: str) -> Room | None:
    if public_id == NEW:
        return None
    found = db.session.scalar(select(Room).where(Room.public_id == public_id))
    if found is None:
        raise NotFound()
    return found


def _page(room: Room | None, values: dict[str, str], errors: dict[str, str], **more: object) -> str:
    return render_template(
        "console/edit/room.html",
        room=room,
        values=values,
        errors=errors,
        groups=group_names(),
        questions=card_questions(),
        most=room_editing.MOST,
        history=editing.history("room", room.key) if room is not None else [],
        **more,
    )


@bp.post("/<room>")
@staff("rooms.change")
def save(room: str) -> Response | str | tuple[str, int]:
    """Look at a change, or store it. The words are read by the crisis check, whoever wrote them."""
    actor, now, found = the_actor(), utcnow(), _room(room)
    count_action(actor)
    before = room_editing.values_of(found) if found is not None else {}
    values, errors = room_editing.check(editing.typed(), found)
    if errors:
        return _page(found, values, errors), 400
    if editing.is_only_a_look():
        return _page(found, values, {}, changes=editing.differences(before, values), is_look=True)
    try:
        kept = room_editing.save(found, values)
    except BadInput as problem:
        events.rollback()
        return _page(_room(room), values, {problem.field or "form": problem.message}), problem.status
    action = "room.changed" if found is not None else "room.added"
    edits.note("room", kept.key, before, values, action=action, actor=actor, now=now)
    verdict = room_editing.screen(kept, staff_id=actor.staff_id, now=now)
    events.commit()
    card = _card(verdict)
    if card is not None:
        return _page(kept, values, {}, card=card)
    flash(_("Saved."), "done")
    return redirect(url_for(LIST), 303)


def _card(verdict: Verdict) -> SupportCard | None:
    """Return the help card for whoever wrote this: people on the team are people."""
    if verdict.support_level < 2:
        return None
    return helping.make_card(verdict.support_level, list(verdict.categories), "live", utcnow())
