"""What the people who read a case should know of its author's place here. Decides nothing by itself.

Distress in the last days is the crisis phase's business: it raises the help offered. It is never held against anybody.
"""

from __future__ import annotations

from forum.moderation.phases.normalise import TextViews
from forum.moderation.verdict import Finding, Submission

PHASE = "history"
VERSION = "2026-11-22.1"
FIRST_POSTS = 2
NEW_ACCOUNT_HOURS = 24.0
REMOVALS = 2


def run(sub: Submission, views: TextViews) -> list[Finding]:
    """Return context as findings of severity `info`."""
    author = sub.author
    notes = (
        ("first_posts", author.accepted_posts < FIRST_POSTS, "One of the first posts of this member."),
        ("new_account", author.age_hours < NEW_ACCOUNT_HOURS, "The account is less than a day old."),
        ("recent_removals", author.removals_7d >= REMOVALS, "Posts of this member were taken down this week."),
    )
    return [
        Finding(PHASE, code, severity="info", explanation=says, category="context", version=VERSION)
        for code, applies, says in notes
        if applies
    ]
