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
            **migrate.configure_args,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


def _drop_empty(_context: object, _revision: object, directives: list) -> None:
    """Do not write a migration that changes nothing."""
    if getattr(context.config.cmd_opts, "autogenerate", False) and directives[0].upgrade_ops.is_empty():
        directives[:] = []


run()
