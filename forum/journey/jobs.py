"""What comes by itself: reminders, goals to look at again, small things that clear away."""

from __future__ import annotations

from forum.core.clock import utcnow
from forum.core.events import announce
from forum.journey import goals, reminders, smallthings
from forum.journey.events import GoalToLookAt
from forum.realtime.jobs import every

DAY_SECONDS = 86_400


@every(30, "reminders")
def bring_reminders() -> int:
    """Let reminders come whose time is here."""
    return reminders.come_due(utcnow())


@every(3600, "clear small things")
def clear_small_things() -> None:
    """Throw away small things of days that are over everywhere."""
    smallthings.forget_old(utcnow().date())


@every(600, "goals to look at")
def goals_to_look_at() -> int:
    """Say which goals their members wanted to look at again today; each once."""
    found = goals.take_due(utcnow().date())
    for goal in found:
        announce(GoalToLookAt(goal.member_id, goal.public_id))
    return len(found)
