"""Helplines by country, language and topic: the data, the help pages and the support cards.

Nothing here needs the database, Redis, the scorer or a session: help has to work when everything else is down. What the
database adds is which lines somebody found dead (`reports.py`), and only the order depends on it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def init_app(app: Flask) -> None:
    """Register the help pages; numbers come from `<instance>/helplines.json` where one was imported, else from ours."""
    from forum.helplines import registry
    from forum.helplines.routes import bp

    registry.use_instance(app.extensions["forum.config"].instance)
    registry.registry()
    app.register_blueprint(bp)
