"""Two areas of rooms: for people working on their own use, and for those who love somebody. Some rooms are in both.

What a member said of themselves (`Member.about`) decides which comes first and where a door is: whoever is here for
somebody they love finds one in front of members' rooms, and the other way round. "Both" opens all of them at once.
Guests and people who would rather not say find none, because open rooms can be read without a name.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from forum.discussions.models import Room
from forum.identity.models import Member

Area = Literal["own", "family"]
AREAS: tuple[Area, ...] = ("own", "family")
_FAMILY_GROUP, _SHARED_GROUP = "love", "open"
_AREA_OF: dict[str, Area] = {"me": "own", "love": "family"}


def area_of(room: Room) -> Area | None:
    """Return the area a room is in; None for one that is in both."""
    if room.group == _SHARED_GROUP:
        return None
    return "family" if room.group == _FAMILY_GROUP else "own"


def is_in(room: Room, area: Area) -> bool:
    """Tell whether an area's lists show a room."""
    return area_of(room) in (area, None)


def said_area(member: Member | None) -> Area | None:
    """Return the area a member has said they are here for; None for guests, "both" and "rather not say"."""
    return _AREA_OF.get(member.about) if member is not None else None


def first_area(member: Member | None) -> Area:
    """Return the area a reader sees where they have not chosen one on the page."""
    return "family" if member is not None and member.about in ("love", "love_me") else "own"


def with_both(member: Member) -> str:
    """Return what a member has said once they say that the other area is for them, too; theirs still comes first."""
    return "love_me" if first_area(member) == "family" else "both"


def choose(asked: str, member: Member | None) -> Area:
    """Return the area a page is about: the one asked for, else the reader's own."""
    return next((area for area in AREAS if area == asked), first_area(member))


def is_apart(member: Member | None, room: Room) -> bool:
    """Tell whether a room is in the area this member has not said is for them."""
    mine = said_area(member)
    return mine is not None and not is_in(room, mine)


def outside(rooms: Iterable[Room], area: Area) -> frozenset[int]:
    """Return the rooms an area's lists leave out."""
    return frozenset(room.id for room in rooms if not is_in(room, area))
