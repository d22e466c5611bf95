"""One's own staff account: where one is signed in, another password, another second factor, recovery codes."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from forum.console.actor import count_action, the_actor
from forum.console.staff_routes import is_fresh_now, role_names
from forum.console.wording import _
from forum.core import events
from forum.core.clock import utcnow
from forum.core.db import db
from forum.core.errors import BadInput, NotFound
from forum.identity import guessing, totp
from forum.identity.access import staff, the_staff
from forum.identity.drawing import qr_code
from forum.identity.forms import Form, read_form
from forum.identity.login import current_principal
from forum.identity.models import LoginSession
from forum.identity.sessions import end_sessions
from forum.moderation import optouts, team
from forum.web.current import config

bp = Blueprint("console_account", __name__, url_prefix="/mod/account")
HOME = "console_account.show"
NEXT_SEED = "next_totp_seed"


@bp.get("")
@staff("duty.own")
def show() -> str:
    """Show one's own sessions, what can be changed, and how many recovery codes are left."""
    return _page(Form())


def _page(form: Form) -> str:
    me, now, principal = the_staff(), utcnow(), current_principal()
    mine = select(LoginSession).where(LoginSession.staff_id == me.id, LoginSession.idle_until > now)
    return render_template(
        "console/account.html",
        me=me,
        role=role_names().get(me.role, me.role),
        sessions=list(db.session.scalars(mine.order_by(LoginSession.created_at.desc()))),
        this=this_session() or b"",
        codes_left=totp.codes_left(me),
        is_fresh=principal is not None and is_fresh_now(),
        groups=optouts.group_names(),
        left_out=optouts.of(me.id),
        form=form,
    )


def this_session() -> bytes | None:
    """Return the digest of the session of this request."""
    principal = current_principal()
    return principal.row.digest if principal is not None else None


@bp.post("/codes")
@staff("duty.own", step_up=True)
def renew_codes() -> str:
    """Make new recovery codes, shown once."""
    actor = the_actor()
    count_action(actor)
    codes = team.renew_codes(actor=actor, now=utcnow())
    events.commit()
    return render_template("identity/staff/recovery_codes.html", codes=codes)


@bp.post("/password")
@staff("duty.own", step_up=True)
def change_password() -> Response | tuple[str, int]:
    """Choose another password; everywhere else one is signed out."""
    actor, form = the_actor(), Form()
    count_action(actor)
    password = request.form.get("password", "")
    try:
        if password != request.form.get("password_again", ""):
            raise BadInput(_("The two passwords differ."), field="password_again")
        team.change_password(password, keep=this_session(), actor=actor, now=utcnow())
    except BadInput as problem:
        events.rollback()
        form.errors[problem.field or "form"] = problem.message
        return _page(form), problem.status
    events.commit()
    flash(_("Your password is changed. Everywhere else you’re signed out."), "done")
    return redirect(url_for(HOME), 303)


@bp.route("/second-factor", methods=["GET", "POST"])
@staff("duty.own", step_up=True)
def second_factor() -> str | tuple[str, int]:
    """Add another second factor in place of the old one, which works until the new one has shown a code."""
    actor, now = the_actor(), utcnow()
    seed = str(session.get(NEXT_SEED, "")) or totp.new_seed()
    session[NEXT_SEED] = seed
    form = read_form("code") if request.method == "POST" else Form()
    if request.method == "POST":
        guessing.count_try(f"totp-{actor.staff_id}")
        step = totp.matches(seed, form.values["code"], now)
        if step is not None:
            key = config().keys.totp_key
            codes = team.change_factor(seed, key, step=step, keep=this_session(), actor=actor, now=now)
            session.pop(NEXT_SEED)
            events.commit()
            return render_template("identity/staff/recovery_codes.html", codes=codes)
        form.errors["code"] = _("That code isn’t right. Is the clock of your phone set by itself?")
    drawing = qr_code(totp.provisioning_uri(seed, actor.alias, config().name))
    page = render_template("identity/staff/second_factor.html", seed=seed, drawing=drawing, form=form)
    return page, 400 if form.errors else 200


@bp.post("/sessions")
@staff("duty.own")
def end_session() -> Response:
    """Sign one of one's own browsers out, or all others."""
    me, wanted = the_staff(), request.form.get("session", "")
    if wanted == "others" and this_session() is not None:
        end_sessions(reason="ended_elsewhere", staff_id=me.id, keep=this_session())
    else:
        found = db.session.scalar(
            select(LoginSession.digest).where(LoginSession.public_id == wanted, LoginSession.staff_id == me.id)
        )
        if found is None:
            raise NotFound()
        end_sessions(reason="ended_elsewhere", digest=found)
    events.commit()
    flash(_("Signed out there."), "done")
    return redirect(url_for(HOME), 303)


@bp.post("/left-out")
@staff("duty.own")
def leave_out() -> Response:
    """Store which kinds of texts are too near; nobody else is shown it, nobody asks why."""
    optouts.choose(the_staff().id, request.form.getlist("group"))
    events.commit()
    flash(_("Kept. Others get these first."), "done")
    return redirect(url_for(HOME), 303)
