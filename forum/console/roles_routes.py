"""Members who grow into a role: leads read what they learned and sign it off, or take a role back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, flash, redirect, render_template
from werkzeug.wrappers import Response

from forum.belonging import growing
from forum.belonging.models import MemberRole
from forum.belonging.wording import role_words
from forum.console.actor import count_action, the_actor
from forum.console.wording import _
from forum.core import events
from forum.core.clock import utcnow
from forum.core.db import db
from forum.core.errors import ForumError, NotFound
from forum.discussions import queries
from forum.identity.access import staff
from forum.identity.models import Member
from forum.moderation import sanctions

bp = Blueprint("console_roles", __name__, url_prefix="/mod")
DEEDS = {"sign": growing.sign_off, "not-now": growing.not_now, "take-back": growing.take_back}


@dataclass(frozen=True, slots=True)
class Asked:
    """One member's role as a lead sees it."""

    public_id: str
    handle: str
    member: str
    role: str
    room: str
    at: datetime | None
    days_here: int
    posts: int
    is_limited: bool
    """They may not do everything just now."""


@bp.get("/roles")
@staff("training.signoff")
def roles() -> str:
    """List who asks for a role and who holds one."""
    return render_template(
        "console/roles.html",
        asked=[_view(role) for role in growing.list_asked()],
        active=[_view(role) for role in growing.list_active()],
    )


def _view(role: MemberRole) -> Asked:
    member, now = db.session.get_one(Member, role.member_id), utcnow()
    room = queries.find_room(role.room_id) if role.room_id is not None else None
    return Asked(
        role.public_id,
        member.handle,
        member.public_id,
        role_words()[role.kind].name,
        room.name if room is not None else "",
        role.signed_at or role.asked_at,
        (now - member.created_at).days,
        member.accepted_posts,
        bool(sanctions.list_active(member.id, now)),
    )


@bp.post("/roles/<role>/<deed>")
@staff("training.signoff")
def decide(role: str, deed: str) -> Response:
    """Sign a training off, leave it for now, or take a role back."""
    how = DEEDS.get(deed)
    if how is None:
        raise NotFound
    actor = the_actor()
    count_action(actor)
    try:
        how(role, actor=actor, now=utcnow())
    except ForumError as refusal:
        events.rollback()
        flash(refusal.message, "error")
    else:
        events.commit()
        flash(_("Done. They’ll read it in their news."), "done")
    return redirect("/mod/roles", 303)
