"""My boundaries: everything one keeps away, with a way back for each."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy import select
from werkzeug.wrappers import Response

from forum.boundaries import operations
from forum.boundaries.models import MaskBoundary, MemberBlock, MemberMute, RoomMute, WordRule
from forum.core import events
from forum.core.db import db
from forum.core.errors import BadInput
from forum.discussions.models import Room, ThreadMask
from forum.discussions.refusing import care_for
from forum.identity.access import member, the_member
from forum.identity.forms import Form, read_form
from forum.identity.models import Member

bp = Blueprint("my_boundaries", __name__)
NOTES = ("fold", "open", "cover")


@bp.get("/me/boundaries")
@member
def show() -> str:
    """List what one keeps away."""
    return _page(Form())


def _page(form: Form, care: str = "") -> str:
    me = the_member()
    people = select(Member.public_id, Member.handle).order_by(Member.handle)
    blocked = people.join(MemberBlock, MemberBlock.blocked_id == Member.id).where(MemberBlock.member_id == me.id)
    muted = people.join(MemberMute, MemberMute.muted_id == Member.id).where(MemberMute.member_id == me.id)
    names = select(ThreadMask.public_id, ThreadMask.handle).join(MaskBoundary).order_by(ThreadMask.handle)
    names = names.where(MaskBoundary.member_id == me.id)
    rooms = select(Room.public_id, Room.name).join(RoomMute).where(RoomMute.member_id == me.id).order_by(Room.position)
    words = select(WordRule).where(WordRule.member_id == me.id).order_by(WordRule.word)
    return render_template(
        "home/boundaries.html",
        blocked=[tuple(row) for row in db.session.execute(blocked)],
        muted=[tuple(row) for row in db.session.execute(muted)],
        names=[tuple(row) for row in db.session.execute(names)],
        rooms=[tuple(row) for row in db.session.execute(rooms)],
        words=list(db.session.scalars(words)),
        notes=me.notes,
        form=form,
        care=Markup(care),  # noqa: S704 - our own template, rendered
    )


@bp.post("/me/boundaries")
@member
def undo() -> Response:
    """Take one boundary back. What is not there any more is not an error."""
    me = the_member()
    kind, _colon, public_id = request.form.get("undo", "").partition(":")
    if kind in ("block", "mute"):
        other = db.session.scalar(select(Member.id).where(Member.public_id == public_id))
        if other is not None:
            (operations.unblock if kind == "block" else operations.unmute)(me, other)
    elif kind == "name":
        mask = db.session.scalar(select(ThreadMask.id).where(ThreadMask.public_id == public_id))
        if mask is not None:
            operations.let_mask_back(me, mask)
    elif kind == "room":
        room = db.session.scalar(select(Room.id).where(Room.public_id == public_id))
        if room is not None:
            operations.unmute_room(me, room)
    elif kind == "word":
        operations.uncover_word(me, public_id)
    events.commit()
    flash(_("Undone."), "done")
    return redirect("/me/boundaries", 303)


@bp.post("/me/boundaries/words")
@member
def add_word() -> Response | str | tuple[str, int]:
    """Have a word or topic covered; what somebody does not want to read may be what they think."""
    form = read_form("word", "effect")
    try:
        operations.cover_word(the_member(), form.values["word"], form.values["effect"] or "cover")
    except BadInput as refusal:
        form.errors[refusal.field or "form"] = refusal.message
        return _page(form), refusal.status
    events.commit()
    if found := care_for(form.values["word"]):
        return _page(Form(), found[1])
    flash(_("Posts with that word wait behind a fold for you now."), "done")
    return redirect("/me/boundaries", 303)


@bp.post("/me/notes")
@member
def set_notes() -> Response:
    """Choose what content notes do."""
    chosen = request.form.get("notes", "")
    the_member().notes = chosen if chosen in NOTES else "fold"
    events.commit()
    flash(_("Saved."), "done")
    return redirect("/me/boundaries", 303)


@bp.post("/me/hints")
@member
def put_hints_away() -> Response:
    """Put away what helps to say, or bring it back."""
    me = the_member()
    me.hides_hints = request.form.get("show") != "1"
    events.commit()
    back = request.form.get("thread", "")
    return redirect(f"/t/{back}#reply" if back.isalnum() else "/me/boundaries", 303)
