"""The few statements SQLAlchemy spells differently for SQLite and PostgreSQL, in one place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Integer, TextClause, cast, extract, func
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import InstrumentedAttribute

from forum.core.db import db


def insert_into(model: type[Any]) -> sqlite.Insert | postgresql.Insert:
    """Return the dialect's INSERT, which knows ON CONFLICT."""
    if db.session.get_bind().dialect.name == "sqlite":
        return sqlite.insert(model)
    return postgresql.insert(model)


def insert_ignore(
    model: type[Any], values: Mapping[str, Any], on: Sequence[str], *, where: TextClause | None = None
) -> int | None:
    """Insert one row unless the unique columns `on` are taken; return its id, or None when they are.

    Of two transactions inserting the same, the second waits for the first to end: the answer is final, not a guess.
    """
    statement = insert_into(model).values(**values).on_conflict_do_nothing(index_elements=list(on), index_where=where)
    found: int | None = db.session.scalar(statement.returning(model.id))
    return found


def tenths_between(start: InstrumentedAttribute[Any], end: InstrumentedAttribute[Any]) -> ColumnElement[int]:
    """Return the tenths of a minute between two times of a row."""
    if db.session.get_bind().dialect.name == "sqlite":
        tenths = (func.julianday(end) - func.julianday(start)) * 14_400
    else:
        tenths = extract("epoch", end - start) / 6
    return cast(func.round(tenths), Integer)
