"""A member's own place: check-ins, days, goals, a sealed journal. Private by default; nobody is told of anything."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Attach pages and jobs, tell moderation about calls, and lock journals anew when words change."""
    from forum.identity.operations import on_new_phrase
    from forum.journey import (
        begin_routes,
        data,
        day_routes,
        goal_routes,
        jobs,
        journal,
        journal_routes,
        models,
        routes,
        subject,
        tool_routes,
    )

    for part in (routes, day_routes, journal_routes, goal_routes, tool_routes, begin_routes):
        app.register_blueprint(part.bp)
    subject.register()
    data.register()
    on_new_phrase(journal.lock_again)
    app.extensions["forum.journey"] = (jobs, models)  # imported for what they register
