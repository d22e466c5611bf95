"""Open cases, merge what else is noticed into them, and open them again when that must be.

There is at most one open case per target, whoever comes first; everything later merges into it and raises its
version. Machines only ever raise a case's urgency.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select, update

from forum.core.db import db
from forum.core.events import announce
from forum.moderation import audit, duty, settings, signals, snapshots
from forum.moderation.counters import next_event_number
from forum.moderation.events import CaseChanged, CaseEvent, CaseOpened
from forum.moderation.models import Case
from forum.moderation.models.case import OPEN
from forum.moderation.priority import RESOLVE_MINUTES, boosts_for, first_answer_target
from forum.moderation.signals import NewSignal
from forum.moderation.sql import insert_ignore

REOPEN_WITHIN = timedelta(days=30)
"""Something new about a target judged longer ago than this is a new case."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a case is about, as the feature that owns it knows it."""

    type: str
    """post | message | profile | room | thread | … as registered in `subjects`."""
    id: int
    author_id: int | None = None
    author_staff_id: int | None = None
    room_id: int | None = None
    thread_id: int | None = None
    revision_id: int | None = None
    live: bool = False
    """In a session that is going on now."""
    first_post: bool = False


@dataclass(frozen=True, slots=True)
class Incoming:
    """What is new about a target."""

    lane: int
    reason: str
    signals: Sequence[NewSignal] = ()
    held: bool | None = None
    """Whether the target is held now; None when this remark says nothing about it."""
    support_level: int = 0
    edited: bool = False
    disputed: bool = False
    reopens: bool | None = None
    """Whether a closed case opens again; None: only if this is more urgent than before, held, or an edit."""
    policy_version: str = ""
    automated: bool = True


def get_case(public_id: str) -> Case | None:
    """Return a case by the id in its address, as the database holds it now."""
    wanted = select(Case).where(Case.public_id == public_id).execution_options(populate_existing=True)
    return db.session.scalar(wanted)


def open_or_merge(target: Target, incoming: Incoming, *, now: datetime) -> Case:
    """Return the target's case with the new remark in it: merged, attached, reopened or new.

    Safe to repeat: a remark that is already stored changes nothing. Two callers at once never make two open cases;
    the unique index answers, and the loser merges.
    """
    for _attempt in range(3):
        open_id = lock_open(target.type, target.id)
        if open_id is not None:
            return _merge(_fresh(open_id), target, incoming, now)
        closed_id = _lock_closed(target, now)
        if closed_id is not None:
            return _back_to(_fresh(closed_id), target, incoming, now)
        new_id = insert_ignore(Case, _first_values(target, incoming, now), ("target_type", "target_id"), where=OPEN)
        if new_id is not None:
            return _opened(_fresh(new_id), incoming, now)
    raise RuntimeError("a case was opened and closed by others three times in a row")


def lock_open(target_type: str, target_id: int) -> int | None:
    """Take the row lock of a target's open case and return its id; None when it has none."""
    found: int | None = db.session.scalar(
        update(Case)
        .where(Case.target_type == target_type, Case.target_id == target_id, Case.state != "resolved")
        .values(version=Case.version)
        .returning(Case.id)
        .execution_options(synchronize_session=False)
    )
    return found


def find_open(target_type: str, target_id: int) -> Case | None:
    """Return a target's open case with its row locked, or None."""
    case_id = lock_open(target_type, target_id)
    return None if case_id is None else _fresh(case_id)


def _fresh(case_id: int) -> Case:
    return db.session.get_one(Case, case_id, populate_existing=True)


def _lock_closed(target: Target, now: datetime) -> int | None:
    """Take the row lock of the target's newest closed case; None when it has none of the last thirty days."""
    newest = (
        select(Case.id)
        .where(Case.target_type == target.type, Case.target_id == target.id, Case.resolved_at > now - REOPEN_WITHIN)
        .order_by(Case.id.desc())
        .limit(1)
    )
    found: int | None = db.session.scalar(
        update(Case)
        .where(Case.id == newest.scalar_subquery(), Case.state == "resolved")
        .values(version=Case.version)
        .returning(Case.id)
        .execution_options(synchronize_session=False)
    )
    return found


def _first_values(target: Target, incoming: Incoming, now: datetime) -> dict[str, object]:
    return {
        "target_type": target.type,
        "target_id": target.id,
        "revision_id": target.revision_id,
        "author_id": target.author_id,
        "author_staff_id": target.author_staff_id,
        "room_id": target.room_id,
        "thread_id": target.thread_id,
        "live": target.live,
        "first_post": target.first_post,
        "lane": incoming.lane,
        "lane_reason": incoming.reason[:60],
        "held": bool(incoming.held),
        "disputed": incoming.disputed,
        "support_level": incoming.support_level,
        "opened_at": now,
        "queued_at": now,
        "effective_at": now,
        **due_of(incoming.lane, now, now),
    }


def due_of(lane: int, since: datetime, now: datetime) -> dict[str, datetime]:
    """Return when a case that waits in a lane since some time should be answered and closed."""
    staffed = settings.first_answer_minutes(lane)
    minutes = first_answer_target(lane, staffed, is_staffed=duty.coverage(now) > 0)
    return {
        "due_first_at": since + timedelta(minutes=minutes),
        "due_resolve_at": since + timedelta(minutes=RESOLVE_MINUTES[lane]),
    }


