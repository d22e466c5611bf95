"""Two people for what can't be taken lightly: a role, letting an account back in, deleting words for good.

One person proposes, another agrees. Whose sessions it was does not matter, only who: the same person in two browsers
is one person. Agreeing is one conditional UPDATE, so a form sent twice, or by two people at once, counts once.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from forum.core.db import db
from forum.core.errors import BadInput, Conflict, Forbidden, NotFound
from forum.identity.models import Staff
from forum.identity.roles import ROLES, Permission
from forum.moderation import audit, team
from forum.moderation.actors import Actor, require
from forum.moderation.deciding import visibility_of
from forum.moderation.models import Approval, Case, CaseSnapshot
from forum.moderation.subjects import subject_of

OPEN_FOR = timedelta(days=3)
PURGE_REASONS = ("legal", "minor_safety")
PROPOSES: dict[str, Permission] = {"role": "staff.role", "return": "staff.role", "purge": "purge.approve"}


def propose_role(staff_id: int, role: str, *, actor: Actor, now: datetime) -> Approval:
    """Propose another role for an active account.

    Raises:
        BadInput: no such role, or it has it already.
        Conflict: something about this account waits already.
    """
    require(actor, PROPOSES["role"])
    person = _person(staff_id)
    if role not in ROLES or role == person.role or not person.is_active:
        raise BadInput("Please choose another role.", field="role")
    return _propose(Approval(kind="role", staff_id=person.id, to_role=role), actor, now)


def propose_return(staff_id: int, *, actor: Actor, now: datetime) -> Approval:
    """Propose to let an account in again that was switched off."""
    require(actor, PROPOSES["return"])
    person = _person(staff_id)
    if person.is_active:
        raise BadInput("This account is in use already.")
    return _propose(Approval(kind="return", staff_id=person.id, to_role=person.role), actor, now)


def propose_purge(case_id: int, reason_code: str, *, actor: Actor, now: datetime) -> Approval:
    """Propose to delete for good the words of a case that were taken down; for law and minors' safety only."""
    require(actor, PROPOSES["purge"])
    if reason_code not in PURGE_REASONS:
        raise BadInput("Words are deleted for good only where the law asks it or a child has to be protected.")
    case = db.session.get(Case, case_id, populate_existing=True)
    if case is None:
        raise NotFound()
    if not can_purge(case):
        raise BadInput("Please take the words down first.")
    return _propose(Approval(kind="purge", case_id=case.id, reason_code=reason_code), actor, now)


def can_purge(case: Case) -> bool:
    """Tell whether a case's words are down: only those can be deleted for good."""
    return visibility_of(case) == "hidden"


def _person(staff_id: int) -> Staff:
    found = db.session.get(Staff, staff_id, populate_existing=True)
    if found is None:
        raise NotFound()
    return found


def _propose(approval: Approval, actor: Actor, now: datetime) -> Approval:
    _drop_expired(now)
    approval.proposed_by_id, approval.proposed_at, approval.expires_at = actor.staff_id, now, now + OPEN_FOR
    approval.state = "proposed"
    try:
        with db.session.begin_nested():
            db.session.add(approval)
    except IntegrityError:
        raise Conflict("Somebody has proposed something about this already. It waits for a second person.") from None
    _record(approval, "proposed", actor, now)
    return approval


def _drop_expired(now: datetime) -> None:
    db.session.execute(
        update(Approval)
        .where(Approval.state == "proposed", Approval.expires_at <= now)
        .values(state="withdrawn", decided_at=now)
        .execution_options(synchronize_session=False)
    )


def list_open(now: datetime) -> list[Approval]:
    """Return proposals that wait for a second person, oldest first."""
    wanted = select(Approval).where(Approval.state == "proposed", Approval.expires_at > now).order_by(Approval.id)
    return list(db.session.scalars(wanted))


