"""Helplines by country, language and topic: the data, the help pages and the support cards.

Nothing here needs the database, Redis, the scorer or a session: help has to work when everything else is down.
"""

from flask import Flask


def init_app(app: Flask) -> None:
    """Attach the help pages."""
    from forum.helplines import routes

    app.register_blueprint(routes.bp)
