"""Flask-Babel's two functions with their types; it ships none."""

from __future__ import annotations

import flask_babel


def _(text: str, **values: object) -> str:
    """Return a sentence in the reader's language."""
    return str(flask_babel.gettext(text, **values))


def ngettext(singular: str, plural: str, num: int) -> str:
    """Return the form of a sentence that fits a number, in the reader's language."""
    return str(flask_babel.ngettext(singular, plural, num))
