"""What a moderator can do with a case. Every function takes the version its moderator saw and answers for the rest.

Nothing here commits. A refusal (`CaseChanged`, `AlreadyLeased`, `SelfReview`, `BadInput`) means nothing was done: the
edge rolls back and shows it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from forum.core.db import db
from forum.core.errors import BadInput
from forum.core.text import clean_text, one_line
from forum.moderation import followups
from forum.moderation.actors import Actor
from forum.moderation.cases import tell
from forum.moderation.deciding import Ruling, close, keep_open, take, visibility_of, write_down
from forum.moderation.events import CaseChanged as CaseChangedEvent
from forum.moderation.models import Case, Decision
from forum.moderation.reasons import get_reason
from forum.moderation.reports import answer_reports
from forum.moderation.subjects import subject_of

NOTE_CHARS = 80
EDIT_PATIENCE = timedelta(hours=24)
"""A case whose author was asked to change the text comes back into the queue after this."""
OUTCOMES = {
    "approve": "no_violation",
    "hide": "hidden",
    "limit": "content_note_added",
    "support": "supported",
    "move": "moved",
}


def approve(case_id: int, *, actor: Actor, version: int, now: datetime, bulk_parent_id: int | None = None) -> Decision:
    """Leave the text up; what was held goes up now, what reports alone put behind a note comes out again."""
    case = take(case_id, actor=actor, version=version, now=now)
    before = visibility_of(case)
    goes_live = before == "held" or (before == "limited" and _limited_by_reports(case))
    decision = write_down(case, Ruling("approve", "live" if goes_live else None), actor=actor, now=now)
    if before == "held":
        subject_of(case.target_type).release(case.target_id, now)
    elif goes_live:
        subject_of(case.target_type).restore(case.target_id, "live", now)
    return _closed(case, decision, actor=actor, now=now, bulk_parent_id=bulk_parent_id)


def hide(case_id: int, *, actor: Actor, version: int, now: datetime, reason_code: str, facts: str = "") -> Decision:
    """Take the text down; a reason is always needed, its words are what the author reads.

    Args:
        facts: what the author reads instead of the reason's own words, at most 500 characters.
    """
    reason = get_reason(reason_code)
    case = take(case_id, actor=actor, version=version, now=now, permission="case.hide")
    ruling = Ruling("hide", "hidden", reason.code, reason.rule, facts=_public(facts) or reason.said)
    decision = write_down(case, ruling, actor=actor, now=now)
    subject_of(case.target_type).hide(case.target_id, reason.code, now)
    return _closed(case, decision, actor=actor, now=now)


def add_content_note(case_id: int, *, actor: Actor, version: int, now: datetime, note: str) -> Decision:
    """Show the text behind a note; preferred to taking it down."""
    words = one_line(note)
    if not words or len(words) > NOTE_CHARS:
        raise BadInput(f"A note needs one to {NOTE_CHARS} characters.", field="note")
    case = take(case_id, actor=actor, version=version, now=now)
    decision = write_down(case, Ruling("limit", "limited", "content_note", content_note=words), actor=actor, now=now)
    subject_of(case.target_type).limit(case.target_id, words, now)
    return _closed(case, decision, actor=actor, now=now)


def ask_edit(case_id: int, *, actor: Actor, version: int, now: datetime, reason_code: str, message: str) -> Decision:
    """Hold the text and ask its author to change it; a clean edit lets it go by itself."""
    reason, words = get_reason(reason_code), _public(message)
    if len(words) < followups.MIN_NOTE_CHARS:
        raise BadInput("Please say which part, and what would help.", field="message")
    case = take(case_id, actor=actor, version=version, now=now, permission="case.hide")
    ruling = Ruling("ask_edit", "held", reason.code, reason.rule, facts=words)
    decision = write_down(case, ruling, actor=actor, now=now)
    subject_of(case.target_type).hold(case.target_id, reason.code, now)
    case.state, case.wake_at = "watching", now + EDIT_PATIENCE
    followups.promise(case, "edit", now + EDIT_PATIENCE)
    keep_open(case, decision, actor=actor, now=now)
    return _told(case, decision)


def support(case_id: int, *, actor: Actor, version: int, now: datetime, message: str) -> Decision:
    """Post a message as "Moderation team" under the text.

    A person has answered, so the first clock stops. The case closes, with a promise to look back for T0 and T1,
    unless the text is held: a kind word does not decide whether it goes up.

    Args:
        message: composed by `templates.compose`, so that it holds words of the moderator's own.
    """
    case = take(case_id, actor=actor, version=version, now=now)
    decision = write_down(case, Ruling("support"), actor=actor, now=now)
    subject_of(case.target_type).reply_as_team(case.target_id, actor.staff_id, message, now)
    followups.promise_after_support(case, now)
    if decision.from_visibility == "held":
        keep_open(case, decision, actor=actor, now=now)
        return _told(case, decision)
    return _closed(case, decision, actor=actor, now=now)


def move(case_id: int, *, actor: Actor, version: int, now: datetime, room_id: int, room_name: str) -> Decision:
    """Put the text, with everything that hangs on it, into another room.

    Raises:
        BadInput: it can't be moved, or it is there already.
    """
    case = take(case_id, actor=actor, version=version, now=now)
    before = subject_of(case.target_type).move(case.target_id, room_id, now)
    if before is None:
        raise BadInput("Only the first post of a thread moves, with all its answers, and only to another room.")
    said = f"Your thread is in “{room_name}” now: more people who know about this read there."
    ruling = Ruling("move", reason_code=f"room:{before}:{room_id}", facts=said)
    decision = write_down(case, ruling, actor=actor, now=now)
    case.room_id = room_id
    return _closed(case, decision, actor=actor, now=now)


def _closed(
    case: Case, decision: Decision, *, actor: Actor, now: datetime, bulk_parent_id: int | None = None
) -> Decision:
    outcome = OUTCOMES[decision.action]
    answer_reports(case, outcome, now=now)
    return close(case, decision, outcome, actor=actor, now=now, bulk_parent_id=bulk_parent_id)


def _told(case: Case, decision: Decision) -> Decision:
    tell(CaseChangedEvent, case)
    return decision


def _limited_by_reports(case: Case) -> bool:
    wanted = (
        select(Decision.action, Decision.automated_decision, Decision.reason_code)
        .where(Decision.case_id == case.id, Decision.reversed_at.is_(None))
        .order_by(Decision.id.desc())
        .limit(1)
    )
    newest = db.session.execute(wanted).one_or_none()
    return newest is not None and newest.automated_decision and newest.reason_code == "several_reports"


def _public(text: str) -> str:
    words = clean_text(text)
    if len(words) > 500:
        raise BadInput("What the author reads can have 500 characters.", field="facts")
    return words
