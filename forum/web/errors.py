"""Error answers: a page for people, JSON where JSON was asked for; and what was typed always comes back."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask, Response, g, jsonify, make_response, render_template, request
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy.exc import DatabaseError, IntegrityError, NoResultFound, OperationalError
from sqlalchemy.orm.exc import ObjectDeletedError, StaleDataError
from werkzeug.exceptions import HTTPException

from forum.core import events
from forum.core.db import is_disk_failure, is_lock_timeout
from forum.core.errors import Conflict, ForumError, ReadOnly
from forum.core.logs import place_of
from forum.web.csrf import CSRFError, ForeignRequest

log = logging.getLogger(__name__)
LONG_FIELDS = frozenset(
    "body text title reason reply line word words what why strength first_step label how note facts message personal "
    "signs alone people ask safe reasons content_note summary says phrases q".split()
)
"""Fields people word; so is whatever else has a space in it and is no name."""
NAMES = frozenset({"handle", "name", "username", "host_name", "zone", "stamp"})
SECRET_FIELDS = frozenset({"csrf_token", "phrase", "password", "password_again", "code", "pin"})


@dataclass(frozen=True, slots=True)
class Typed:
    """One field of a refused form, to be shown again."""

    name: str
    value: str
    is_long: bool


Care = Callable[[str], "tuple[int, str] | None"]
"""(words that were refused) -> support level and the help card's HTML, or None where no card is needed."""
_cares: list[Care] = []


def on_refused_words(care: Care) -> None:
    """Let a feature look at words that come back on an error page: their author may need help just now."""
    if care not in _cares:
        _cares.append(care)


def init_app(app: Flask) -> None:
    """Register the handlers."""
    app.register_error_handler(ForumError, _forum_error)
    app.register_error_handler(CSRFError, _csrf_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(DatabaseError, _database_error)
    for kind in (StaleDataError, ObjectDeletedError, NoResultFound):
        app.register_error_handler(kind, _gone_meanwhile)
    app.register_error_handler(Exception, _crash)


def wants_json() -> bool:
    """Tell whether the caller asked for JSON rather than a page."""
    best = request.accept_mimetypes.best_match(("text/html", "application/json"))
    return request.is_json or best == "application/json"


def answer(status: int, code: str, message: str, *, retry_after: int | None = None, retry: bool = True) -> Response:
    """Return the error as page or JSON; a refused form comes back with everything that was typed."""
    try:
        return _drawn(status, code, message, retry_after, retry)
    except DatabaseError:
        # It went while the page was drawn, which asks who is reading: it is drawn for a guest then.
        events.rollback()
        g.database_away = True
        g.pop("_login_user", None)
        return _drawn(status, code, message, retry_after, retry)
    except ObjectDeletedError:
        # The reader's own session ended while the page was at work: it is drawn for whoever they are now.
        events.rollback()
        g.pop("_login_user", None)
        return _drawn(status, code, message, retry_after, retry)


def _drawn(status: int, code: str, message: str, retry_after: int | None, retry: bool) -> Response:
    if wants_json():
        error: dict[str, object] = {"code": code, "message": message}
        if retry_after:
            error["retry_after"] = retry_after
        found = _care(_typed())
        more = {"support": {"level": found[0], "html": found[1]}} if found else {}
        response = jsonify({"ok": False, "error": error, **more})
    else:
        typed = _typed() if retry else []
        page = render_template(
            "errors/error.html",
            code=status,
            message=message,
            typed=typed,
            retry_action=request.full_path.rstrip("?") if typed else None,
            retry_after=retry_after,
            care=_card(typed),
        )
        response = make_response(page)
    response.status_code = status
    if retry_after:
        response.headers["Retry-After"] = str(retry_after)
    return response


def _card(typed: list[Typed]) -> Markup:
    found = _care(typed)
    return Markup(found[1]) if found else Markup()  # noqa: S704 - our own template, rendered


def _care(typed: list[Typed]) -> tuple[int, str] | None:
    """Look at what comes back; whatever breaks here, the words themselves still come."""
    words = "\n\n".join(field.value for field in typed if field.is_long)
    for care in _cares if words else ():
        try:
            if found := care(words):
                return found
        except Exception as error:
            log.error("refused words were not read", extra={"error": type(error).__name__, "where": place_of(error)})
    return None


def _typed() -> list[Typed]:
    """Collect a refused form's fields, except secrets, so that nothing written is lost."""
    if request.method != "POST":
        return []
    try:
        pairs = list(request.form.items(multi=True))
    except HTTPException:  # the form itself was too large, or no form at all: there is nothing to give back
        return []
    found = [Typed(name, value, _is_worded(name, value)) for name, value in pairs if name not in SECRET_FIELDS]
    return found if any(field.is_long and field.value for field in found) else []


def _is_worded(name: str, value: str) -> bool:
    return name in LONG_FIELDS or (name not in NAMES and " " in value.strip())


def _forum_error(error: ForumError) -> Response:
    events.rollback()
    foreign = isinstance(error, ForeignRequest)
    return answer(error.status, error.code, error.message, retry_after=error.retry_after, retry=not foreign)


def _csrf_error(_error: CSRFError) -> Response:
    return answer(
        403, "csrf", _("This page was open too long, so we couldn't be sure it was you. Please send it again.")
    )


def _http_error(error: HTTPException) -> Response:
    if error.response is not None:  # a redirect or a response made by hand
        return make_response(error.response)
    status = error.code or 500
    messages = {
        400: _("We couldn't read that. Nothing was changed."),
        404: _("That page isn't here. It may have been taken back by the person who wrote it."),
        405: _("That address doesn't take this kind of request."),
        413: _("That was more than we can take at once."),
    }
    codes = {400: "bad_request", 404: "not_found", 405: "bad_request", 413: "too_long", 429: "rate_limited"}
    return answer(status, codes.get(status, "error"), messages.get(status, _("That did not work.")))


def _database_error(error: DatabaseError) -> Response:
    events.rollback()
    if isinstance(error, IntegrityError):  # two at the same moment, and the database let one of them through
        return answer(Conflict.status, Conflict.code, Conflict.message)
    if is_disk_failure(error) or is_lock_timeout(error) or isinstance(error, OperationalError):
        log.error("database cannot answer", extra={"error": type(error).__name__})
        return answer(503, ReadOnly.code, ReadOnly.message, retry_after=10)
    return _crash(error)


def _gone_meanwhile(error: Exception) -> Response:
    """Answer for a row that somebody else deleted between our reading it and our writing."""
    events.rollback()
    log.warning("gone meanwhile", extra={"error": type(error).__name__, "where": place_of(error)})
    return answer(Conflict.status, Conflict.code, Conflict.message)


def _crash(error: Exception) -> Response:
    events.rollback()
    # The traceback's frames may hold somebody's words: the type and the place are enough to find it.
    log.error("unexpected error", extra={"error": type(error).__name__, "where": place_of(error)})
    return answer(500, "error", _("Something broke on our side. It isn't anything you did."))
