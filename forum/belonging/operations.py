"""Choosing a home, saying that a room is for people like oneself, taking a week. They flush; the edge commits."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, update

from forum.belonging.models import HostWeek, RoomPlace
from forum.belonging.reading import forget_declared, monday
from forum.core.db import db
from forum.core.errors import BadInput, Conflict
from forum.identity.models import Member
from forum.moderation.sql import insert_into

HOST_AFTER = timedelta(days=30)
"""So long somebody has been here before they take a week."""


def _place(member: Member, room_id: int) -> RoomPlace:
    row = {"member_id": member.id, "room_id": room_id}
    db.session.execute(insert_into(RoomPlace).values(**row).on_conflict_do_nothing())
    return db.session.get_one(RoomPlace, (member.id, room_id), populate_existing=True)


def make_home(member: Member, room_id: int) -> None:
    """Make a room the member's home; there is one at most."""
    leave_home(member)
    _place(member, room_id).is_home = True
    db.session.flush()


def leave_home(member: Member) -> None:
    """Have no home room any more; the name goes from among the regulars, too."""
    homes = update(RoomPlace).where(RoomPlace.member_id == member.id, RoomPlace.is_home)
    db.session.execute(homes.values(is_home=False, is_listed=False).execution_options(synchronize_session="fetch"))


def set_listed(member: Member, room_id: int, listed: bool) -> None:
    """Be named among the regulars of one's home room, or not."""
    place = _place(member, room_id)
    place.is_listed = listed and place.is_home
    db.session.flush()


def declare_belonging(member: Member, room_id: int, now: datetime) -> None:
    """Write down that a member says a room is for people like them. Nothing checks it."""
    _place(member, room_id).declared_at = now
    db.session.flush()
    forget_declared()


def undeclare(member: Member, room_id: int) -> None:
    """Leave such a room again: quietly, and without a trace."""
    mine = (RoomPlace.member_id == member.id, RoomPlace.room_id == room_id)
    db.session.execute(delete(RoomPlace).where(*mine))
    forget_declared()


def may_host(member: Member, now: datetime) -> bool:
    """Tell whether a member has been here long enough to take a week."""
    return member.trust >= 1 and now - member.created_at >= HOST_AFTER


def take_week(member: Member, room_id: int, now: datetime, *, next_week: bool = False) -> None:
    """Look after a room's daily thread for a week; the table's key decides between two at once.

    Raises:
        BadInput: too new here.
        Conflict: somebody has that week.
    """
    if not may_host(member, now):
        raise BadInput("A week is for people who have been here for thirty days or more.")
    week = monday(now.date()) + (timedelta(days=7) if next_week else timedelta())
    row = {"room_id": room_id, "week": week, "member_id": member.id}
    done: Any = db.session.execute(insert_into(HostWeek).values(**row).on_conflict_do_nothing())
    if not done.rowcount and db.session.get_one(HostWeek, (room_id, week)).member_id != member.id:
        raise Conflict("Somebody else has that week. Thank you for offering.")


def give_week_back(member: Member, room_id: int) -> None:
    """Lay down all weeks one has taken in a room; no reason is asked."""
    db.session.execute(delete(HostWeek).where(HostWeek.room_id == room_id, HostWeek.member_id == member.id))
