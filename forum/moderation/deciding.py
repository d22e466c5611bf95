"""What every decision has in common: who may decide, on which version, and the statement of reasons it leaves.

The order is the correctness:
1. role, own content and the team's other hands are checked;
2. the target's locks are taken, the same an edit takes;
3. the case is taken at exactly the version the moderator saw, or nothing happens;
4. the target changes, the statement of reasons and the audit entry are written, the case closes: one transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from forum.core.db import db
from forum.core.errors import Forbidden, NotFound
from forum.core.events import announce
from forum.identity.roles import Permission
from forum.moderation import audit, language, learning, leases, settings
from forum.moderation.actors import Actor, is_lead, require
from forum.moderation.changes import CaseChanged, changes_since
from forum.moderation.clocks import close_case, first_answer
from forum.moderation.events import PostDecided
from forum.moderation.models import AuditEntry, Case, Decision, Report, Sanction
from forum.moderation.subjects import subject_of
from forum.moderation.verdict import Visibility

OWN_SANCTION = timedelta(hours=24)
"""Whoever limited an account stays away from its cases for so long."""


class SelfReview(Forbidden):
    """Nobody judges what concerns themselves."""

    message = "Somebody else has to look at this one: it concerns you."


@dataclass(frozen=True, slots=True)
class Ruling:
    """What is being decided, before it is written down."""

    action: str
    visibility: Visibility | None = None
    """None: stays as it is."""
    reason_code: str = ""
    rule_ref: str = ""
    facts: str = ""
    content_note: str = ""
    scope: str = "content"
    duration_hours: int | None = None


def take(case_id: int, *, actor: Actor, version: int, now: datetime, permission: Permission = "case.decide") -> Case:
    """Return a case locked at the version its moderator saw.

    Raises:
        Forbidden: the role does not carry the permission.
        SelfReview: the case concerns the moderator.
        AlreadyLeased: somebody else has it open.
        CaseChanged: it is not at this version any more, or closed.
    """
    require(actor, permission)
    case = db.session.get(Case, case_id, populate_existing=True)
    if case is None:
        raise NotFound()
    refuse_own(case, actor, now)
    learning.refuse_untrained(case.lane, actor, now)
    if case.state == "escalated" and not is_lead(actor):
        raise Forbidden("The lead has this one now. You can still add a note.")
    subject_of(case.target_type).lock(case.target_id)
    locked = db.session.scalar(
        update(Case)
        .where(Case.id == case_id, Case.version == version, Case.state != "resolved")
        .values(version=Case.version)
        .returning(Case.id)
        .execution_options(synchronize_session=False)
    )
    db.session.refresh(case)
    if locked is None:
        raise CaseChanged(case, changes_since(case, version))
    leases.refuse_taken(case, actor=actor, now=now)
    return case


def refuse_own(case: Case, actor: Actor, now: datetime) -> None:
    """Refuse a moderator their own text, their own report, a member they limited lately, and a case they passed on.

    Imminent danger (T0) is exempt: there, anybody is better than nobody.

    Raises:
        SelfReview: somebody else has to look.
    """
    if case.lane == 0:
        return
    if case.asked_by_id == actor.staff_id and case.state == "second":
        raise SelfReview("You asked for a second opinion: that has to be somebody else's.")
    is_own = case.author_staff_id == actor.staff_id or (
        actor.own_member_id is not None and case.author_id == actor.own_member_id
    )
    if is_own or has_reported(case, actor) or _limited_lately(case, actor, now):
        raise SelfReview()


def refuse_about_self(actor: Actor, member_id: int | None) -> None:
    """Refuse to decide about one's own membership, as far as this browser knows it.

    Raises:
        SelfReview: somebody else has to look.
    """
    if member_id is not None and member_id == actor.own_member_id:
        raise SelfReview()


def has_reported(case: Case, actor: Actor) -> bool:
    """Tell whether a moderator reported this as a member, as far as this browser knows it."""
    if actor.own_member_id is None:
        return False
    wanted = select(Report.id).where(Report.case_id == case.id, Report.reporter_id == actor.own_member_id)
    return db.session.scalar(wanted.limit(1)) is not None


def _limited_lately(case: Case, actor: Actor, now: datetime) -> bool:
    if case.author_id is None:
        return False
    wanted = select(Sanction.id).where(
        Sanction.member_id == case.author_id,
        Sanction.proposed_by_id == actor.staff_id,
        Sanction.created_at > now - OWN_SANCTION,
        Sanction.case_id != case.id,
    )
    return db.session.scalar(wanted.limit(1)) is not None


def visibility_of(case: Case) -> Visibility:
    """Return how visible the target is now; one that is gone counts as taken back by its author."""
    found = subject_of(case.target_type).excerpts([case.target_id]).get(case.target_id)
    return found.visibility if found is not None else "author_deleted"


def write_down(case: Case, ruling: Ruling, *, actor: Actor | None, now: datetime) -> Decision:
    """Store the statement of reasons; its audit entry follows from `close` or `keep_open`."""
    before = visibility_of(case)
    appealable = ruling.action in ("hide", "hold", "limit", "ask_edit", "sanction")
    decision = Decision(
        case_id=case.id,
        case_version=case.version,
        author_id=case.author_id,
        scope=ruling.scope,
        action=ruling.action,
        duration_hours=ruling.duration_hours,
        reason_code=ruling.reason_code,
        rule_ref=ruling.rule_ref,
        facts_public=ruling.facts[:500],
        content_note=ruling.content_note[:80],
        from_visibility=before,
        to_visibility=ruling.visibility or before,
        revision_id=case.revision_id,
        automated_detection=case.reporter_count == 0,
        automated_decision=actor is None,
        decided_by_id=actor.staff_id if actor else None,
        decided_by_alias=actor.alias if actor else "",
        decided_at=now,
        appeal_until=now + timedelta(days=settings.appeal_days()) if appealable else None,
        language=language.of(case),
    )
    db.session.add(decision)
    db.session.flush()
    return decision


def close(
    case: Case, decision: Decision, outcome: str, *, actor: Actor, now: datetime, bulk_parent_id: int | None = None
) -> Decision:
    """Close the case with a decision and announce it."""
    first_answer(case, now)
    case.held = decision.to_visibility == "held"
    details = {**_details(decision), "bulk_parent_id": bulk_parent_id}
    entry = close_case(case, outcome, f"decide.{decision.action}", actor=actor, now=now, **details)
    return _sealed(case, decision, entry)


def keep_open(case: Case, decision: Decision, *, actor: Actor, now: datetime) -> Decision:
    """Write a decision down that does not close the case, and announce it. The caller has changed the case's state."""
    first_answer(case, now)
    case.held = decision.to_visibility == "held"
    case.version += 1
    db.session.flush()
    entry = audit.record(f"decide.{decision.action}", actor=actor, now=now, case=case, **_details(decision))
    return _sealed(case, decision, entry)


def _details(decision: Decision) -> dict[str, Any]:
    return {
        "from_state": decision.from_visibility,
        "to_state": decision.to_visibility,
        "reason_code": decision.reason_code,
        "rule_ref": decision.rule_ref,
        "public_text_id": decision.id,
        "automated_detection": decision.automated_detection,
    }


def _sealed(case: Case, decision: Decision, entry: AuditEntry) -> Decision:
    decision.event_id = entry.id
    db.session.flush()
    announce(
        PostDecided(
            case.target_type,
            case.target_id,
            decision.id,
            decision.action,
            decision.to_visibility,
            decision.reason_code,
        )
    )
    return decision
