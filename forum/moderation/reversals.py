"""Take a decision back: what it did to the text and the account is undone, the record keeps both."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from sqlalchemy import select, update

from forum.core.db import db
from forum.core.errors import BadInput, Conflict, NotFound
from forum.core.events import announce
from forum.moderation import audit, sanctions
from forum.moderation.actors import Actor, require
from forum.moderation.cases import Incoming, Target, place, reopen, tell
from forum.moderation.deciding import Ruling, refuse_own, visibility_of, write_down
from forum.moderation.events import CaseOpened, PostDecided
from forum.moderation.models import Case, Decision
from forum.moderation.subjects import subject_of
from forum.moderation.verdict import Visibility

APOLOGY = "We got that one wrong. Your words are back as they were. Sorry about that."
TAKEN_BACK = "We have taken an earlier decision back. Your words are as they were before."


def reverse(decision_id: int, *, actor: Actor, now: datetime) -> Decision:
    """Take a decision back and open its case again; works any time, within seconds it is the "undo".

    Raises:
        BadInput: a message that was sent cannot be unsent.
        Conflict: it was taken back already, or something newer was decided since.
    """
    require(actor, "case.decide")
    decision = db.session.get(Decision, decision_id, populate_existing=True)
    if decision is None:
        raise NotFound()
    if decision.action in ("support", "restore"):
        raise BadInput("A message that was sent can't be taken back. You can write another one.")
    case = db.session.get_one(Case, decision.case_id, populate_existing=True)
    refuse_own(case, actor, now)
    restored = undo_effects(decision, case, actor=actor, now=now, words=TAKEN_BACK)
    held = restored.to_visibility == "held"
    if case.state == "resolved":
        target = Target(case.target_type, case.target_id, revision_id=case.revision_id)
        again = Incoming(lane=case.lane, reason="reversal", held=held, automated=False)
        reopen(case, target, again, now=now, reverses=decision.event_id)
    else:
        case.state, case.wake_at, case.held, case.version = "open", None, held, case.version + 1
        place(case)
        tell(CaseOpened, case)
    return restored


def undo_effects(decision: Decision, case: Case, *, actor: Actor, now: datetime, words: str) -> Decision:
    """Undo what a decision did and write that down; the case's state is the caller's. Returns the new decision.

    Raises:
        Conflict: somebody else was first, or something newer stands.
    """
    subject = subject_of(case.target_type)
    subject.lock(case.target_id)
    _lock_case(case)
    if decision.scope == "content" and _newest_content_decision(case.id) != decision.id:
        raise Conflict("Something newer was decided about this text. Please take that back first.")
    _claim_reversal(decision, now)
    before = _before(decision)
    ruling = Ruling("restore", before, "reversal", facts=words, scope=decision.scope)
    restored = write_down(case, ruling, actor=actor, now=now)
    if before is not None:
        subject.restore(case.target_id, before, now)
    if decision.action == "move":
        case.room_id = int(decision.reason_code.split(":")[1])
        subject.move(case.target_id, case.room_id, now)
    entry = audit.record(
        "decide.restore",
        actor=actor,
        now=now,
        case=case,
        from_state=restored.from_visibility,
        to_state=restored.to_visibility,
        reason_code="reversal",
        public_text_id=restored.id,
        reverses_id=decision.event_id,
    )
    restored.event_id = entry.id
    db.session.flush()
    sanctions.lift_of_decision(decision.id, actor=actor, now=now)
    announce(
        PostDecided(
            case.target_type, case.target_id, restored.id, "restore", restored.to_visibility, restored.reason_code
        )
    )
    return restored


def _lock_case(case: Case) -> None:
    db.session.execute(
        update(Case).where(Case.id == case.id).values(version=Case.version).execution_options(synchronize_session=False)
    )
    db.session.refresh(case)


def _claim_reversal(decision: Decision, now: datetime) -> None:
    """Mark the decision as taken back; of two people at once, one succeeds."""
    won = db.session.scalar(
        update(Decision)
        .where(Decision.id == decision.id, Decision.reversed_at.is_(None))
        .values(reversed_at=now)
        .returning(Decision.id)
        .execution_options(synchronize_session=False)
    )
    if won is None:
        raise Conflict("Somebody has taken this decision back already.")
    db.session.refresh(decision)


def _newest_content_decision(case_id: int) -> int | None:
    return db.session.scalar(
        select(Decision.id)
        .where(
            Decision.case_id == case_id,
            Decision.scope == "content",
            Decision.reversed_at.is_(None),
            Decision.action.not_in(("support", "restore")),
        )
        .order_by(Decision.id.desc())
        .limit(1)
    )


def _before(decision: Decision) -> Visibility | None:
    """Return what the text was before; nothing to restore where the decision changed nothing."""
    if decision.scope != "content" or decision.from_visibility == decision.to_visibility:
        return None
    return cast(Visibility, "live" if decision.from_visibility == "checking" else decision.from_visibility)


def is_standing(decision: Decision, case: Case) -> bool:
    """Tell whether a decision can be taken back now."""
    return (
        decision.reversed_at is None
        and decision.action not in ("support", "restore")
        and (decision.scope != "content" or visibility_of(case) not in ("author_deleted", "purged"))
    )
