"""A member's own copy of everything here, and taking all of it away.

Registered as one part of "my data" (`forum.identity.personal`), because sealed pages need the six words to be copied
and a call for a moderator may have to be answered still. Nothing in the copy is anybody else's.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, select

from forum.core.clock import utcnow
from forum.core.db import db
from forum.core.errors import BadInput
from forum.identity import personal
from forum.identity.models import Member
from forum.journey import calls, checkins, counters, goals, journal, locks, reminders
from forum.journey.models import (
    CheckIn,
    DayCounter,
    Goal,
    JourneySettings,
    ModeratorCall,
    Reminder,
    SmallThing,
)
from forum.moderation import intake
from forum.web.current import config

TITLE = "Your own place"
LOCKED = "These pages are sealed, and the words given don't open them."
OWN = (CheckIn, DayCounter, Goal, SmallThing, Reminder, JourneySettings)


def export_of(member: Member, words: str = "") -> dict[str, Any]:
    """Return everything a member keeps here; `words` is the recovery phrase, which opens the sealed pages."""
    return {
        "check_ins": [
            {"day": row.day.isoformat(), "mood": row.mood, "pull": row.craving, "line": row.line}
            for row in checkins.every(member)
        ],
        "days": [_counter(row) for row in counters.list_counters(member)],
        "goals": [_goal(row) for row in goals.list_goals(member)],
        "small_things": [
            {"day": row.day.isoformat(), "words": row.words, "done": row.is_done}
            for row in db.session.scalars(select(SmallThing).filter_by(member_id=member.id))
        ],
        "reminders": [
            {"words": row.words, "time": row.local_time, "how_often": row.rhythm} for row in reminders.list_own(member)
        ],
        "with_the_moderators": [
            {"by": "moderators" if line.by_team else "me", "at": line.created_at.isoformat(), "text": line.body}
            for line in calls.lines_for(member, limit=10_000)
        ],
        "sealed": _journal(member, words),
    }


def _counter(row: DayCounter) -> dict[str, Any]:
    marks = sorted(counters.marks_of(row), key=lambda mark: (mark.day, mark.order))
    return {
        "name": row.label,
        "counting": row.goal,
        "days": [{"day": mark.day.isoformat(), "what": mark.kind} for mark in marks],
    }


def _goal(row: Goal) -> dict[str, Any]:
    return {
        "what": row.what,
        "why": row.why,
        "strength": row.strength,
        "first_step": row.first_step,
        "by_when": row.by_when.isoformat() if row.by_when else "",
        "how_often": row.rhythm,
        "state": row.state,
        "looks_back": [
            {"day": review.day.isoformat(), "how": review.how, "note": review.note}
            for review in goals.list_reviews(row)
        ],
    }


def _journal(member: Member, words: str) -> dict[str, Any]:
    closed: dict[str, Any] = {"pages": [], "plan": {}, "note": ""}
    if journal.find_lock(member) is None:
        return closed
    try:
        key = journal.open_journal(member, words, config().keys.peppers)
        pages = [{"at": page.at.isoformat(), "text": page.body} for page in journal.every_page(member, key)]
        return closed | {"pages": pages, "plan": journal.read_plan(member, key)}
    except (BadInput, locks.Sealed):
        return closed | {"note": LOCKED}


def delete_of(member: Member) -> None:
    """Take everything away, the moderators' lines included; safe to repeat. What they decided stays in their record."""
    call = db.session.scalar(select(ModeratorCall).filter_by(member_id=member.id))
    if call is not None:
        intake.target_deleted(calls.SUBJECT, call.id, now=utcnow())
        db.session.delete(call)
        db.session.flush()
    for table in OWN:
        db.session.execute(delete(table).where(table.member_id == member.id))
    journal.erase(member)


def register() -> None:
    """Take part in the copy of everything and in going for good; called once when the app is made."""
    personal.add_part(personal.Part(TITLE, export_of, delete_of))
