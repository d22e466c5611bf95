"""Small things for today: three at most, gone at four in the morning, done or not. They are not kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import delete, select

from forum.core.db import db
from forum.core.errors import BadInput, NotFound, TooLong
from forum.core.text import one_line
from forum.identity.models import Member
from forum.journey.models import SmallThing

MOST = 3
MAX_WORDS = 80
KEPT = timedelta(days=2)
"""Time zones lie up to a day and a half apart: after two days it is over for everybody."""


def add(member: Member, words: str, day: date) -> SmallThing:
    """Add one small thing.

    Raises:
        BadInput, TooLong: nothing there, too long, or three already.
    """
    words = one_line(words)
    if not words:
        raise BadInput("There's nothing here yet. Two words are fine.", field="words")
    if len(words) > MAX_WORDS:
        raise TooLong(f"A small thing has at most {MAX_WORDS} characters.", field="words")
    if len(list_today(member, day)) >= MOST:
        raise BadInput("Three is enough for one day.", field="words")
    row = SmallThing(member_id=member.id, day=day, words=words)
    db.session.add(row)
    db.session.flush()
    return row


def list_today(member: Member, day: date) -> Sequence[SmallThing]:
    """Return today's small things."""
    return db.session.scalars(select(SmallThing).filter_by(member_id=member.id, day=day).order_by(SmallThing.id)).all()


def turn(member: Member, public_id: str) -> None:
    """Tick one off, or untick it.

    Raises:
        NotFound: it is nobody's, or somebody else's.
    """
    row = db.session.scalar(select(SmallThing).filter_by(member_id=member.id, public_id=public_id))
    if row is None:
        raise NotFound
    row.is_done = not row.is_done
    db.session.flush()


def forget_old(today: date) -> None:
    """Throw away those of days that are over everywhere."""
    db.session.execute(delete(SmallThing).where(SmallThing.day < today - KEPT))
