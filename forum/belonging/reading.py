"""Who is at home where, and which rooms a member has said they belong to."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from sqlalchemy import select

from forum.belonging.models import HostWeek, MemberRole, RoomPlace
from forum.core.db import db
from forum.identity.models import Member

REGULARS = 12
_KEPT = "forum.belonging"


def declared_rooms(member: Member | None) -> frozenset[int]:
    """Return the rooms a reader has said to be part of; read once per session of the database."""
    if member is None:
        return frozenset()
    kept: dict[int, frozenset[int]] = db.session.info.setdefault(_KEPT, {})
    if member.id not in kept:
        said = select(RoomPlace.room_id).where(RoomPlace.member_id == member.id, RoomPlace.declared_at.is_not(None))
        kept[member.id] = frozenset(db.session.scalars(said))
    return kept[member.id]


def forget_declared() -> None:
    """Read them anew the next time."""
    db.session.info.pop(_KEPT, None)


def place_of(member: Member | None, room_id: int) -> RoomPlace | None:
    """Return what a room is to a member; None where they have said nothing."""
    return db.session.get(RoomPlace, (member.id, room_id)) if member is not None else None


def home_of(member: Member | None) -> int | None:
    """Return a member's home room."""
    if member is None:
        return None
    return db.session.scalar(select(RoomPlace.room_id).where(RoomPlace.member_id == member.id, RoomPlace.is_home))


def regulars_of(room_id: int) -> list[Member]:
    """Return members whose home a room is and who want to be named; by name, because nobody is ranked."""
    query = (
        select(Member)
        .join(RoomPlace, RoomPlace.member_id == Member.id)
        .where(RoomPlace.room_id == room_id, RoomPlace.is_home, RoomPlace.is_listed, Member.state == "active")
        .order_by(Member.handle)
    )
    return list(db.session.scalars(query.limit(REGULARS)))


# ── Hosts ───────────────────────────────────────────────────────────────────────────────────────────────────────


def monday(day: date) -> date:
    """Return the Monday a day's week began on."""
    return day - timedelta(days=day.weekday())


def weekly_host(room_id: int, day: date) -> Member | None:
    """Return who looks after a room's daily thread in the week of a day."""
    taken = select(Member).join(HostWeek, HostWeek.member_id == Member.id)
    return db.session.scalar(taken.where(HostWeek.room_id == room_id, HostWeek.week == monday(day)))


def hosts_of(room_id: int) -> list[Member]:
    """Return the trained hosts of a room."""
    query = select(Member).join(MemberRole, MemberRole.member_id == Member.id)
    mine = (MemberRole.kind == "host", MemberRole.state == "active", MemberRole.room_id == room_id)
    return list(db.session.scalars(query.where(*mine).order_by(Member.handle)))


def may_pin(member_id: int, room_id: int, today: date) -> bool:
    """Tell whether a member hosts a room: trained for it, or in their week."""
    week_host = weekly_host(room_id, today)
    return (week_host is not None and week_host.id == member_id) or member_id in {host.id for host in hosts_of(room_id)}


# ── Roles ───────────────────────────────────────────────────────────────────────────────────────────────────────


def roles_of(member_ids: Collection[int]) -> dict[int, tuple[str, ...]]:
    """Return the roles these members hold just now, in one query; those without are not in it."""
    if not member_ids:
        return {}
    query = select(MemberRole.member_id, MemberRole.kind).where(
        MemberRole.member_id.in_(member_ids), MemberRole.state == "active"
    )
    found: dict[int, tuple[str, ...]] = {}
    for member_id, kind in db.session.execute(query.order_by(MemberRole.kind)):
        found[member_id] = (*found.get(member_id, ()), kind)
    return found


def has_role(member: Member | None, kind: str) -> bool:
    """Tell whether a member holds a role just now."""
    return member is not None and kind in roles_of([member.id]).get(member.id, ())


def own_roles(member: Member) -> dict[str, MemberRole]:
    """Return where a member stands with each role they have begun; ended ones are left out."""
    query = select(MemberRole).where(MemberRole.member_id == member.id, MemberRole.state != "ended")
    return {role.kind: role for role in db.session.scalars(query)}


def greeters() -> list[int]:
    """Return the members who are told of first posts nobody has answered."""
    active = (MemberRole.kind == "greeter", MemberRole.state == "active")
    return list(db.session.scalars(select(MemberRole.member_id).where(*active)))
