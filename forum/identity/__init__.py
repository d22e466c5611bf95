"""Who somebody is here: members without names, staff with accounts, sessions, roles and standing."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Attach log-in, template context and pages."""
    from forum.identity import context, login, pacing, routes, staff_routes

    login.init_app(app)
    context.init_app(app)
    pacing.init_app(app)
    app.register_blueprint(routes.bp)
    app.register_blueprint(staff_routes.bp)
