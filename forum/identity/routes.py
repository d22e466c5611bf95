"""Joining, coming back, leaving, quick exit, appearance."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from forum.core import events
from forum.core.blocking import run_costly
from forum.core.clock import utcnow
from forum.core.errors import BadInput, Conflict, NotFound
from forum.identity import guessing, newcomers, operations
from forum.identity.access import member, the_member
from forum.identity.context import THEMES
from forum.identity.forms import Form, read_form, read_join, safe_place
from forum.identity.login import current_member, current_principal, sign_in, sign_out, sleeping_row
from forum.identity.marks import mark_seed
from forum.identity.models import Member
from forum.identity.opening import member_at_the_door, member_by_words
from forum.identity.passwords import verify_password
from forum.identity.sessions import end_sessions, leave_quickly
from forum.web import limits
from forum.web.access import public
from forum.web.csrf import protect
from forum.web.current import config

bp = Blueprint("identity", __name__)
NAMES_SHOWN = 3
YEAR_SECONDS = 365 * 86_400


# ── Joining ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _join_page(form: Form, status: int = 200) -> tuple[str, int]:
    """Show three names; the one already chosen stays among them."""
    names = operations.free_handles(NAMES_SHOWN, config().keys)
    chosen = form.values.get("handle", "")
    if chosen and "handle" not in form.errors and operations.is_handle_free(chosen, config().keys):
        names = [chosen, *names[1:]] if chosen not in names else names
    shown = [(name, _seed_of(name)) for name in names]
    return render_template("identity/join.html", names=shown, form=form, stamp=newcomers.new_stamp(utcnow())), status


def _seed_of(handle: str) -> str:
    """Draw a pattern for a name nobody has yet; the member's own comes from their id."""
    return mark_seed(f"name:{handle}", 0)


@bp.route("/join", methods=["GET", "POST"])
@public
def join() -> Response | tuple[str, int] | str:
    """Choose a name and come in; the recovery phrase is shown once."""
    if current_member() is not None:
        return redirect("/rooms", 303)
    if request.method == "GET":
        limits.hit("reroll")
        about = "love" if request.args.get("area") == "family" else "skip"
        return _join_page(Form({"about": about, "to": safe_place(request.args.get("to", ""))}))
    if request.form.get("reroll"):
        limits.hit("reroll")
        kept = read_form("about", "device", "adult", "to")
        kept.values["to"] = safe_place(kept.values["to"])
        return _join_page(kept)
    form = read_join()
    if form.values["website"]:  # only a script fills in a field nobody sees; it is told that all went well
        return redirect("/rooms", 303)
    if form.errors:
        return _join_page(form, 400)
    return _make_member(form)


def _make_member(form: Form) -> tuple[str, int] | str:
    now = utcnow()
    debt = newcomers.admit(now)
    try:
        made, words = operations.join(
            handle=form.values["handle"], about=form.values["about"], keys=config().keys, now=now
        )
    except (BadInput, Conflict) as problem:
        form.errors["handle"] = problem.message
        return _join_page(form, problem.status)
    made.accepted_posts = -debt
    sign_in(member=made, device=form.values["device"])
    return _show_words(words, to=form.values["to"])


def _show_words(words: str, *, renewed: bool = False, to: str = "") -> str:
    """Show a phrase, on a page that no cache keeps, this once; then lead back to where somebody came in from."""
    onward = to or ("/me" if renewed else "/rooms")
    return render_template("identity/welcome.html", phrase=words, renewed=renewed, next_href=onward, is_back=bool(to))


# ── Coming back ─────────────────────────────────────────────────────────────────────────────────────────────────


@bp.route("/return", methods=["GET", "POST"])
@public
def come_back() -> Response | tuple[str, int] | str:
    """Come back in with six words."""
    if request.method == "GET":
        if sleeping_row() is not None:
            return redirect(url_for("identity.wake"), 303)
        return _return_page(Form())
    form = Form({"device": request.form.get("device", "shared")})
    found = member_at_the_door(form)
    if found is None:
        return _return_page(form), 400
    sign_in(member=found, device="own" if form.values["device"] == "own" else "shared")
    return redirect("/rooms", 303)


def _return_page(form: Form) -> str:
    return render_template("identity/return.html", form=form, stamp=guessing.new_stamp("wrong_words", utcnow()))


