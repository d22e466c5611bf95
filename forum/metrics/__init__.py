"""Numbers for operators: how long people wait, whether machines and moderators agree, whether the doors hold."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Attach `/metrics` and count answers."""
    from forum.metrics import counting, routes

    counting.init_app(app)
    app.register_blueprint(routes.bp)
