"""Staff: accepting an invitation, second factor, signing in and out. Its own cookie, under /mod."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from forum.core import events
from forum.core.clock import utcnow
from forum.core.errors import BadInput, NotFound, SignedOut
from forum.identity import guessing, operations, totp
from forum.identity.drawing import qr_code
from forum.identity.forms import Form, read_form
from forum.identity.login import current_principal, current_staff, sign_in, sign_out
from forum.identity.models import Staff
from forum.identity.sessions import end_sessions
from forum.web import limits
from forum.web.access import public
from forum.web.current import config

bp = Blueprint("staff", __name__, url_prefix="/mod")
SEED = "totp_seed"
NEWCOMER = "staff_newcomer"
"""Id of a staff account that has a password and is about to add the second factor; lives in the signed staff cookie."""


@bp.route("/invite/<token>", methods=["GET", "POST"])
@public
def invite(token: str) -> Response | tuple[str, int] | str:
    """Accept an invitation: choose a password, then add the second factor."""
    row = operations.get_invitation(token, utcnow())
    form = Form()
    if request.method == "GET":
        return render_template("identity/staff/invite.html", invitation=row, form=form)
    limits.hit("staff_login")
    password = request.form.get("password", "")
    if password != request.form.get("password_again", ""):
        form.errors["password_again"] = _("The two passwords differ.")
        return render_template("identity/staff/invite.html", invitation=row, form=form), 400
    try:
        made = operations.accept_invitation(token, password=password, now=utcnow())
    except BadInput as problem:
        form.errors["password"] = problem.message
        return render_template("identity/staff/invite.html", invitation=row, form=form), 400
    events.commit()
    session.clear()
    session[NEWCOMER], session[SEED] = made.id, totp.new_seed()
    return redirect(url_for("staff.second_factor"), 303)


@bp.route("/second-factor", methods=["GET", "POST"])
@public
def second_factor() -> Response | tuple[str, int] | str:
    """Add the second factor; nobody reaches the console without it."""
    newcomer, seed = _newcomer(), str(session.get(SEED, ""))
    form = read_form("code") if request.method == "POST" else Form()
    if request.method == "POST":
        guessing.count_try(f"totp-{newcomer.id}")
        step = totp.matches(seed, form.values["code"], utcnow())
        if step is not None:
            return _finish(newcomer, seed, step)
        form.errors["code"] = _("That code isn't right. Is the clock of your phone set by itself?")
    page = render_template(
        "identity/staff/second_factor.html",
        seed=seed,
        drawing=qr_code(totp.provisioning_uri(seed, newcomer.name, config().name)),
        form=form,
    )
    return page, 400 if form.errors else 200


def _newcomer() -> Staff:
    from forum.core.db import db

    found = db.session.get(Staff, session.get(NEWCOMER) or 0)
    if found is None or found.totp_seed is not None or not session.get(SEED):
        raise NotFound
    return found


def _finish(newcomer: Staff, seed: str, step: int) -> str:
    if not totp.store_first_seed(newcomer, seed, config().keys.totp_key, step=step):
        raise NotFound  # another browser was faster: this one's seed is nobody's
    codes = totp.make_recovery_codes(newcomer)
    events.commit()
    sign_in(staff=newcomer, device="staff")
    return render_template("identity/staff/recovery_codes.html", codes=codes)


@bp.route("/login", methods=["GET", "POST"])
@public
def login() -> Response | tuple[str, int] | str:
    """Sign in with name, password and code; one and the same sentence for every failure."""
    if current_staff() is not None:
        return redirect("/mod/", 303)
    if request.method == "GET":
        return _login_page(Form())
    form = read_form("name")
    limits.hit("staff_login")
    try:
        guessing.check_stamp("staff_tries", request.form.get("stamp", ""), request.form.get("work", ""), utcnow())
    except BadInput as problem:
        form.errors["form"] = problem.message
        return _login_page(form), 400
    guessing.count_many("staff_tries")
    who = f"login-{form.values['name'].lower()}"
    guessing.count_try(who)
    found = operations.check_password(form.values["name"], request.form.get("password", ""))
    if found is not None and found.totp_seed is None:
        session.clear()
        session[NEWCOMER], session[SEED] = found.id, totp.new_seed()
        return redirect(url_for("staff.second_factor"), 303)
    if found is None or not totp.use_code(found, request.form.get("code", ""), config().keys.totp_key, utcnow()):
        events.rollback()
        form.errors["form"] = _("Name, password and code don't fit together.")
        return _login_page(form), 400
    guessing.forgive(who)
    events.commit()
    sign_in(staff=found, device="staff")
    return redirect("/mod/", 303)


def _login_page(form: Form) -> str:
    return render_template("identity/staff/login.html", form=form, stamp=guessing.new_stamp("staff_tries", utcnow()))


@bp.route("/step-up", methods=["GET", "POST"])
@public
def step_up() -> Response | tuple[str, int] | str:
    """Show password and code again before something that can't be taken lightly; the session gets a new token."""
    principal = current_principal()
    if principal is None or principal.staff is None:
        raise SignedOut
    form = Form()
    back = _safe_back(request.values.get("next", ""))
    if request.method == "GET":
        return render_template("identity/staff/step_up.html", form=form, back=back)
    person = principal.staff
    who = f"login-{person.name.lower()}"
    guessing.count_try(who)
    same = operations.check_password(person.name, request.form.get("password", ""))
    if same is None or not totp.use_code(person, request.form.get("code", ""), config().keys.totp_key, utcnow()):
        events.rollback()
        form.errors["form"] = _("Password and code don't fit together.")
        return render_template("identity/staff/step_up.html", form=form, back=back), 400
    guessing.forgive(who)
    end_sessions(reason="signed_out", digest=principal.row.digest)
    events.commit()
    sign_in(staff=person, device="staff")
    return redirect(back, 303)


def _safe_back(path: str) -> str:
    """Return where to go on to: a page of the console, never another site."""
    parts = path.removeprefix("/mod/").split("/")
    is_ours = path.startswith("/mod/") and all(part.replace("-", "").isalnum() for part in parts)
    return path if is_ours else "/mod/"


@bp.post("/logout")
@public
def logout() -> Response:
    """Sign out of the console."""
    principal = current_principal()
    if principal is not None:
        end_sessions(reason="signed_out", digest=principal.row.digest)
        events.commit()
    sign_out()
    response = redirect(url_for("staff.login"), 303)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response
