"""Keep a browser from writing down what was typed.

Browsers save the content of forms in their session files, to bring it back after a crash: Chromium leaves a post's
words in the profile, long after the page was closed and its session ended. `autocomplete="off"` on the form prevents
it. Every form gets it while its template is compiled, except on a phone somebody said is theirs alone: there, getting
one's words back after a reload is worth more.
"""

from __future__ import annotations

from flask import Flask, has_request_context, session
from jinja2.ext import Extension
from markupsafe import Markup

OFF = Markup(' autocomplete="off"')


class FormMemory(Extension):
    """Puts the question into every form's tag."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """Return the template with the call in place."""
        return source.replace("<form ", "<form{{ form_memory() }} ")


def form_memory() -> Markup:
    """Return the attribute, or nothing on somebody's own phone. Asks the cookie alone: help pages know no database."""
    own = has_request_context() and session.permanent
    return Markup("") if own else OFF


def init_app(app: Flask) -> None:
    """Attach it before any template is compiled."""
    app.jinja_env.globals["form_memory"] = form_memory
    app.jinja_env.add_extension(FormMemory)
