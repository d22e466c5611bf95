"""Promises to look back, and handing a case to other hands: watch, second opinion, the lead, a lane, a note, a skip."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update

from forum.core.db import db
from forum.core.errors import BadInput
from forum.core.text import clean_text
from forum.moderation import audit, leases
from forum.moderation.actors import Actor, require
from forum.moderation.cases import due_of, place, starts_as_emergency, tell
from forum.moderation.clocks import first_answer
from forum.moderation.deciding import take
from forum.moderation.events import CaseChanged
from forum.moderation.models import Case, CaseNote, CaseSkip, Followup
from forum.moderation.sql import insert_ignore, insert_into

MIN_NOTE_CHARS = 10
MAX_NOTE_CHARS = 2000
WATCH_AT = (timedelta(hours=2), timedelta(hours=24))
AFTER_SUPPORT = {0: WATCH_AT, 1: (timedelta(hours=24),)}


def promise(case: Case, kind: str, due_at: datetime) -> None:
    """Promise to look back at a time; promising the same twice is one promise."""
    insert_ignore(Followup, {"case_id": case.id, "kind": kind, "due_at": due_at}, ("case_id", "kind", "due_at"))


def promise_after_support(case: Case, now: datetime) -> None:
    """After a message in T0 and T1, somebody looks back: after 2 and 24 hours, or after 24."""
    for delay in AFTER_SUPPORT.get(case.lane, ()):
        promise(case, "check_in", now + delay)


@dataclass(frozen=True, slots=True)
class Due:
    """A promise whose time has come."""

    id: int
    kind: str
    due_at: datetime
    case_public_id: str
    lane: int


def list_due(now: datetime, *, limit: int = 20) -> list[Due]:
    """Return promises that are due, the oldest first."""
    rows = db.session.execute(
        select(Followup.id, Followup.kind, Followup.due_at, Case.public_id, Case.lane)
        .join(Case, Case.id == Followup.case_id)
        .where(Followup.done_at.is_(None), Followup.due_at <= now)
        .order_by(Followup.due_at, Followup.id)
        .limit(limit)
    )
    return [Due(row.id, row.kind, row.due_at, row.public_id, row.lane) for row in rows]


def keep_promise(followup_id: int, *, actor: Actor, now: datetime) -> bool:
    """Note that somebody has looked back; returns whether it was still open."""
    require(actor, "case.claim")
    done = db.session.scalar(
        update(Followup)
        .where(Followup.id == followup_id, Followup.done_at.is_(None))
        .values(done_at=now, done_by_id=actor.staff_id)
        .returning(Followup.case_id)
    )
    if done is None:
        return False
    audit.record("followup.done", actor=actor, now=now, case=db.session.get_one(Case, done))
    return True


def watch(case_id: int, *, actor: Actor, version: int, now: datetime) -> Case:
    """Set a T0 or T1 case aside and bring it back after two hours and after a day.

    Raises:
        BadInput: the case is in another lane.
    """
    case = take(case_id, actor=actor, version=version, now=now)
    if case.lane > 1:
        raise BadInput("Only T0 and T1 cases are watched; the others are decided.")
    for delay in WATCH_AT:
        promise(case, "check_in", now + delay)
    first_answer(case, now)
    case.wake_at = now + WATCH_AT[0]
    return _handed_on(case, "watching", "case.watched", actor=actor, now=now)


def ask_second(case_id: int, *, actor: Actor, version: int, now: datetime, note: str) -> Case:
    """Ask somebody else to decide; the asker cannot be the second."""
    words = _note_of(note)
    case = take(case_id, actor=actor, version=version, now=now, permission="case.escalate")
    add_note(case, words, actor=actor, now=now, kind="second")
    case.asked_by_id = actor.staff_id
    return _handed_on(case, "second", "case.second", actor=actor, now=now)


def escalate(case_id: int, *, actor: Actor, version: int, now: datetime, note: str) -> Case:
    """Call the lead; from there the case can only be closed, by a lead or admin."""
    words = _note_of(note)
    case = take(case_id, actor=actor, version=version, now=now, permission="case.escalate")
    add_note(case, words, actor=actor, now=now, kind="escalation")
    case.asked_by_id = actor.staff_id
    return _handed_on(case, "escalated", "case.escalated", actor=actor, now=now)


def change_lane(case_id: int, *, actor: Actor, version: int, now: datetime, lane: int, note: str) -> Case:
    """Move a case to another lane, with a reason; machines only raise, people may lower."""
    words = _note_of(note)
    if lane not in range(5):
        raise BadInput("There are five lanes, T0 to T4.", field="lane")
    case = take(case_id, actor=actor, version=version, now=now)
    add_note(case, words, actor=actor, now=now)
    before, case.lane, case.lane_reason = case.lane, lane, "by_hand"
    if lane == 0 < before:
        starts_as_emergency(case, now)
    due = due_of(lane, case.queued_at, now)
    case.due_first_at, case.due_resolve_at = due["due_first_at"], due["due_resolve_at"]
    case.version += 1
    place(case)
    audit.record("case.lane", actor=actor, now=now, case=case, from_state=f"T{before}", to_state=f"T{lane}")
    tell(CaseChanged, case)
    return case


def add_note(case: Case, body: str, *, actor: Actor, now: datetime, kind: str = "note") -> CaseNote:
    """Add a word for the next moderator; it is never changed and never shown to members."""
    require(actor, "case.escalate")
    words = clean_text(body)
    if not words or len(words) > MAX_NOTE_CHARS:
        raise BadInput(f"A note needs one to {MAX_NOTE_CHARS} characters.", field="note")
    note = CaseNote(case_id=case.id, author_id=actor.staff_id, kind=kind, body=words, created_at=now)
    db.session.add(note)
    db.session.flush()
    return note


def skip(case: Case, *, actor: Actor) -> None:
    """ "Not me, not tonight": no reason is asked, nothing is recorded but that this person is not shown it again."""
    values = {"case_id": case.id, "staff_id": actor.staff_id}
    db.session.execute(
        insert_into(CaseSkip).values(**values).on_conflict_do_nothing(index_elements=["case_id", "staff_id"])
    )
    leases.release(case, actor=actor)


def _handed_on(case: Case, state: str, action: str, *, actor: Actor, now: datetime) -> Case:
    before, case.state = case.state, state
    case.version += 1
    db.session.flush()
    audit.record(action, actor=actor, now=now, case=case, from_state=before, to_state=state)
    leases.release(case, actor=actor)
    tell(CaseChanged, case)
    return case


def _note_of(note: str) -> str:
    words = clean_text(note)
    if len(words) < MIN_NOTE_CHARS:
        raise BadInput("Please say in a few words what the next person should know.", field="note")
    return words