@bp.route("/wake", methods=["GET", "POST"])
@public
def wake() -> Response | tuple[str, int] | str:
    """Wake a session that quick exit put to sleep, with PIN or words."""
    row = sleeping_row()
    if row is None or row.member is None:
        return redirect(url_for("identity.come_back"), 303)
    has_pin = row.member.pin_verifier is not None
    form = Form()
    if request.method == "GET":
        return _wake_page(form, has_pin=has_pin)
    pin = request.form.get("pin", "")
    if pin:
        guessing.count_try(f"pin-{row.member_id}")
        if row.member.pin_verifier and run_costly("members", verify_password, row.member.pin_verifier, pin):
            guessing.forgive(f"pin-{row.member_id}")
            end_sessions(reason="signed_out", digest=row.digest)
            return _woken(row.member, row.device)
        form.errors["pin"] = _("That PIN isn't right.")
    else:
        found = member_at_the_door(form)
        if found is not None:
            end_sessions(reason="signed_out", digest=row.digest)
            return _woken(found, row.device)
    return _wake_page(form, has_pin=has_pin), 400


def _wake_page(form: Form, *, has_pin: bool) -> str:
    return render_template(
        "identity/wake.html", has_pin=has_pin, form=form, stamp=guessing.new_stamp("wrong_words", utcnow())
    )


def _woken(who: Member, device: str) -> Response:
    sign_in(member=who, device=device)
    return redirect("/rooms", 303)


# ── Leaving ─────────────────────────────────────────────────────────────────────────────────────────────────────


@bp.post("/leave")
@public
def leave() -> Response:
    """Sign out: the session ends on the server, the browser forgets this site's pages."""
    principal = current_principal()
    if principal is not None:
        end_sessions(reason="signed_out", digest=principal.row.digest)
        events.commit()
    sign_out()
    response = redirect("/", 303)
    response.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
    return response


def _vanish() -> None:
    principal = current_principal()
    if principal is not None:
        asleep = principal.row.device == "own"
        leave_quickly(principal.row)
        events.commit()
        if not asleep:
            sign_out()


@bp.get("/exit")
@public
def exit_now() -> Response:
    """Leave at once for a dull page. A plain link: it must work when nothing else does."""
    try:
        _vanish()
    except Exception:
        # With the database gone the session can't be ended now, but the person must get away all the same.
        sign_out()
    response = redirect(config().exit_url, 303)
    # "storage" takes along the script that wakes a browser for news, where its member had turned that on.
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@bp.post("/exit/beacon")
@public
def exit_beacon() -> tuple[str, int]:
    """End or put to sleep the session while the page is already blank (`navigator.sendBeacon` carries no token)."""
    _vanish()
    return "", 204


protect.exempt(exit_beacon)


@bp.post("/theme")
@public
def set_theme() -> Response:
    """Remember the appearance in a cookie that names nobody."""
    return remember_theme(redirect(_back(), 303), request.form.get("theme", ""))


def remember_theme(response: Response, chosen: str) -> Response:
    """Set or forget the appearance on a response."""
    if chosen in THEMES:
        is_https = config().is_https
        response.set_cookie("theme", chosen, max_age=YEAR_SECONDS, samesite="Strict", httponly=True, secure=is_https)
    else:
        response.delete_cookie("theme")
    return response


def _back() -> str:
    """Return the path the form was on, never another site's address."""
    referrer = request.referrer or ""
    for origin in config().origins:
        if referrer.startswith(origin + "/"):
            return "/" + referrer[len(origin) :].lstrip("/\\")
    return "/"


# ── Sessions and words ──────────────────────────────────────────────────────────────────────────────────────────


@bp.post("/me/sessions")
@member
def end_a_session() -> Response:
    """End one of one's own sessions, or all the others."""
    principal = current_principal()
    me = the_member()
    wanted = request.form.get("session", "")
    if wanted == "others" and principal is not None:
        end_sessions(reason="ended_elsewhere", member_id=me.id, keep=principal.row.digest)
    else:
        _end_own(me, wanted)
    events.commit()
    return redirect("/me/sessions", 303)


def _end_own(me: Member, public_id: str) -> None:
    from forum.identity.sessions import list_sessions

    row = next((r for r in list_sessions(me.id, utcnow()) if r.public_id == public_id), None)
    if row is None:
        raise NotFound
    end_sessions(reason="ended_elsewhere", digest=row.digest)


@bp.route("/me/words", methods=["GET", "POST"])
@member
def new_words() -> tuple[str, int] | str:
    """Make a new recovery phrase; the old one must be shown first, and other sessions end."""
    me, principal = the_member(), current_principal()
    if request.method == "GET":
        return render_template("identity/new_words.html", form=Form())
    form = read_form("phrase")
    if member_by_words(form) is not me:
        form.errors.setdefault("phrase", _("Those words don't open this account."))
        return render_template("identity/new_words.html", form=form), 400
    words = operations.renew_phrase(
        me,
        old_words=request.form.get("phrase", ""),
        keys=config().keys,
        keep_session=principal.row.digest if principal else None,
    )
    events.commit()
    return _show_words(words, renewed=True)
