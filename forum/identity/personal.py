"""What is kept about a member, table by table: what the copy of everything holds, and what happens when they go.

Every column that points at a member is declared here exactly once. A feature declares its own columns beside its
tables; a test walks all foreign keys of the database and fails for one nobody declared, so that a new table can be
forgotten neither by the copy nor by the deletion.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, Literal

from forum.identity.models import Member

OnDelete = Literal["erase", "forget", "words"]
"""erase: the row goes. forget: the row stays without the member (and without `blank`). words: posts, see `leaving`."""


@dataclass(frozen=True, slots=True)
class Holding:
    """One column that points at a member."""

    column: str
    """`table.column`."""
    on_delete: OnDelete
    title: str = ""
    """Heading in the copy; empty where nothing is copied."""
    columns: tuple[str, ...] = ()
    """Columns copied. Keys of other rows become their public ids and names."""
    why_not: str = ""
    """Why nothing of it is copied; exactly one of `columns` and this is given."""
    blank: tuple[str, ...] = ()
    """Text columns emptied when the row is kept without the member."""

    @property
    def table(self) -> str:
        """Name of the table."""
        return self.column.split(".")[0]

    @property
    def name(self) -> str:
        """Name of the column in its table."""
        return self.column.split(".")[1]


HOLDINGS: dict[str, Holding] = {}


def holdings(tables: Collection[str]) -> list[Holding]:
    """Return the declarations for tables this application has; a feature may be left out."""
    return [holding for holding in HOLDINGS.values() if holding.table in tables]


def declare(
    column: str,
    on_delete: OnDelete,
    *,
    title: str = "",
    columns: tuple[str, ...] = (),
    why_not: str = "",
    blank: tuple[str, ...] = (),
) -> None:
    """Declare one column that points at a member.

    Raises:
        ValueError: declared twice, or neither copied nor excused.
    """
    if column in HOLDINGS:
        raise ValueError(f"{column} is declared twice")
    if bool(columns) == bool(why_not) or bool(columns) != bool(title):
        raise ValueError(f"{column}: say what is copied, or why nothing is")
    HOLDINGS[column] = Holding(column, on_delete, title, columns, why_not, blank)


@dataclass(frozen=True, slots=True)
class Part:
    """What a feature copies and erases by itself, because its rows do not lie open (sealed pages, calls for help)."""

    title: str
    copy: Callable[[Member, str], dict[str, Any]]
    """(member, their recovery phrase) -> plain data for JSON."""
    erase: Callable[[Member], None]
    """Called first when a member goes for good, in the same transaction."""


PARTS: dict[str, Part] = {}


def add_part(part: Part) -> None:
    """Register a feature's own copying and erasing; the tables it covers are declared all the same."""
    PARTS[part.title] = part
