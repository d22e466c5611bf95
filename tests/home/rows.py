"""Rows of any table, made from its columns alone: a table added tomorrow needs no factory of its own."""

from __future__ import annotations

import itertools
import re
from datetime import date
from typing import Any

from sqlalchemy import CheckConstraint, Column, Table, insert, text

from forum.core.clock import utcnow
from forum.core.db import db

CANARY = "canary"
_numbers = itertools.count(9_000_000)
_CHOICE = re.compile(r"^(\w+) IN \('([^']*)'")


def fill(table: Table, given: dict[str, Any], *, depth: int = 0) -> dict[str, Any]:
    """Insert one row and return it. Texts hold a canary, keys point at rows made for the purpose."""
    assert depth < 8, table.name
    values = dict(given)
    for column in table.columns:
        if column.name not in values and _is_wanted(column):
            values[column.name] = _value(table, column, depth)
    db.session.execute(text("PRAGMA ignore_check_constraints=ON"))
    done = db.session.execute(insert(table).values(**values))
    key = done.inserted_primary_key
    assert key is not None
    return values | dict(zip((c.name for c in table.primary_key.columns), key, strict=True))


def _is_wanted(column: Column[Any]) -> bool:
    if column.foreign_keys:
        return not column.nullable
    numbered = column.primary_key and column.autoincrement and str(column.type) == "INTEGER"
    return not (numbered and len(column.table.primary_key.columns) == 1) and (
        not column.nullable or _python_type(column) is str
    )


def _value(table: Table, column: Column[Any], depth: int) -> Any:
    for key in column.foreign_keys:
        return fill(key.column.table, {}, depth=depth + 1)[key.column.name]
    kind = _python_type(column)
    if kind is str:
        return _choice(table, column) or f"{CANARY}{next(_numbers)}"
    if kind is bytes:
        return next(_numbers).to_bytes(32, "big")
    return {int: next(_numbers), float: 1.0, bool: False, date: utcnow().date(), list: [], dict: {}}.get(kind, utcnow())


def _python_type(column: Column[Any]) -> type:
    try:
        found: type = column.type.python_type
    except NotImplementedError:
        return object
    if str(column.type) == "JSON":
        return list
    return found


def _choice(table: Table, column: Column[Any]) -> str:
    """Return the first value a check allows, so that queries over the table behave."""
    for check in table.constraints:
        if isinstance(check, CheckConstraint):
            found = _CHOICE.match(str(check.sqltext))
            if found and found[1] == column.name:
                return found[2]
    return ""
