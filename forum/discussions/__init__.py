"""Rooms, threads, posts and reactions. Meetings and conversations keep their posts in the same threads."""

from flask import Flask

from forum.web.errors import on_refused_words


def init_app(app: Flask) -> None:
    """Attach pages, events, jobs, and tell moderation about posts."""
    from forum.belonging.wording import role_words
    from forum.discussions import (
        belonging_routes,
        boundary_routes,
        broadcast,
        jobs,
        keep_routes,
        post_routes,
        refusing,
        room_editing,
        room_routes,
        routes,
        sockets,
        story_routes,
        subject,
        written,
    )  # fmt: skip

    subject.register()
    on_refused_words(refusing.care_for)
    room_editing.register()
    written.register()
    app.register_blueprint(room_routes.bp)
    app.register_blueprint(routes.bp)
    app.register_blueprint(post_routes.bp)
    app.register_blueprint(keep_routes.bp)
    app.register_blueprint(boundary_routes.bp)
    app.register_blueprint(belonging_routes.bp)
    app.register_blueprint(story_routes.bp)
    app.add_template_global(role_words)
    app.extensions["forum.discussions"] = (broadcast, jobs, sockets)  # imported for what they register
