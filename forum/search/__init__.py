"""Finding words in what the reader may see: FTS5 on SQLite, tsvector on PostgreSQL."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Attach the page; importing the index registers it with the table of posts."""
    from forum.search import index, routes

    app.register_blueprint(routes.bp)
    app.extensions["forum.search"] = index
