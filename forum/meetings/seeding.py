"""An invented week of meetings for the demo. A fresh instance has none: nobody has offered to hold one yet."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from forum.core import yamldata
from forum.core.db import db
from forum.identity.models import Staff
from forum.meetings import timetable
from forum.meetings.models import Series
from forum.moderation.actors import Actor

FILE = Path(__file__).parent / "data" / "demo.yaml"


def seed_demo(host: Staff, now: datetime) -> int:
    """Make the demo's series with one facilitator as their host; returns how many are new. Safe to repeat.

    A series without a host's name gets no host: it shows as not confirmed, as it would in earnest.
    """
    known = set(db.session.scalars(select(Series.name)))
    rows = [row for row in yamldata.parse(FILE.read_text(encoding="utf-8"))["series"] if row["name"] not in known]
    actor = Actor(host.id, host.role, host.name)
    for row in rows:
        host_id = host.id if row["host_name"] else None
        timetable.make_series(_wish(row, now), actor=actor, host_id=host_id, now=now)
    return len(rows)


def _wish(row: dict[str, Any], now: datetime) -> timetable.Wish:
    fields = dict(row)
    local = now.astimezone(ZoneInfo(fields["zone"]))
    if "starts_in" in fields:
        start = local + timedelta(minutes=int(fields.pop("starts_in")))
        fields["local_time"], local = f"{start:%H:%M}", start
    return timetable.Wish(first_on=local.date(), **fields)
