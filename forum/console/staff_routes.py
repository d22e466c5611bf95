"""The team: who is on it, inviting, switching off, signing out, what waits for a second person."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from forum.console.actor import count_action, the_actor, the_case
from forum.console.wording import _
from forum.core import events
from forum.core.clock import utcnow
from forum.core.db import db
from forum.core.errors import BadInput, ForumError, NotFound
from forum.identity.access import staff, the_staff
from forum.identity.forms import Form, read_form
from forum.identity.login import current_principal
from forum.identity.models import Invitation, Staff
from forum.identity.roles import ROLES, may
from forum.identity.sessions import is_stepped_up
from forum.moderation import approvals, changes, team
from forum.moderation.actors import Actor
from forum.moderation.models import Approval, Case
from forum.web.current import config

bp = Blueprint("console_staff", __name__, url_prefix="/mod")
PAGE = "console_staff.people"


def role_names() -> dict[str, str]:
    """Return the roles in the reader's language, in order."""
    return {
        "helper": _("Helper"),
        "facilitator": _("Facilitator"),
        "peer_supporter": _("Peer supporter"),
        "moderator": _("Moderator"),
        "lead": _("Lead"),
        "admin": _("Admin"),
    }


@dataclass(frozen=True, slots=True)
class Proposal:
    """Something that waits for a second person."""

    id: str
    words: str
    by: str
    at: datetime
    is_mine: bool
    is_about_me: bool
    case: str


@bp.get("/staff")
@staff("staff.read")
def people() -> str:
    """List the team."""
    return _people(Form())


def _people(form: Form, link: str = "") -> str:
    me, now = the_staff(), utcnow()
    invited = select(Invitation).where(Invitation.used_at.is_(None), Invitation.expires_at > now)
    return render_template(
        "console/staff.html",
        people=list(db.session.scalars(select(Staff).order_by(Staff.is_active.desc(), Staff.name))),
        invited=list(db.session.scalars(invited.order_by(Invitation.created_at))),
        proposals=[_proposal(row, me) for row in approvals.list_open(now)],
        roles=role_names(),
        me=me,
        can_change=may(me.role, "staff.role"),
        can_second=may(me.role, "approve.second"),
        is_fresh=is_fresh_now(),
        open_sessions=team.open_sessions(now),
        lately=changes.of_accounts(now) if may(me.role, "staff.role") else [],
        form=form,
        link=link,
    )


def is_fresh_now() -> bool:
    """Tell whether this person has just shown password and code."""
    principal = current_principal()
    return principal is not None and is_stepped_up(principal.row, utcnow())


def _proposal(row: Approval, me: Staff) -> Proposal:
    by = db.session.get_one(Staff, row.proposed_by_id)
    about = db.session.get(Staff, row.staff_id) if row.staff_id is not None else None
    case = db.session.get(Case, row.case_id) if row.case_id is not None else None
    names = role_names()
    words = {
        "role": _(
            "%(name)s: from %(before)s to %(after)s",
            name=about.name if about else "",
            before=names.get(about.role, "") if about else "",
            after=names.get(row.to_role, ""),
        ),
        "return": _("Let %(name)s back in", name=about.name if about else ""),
        "purge": _("Delete the words of a case for good"),
    }[row.kind]
    return Proposal(
        row.public_id,
        words,
        by.name,
        row.proposed_at,
        row.proposed_by_id == me.id,
        row.staff_id == me.id,
        case.public_id if case is not None else "",
    )


@bp.post("/staff/invite")
@staff("staff.invite", step_up=True)
def invite() -> str | tuple[str, int]:
    """Make an invitation; its link is shown once, here, and stored nowhere."""
    actor, form = the_actor(), read_form("name", "role")
    count_action(actor)
    try:
        token = team.invite(form.values["name"], form.values["role"], actor=actor, now=utcnow())
    except ForumError as refusal:
        events.rollback()
        form.errors[refusal.field or "form"] = refusal.message
        return _people(form), refusal.status
    events.commit()
    return _people(Form(), config().origins[0] + url_for("staff.invite", token=token))


def _person(public_id: str) -> Staff:
    found = db.session.scalar(select(Staff).where(Staff.public_id == public_id))
    if found is None:
        raise NotFound()
    return found


def _do(said: str, deed: Callable[[Actor, datetime], object]) -> Response | tuple[str, int]:
    actor = the_actor()
    count_action(actor)
    try:
        deed(actor, utcnow())
    except BadInput as refusal:
        events.rollback()
        return _people(Form(errors={"form": refusal.message})), refusal.status
    events.commit()
    flash(said, "done")
    return redirect(url_for(PAGE), 303)


@bp.post("/staff/<person>/off")
@staff("staff.role", step_up=True)
def switch_off(person: str) -> Response | tuple[str, int]:
    """Switch an account off, now."""
    found = _person(person).id
    return _do(_("Switched off, everywhere."), lambda actor, now: team.switch_off(found, actor=actor, now=now))


@bp.post("/staff/<person>/sessions")
@staff("staff.role", step_up=True)
def end_sessions(person: str) -> Response | tuple[str, int]:
    """Sign somebody on the team out everywhere: a lost laptop must not wait for its owner."""
    found = _person(person).id
    said = _("Signed out everywhere.")
    return _do(said, lambda actor, now: team.end_sessions_of(found, actor=actor, now=now))


@bp.post("/staff/<person>/role")
@staff("staff.role", step_up=True)
def change_role(person: str) -> Response | tuple[str, int]:
    """Propose another role; a second person has to agree."""
    found, role = _person(person).id, request.form.get("role", "")
    said = _("Proposed. A second person has to agree.")
    return _do(
        said, lambda actor, now: approvals.propose_role(found, role if role in ROLES else "", actor=actor, now=now)
    )


@bp.post("/staff/<person>/return")
@staff("staff.role", step_up=True)
def let_back(person: str) -> Response | tuple[str, int]:
    """Propose to let an account back in."""
    found = _person(person).id
    said = _("Proposed. A second person has to agree.")
    return _do(said, lambda actor, now: approvals.propose_return(found, actor=actor, now=now))


@bp.post("/cases/<case>/purge")
@staff("purge.approve", step_up=True)
def purge(case: str) -> Response:
    """Propose to delete a case's words for good."""
    actor, found = the_actor(), the_case(case)
    count_action(actor)
    approvals.propose_purge(found.id, request.form.get("reason", ""), actor=actor, now=utcnow())
    events.commit()
    flash(_("Proposed. A second person has to agree."), "done")
    return redirect(url_for("console_case.show", case=case), 303)


@bp.post("/approvals/<approval>/<what>")
@staff("approve.second", step_up=True)
def second(approval: str, what: str) -> Response | tuple[str, int]:
    """Agree, disagree, or take one's own proposal back."""
    deeds = {"approve": approvals.approve, "refuse": approvals.refuse, "withdraw": approvals.withdraw}
    found = db.session.scalar(select(Approval.id).where(Approval.public_id == approval))
    if found is None or what not in deeds:
        raise NotFound()
    return _do(_("Done."), lambda actor, now: deeds[what](found, actor=actor, now=now))