def _opened(case: Case, incoming: Incoming, now: datetime) -> Case:
    new_ids = signals.store(case.id, incoming.signals, now)
    case.reporter_count = signals.count_reporters(case.id)
    place(case)
    snapshots.freeze(case, now)
    _note("case.opened", case, incoming, new_ids, now, to_state="open")
    tell(CaseOpened, case)
    return case


def _merge(case: Case, target: Target, incoming: Incoming, now: datetime) -> Case:
    """Add a remark to an open case whose row lock is held."""
    new_ids = signals.store(case.id, incoming.signals, now)
    held = case.held if incoming.held is None else incoming.held
    is_raised = incoming.lane < case.lane
    if not (new_ids or is_raised or held != case.held or (incoming.disputed and not case.disputed)):
        return case
    before = f"T{case.lane}"
    _take_over(case, target, incoming, held=held, now=now)
    if case.state == "watching":
        case.state, case.wake_at, case.queued_at = "open", None, now
    case.version += 1
    place(case)
    _note("case.raised" if is_raised else "case.merged", case, incoming, new_ids, now, before, f"T{case.lane}")
    tell(CaseChanged, case)
    return case


def _take_over(case: Case, target: Target, incoming: Incoming, *, held: bool, now: datetime) -> None:
    if incoming.lane < case.lane:
        case.lane, case.lane_reason = incoming.lane, incoming.reason[:60]
        due = due_of(case.lane, now, now)
        case.due_first_at = min(case.due_first_at, due["due_first_at"])
        case.due_resolve_at = min(case.due_resolve_at, due["due_resolve_at"])
        if case.lane == 0:
            starts_as_emergency(case, now)
    case.held, case.disputed = held, case.disputed or incoming.disputed
    case.live = case.live or target.live
    case.support_level = max(case.support_level, incoming.support_level)
    case.revision_id = target.revision_id if target.revision_id is not None else case.revision_id
    case.reporter_count = signals.count_reporters(case.id)


def _back_to(case: Case, target: Target, incoming: Incoming, now: datetime) -> Case:
    """Reopen a closed case, or only attach the remark to it."""
    is_wanted = incoming.reopens
    if is_wanted is None:
        is_wanted = incoming.lane < case.lane or bool(incoming.held) or incoming.edited
    new_ids = signals.store(case.id, incoming.signals, now)
    if not (new_ids or incoming.reopens):
        return case
    if is_wanted:
        return reopen(case, target, replace(incoming, signals=()), new_ids=new_ids, now=now)
    _note("case.attached", case, incoming, new_ids, now)
    return case


def reopen(
    case: Case,
    target: Target,
    incoming: Incoming,
    *,
    now: datetime,
    new_ids: Sequence[int] = (),
    reverses: int | None = None,
) -> Case:
    """Put a closed case back into the queue; its clocks start anew, what was decided stays on record."""
    case.state, case.outcome, case.resolved_at, case.resolved_by_id = "open", None, None, None
    case.lane, case.lane_reason = incoming.lane, incoming.reason[:60]
    case.queued_at, case.first_human_at, case.wake_at, case.asked_by_id = now, None, None, None
    due = due_of(case.lane, now, now)
    case.due_first_at, case.due_resolve_at = due["due_first_at"], due["due_resolve_at"]
    case.reopen_count += 1
    _take_over(case, target, incoming, held=bool(incoming.held), now=now)
    case.version += 1
    place(case)
    _note("case.reopened", case, incoming, new_ids, now, "resolved", "open", reverses_id=reverses)
    tell(CaseOpened, case)
    return case


def starts_as_emergency(case: Case, now: datetime) -> None:
    """Let the clock of an emergency begin when it is known to be one.

    What was answered before was something milder, and whoever is on call is called from now on, not from then.
    """
    case.queued_at, case.first_human_at, case.staffed_first_minutes = now, None, None


def place(case: Case) -> None:
    """Recompute a case's place within its lane and write down why."""
    boosts = boosts_for(signals.waiting(case))
    case.boosts = [boost.as_json() for boost in boosts]
    case.effective_at = case.queued_at - timedelta(minutes=sum(boost.minutes for boost in boosts))
    db.session.flush()


def tell(kind: type[CaseEvent], case: Case, **more: str) -> None:
    """Announce something about a case, with the next number of the queue's events."""
    announce(kind(case.id, case.public_id, case.version, case.lane, next_event_number(), **more))


def _note(
    action: str,
    case: Case,
    incoming: Incoming,
    new_ids: Sequence[int],
    now: datetime,
    from_state: str = "",
    to_state: str = "",
    reverses_id: int | None = None,
) -> None:
    audit.record(
        action,
        actor=None,
        now=now,
        case=case,
        from_state=from_state,
        to_state=to_state,
        reason_code=incoming.reason[:60],
        signal_ids=list(new_ids),
        policy_version=incoming.policy_version[:60],
        automated_detection=incoming.automated,
        reverses_id=reverses_id,
    )
