"""Saying that an entry does not work, and having looked."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from forum.core.db import db
from forum.core.errors import NotFound
from forum.resources.directory import directory
from forum.resources.models import ResourceFlag

DOUBTED_FROM = 2
"""So many reports, and the entry says that others had trouble with it."""


def say_broken(key: str, now: datetime) -> int:
    """Count one report; returns how many there are.

    Raises:
        NotFound: no such entry.
    """
    if key not in directory().resources:
        raise NotFound
    try:
        with db.session.begin_nested():
            db.session.execute(insert(ResourceFlag).values(key=key, count=1, first_at=now, last_at=now))
        return 1
    except IntegrityError:  # not the first one
        one_more = update(ResourceFlag).where(ResourceFlag.key == key).values(count=ResourceFlag.count + 1, last_at=now)
        return int(db.session.execute(one_more.returning(ResourceFlag.count)).scalar_one())


def doubted() -> frozenset[str]:
    """Return the entries several people had trouble with."""
    return frozenset(db.session.scalars(select(ResourceFlag.key).where(ResourceFlag.count >= DOUBTED_FROM)))


def list_flags() -> list[ResourceFlag]:
    """Return what wants looking at, most reported first; for the console."""
    return list(db.session.scalars(select(ResourceFlag).order_by(ResourceFlag.count.desc(), ResourceFlag.key)))


def looked_at(key: str) -> None:
    """Somebody has looked: the count begins anew."""
    db.session.execute(delete(ResourceFlag).where(ResourceFlag.key == key))
