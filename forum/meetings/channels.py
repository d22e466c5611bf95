"""Names of a room's two channels: everybody in it, and the team's desk."""

from __future__ import annotations


def room_channel(public_id: str) -> str:
    """Everybody who has this session's room open."""
    return f"meeting:{public_id}"


def desk_channel(public_id: str) -> str:
    """Those of the team who have this session's desk open."""
    return f"meeting-desk:{public_id}"
