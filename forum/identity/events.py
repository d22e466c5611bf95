"""Facts about people and their sessions."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MemberJoined:
    """A new membership exists."""

    member_id: int


@dataclass(frozen=True, slots=True)
class SessionsEnded:
    """These sessions may do nothing any more; open sockets of theirs must close."""

    digests: tuple[bytes, ...]
    reason: str
    """signed_out | expired | asleep | ended_elsewhere | role_changed | deleted"""
