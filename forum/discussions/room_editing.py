"""Rooms as the team edits them: checked field by field, read by the crisis check like every text, never deleted."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import func, select

from forum.core.db import db
from forum.core.errors import BadInput
from forum.core.text import one_line
from forum.discussions.models import Post, Room, Thread
from forum.discussions.seeding import CARD_KEYS, DAILY, group_names
from forum.discussions.submission import gather
from forum.moderation import intake, pipeline, subjects
from forum.moderation.cases import Target
from forum.moderation.subjects import AuthorRef, Excerpt, SubjectQuote
from forum.moderation.verdict import Verdict, Visibility

FIELDS = (
    "name", "summary", "group", "position", "is_open", "harm_reduction", "declares", "daily",
    *(f"card_{key}" for key in CARD_KEYS),
)  # fmt: skip
MOST = {"name": 80, "summary": 300, "declares": 200, **{f"card_{key}": 300 for key in CARD_KEYS}}
MAY_BE_EMPTY = ("declares",)
MAX_PLACE = 999


def values_of(room: Room | None) -> dict[str, str]:
    """Return a room as form values; a new one opens at the end of the list."""
    if room is None:
        last = db.session.scalar(select(func.max(Room.position))) or 0
        return {"position": str(last + 1), "is_open": "yes", "harm_reduction": "no"}
    return {
        "name": room.name,
        "summary": room.summary,
        "group": room.group,
        "position": str(room.position),
        "is_open": "yes" if room.is_open else "no",
        "harm_reduction": "yes" if room.harm_reduction else "no",
        "declares": room.declares,
        "daily": room.daily,
        **{f"card_{key}": room.card.get(key, "") for key in CARD_KEYS},
    }


def check(typed: Mapping[str, str], room: Room | None) -> tuple[dict[str, str], dict[str, str]]:
    """Return the values cleaned, and what is wrong with them by field."""
    values, errors = {name: one_line(typed.get(name, "")) for name in FIELDS}, {}
    for name, most in MOST.items():
        if not values[name] and name not in MAY_BE_EMPTY:
            errors[name] = "This needs a few words."
        elif len(values[name]) > most:
            errors[name] = f"At most {most} characters."
    if values["group"] not in group_names():
        errors["group"] = "Please choose one of the groups."
    if not (values["position"].isascii() and values["position"].isdigit() and int(values["position"]) <= MAX_PLACE):
        errors["position"] = f"A number from 0 to {MAX_PLACE}."
    for name in ("is_open", "harm_reduction"):
        values[name] = "yes" if values[name] == "yes" else "no"
    if values["daily"] not in DAILY:
        errors["daily"] = "Please choose one of these."
    if room is not None and room.declares and not values["declares"] and _has_threads(room):
        errors["declares"] = (
            "People wrote here because the room has a door, so it stays. "
            "You can change the sentence, or close the room to new threads and open another one without a door."
        )
    if "name" not in errors and _is_taken(values["name"], room):
        errors["name"] = "Another room has this name."
    return values, errors


def _is_taken(name: str, room: Room | None) -> bool:
    same = select(Room.id).where(func.lower(Room.name) == name.lower())
    return db.session.scalar(same if room is None else same.where(Room.id != room.id)) is not None


def _has_threads(room: Room) -> bool:
    """Tell whether anybody but the scheduler ever wrote in a room; what was taken back or is held counts, too."""
    return db.session.scalar(select(Post.id).join(Thread).where(Thread.room_id == room.id).limit(1)) is not None


def save(room: Room | None, typed: Mapping[str, str]) -> Room:
    """Store a room; a new one gets a key of its own, never a topic word in an address.

    Raises:
        BadInput: something is wrong; `check` says what.
    """
    values, errors = check(typed, room)
    if errors:
        name, sentence = next(iter(errors.items()))
        raise BadInput(sentence, field=name)
    if room is None:
        room = Room(key=_new_key(values["name"]), card={})
        db.session.add(room)
    room.name, room.summary, room.group = values["name"], values["summary"], values["group"]
    room.position = int(values["position"])
    room.is_open, room.harm_reduction = values["is_open"] == "yes", values["harm_reduction"] == "yes"
    room.declares, room.daily = values["declares"], values["daily"]
    room.card = {key: values[f"card_{key}"] for key in CARD_KEYS}
    db.session.flush()
    return room


def _new_key(name: str) -> str:
    stem = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:30] or "room"
    taken = set(db.session.scalars(select(Room.key).where(Room.key.startswith(stem))))
    number = 2
    found = stem
    while found in taken:
        found, number = f"{stem}_{number}", number + 1
    return found


# ── Read like every text ────────────────────────────────────────────────────────────────────────────────────────


def words_of(room: Room) -> str:
    """Return everything somebody wrote about a room."""
    return "\n".join(part for part in (room.name, room.summary, room.declares, *room.card.values()) if part)


def screen(room: Room, *, staff_id: int, now: datetime) -> Verdict:
    """Read a room's words for distress, whoever wrote them; a case is opened where people should look.

    Nothing of a room is held: whoever may edit rooms may also take the words out again.
    """
    words = words_of(room)
    found = pipeline.screen(
        gather(words, author=None, thread=None, room=None, reply_to=None, now=now), None, deadline_seconds=0.0
    )
    if found.support_level >= 2 and found.lane is not None:
        target = Target("room", room.id, author_staff_id=staff_id, room_id=room.id)
        intake.record_verdict(target, replace(found, visibility="live"), now=now)
    return found


class RoomSubject:
    """What moderation may do with a room: read it, and close it to new threads."""

    def lock(self, target_id: int) -> None:
        """Nothing is written beside a room's row."""

    def quote(self, target_id: int) -> SubjectQuote | None:
        """Return the room's words."""
        room = db.session.get(Room, target_id)
        if room is None:
            return None
        return SubjectQuote(words_of(room), None, "", room.name, "", _seen(room), None, url=f"/r/{room.public_id}")

    def excerpts(self, target_ids: Collection[int]) -> Mapping[int, Excerpt]:
        """Return name and summary of each."""
        rooms = db.session.scalars(select(Room).where(Room.id.in_(target_ids)))
        return {
            room.id: Excerpt(
                f"{room.name}: {room.summary}", "", room.name, _seen(room), len(room.summary.split()),
                f"/r/{room.public_id}",
            )
            for room in rooms
        }  # fmt: skip

    def author_of(self, target_id: int) -> AuthorRef | None:
        """Rooms are the team's."""
        return AuthorRef() if db.session.get(Room, target_id) is not None else None

    def hide(self, target_id: int, reason: str, now: datetime) -> None:
        """Close the room to new threads."""
        self._set(target_id, is_open=False)

    def hold(self, target_id: int, reason: str, now: datetime) -> None:
        """Close the room to new threads until somebody decides."""
        self._set(target_id, is_open=False)

    def release(self, target_id: int, now: datetime) -> None:
        """Open the room."""
        self._set(target_id, is_open=True)

    def restore(self, target_id: int, visibility: Visibility, now: datetime) -> None:
        """Open or close it as it was."""
        self._set(target_id, is_open=visibility in ("live", "limited"))

    def limit(self, target_id: int, note: str, now: datetime) -> None:
        """A room has no note in front of it; its words can be changed."""

    def move(self, target_id: int, room_id: int, now: datetime) -> int | None:
        """A room does not move."""
        return None

    def purge(self, target_id: int, now: datetime) -> None:
        """A room's words are changed, not purged."""

    def reply_as_team(self, target_id: int, staff_id: int, body: str, now: datetime) -> str:
        """There is nobody to write to but the team itself.

        Raises:
            BadInput: always.
        """
        raise BadInput("A room has no author to write to. Please talk to the person on the team.")

    def _set(self, target_id: int, *, is_open: bool) -> None:
        room = db.session.get(Room, target_id)
        if room is not None:
            room.is_open = is_open
            db.session.flush()


def _seen(room: Room) -> Visibility:
    return "live" if room.is_open else "hidden"


def register() -> None:
    """Register rooms with moderation."""
    subjects.register("room", RoomSubject())
