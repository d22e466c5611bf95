"""Goals: why, with which strength, what first, by when, looked at again in a rhythm. They change; they don't fail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import or_, select, update

from forum.core.db import db
from forum.core.errors import BadInput, NotFound, TooLong
from forum.core.ids import new_public_id
from forum.core.text import clean_text, one_line
from forum.identity.models import Member
from forum.journey.models import Goal, GoalReview
from forum.journey.reading import Reading, read_private, read_shared

LIMITS = {"what": 120, "why": 400, "strength": 200, "first_step": 200}
MAX_NOTE = 400
RHYTHMS: Mapping[str, timedelta | None] = {
    "": None,
    "daily": timedelta(days=1),
    "weekly": timedelta(days=7),
    "monthly": timedelta(days=30),
}
HOW = ("going", "some", "change", "done", "rest")
"""It's going · some of it · I want to change it · done · I'll let it rest."""
STATES = {"done": "done", "rest": "resting"}
FAR = timedelta(days=3650)


@dataclass(frozen=True, slots=True)
class Draft:
    """A goal as it was typed, cleaned."""

    what: str
    why: str = ""
    strength: str = ""
    first_step: str = ""
    by_when: date | None = None
    rhythm: str = ""

    @property
    def texts(self) -> tuple[str, ...]:
        """Return all its words."""
        return (self.what, self.why, self.strength, self.first_step)


def read_draft(values: Mapping[str, str], by_when: date | None) -> Draft:
    """Clean a form's values."""
    rhythm = values.get("rhythm", "")
    return Draft(
        what=one_line(values.get("what", "")),
        why=clean_text(values.get("why", "")),
        strength=one_line(values.get("strength", "")),
        first_step=one_line(values.get("first_step", "")),
        by_when=by_when,
        rhythm=rhythm if rhythm in RHYTHMS else "",
    )


def check_draft(draft: Draft, today: date) -> None:
    """Refuse what can't be stored.

    Raises:
        BadInput, TooLong: naming the field.
    """
    if not draft.what:
        raise BadInput("Please say what you'd like to try. A few words are fine.", field="what")
    for name, most in LIMITS.items():
        if len(getattr(draft, name)) > most:
            raise TooLong(f"This box holds {most} characters.", field=name)
    if draft.by_when is not None and not today - FAR < draft.by_when < today + FAR:
        raise BadInput("That day is too far away for us. Leave it empty if you like.", field="by_when")


def save(member: Member, draft: Draft, *, goal: Goal | None, today: date, now: datetime) -> tuple[Goal, Reading]:
    """Make or change a goal; its words are read first, refused or not.

    Raises:
        BadInput, TooLong: with `reading` set on it.
    """
    verdict = read_shared(draft.texts, member, now)
    reading = Reading(verdict.support_level, verdict.categories) if verdict is not None else Reading()
    try:
        check_draft(draft, today)
    except BadInput as refusal:
        refusal.reading = reading  # type: ignore[attr-defined]
        raise
    row = goal if goal is not None else Goal(member_id=member.id)
    for name in (*LIMITS, "by_when", "rhythm"):
        setattr(row, name, getattr(draft, name))
    row.look_again_on = next_look(draft.rhythm, today)
    row.is_shareable = verdict is None or verdict.visibility == "live"
    if not row.is_shareable:
        row.link_id = None
    db.session.add(row)
    db.session.flush()
    return row, reading


def next_look(rhythm: str, today: date) -> date | None:
    """Return the day of the next look, or None without a rhythm."""
    step = RHYTHMS.get(rhythm)
    return today + step if step is not None else None


def review(member: Member, goal: Goal, *, how: str, note: str, today: date, now: datetime) -> Reading:
    """Look at a goal again. "Change it" leads to the form; nothing here counts against anybody.

    Raises:
        BadInput, TooLong: with `reading` set on it.
    """
    words = clean_text(note)
    reading = read_private((words,), member, now)
    refusal = _refusal(how, words)
    if refusal is not None:
        refusal.reading = reading  # type: ignore[attr-defined]
        raise refusal
    db.session.add(GoalReview(goal_id=goal.id, day=today, how=how, note=words))
    goal.state = STATES.get(how, "open")
    goal.look_again_on = next_look(goal.rhythm, today) if goal.state == "open" else None
    db.session.flush()
    return reading


def _refusal(how: str, words: str) -> BadInput | None:
    if how not in HOW:
        return BadInput("Please choose one of the answers.", field="how")
    if len(words) > MAX_NOTE:
        return TooLong(f"This box holds {MAX_NOTE} characters.", field="note")
    return None


def take_up(goal: Goal, today: date) -> None:
    """Take a goal up again that rested or was done."""
    goal.state, goal.look_again_on = "open", next_look(goal.rhythm, today)
    db.session.flush()


def share(goal: Goal) -> None:
    """Make a link under which other members may read the goal.

    Raises:
        BadInput: its words may not be shown to others as they stand.
    """
    if not goal.is_shareable:
        message = "As it stands, a moderator would have to read this first, so it stays with you. You can change it."
        raise BadInput(message, field="form")
    goal.link_id = goal.link_id or new_public_id()
    db.session.flush()


def unshare(goal: Goal) -> None:
    """Make the link stop working; a later one is another link."""
    goal.link_id = None
    db.session.flush()


def remove(goal: Goal) -> None:
    """Forget a goal and its reviews."""
    db.session.delete(goal)
    db.session.flush()


# ── Reading ─────────────────────────────────────────────────────────────────────────────────────────────────────


def list_goals(member: Member) -> Sequence[Goal]:
    """Return a member's goals: those at work first, then the ones that rest or are done."""
    rows = db.session.scalars(select(Goal).filter_by(member_id=member.id).order_by(Goal.id)).all()
    return sorted(rows, key=lambda goal: goal.state != "open")


def list_reviews(goal: Goal) -> Sequence[GoalReview]:
    """Return the looks back, newest first."""
    return db.session.scalars(select(GoalReview).filter_by(goal_id=goal.id).order_by(GoalReview.id.desc())).all()


def get_own(member: Member, public_id: str) -> Goal:
    """Return one of a member's goals.

    Raises:
        NotFound: it is nobody's, or somebody else's.
    """
    row = db.session.scalar(select(Goal).filter_by(member_id=member.id, public_id=public_id))
    if row is None:
        raise NotFound
    return row


def get_shared(link_id: str) -> Goal:
    """Return the goal behind a link.

    Raises:
        NotFound: no such link, or it was taken back.
    """
    row = db.session.scalar(select(Goal).filter_by(link_id=link_id)) if link_id else None
    if row is None or not row.is_shareable:
        raise NotFound
    return row


def take_due(today: date) -> list[Goal]:
    """Return open goals whose day for another look has come, each once: of two schedulers, one gets it."""
    ids = db.session.scalars(
        update(Goal)
        .where(Goal.state == "open", Goal.look_again_on <= today)
        .where(or_(Goal.told_on.is_(None), Goal.told_on < Goal.look_again_on))
        .values(told_on=today)
        .returning(Goal.id)
        .execution_options(synchronize_session=False)
    ).all()
    return list(db.session.scalars(select(Goal).where(Goal.id.in_(ids)))) if ids else []