def approve(approval_id: int, *, actor: Actor, now: datetime) -> Approval:
    """Agree, and do it; only a second person can, and not the one it is about.

    Raises:
        Forbidden: the proposer, in whichever of their sessions, or the person concerned.
        Conflict: it does not wait any more.
    """
    approval = _second(approval_id, actor, now)
    _move(approval, "approved", now, actor)
    if approval.kind == "role":
        team.change_role(_id(approval.staff_id), approval.to_role, now=now)
    elif approval.kind == "return":
        team.let_in(_id(approval.staff_id))
    else:
        _purge(db.session.get_one(Case, _id(approval.case_id)), now)
    _record(approval, "approved", actor, now)
    return approval


def refuse(approval_id: int, *, actor: Actor, now: datetime) -> Approval:
    """Disagree; nothing happens."""
    approval = _second(approval_id, actor, now)
    _move(approval, "refused", now, actor)
    _record(approval, "refused", actor, now)
    return approval


def withdraw(approval_id: int, *, actor: Actor, now: datetime) -> Approval:
    """Take one's own proposal back."""
    approval = _found(approval_id, actor)
    if approval.proposed_by_id != actor.staff_id:
        raise Forbidden()
    _move(approval, "withdrawn", now, None)
    _record(approval, "withdrawn", actor, now)
    return approval


def _id(number: int | None) -> int:
    if number is None:
        raise NotFound()
    return number


def _found(approval_id: int, actor: Actor) -> Approval:
    require(actor, "approve.second")
    approval = db.session.get(Approval, approval_id, populate_existing=True)
    if approval is None:
        raise NotFound()
    return approval


def _second(approval_id: int, actor: Actor, now: datetime) -> Approval:
    approval = _found(approval_id, actor)
    if actor.staff_id == approval.proposed_by_id:
        raise Forbidden("A second person has to look at this: it was you who proposed it.")
    if actor.staff_id == approval.staff_id:
        raise Forbidden("Somebody else has to look at this: it is about you.")
    proposer = db.session.get_one(Staff, approval.proposed_by_id, populate_existing=True)
    if not proposer.is_active:
        raise Conflict("Whoever proposed this is not on the team any more. Please propose it anew.")
    team.refuse_newly_invited(actor, approval.proposed_by_id, now)
    return approval


def _move(approval: Approval, state: str, now: datetime, actor: Actor | None) -> None:
    """Change the state if it still waits; of two people at once, one succeeds."""
    won = db.session.scalar(
        update(Approval)
        .where(Approval.id == approval.id, Approval.state == "proposed", Approval.expires_at > now)
        .values(state=state, decided_by_id=actor.staff_id if actor else None, decided_at=now)
        .returning(Approval.id)
        .execution_options(synchronize_session=False)
    )
    if won is None:
        raise Conflict("Somebody else has decided about this already, or it has waited too long.")
    db.session.refresh(approval)


def _purge(case: Case, now: datetime) -> None:
    """Delete the words and every copy a case keeps of them."""
    subject_of(case.target_type).lock(case.target_id)
    if not can_purge(case):
        raise Conflict("The words are not down any more.")
    subject_of(case.target_type).purge(case.target_id, now)
    db.session.execute(delete(CaseSnapshot).where(CaseSnapshot.case_id == case.id))
    case.version += 1
    db.session.flush()


def _record(approval: Approval, what: str, actor: Actor, now: datetime) -> None:
    case = db.session.get(Case, approval.case_id) if approval.case_id is not None else None
    about: dict[str, Any] = {} if case is not None else {"target_type": "staff", "target_id": approval.staff_id}
    second = approval.proposed_by_id if approval.proposed_by_id != actor.staff_id else None
    audit.record(
        f"{approval.kind}.{what}",
        actor=actor,
        now=now,
        case=case,
        to_state=approval.to_role or ("purged" if case is not None else ""),
        reason_code=approval.reason_code,
        second_actor_id=second,
        **about,
    )
