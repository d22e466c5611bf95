"""The help pages: open to everybody, and needing nothing but this process.

No database, no Redis, no session, no limit, no script; only saying that a number didn't work is counted, in the
database, and limited. If the shared page frame cannot be drawn, a bare page with the
same numbers is.
"""

from __future__ import annotations

import logging
from datetime import datetime

from flask import Blueprint, Request, Response, current_app, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import DatabaseError

from forum.core import events
from forum.core.clock import utcnow
from forum.core.errors import NotFound
from forum.helplines import registry, reports
from forum.helplines.pages import HelpPage, help_page
from forum.helplines.places import ELSEWHERE, country_code
from forum.helplines.speech import _, locale
from forum.identity.context import viewer
from forum.web import limits
from forum.web.access import public
from forum.web.csrf import protect
from forum.web.current import config
from forum.web.paths import safe_path

bp = Blueprint("helplines", __name__)

COOKIE = "country"
COOKIE_SECONDS = 365 * 24 * 3600
NOTED, LATER = "noted", "later"

_log = logging.getLogger(__name__)


@bp.get("/help")
@public
def show() -> ResponseReturnValue:
    """Show the numbers of the reader's country, or of the one asked for in `?country=`."""
    asked = request.args.get("country", "")
    if asked:
        code = country_code(asked)
        return redirect(f"/help/{code.lower()}" if code and registry.is_listed(code) else "/help", 303)
    return _answer(help_page(country_of(request), utcnow(), answers=_answers()))


@bp.get("/help/<country>")
@public
def show_country(country: str) -> ResponseReturnValue:
    """Show one country's numbers; an unlisted one gets the international page with status 404."""
    code = country_code(country)
    if code and registry.is_listed(code):
        return _answer(help_page(code, utcnow(), answers=_answers()))
    return _answer(help_page(None, utcnow(), missing=code or "?"), 404)


@bp.post("/help/country")
@public
def choose_country() -> ResponseReturnValue:
    """Remember the chosen country in a plain cookie and go back."""
    code = country_code(request.form.get("country")) or ELSEWHERE
    is_listed = registry.is_listed(code)
    back = safe_path(request.form.get("next", ""))
    response = make_response(redirect(back or (f"/help/{code.lower()}" if is_listed else "/help"), 303))
    return remember_country(response, code if is_listed else ELSEWHERE)


@bp.post("/help/line/<line_id>/silent")
@public
def say_silent(line_id: str) -> ResponseReturnValue:
    """Note that a number didn't work and lead back to it; one network counts once a day for a line."""
    now = utcnow()
    country = next((line.country for line in registry.registry().lines if line.id == line_id), "")
    if not any(offer.line.id == line_id and offer.line.is_reachable for offer in registry.all_offers(country, now)):
        raise NotFound
    outcome = NOTED if _is_noted(line_id, now) else LATER
    return redirect(f"/help/{country.lower()}?{outcome}={line_id}#{line_id}", 303)


def _is_noted(line_id: str, now: datetime) -> bool:
    """Count one report; True too when this network's was counted before. False: not now, and it may be tried again."""
    limiter, address = limits.the_limiter(), limits.client_address()
    if not limiter.try_hit("silent_line", address=address):
        return False
    once = f"silent:{line_id}:{limiter.bucket(address)}"
    if not limiter.use_once(once, limits.DAY_SECONDS):
        return True
    try:
        reports.say_silent(line_id, now)
        events.commit()
    except DatabaseError:
        events.rollback()
        limiter.give_back(once)
        return False
    reports.know(line_id)
    return True


def _answers() -> dict[str, str]:
    """Return what to say beside the line somebody has just reported."""
    noted, later = request.args.get(NOTED, ""), request.args.get(LATER, "")
    return {
        noted: _("Thank you. Until we’ve checked this number, others come first. Please try another one."),
        later: _("We couldn’t note that just now. Please try another number here."),
    }


# No tokens here, so that the page with the forms needs no session; a request from another site is refused all the same.
protect.exempt(choose_country)
protect.exempt(say_silent)


def country_of(request: Request, own: str | None = None) -> str | None:
    """Return the country whose numbers to show: the member's setting, else the cookie, else the site's default.

    `own` is the member's setting where the caller already has it. Never found out by address. None when unknown, also
    for those who chose a country without data: a default is not put in its place.
    """
    member = viewer() if own is None else None
    choices = (own or (member.country if member else ""), request.cookies.get(COOKIE, ""), config().default_country)
    code = next((found for choice in choices if (found := country_code(choice))), None)
    return code if registry.is_listed(code) else None


def remember_country(response: Response, code: str) -> Response:
    """Set the preference cookie on a response: a country, no identifier."""
    response.set_cookie(
        COOKIE,
        code,
        max_age=COOKIE_SECONDS,
        path="/",
        secure=config().is_https,
        httponly=True,
        samesite="Strict",
    )
    return response


def _answer(page: HelpPage, status: int = 200) -> Response:
    try:
        html = render_template("helplines/help.html", page=page)
    except Exception:
        # Whatever broke (the frame, a context processor, a missing drawing), the numbers still have to come.
        _log.exception("the help page could not be drawn in full; serving the bare one")
        html = current_app.jinja_env.get_template("helplines/bare.html").render(page=page, locale=locale())
    return make_response(html, status)
