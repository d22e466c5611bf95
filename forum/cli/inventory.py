"""What is kept, table by table, read from the schema itself, so that the published list can never fall behind it.

Why a table exists is its model's first sentence; what happens to its rows when a member goes is what `personal.py`
does with them. A test compares `docs/data-inventory.md` with what this writes.
"""

from __future__ import annotations

from collections.abc import Iterable

import click
from sqlalchemy import Column, Table

from forum.cli import group
from forum.core.db import Base
from forum.identity.personal import HOLDINGS

HEAD = """# Data inventory

Every table and every column of the database, written from the schema by `flask forum data-inventory`; a test fails
while this page and the schema differ. There is no column for an address, a browser, an e-mail address, a name in real
life or a place, and a test keeps it so.

Outside the database: `secrets.json` (keys; never in a backup), counters of limits by daily bucket (in memory or Redis,
26 hours at most; the key of the buckets dies with the day), logs (names of events; no words, no people). Backups hold
this database; they are encrypted and kept for 14 days.
"""
GOES = {
    "erase": "the row goes",
    "forget": "the row stays without them",
    "words": "the words go, or stay as “former member”, as they choose",
}
KEPT = {
    "login_session": "until the session ends: an hour, 30 days, or at once",
    "staff_invitation": "72 hours to use; the row says that it was used",
    "retired_handle": "for good: keyed hashes that name nobody",
    "case_snapshot": "30 days after its case is closed",
    "meeting_question": "14 days after the last word in it",
    "helpline_report": "until two people have checked the line, or it is taken out",
    "case_lease": "ten minutes after somebody stops looking; deleted after a day",
    "mod_access": "90 days",
    "post": "until its author takes it back: the words go at once, an empty row keeps the thread's shape",
}


def page() -> str:
    """Return the whole page."""
    tables = [Base.metadata.tables[name] for name in sorted(Base.metadata.tables)]
    return "\n".join([HEAD, *(_section(table) for table in tables)])


def _section(table: Table) -> str:
    lines = [f"## `{table.name}`", "", _why(table)]
    if table.name in KEPT:
        lines.append(f"Kept: {KEPT[table.name]}.")
    for holding in HOLDINGS.values():
        if holding.table == table.name:
            lines.append(f"When the member in `{holding.name}` goes: {GOES[holding.on_delete]}.")
    return "\n".join([*lines, "", "| column | kind |", "|---|---|", *_rows(table), ""])


def _why(table: Table) -> str:
    model = next((m.class_ for m in Base.registry.mappers if m.local_table is table), None)
    said = " ".join((model.__doc__ or "").strip().split("\n\n")[0].split()) if model is not None else ""
    return said or "(nobody has written down why)"


def _rows(table: Table) -> Iterable[str]:
    for column in table.columns:
        yield f"| `{column.name}` | {_kind(column)}{', may be empty' if column.nullable else ''} |"


def _kind(column: Column[object]) -> str:
    if column.foreign_keys:
        return f"→ `{next(iter(column.foreign_keys)).target_fullname}`"
    return str(column.type).lower().replace("varchar", "text").replace("datetime", "time").replace("blob", "bytes")


@group.command("data-inventory")
def data_inventory() -> None:
    """Print what is kept, as it is published in docs/data-inventory.md."""
    click.echo(page(), nl=False)
