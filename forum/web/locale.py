"""Language: English until somebody translates more; the browser's own wish is read, nothing is stored."""

from __future__ import annotations

from typing import Any

from flask import Flask, g, has_request_context, request
from flask_babel import Babel, get_translations

LANGUAGES = ("en",)
babel = Babel()


def choose() -> str:
    """Return the best language we have for this browser."""
    if not has_request_context():
        return LANGUAGES[0]
    return request.accept_languages.best_match(LANGUAGES) or LANGUAGES[0]


def init_app(app: Flask) -> None:
    """Attach Flask-Babel; times are UTC until a member's own zone is known."""
    app.config.setdefault("BABEL_DEFAULT_TIMEZONE", "UTC")
    app.config.setdefault("BABEL_TRANSLATION_DIRECTORIES", "translations")
    babel.init_app(app, locale_selector=choose)
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=lambda text: _catalogue().ugettext(text),
        ngettext=lambda one, many, count: _catalogue().ungettext(one, many, count),
        newstyle=True,
    )


def _catalogue() -> Any:
    """Return this request's sentences. A page asks hundreds of times; Babel would find the language out each time."""
    found = g.get("catalogue")
    if found is None:
        found = g.catalogue = get_translations()
    return found
