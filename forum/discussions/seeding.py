"""Rooms from a YAML file: seeded once, exported and imported by the operator."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import select

from forum.core import yamldata
from forum.core.db import db
from forum.discussions.models import Room
from forum.moderation import edits

FILE = Path(__file__).parent / "data" / "rooms.yaml"
DAILY = ("", "checkin", "pledge")
CARD_KEYS = ("support", "pathway", "focus", "when", "size", "who", "host", "leave")


def read_rooms(text: str) -> list[dict[str, Any]]:
    """Parse and check a rooms file.

    Raises:
        ValueError: with one sentence naming the room and what is wrong.
    """
    data = yamldata.parse(text)
    if not isinstance(data, dict) or not isinstance(data.get("rooms"), list):
        raise ValueError("a rooms file has a list called `rooms`")
    for room in data["rooms"]:
        _check(room)
    return list(data["rooms"])


def _check(room: dict[str, Any]) -> None:
    key = room.get("key", "?")
    for name in ("key", "group", "name", "summary", "card"):
        if not room.get(name):
            raise ValueError(f"room {key!r} has no {name}")
    if room.get("daily", "") not in DAILY:
        raise ValueError(f"room {key!r}: daily is one of {', '.join(repr(name) for name in DAILY)}")
    missing = [name for name in CARD_KEYS if not room["card"].get(name)]
    if missing:
        raise ValueError(f"room {key!r}: the card does not answer {', '.join(missing)}")


def seed_rooms(text: str | None = None) -> tuple[int, int]:
    """Create rooms that are missing and update those that changed; returns (created, updated). Deletes none.

    Rooms the team has edited in the console are left as they are, unless a file is given.
    """
    edited = edits.edited_keys("room") if text is None else set()
    created = updated = 0
    known = {room.key: room for room in db.session.scalars(select(Room))}
    for position, entry in enumerate(read_rooms(FILE.read_text() if text is None else text)):
        room = known.get(entry["key"])
        if room is None:
            room = Room(key=entry["key"])
            db.session.add(room)
            created += 1
        elif room.key in edited:
            continue
        updated += _apply(room, entry, position)
    db.session.flush()
    return created, updated - created


def _apply(room: Room, entry: dict[str, Any], position: int) -> int:
    wanted = {
        "name": entry["name"],
        "summary": entry["summary"],
        "group": entry["group"],
        "card": {key: entry["card"][key] for key in CARD_KEYS},
        "position": position,
        "harm_reduction": bool(entry.get("harm_reduction", False)),
        "declares": str(entry.get("declares", "")),
        "daily": str(entry.get("daily", "")),
    }
    changed = any(getattr(room, name) != value for name, value in wanted.items())
    for name, value in wanted.items():
        setattr(room, name, value)
    return int(changed)


@cache
def group_names() -> dict[str, str]:
    """Return the headings of the rooms page by group key; the file belongs to the release and is read once."""
    return dict(yamldata.parse(FILE.read_text())["groups"])


def export_rooms() -> str:
    """Return all rooms as a file that `seed_rooms` reads."""
    rooms = [
        {
            "key": r.key,
            "group": r.group,
            "name": r.name,
            "summary": r.summary,
            "card": dict(r.card),
            "harm_reduction": r.harm_reduction,
            "declares": r.declares,
            "daily": r.daily,
        }
        for r in db.session.scalars(select(Room).order_by(Room.position))
    ]
    return str(yaml.safe_dump({"groups": group_names(), "rooms": rooms}, allow_unicode=True, sort_keys=False))
