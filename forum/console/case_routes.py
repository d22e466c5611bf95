"""One case: reading it, why it is here, holding it, giving it back."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from forum.console.actor import the_actor, the_case
from forum.console.lines import is_covered
from forum.console.page import case_page
from forum.console.staff_routes import is_fresh_now
from forum.core import events
from forum.core.clock import utcnow
from forum.core.db import db
from forum.core.errors import ForumError
from forum.discussions.models import Post, Room
from forum.identity.access import staff
from forum.identity.roles import may
from forum.moderation import approvals, audit, duty, explain, leases, reasons, signals
from forum.moderation.actors import Actor
from forum.moderation.deciding import SelfReview, refuse_own
from forum.moderation.leases import AlreadyLeased
from forum.moderation.models import Case
from forum.moderation.words import LANE_RULES
from forum.web.errors import wants_json

bp = Blueprint("console_case", __name__, url_prefix="/mod/cases")


@bp.get("/<case>")
@staff("queue.read")
def show(case: str) -> str:
    """Open a case: it is yours for ten minutes, unless somebody has it or it concerns you."""
    actor, now, found = the_actor(), utcnow(), the_case(case)
    duty.heartbeat(staff_id=actor.staff_id, now=now)
    page = render_case(found, actor=actor, now=now)
    events.commit()
    return page


def render_case(found: Case, *, actor: Actor, now: datetime, refusal: ForumError | None = None) -> str:
    """Return the case page; a refused form comes back with what was typed and what is missing."""
    concern = _open(found, actor, now)
    asked = request.args.get("show") == "text"
    if asked and is_covered(found):
        audit.note_access("reveal", actor=actor, now=now, case=found)
    return render_template(
        "console/case.html",
        page=case_page(found, actor=actor, now=now, is_shown=asked),
        concern=concern,
        is_asked=asked and is_covered(found),
        reasons=list(reasons.reasons().values()),
        can_decide=may(actor.role, "case.decide") and not concern and found.state != "resolved",
        can_hand_on=may(actor.role, "case.escalate") and not concern and found.state != "resolved",
        can_see_member=may(actor.role, "member.read"),
        can_purge=may(actor.role, "purge.approve") and approvals.can_purge(found),
        needs_confirming=found.lane <= 1,
        rooms=rooms_beside(found),
        typed=request.form,
        refusal=refusal,
        is_fresh=is_fresh_now(),
        now=now,
    )


def rooms_beside(found: Case) -> list[tuple[str, str]]:
    """Return (public id, name) of the rooms a case's thread could move to; none where it can't move."""
    post = db.session.get(Post, found.target_id) if found.target_type == "post" else None
    if post is None or not post.is_opening or post.thread.room_id is None:
        return []
    others = select(Room).where(Room.id != post.thread.room_id, Room.is_open).order_by(Room.position)
    return [(room.public_id, room.name) for room in db.session.scalars(others)]


def _open(found: Case, actor: Actor, now: datetime) -> str:
    """Take the case if it is free; return why this person may only read it, if that is so."""
    if found.state in ("resolved", "watching"):
        return ""
    try:
        refuse_own(found, actor, now)
        leases.claim(found, actor=actor, now=now)
    except AlreadyLeased as taken:
        return taken.message
    except SelfReview as own:
        return own.message
    return ""


@bp.get("/<case>/explain")
@staff("queue.read")
def why(case: str) -> str | Response:
    """Explain where a case stands: every signal, threshold and boost, in words or as JSON."""
    found = the_case(case)
    remarks = signals.of_case(found.id)
    if request.args.get("format") == "json" or wants_json():
        return jsonify(explain.as_json(found, remarks))
    return render_template(
        "console/explain.html",
        case=found,
        lane_rule=LANE_RULES[found.lane],
        headline=explain.headline(found),
        why=explain.reasons_for(remarks),
        chips=explain.chips(found),
        facts=explain.as_json(found, remarks),
    )


@bp.post("/<case>/claim")
@staff("case.claim")
def claim(case: str) -> BaseResponse:
    """Take a case, or sit down beside its holder where somebody is in danger."""
    actor, found = the_actor(), the_case(case)
    refuse_own(found, actor, utcnow())
    held = leases.claim(found, actor=actor, now=utcnow(), join=request.form.get("join") == "yes")
    events.commit()
    if wants_json():
        return jsonify(ok=True, case=found.public_id, version=found.version, expires_at=held.expires_at.isoformat())
    return redirect(url_for("console_case.show", case=case), 303)


@bp.post("/<case>/release")
@staff("case.claim")
def release(case: str) -> BaseResponse:
    """Give a case back, without a word."""
    leases.release(the_case(case), actor=the_actor())
    events.commit()
    if wants_json():
        return jsonify(ok=True)
    flash(_("Given back. Somebody else can take it."), "done")
    return redirect(url_for("console.index"), 303)


@bp.post("/<case>/heartbeat")
@staff("case.claim")
def heartbeat(case: str) -> BaseResponse:
    """Say that the case is still being looked at; the answer tells whether it is still yours."""
    actor, now, found = the_actor(), utcnow(), the_case(case)
    duty.heartbeat(staff_id=actor.staff_id, now=now)
    held = leases.heartbeat(found.id, actor=actor, now=now, active=request.form.get("active") == "yes")
    events.commit()
    until = held.expires_at.isoformat() if held is not None else None
    return jsonify(ok=True, case=found.public_id, version=found.version, expires_at=until)
