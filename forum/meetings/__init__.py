"""Live rooms at set times: text meetings where everyone gets a turn. They stand on discussions' threads and posts."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Attach pages, events and jobs, and say how a meeting's thread differs from a topic."""
    from forum.discussions import kinds, queries
    from forum.meetings import (
        access,
        aside_routes,
        broadcast,
        desk_routes,
        desk_sockets,
        jobs,
        room_routes,
        routes,
        series_routes,
        sockets,
    )

    queries.register_access("meeting", access.can_read)
    kinds.register(
        "meeting",
        kinds.Kind(
            path=access.path_of,
            may_write=access.may_write,
            pace=access.pace,
            seen_from=access.seen_from,
            surface="chat",
            deadline_seconds=0.6,
            fragment=broadcast.post_fragment,
            is_live=True,
        ),
    )
    app.register_blueprint(routes.bp)
    app.register_blueprint(room_routes.bp)
    app.register_blueprint(desk_routes.bp)
    app.register_blueprint(series_routes.bp)
    app.register_blueprint(aside_routes.bp)
    app.extensions["forum.meetings"] = (broadcast, desk_sockets, jobs, sockets)  # imported for what they register
