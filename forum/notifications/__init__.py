"""News for members: in the site only, each kind as they chose, never a word of anybody's in what is pushed."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Attach the page, the count in the menu, jobs, and what they listen to."""
    from forum.notifications import badge, jobs, listening, routes, waking_routes

    app.register_blueprint(routes.bp)
    app.register_blueprint(waking_routes.bp)
    badge.init_app(app)
    app.extensions["forum.notifications"] = (jobs, listening)  # imported for what they register
