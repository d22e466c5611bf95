"""Facts of a member's own place that other features may act on. None carries words."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReminderDue:
    """A member's reminder has come. Say "You have a note for now" and nothing else; the words are on their page."""

    member_id: int
    reminder_id: str
    """Public id."""


@dataclass(frozen=True, slots=True)
class ModeratorAnswered:
    """A moderator wrote to a member who asked for it; it is read on the member's page."""

    member_id: int


@dataclass(frozen=True, slots=True)
class GoalToLookAt:
    """The day has come on which a member wanted to look at a goal again."""

    member_id: int
    goal_id: str
    """Public id."""
