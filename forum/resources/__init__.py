"""Where else people find support: a directory with a neutral listing policy. Names and words, no endorsement."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Attach the page."""
    from forum.resources import routes

    app.register_blueprint(routes.bp)
