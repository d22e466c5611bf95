"""Writing news down. One way in, `notify`: it asks what each member wants and gathers what belongs together."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update

from forum.core.db import db
from forum.core.errors import BadInput
from forum.core.events import announce
from forum.core.ids import new_public_id
from forum.identity.models import Member
from forum.journey.models import JourneySettings
from forum.moderation.sql import insert_into
from forum.notifications.events import NewsCame
from forum.notifications.hours import Hours, due_at
from forum.notifications.models import KINDS, UNREAD, WAYS, Notification, NotificationChoice, NotificationHours

BATCH = 500
"""Members written in one statement: SQLite binds at most some thousand values."""


@dataclass(frozen=True, slots=True)
class News:
    """What happened, without anybody's words."""

    kind: str
    subject: str
    code: str = ""
    thread_id: int | None = None
    post_id: int | None = None
    link: str = ""


def notify(member_ids: Collection[int], news: News, now: datetime) -> int:
    """Tell members, each as they chose; returns how many lines were written or grew."""
    wanted = sorted(set(member_ids))
    written = 0
    for start in range(0, len(wanted), BATCH):
        written += _notify(wanted[start : start + BATCH], news, now)
    return written


def _notify(member_ids: list[int], news: News, now: datetime) -> int:
    ways, hours = ways_of(member_ids, news.kind), hours_of(member_ids)
    rows = [
        _row(member_id, news, now, due_at(now, way, hours.get(member_id, Hours())))
        for member_id in member_ids
        if (way := ways.get(member_id, "now")) != "off"
    ]
    if not rows:
        return 0
    insert = insert_into(Notification).values(rows)
    grown: dict[str, Any] = {
        "count": Notification.count + 1,
        "post_id": insert.excluded.post_id,
        "code": insert.excluded.code,
        "updated_at": insert.excluded.updated_at,
    }
    index = ["member_id", "kind", "subject"]
    db.session.execute(insert.on_conflict_do_update(index_elements=index, index_where=UNREAD, set_=grown))
    announce(NewsCame(tuple(row["member_id"] for row in rows if row["due_at"] <= now)))
    return len(rows)


def _row(member_id: int, news: News, now: datetime, due: datetime) -> dict[str, Any]:
    return {
        "public_id": new_public_id(),
        "member_id": member_id,
        "kind": news.kind,
        "subject": news.subject,
        "code": news.code,
        "thread_id": news.thread_id,
        "post_id": news.post_id,
        "link": news.link,
        "count": 1,
        "updated_at": now,
        "due_at": due,
    }


def ways_of(member_ids: Collection[int], kind: str) -> Mapping[int, str]:
    """Return how members want one kind, where they chose."""
    query = select(NotificationChoice.member_id, NotificationChoice.way)
    rows = db.session.execute(
        query.where(NotificationChoice.member_id.in_(member_ids), NotificationChoice.kind == kind)
    )
    return {row.member_id: row.way for row in rows}


def hours_of(member_ids: Collection[int]) -> Mapping[int, Hours]:
    """Return members' hours, where they chose; their clock is that of their own place."""
    rows = db.session.execute(
        select(NotificationHours, JourneySettings.zone)
        .outerjoin(JourneySettings, JourneySettings.member_id == NotificationHours.member_id)
        .where(NotificationHours.member_id.in_(member_ids))
    )
    return {row.member_id: Hours(zone or "UTC", row.quiet_from, row.quiet_to, row.digest_hour) for row, zone in rows}


# ── What members do ─────────────────────────────────────────────────────────────────────────────────────────────


def read_one(member: Member, public_id: str, now: datetime) -> Notification | None:
    """Mark one line as read and return it; None where it is not theirs."""
    query = select(Notification).where(Notification.public_id == public_id, Notification.member_id == member.id)
    found = db.session.scalar(query)
    if found is not None and found.read_at is None:
        found.read_at = now
        db.session.flush()
    return found


def read_all(member_id: int, now: datetime, *, thread_id: int | None = None) -> None:
    """Mark everything as read, or what is about one thread."""
    which = update(Notification).where(Notification.member_id == member_id, Notification.read_at.is_(None))
    if thread_id is not None:
        which = which.where(Notification.thread_id == thread_id)
    db.session.execute(which.values(read_at=now).execution_options(synchronize_session=False))


def choose(member: Member, ways: Mapping[str, str], hours: Hours) -> None:
    """Store how a member wants news.

    Raises:
        BadInput: an unknown way or hour.
    """
    if not all(way in WAYS for way in ways.values()) or not set(ways) <= set(KINDS):
        raise BadInput("Please choose one of the ways.", field="form")
    if not all(0 <= hour <= 23 for hour in (hours.quiet_from or 0, hours.quiet_to, hours.digest_hour)):
        raise BadInput("An hour is a number from 0 to 23.", field="form")
    db.session.execute(delete(NotificationChoice).where(NotificationChoice.member_id == member.id))
    for kind, way in ways.items():
        if way != "now":
            db.session.add(NotificationChoice(member_id=member.id, kind=kind, way=way))
    row = db.session.get(NotificationHours, member.id) or NotificationHours(member_id=member.id)
    row.quiet_from, row.quiet_to, row.digest_hour = hours.quiet_from, hours.quiet_to, hours.digest_hour
    db.session.add(row)
    db.session.flush()
