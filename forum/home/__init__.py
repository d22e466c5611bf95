"""Pages that combine features: landing, my space, and what we promise."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Attach the pages."""
    from forum.discussions.next_meeting import show_next_meeting
    from forum.home import (
        boundary_routes,
        coming,
        data_routes,
        holdings,
        letters_routes,
        me_routes,
        own_place,
        roles_routes,
        routes,
        transparency_routes,
    )

    app.register_blueprint(routes.bp)
    app.register_blueprint(me_routes.bp)
    app.register_blueprint(data_routes.bp)
    app.register_blueprint(boundary_routes.bp)
    app.register_blueprint(letters_routes.bp)
    app.register_blueprint(transparency_routes.bp)
    app.register_blueprint(roles_routes.bp)
    show_next_meeting(app, coming.next_meeting)
    app.extensions["forum.holdings"] = (holdings, own_place)  # imported for what it declares
