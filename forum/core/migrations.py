"""Whether the database stands at the revision this code was written for."""

from __future__ import annotations

from pathlib import Path

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from forum.core.db import db

DIRECTORY = Path(__file__).resolve().parent.parent / "migrations"


def pending() -> str:
    """Return what is missing in a few words, or nothing when the database is at head."""
    script = ScriptDirectory.from_config(_config())
    with db.engine.connect() as connection:
        current = set(MigrationContext.configure(connection).get_current_heads())
    heads = set(script.get_heads())
    return "" if current == heads else f"at {','.join(sorted(current)) or 'nothing'}, needs {','.join(sorted(heads))}"


def _config() -> Config:
    found = Config()
    found.set_main_option("script_location", str(DIRECTORY))
    return found
