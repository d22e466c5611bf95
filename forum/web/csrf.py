"""Cross-site request forgery: Flask-WTF's token plus what modern browsers say of a request's origin."""

from __future__ import annotations

from flask import Flask, request
from flask_wtf import CSRFProtect
from flask_wtf.csrf import CSRFError

from forum.core.errors import Forbidden
from forum.web.current import config

protect = CSRFProtect()
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class ForeignRequest(Forbidden):
    """The browser says the request was made by another site's page."""

    message = "This form came from another place, so nothing was done."


def init_app(app: Flask) -> None:
    """Check every unsafe request, before any view runs."""
    app.config.setdefault("WTF_CSRF_TIME_LIMIT", 12 * 3600)
    app.config.setdefault("WTF_CSRF_SSL_STRICT", False)  # we check Origin and Sec-Fetch-Site ourselves, below
    app.before_request(refuse_foreign)
    protect.init_app(app)


def refuse_foreign() -> None:
    """Refuse unsafe requests that a browser marks as made elsewhere.

    Raises:
        ForeignRequest: `Sec-Fetch-Site` or `Origin` is present and not ours.
    """
    if request.method in SAFE:
        return
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    if site not in (None, "same-origin", "none") or (origin is not None and origin not in config().origins):
        raise ForeignRequest


__all__ = ["CSRFError", "ForeignRequest", "init_app", "protect"]
