"""Backups: one right way per database, checked before it counts.

SQLite: `VACUUM INTO` gives a complete, consistent copy during writes and leaves deleted pages out; copying the file of
a live WAL database does not work (security.md M12). PostgreSQL: `pg_dump -Fc`.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from forum.core.db import db, is_lock_timeout

WIPE_TRIES = 10
REWRITE_BYTES = 64 * 1024 * 1024
"""Nobody can read a table while it is written anew: so much takes about a second."""
_CHANGES = """
    SELECT relid::regclass::text, n_tup_upd + n_tup_del, pg_total_relation_size(relid),
           EXISTS (SELECT FROM pg_stats WHERE schemaname = t.schemaname AND tablename = t.relname)
    FROM pg_stat_user_tables t WHERE n_tup_upd + n_tup_del > 0 OR pg_relation_size(relid) > 0
"""
_seen: dict[tuple[str, str], int] = {}
"""Database and table -> how many rows had been changed or deleted when it was last written anew by this process."""


class BackupError(Exception):
    """The backup or restore did not work; the message says why and what is unharmed."""


def _file() -> Path:
    name = db.engine.url.database
    if not name:
        raise BackupError("The database has no file.")
    return Path(name)


def write(target: Path) -> None:
    """Write a checked copy; the name appears only once it is good.

    Raises:
        BackupError: the target exists, or the copy fails its checks.
    """
    if target.exists():
        raise BackupError(f"{target} exists already; nothing was written.")
    part = target.with_name(target.name + ".part")
    part.unlink(missing_ok=True)
    if db.engine.dialect.name == "sqlite":
        with db.engine.connect() as connection:
            connection.execute(text("VACUUM INTO :file"), {"file": str(part)})
        check(part)
    else:
        _pg_dump(part)
    os.chmod(part, 0o600)
    part.rename(target)


def _pg_dump(part: Path) -> None:
    url = db.engine.url.set(drivername="postgresql")
    # Not among the arguments, which every account of this machine can read while the dump runs.
    secret = {"PGPASSWORD": url.password} if isinstance(url.password, str) else {}
    address = url._replace(password=None).render_as_string(hide_password=False)
    tool = shutil.which("pg_dump")
    if tool is None:
        raise BackupError("pg_dump is not installed; on Debian: apt install postgresql-client.")
    run = [tool, "-Fc", "-f", str(part), address]
    done = subprocess.run(run, env={**os.environ, **secret}, capture_output=True, check=False)  # noqa: S603
    if done.returncode:
        raise BackupError("pg_dump failed; nothing was written.")


def check(file: Path) -> None:
    """Check that a SQLite copy is whole.

    Raises:
        BackupError: it is not.
    """
    try:
        with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as connection:
            whole = connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
            linked = not connection.execute("PRAGMA foreign_key_check").fetchall()
        connection.close()
    except sqlite3.DatabaseError as error:
        raise BackupError(f"{file} is not a whole database.") from error
    if not whole or not linked:
        raise BackupError(f"{file} fails its checks.")


def restore(source: Path) -> Path | None:
    """Put a checked copy in place; returns where the database that stood there was moved, if there was one.

    Raises:
        BackupError: the copy is not whole, or this is not SQLite.
    """
    if db.engine.dialect.name != "sqlite":
        raise BackupError("For PostgreSQL: pg_restore --clean --dbname=… FILE, with the forum stopped.")
    check(source)
    target, kept = _file(), None
    db.session.remove()
    db.engine.dispose()
    if target.exists():
        kept = target.with_name(f"{target.name}.before-{datetime.now(UTC):%Y%m%dT%H%M%S}")
        target.rename(kept)
        for tail in ("-wal", "-shm"):
            target.with_name(target.name + tail).unlink(missing_ok=True)
    shutil.copyfile(source, target)
    os.chmod(target, 0o600)
    return kept


def wipe_free_space(*, at_any_size: bool = False) -> bool:
    """Make deleted words unreadable; returns whether all of it could be done now.

    SQLite: search indexes are rewritten (they keep deleted words until then), free pages given back, the log emptied.
    PostgreSQL: tables something was deleted from are written anew; those too large to be held up only when asked for.
    Archived logs are the operator's (docs/deploy/production.md).
    """
    if db.engine.dialect.name != "sqlite":
        return _wipe_postgresql(None if at_any_size else REWRITE_BYTES)
    pooled = db.engine.raw_connection()
    try:
        return _wipe_sqlite(cast(sqlite3.Connection, pooled.dbapi_connection))
    finally:
        pooled.close()


def _wipe_sqlite(raw: sqlite3.Connection) -> bool:
    """Work on the bare connection: every statement here is a transaction of its own."""
    found = raw.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND lower(sql) LIKE '%using fts5%'")
    for (name,) in found.fetchall():
        quoted = '"' + name.replace('"', '""') + '"'
        raw.execute(f"INSERT INTO {quoted}({quoted}) VALUES('optimize')")
    raw.execute("PRAGMA incremental_vacuum").fetchall()  # works page by page, as its rows are read
    for _ in range(WIPE_TRIES):
        busy, _log, _moved = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if not busy:
            return True
        time.sleep(0.2)  # somebody is reading an older state; their page is done in a moment
    return False


def _wipe_postgresql(largest: int | None) -> bool:
    """Write tables anew: a plain VACUUM forgets where deleted words were, and leaves them on their pages.

    Samples of the words are kept for planning queries: these are drawn again, and their table is written anew as well.
    """
    done, database = True, str(db.engine.url)
    with db.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text("SET statement_timeout = 0"))
        connection.execute(text("SET lock_timeout = '2s'"))
        try:
            for table, changes, size, is_sampled in connection.execute(text(_CHANGES)).all():
                if _seen.get((database, table)) == changes:
                    continue
                small = largest is None or size <= largest
                how = f"({'FULL, ' if small else ''}ANALYZE {'on' if is_sampled else 'off'})"
                if _is_vacuumed(connection, table, how) and small:
                    _seen[database, table] = changes
                else:
                    done = False
            return _is_vacuumed(connection, "pg_catalog.pg_statistic", "(FULL)") and done
        finally:
            connection.execute(text("RESET ALL"))


def _is_vacuumed(connection: Connection, table: str, how: str) -> bool:
    """Vacuum one table; False where somebody reads it for longer than the others should wait."""
    try:
        connection.execute(text(f"VACUUM {how} {table}"))
    except OperationalError as problem:
        if is_lock_timeout(problem):
            return False
        raise
    return True
