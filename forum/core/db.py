"""Database object, base model, column types, and how SQLite is opened.

SQLite runs in WAL with `synchronous=FULL`: an acknowledged commit survives a power cut (with NORMAL it may not).
Transactions begin lazily: reads run in autocommit, and the first statement that writes opens `BEGIN IMMEDIATE`.
A read transaction that later wants to write fails with "database is locked" whenever somebody else committed in
between, and no busy timeout helps; beginning at the first write cannot meet that case. Reads then see what has been
committed at each statement, which is PostgreSQL's default as well, so races are answered in SQL on both
(conditional UPDATE … RETURNING, unique rows), never by reading first and hoping.
"""

from __future__ import annotations

import re
import sqlite3
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import DateTime, Engine, MetaData, event
from sqlalchemy.engine import Connection, Dialect, ExceptionContext
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

from forum.core.diskguard import disk

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Every table's base; constraint names are fixed so that migrations can drop what they made."""

    metadata = MetaData(naming_convention=NAMING)


db = SQLAlchemy(model_class=Base)

if TYPE_CHECKING:

    class Model(Base):
        __abstract__ = True
else:
    Model = db.Model


class UTCDateTime(TypeDecorator[datetime]):
    """An aware UTC datetime on both databases (SQLite itself forgets time zones)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive times: they are always a mistake here."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive datetime: pass an aware one")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Put the zone back that SQLite dropped."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# ── SQLite ──────────────────────────────────────────────────────────────────────────────────────────────────────

_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "busy_timeout=5000",
    "foreign_keys=ON",
    "secure_delete=ON",
    "trusted_schema=OFF",
    "cell_size_check=ON",
    "journal_size_limit=67108864",
    "temp_store=MEMORY",
)
_WRITES = re.compile(
    r"\s*(?:INSERT|UPDATE|DELETE|REPLACE|CREATE|ALTER|DROP|SAVEPOINT|WITH\b[^;]*\b(?:INSERT|UPDATE|DELETE))", re.I
)


@event.listens_for(Engine, "connect")
def _open_sqlite(dbapi_connection: Any, _record: object) -> None:
    """Set every per-connection option; `secure_delete` and `foreign_keys` are not kept in the file."""
    if not isinstance(dbapi_connection, sqlite3.Connection):
        return
    dbapi_connection.isolation_level = None  # we say BEGIN ourselves, see the module's docstring
    if not dbapi_connection.execute("PRAGMA page_count").fetchone()[0]:
        # Takes effect before the first table only; asked later it would wait for whoever is writing.
        dbapi_connection.execute("PRAGMA auto_vacuum=INCREMENTAL")
    for pragma in _PRAGMAS:
        dbapi_connection.execute(f"PRAGMA {pragma}")


@event.listens_for(Engine, "before_cursor_execute")
def _begin_at_first_write(
    conn: Connection, cursor: Any, statement: str, _parameters: object, _context: object, _many: bool
) -> None:
    """Open `BEGIN IMMEDIATE` before the first writing statement of a SQLite transaction."""
    if conn.dialect.name != "sqlite":
        return
    found, raw = _WRITES.match(statement), conn.connection.dbapi_connection
    if not found or not isinstance(raw, sqlite3.Connection):
        return
    if disk.is_closed and not found[0].strip().upper().startswith("SAVEPOINT"):
        raise OperationalError(None, None, sqlite3.OperationalError("not written: the disk has failed"))
    if not raw.in_transaction:
        cursor.execute("BEGIN IMMEDIATE")


@event.listens_for(Engine, "handle_error")
def _look_at_the_disk(context: ExceptionContext) -> None:
    """Stop writing when an error is the disk's."""
    if context.dialect.name == "sqlite":
        disk.note(context.original_exception)


def is_lock_timeout(error: BaseException) -> bool:
    """Tell whether a database error means "somebody else holds the lock too long", which answers 503, not 500."""
    text = str(getattr(error, "orig", error)).lower()
    return "database is locked" in text or "statement timeout" in text or "lock timeout" in text


def is_disk_failure(error: BaseException) -> bool:
    """Tell whether a database error means the disk is full, failing or read-only: writes must stop, reads go on."""
    text = str(getattr(error, "orig", error)).lower()
    return any(
        word in text
        for word in ("disk i/o error", "disk is full", "readonly database", "malformed", "not a database", "no space")
    )
