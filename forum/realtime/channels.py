"""Names of channels (Socket.IO rooms). The server names them, a client never does."""

from __future__ import annotations


def thread_channel(public_id: str) -> str:
    """Everybody who has this thread open."""
    return f"thread:{public_id}"


def member_channel(public_id: str) -> str:
    """All open tabs of one member."""
    return f"member:{public_id}"


STAFF_CHANNEL = "staff"
"""Every signed-in member of staff with the console open."""
