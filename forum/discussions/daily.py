"""The thread a room opens each day: a check-in, or a promise for today. It has no first post: members begin it.

The scheduler opens it after midnight UTC and lets yesterday's go from the top; running twice or late is harmless,
because a room has one thread of a day (unique index) and the job looks only at what is there.
"""

from __future__ import annotations

from datetime import date, datetime

from flask_babel import format_date
from flask_babel import gettext as _
from sqlalchemy import select, update

from forum.core.db import db
from forum.core.ids import new_public_id
from forum.discussions.models import Room, Thread
from forum.moderation.sql import insert_into

_PLEDGE = "Today I will"


def open_due(now: datetime) -> int:
    """Open what is missing today and unpin older ones; returns how many were opened."""
    today = now.date()
    rooms = list(db.session.scalars(select(Room).where(Room.daily != "", Room.is_open)))
    opened = sum(_open(room, today, now) for room in rooms)
    older = (Thread.purpose == "daily", Thread.pinned, Thread.day < today)
    db.session.execute(update(Thread).where(*older).values(pinned=False).execution_options(synchronize_session=False))
    return opened


def _open(room: Room, today: date, now: datetime) -> int:
    there = select(Thread.id).where(Thread.room_id == room.id, Thread.purpose == "daily", Thread.day == today)
    if db.session.scalar(there) is not None:
        return 0
    row = {
        "public_id": new_public_id(), "kind": "topic", "purpose": "daily", "day": today, "room_id": room.id,
        "title": stored_title(room.daily, today), "visibility": "live", "pinned": True, "seq": 0, "reply_count": 0,
        "content_note": "", "is_closed": False, "started_at": now, "bumped_at": now,
    }  # fmt: skip
    done = db.session.execute(insert_into(Thread).values(**row).on_conflict_do_nothing())
    return int(done.rowcount)  # type: ignore[attr-defined]


def stored_title(kind: str, day: date) -> str:
    """Return the title as it is kept, for search and for places without a reader's language."""
    return f"{_PLEDGE if kind == 'pledge' else 'Check-in'}, {day.day} {day:%B}"


def kind_of(thread: Thread) -> str:
    """Return which kind of day's thread it is: as it was opened, whatever its room does now."""
    return "pledge" if thread.title.startswith(_PLEDGE) else "checkin"


def shown_title(kind: str, day: date) -> str:
    """Return the title in the reader's language."""
    on = format_date(day, "d MMMM")
    return str(_("Today I will, %(day)s", day=on) if kind == "pledge" else _("Check-in, %(day)s", day=on))


def invitation(kind: str) -> str:
    """Return what the thread asks, in place of a first post."""
    if kind == "pledge":
        return str(
            _(
                "One line for today: what you mean to do or leave, just for today. It’s yours, nobody keeps score, and "
                "tomorrow has a line of its own, whatever today was like."
            )
        )
    return str(_("How are you today? One word is fine. Reading along is fine, too."))
