"""Pages that combine features: landing, my space, and what we promise."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Attach the pages."""
    from forum.home import boundary_routes, data_routes, holdings, letters_routes, me_routes, own_place, routes

    app.register_blueprint(routes.bp)
    app.register_blueprint(me_routes.bp)
    app.register_blueprint(data_routes.bp)
    app.register_blueprint(boundary_routes.bp)
    app.register_blueprint(letters_routes.bp)
    app.extensions["forum.holdings"] = (holdings, own_place)  # imported for what it declares
