"""Site settings: thresholds and limits owned by features, changed in the console, audited as a diff.

A feature declares each setting once, with type, unit, default and a sentence; unknown names are errors. Values other
than the default live in one table. The crisis check reads none of them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from forum.core.db import Model, db

Value = int | float | bool | str
T = TypeVar("T", int, float, bool, str)


class SettingRow(Model):
    """One changed setting; the default applies where there is no row."""

    __tablename__ = "site_setting"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    value: Mapped[str] = mapped_column(Text)
    """JSON."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One declared setting."""

    name: str
    default: Value
    unit: str
    sentence: str
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    """The words a text setting may be; empty: any."""

    def check(self, value: Value) -> str:
        """Return what is wrong with a value in one sentence, or nothing."""
        if type(value) is not type(self.default) and not (isinstance(self.default, float) and isinstance(value, int)):
            return f"{self.name} must be a {type(self.default).__name__}."
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            if self.minimum is not None and value < self.minimum:
                return f"{self.name} must be at least {self.minimum:g}."
            if self.maximum is not None and value > self.maximum:
                return f"{self.name} must be at most {self.maximum:g}."
        if self.choices and value not in self.choices:
            return f"{self.name} must be one of {', '.join(self.choices)}."
        return ""


REGISTRY: dict[str, Setting] = {}


def declare(
    name: str,
    default: T,
    unit: str,
    sentence: str,
    *,
    minimum: float | None = None,
    maximum: float | None = None,
    choices: tuple[str, ...] = (),
) -> Callable[[], T]:
    """Declare a setting and return the function that reads it."""
    if name in REGISTRY:
        raise ValueError(f"setting {name!r} is declared twice")
    REGISTRY[name] = Setting(name, default, unit, sentence, minimum, maximum, choices)

    def read() -> T:
        row = db.session.get(SettingRow, name)
        return default if row is None else json.loads(row.value)

    return read


def write_setting(name: str, value: Value) -> tuple[Value, Value]:
    """Store a value and return (old, new) for the audit entry.

    Raises:
        KeyError: no feature declares the name.
        ValueError: with one sentence, when the value does not fit.
    """
    setting = REGISTRY[name]
    if problem := setting.check(value):
        raise ValueError(problem)
    row = db.session.get(SettingRow, name)
    old: Value = setting.default if row is None else json.loads(row.value)
    if row is None:
        db.session.add(SettingRow(name=name, value=json.dumps(value)))
    else:
        row.value = json.dumps(value)
    db.session.flush()
    return old, value
