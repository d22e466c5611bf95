"""Alembic's entry: runs migrations on the application's own engine."""

from __future__ import annotations

from alembic import context
from flask import current_app

migrate = current_app.extensions["migrate"]


def run() -> None:
    """Run migrations online; SQLite alters tables by copying them (batch mode)."""
    engine = migrate.db.engine
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=migrate.db.metadata,
            process_revision_directives=_drop_empty,
            include_name=_is_ours,
            **migrate.configure_args,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


def _is_ours(name: str | None, kind: str, _parents: object) -> bool:
    """Leave the search index alone: `forum.search.index` makes it, no model describes it."""
    return not (kind == "table" and str(name).startswith("post_search"))


def _drop_empty(_context: object, _revision: object, directives: list) -> None:
    """Do not write a migration that changes nothing."""
    if getattr(context.config.cmd_opts, "autogenerate", False) and directives[0].upgrade_ops.is_empty():
        directives[:] = []


run()
