"""A copy of everything kept about a member: one ZIP, made in memory, never written to a disk of ours."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from flask import render_template
from flask_babel import format_date, format_datetime
from flask_babel import gettext as _
from sqlalchemy import Column, Table, case, or_, select

from forum.core.blocking import run_blocking
from forum.core.db import db
from forum.discussions.models import PUBLIC
from forum.identity.models import Member
from forum.identity.personal import HOLDINGS, PARTS, Holding, holdings

Row = dict[str, Any]
_NAMES = ("handle", "name", "title")
_SETTINGS = (
    "handle", "created_day", "country", "about", "plain_letters", "full_titles", "notes", "hides_hints",
    "accepted_posts",
)  # fmt: skip
_MOMENT, _DAY = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d\+00:00"), re.compile(r"\d{4}-\d\d-\d\d")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""A cell that begins so is run as a formula by spreadsheet programs; in some languages the wide signs are, too."""


def gather(member: Member, now: datetime, words: str = "") -> dict[str, Any]:
    """Return everything the copy holds, as plain data. `words` opens what is sealed with the recovery phrase."""
    return {
        "made_at": now.isoformat(timespec="minutes"),
        "you": {name: _plain(getattr(member, name)) for name in _SETTINGS},
        "sections": {h.title: rows_of(h, member.id) for h in holdings(db.metadata.tables) if h.columns},
        "parts": {part.title: part.copy(member, words) for part in PARTS.values()},
    }


def rows_of(holding: Holding, member_id: int) -> list[Row]:
    """Return the rows of one table that belong to a member; keys of other rows become public ids and names."""
    table = db.metadata.tables[holding.table]
    source: Any = table
    wanted: list[Any] = []
    for name in holding.columns:
        column = table.c[name]
        target = _target(column)
        if target is None:
            wanted.append(column.label(name))
            continue
        other = target.alias(f"of_{name}")
        source = source.outerjoin(other, other.c.id == column)
        short = name.removesuffix("_id")
        wanted += [
            _shown(other, part, member_id).label(f"{short}_{part}")
            for part in ("public_id", *_NAMES)
            if part in other.c
        ]
    first = [table.c.id] if "id" in table.c else list(table.primary_key.columns)
    found = db.session.execute(
        select(*wanted).select_from(source).where(table.c[holding.name] == member_id).order_by(*first)
    )
    return [{key: _plain(value) for key, value in row.items()} for row in found.mappings()]


def _shown(other: Any, part: str, member_id: int) -> Any:
    """Return a name of another row; a thread's title only where it can be read, or was written by this member."""
    if part != "title" or "visibility" not in other.c:
        return other.c[part]
    readable = or_(other.c.visibility.in_(PUBLIC), other.c.author_id == member_id)
    return case((readable, other.c[part]), else_="")


def _target(column: Column[Any]) -> Table | None:
    """Return the table a key points at, where its rows have public names."""
    for key in column.foreign_keys:
        if "public_id" in key.column.table.c:
            return key.column.table
    return None


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="minutes")
    if isinstance(value, date):
        return value.isoformat()
    return None if isinstance(value, bytes) else value


# ── The file ────────────────────────────────────────────────────────────────────────────────────────────────────


def make_zip(member: Member, now: datetime, words: str = "") -> bytes:
    """Return the ZIP: the same as JSON, as a page to read, and the posts as a table."""
    data = gather(member, now, words)
    files = {
        "everything.json": json.dumps(data, ensure_ascii=False, indent=1),
        "read-me.html": render_template("home/export.html", data=data, label=label, said=said),
        "what-you-wrote.csv": _csv(data["sections"].get(HOLDINGS["post.author_id"].title, [])),
    }
    return run_blocking(_pack, files, now)


def label(name: str) -> str:
    """Return a column's name as a person reads it: `created_at` becomes "Created"."""
    return name.removesuffix("_at").removesuffix("_on").replace("_", " ").capitalize()


def said(value: Any) -> str:
    """Return a value as a person reads it: days and moments written out, yes and no in words."""
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if isinstance(value, str) and _MOMENT.fullmatch(value):
        return f"{format_datetime(datetime.fromisoformat(value), 'd MMMM y, HH:mm')} UTC"
    if isinstance(value, str) and _DAY.fullmatch(value):
        return str(format_date(date.fromisoformat(value), "d MMMM y"))
    return str(value)


def _pack(files: Mapping[str, str], now: datetime) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            packed.writestr(zipfile.ZipInfo(name, (now.year, now.month, now.day, 0, 0, 0)), content.encode())
    return out.getvalue()


def _csv(rows: list[Row]) -> str:
    out = io.StringIO()
    if rows:
        writer = csv.writer(out, quoting=csv.QUOTE_ALL)
        writer.writerow(rows[0])
        writer.writerows([safe_cell(value) for value in row.values()] for row in rows)
    return out.getvalue()


def safe_cell(value: Any) -> str:
    """Return a cell no spreadsheet program takes for a formula (ASVS 1.2.10)."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
