"""May this member act now? Features above identity (sanctions) register what can speak against it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from forum.core.errors import Forbidden
from forum.identity.models import Member


@dataclass(frozen=True, slots=True)
class Barrier:
    """Why a member may not write just now; reading, helplines and appeals are never barred."""

    kind: str
    """slow | read_only | room_exclusion | ban"""
    message: str
    until: datetime | None = None


Rule = Callable[[Member, int | None, datetime], Barrier | None]
"""(member, room id or None, now) -> what bars them, if anything."""
_rules: list[Rule] = []


def add_rule(rule: Rule) -> None:
    """Register something that can bar a member from writing."""
    if rule not in _rules:
        _rules.append(rule)


def barrier_for(member: Member, room_id: int | None, now: datetime) -> Barrier | None:
    """Return the first thing that bars this member from writing here, or None."""
    return next((found for rule in _rules if (found := rule(member, room_id, now))), None)


def require_writer(member: Member, room_id: int | None, now: datetime) -> None:
    """Raise unless the member may write here now.

    Raises:
        Forbidden: with the reason, until when, and what still works.
    """
    if member.state != "active":
        raise Forbidden("This account can't be used any more.")
    found = barrier_for(member, room_id, now)
    if found is not None:
        raise Forbidden(found.message)
