"""What is kept about a member, table by table: what the copy of everything holds, and what happens when they go.

Every column that points at a member is declared here exactly once. A feature declares its own columns beside its
tables; a test walks all foreign keys of the database and fails for one nobody declared, so that a new table can be
forgotten neither by the copy nor by the deletion.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

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
