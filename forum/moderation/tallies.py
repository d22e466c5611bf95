"""Numbers of the whole team by day that no table holds otherwise."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from forum.core.db import db
from forum.moderation.models import Tally
from forum.moderation.sql import insert_into

COLLISION = "collision"
"""Two people at one case: the second was told, and nothing was done twice."""


def add(name: str, now: datetime) -> None:
    """Count one; two at once count two."""
    fresh = insert_into(Tally).values(day=now.date(), name=name, value=1)
    db.session.execute(fresh.on_conflict_do_update(index_elements=["day", "name"], set_={"value": Tally.value + 1}))


def total(name: str, since: datetime, until: datetime) -> int:
    """Return how many there were on the days of a period."""
    wanted = select(func.coalesce(func.sum(Tally.value), 0)).where(
        Tally.name == name, Tally.day >= since.date(), Tally.day <= until.date()
    )
    return int(db.session.scalar(wanted) or 0)
