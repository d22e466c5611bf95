"""Facts about roles, for whoever tells the member."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RoleChanged:
    """A lead decided about a member's role; one they lay down themselves announces nothing."""

    member_id: int
    kind: str
    state: str
    """active, learning (not now) or ended."""


@dataclass(frozen=True, slots=True)
class FirstPostWaits:
    """Somebody's first post has had no answer for a while; greeters are told."""

    thread_id: int
