"""Accounts of the people who run the forum: inviting, switching off, changing roles. Each leaves an audit entry."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update

from forum.core.blocking import run_costly
from forum.core.db import db
from forum.core.errors import BadInput, Conflict, Forbidden, NotFound
from forum.core.text import one_line
from forum.identity import operations, passwords, totp
from forum.identity.models import Invitation, LoginSession, Staff
from forum.identity.sessions import end_sessions
from forum.moderation import audit
from forum.moderation.actors import Actor, require
from forum.moderation.models import CaseLease, DutyShift

KNOWN_AFTER = timedelta(days=7)
"""Since when an account counts as a person of its own in the eyes of whoever invited it."""
LAST_ADMIN = "This is the last admin: somebody has to be able to open the door. Make another admin first."


def invite(name: str, role: str, *, actor: Actor, now: datetime) -> str:
    """Make a one-time invitation and return its token, which is stored nowhere."""
    require(actor, "staff.invite")
    inviter = db.session.get_one(Staff, actor.staff_id)
    token = operations.invite_staff(name=one_line(name), role=role, invited_by=inviter, now=now)
    audit.record("staff.invited", actor=actor, now=now, target_type="staff", to_state=role)
    return token


def switch_off(staff_id: int, *, actor: Actor, now: datetime) -> Staff:
    """Switch an account off at once: a stolen one must not wait for a second person. Its sessions end everywhere.

    Raises:
        Forbidden: one's own; somebody else does that.
        BadInput: it is the last admin.
        Conflict: it is off already.
    """
    require(actor, "staff.role")
    if staff_id == actor.staff_id:
        raise Forbidden("You can't switch off your own account. Another admin can.")
    person = db.session.get(Staff, staff_id, populate_existing=True)
    if person is None:
        raise NotFound()
    _change(person, "is_active", False)
    _let_go(person.id, now)
    audit.record("staff.off", actor=actor, now=now, target_type="staff", target_id=person.id, from_state=person.role)
    return person


def change_role(staff_id: int, role: str, *, now: datetime) -> None:
    """Give an account another role; called once a second person has agreed. Its sessions end: rights are read anew."""
    person = db.session.get_one(Staff, staff_id, populate_existing=True)
    _change(person, "role", role)
    _let_go(person.id, now)


def let_in(staff_id: int) -> None:
    """Switch an account on again; called once a second person has agreed."""
    person = db.session.get_one(Staff, staff_id, populate_existing=True)
    person.is_active = True
    db.session.flush()


def renew_codes(*, actor: Actor, now: datetime) -> list[str]:
    """Replace one's own recovery codes and return them; the old ones stop working."""
    codes = totp.make_recovery_codes(db.session.get_one(Staff, actor.staff_id))
    audit.record("staff.codes", actor=actor, now=now, target_type="staff", target_id=actor.staff_id)
    return codes


def refuse_newly_invited(actor: Actor, proposer_id: int | None, now: datetime) -> None:
    """Refuse two accounts as two people where one brought the other in within the week, or one person both of them.

    Whichever of them proposes: it may be the same hands.

    Raises:
        Forbidden: with what to do instead.
    """
    mine, theirs = _inviter(actor.staff_id, now), _inviter(proposer_id, now)
    if mine is not None and mine == proposer_id:
        raise Forbidden("Whoever proposed this invited you less than a week ago. Somebody else has to look at it.")
    if theirs is not None and theirs == actor.staff_id:
        raise Forbidden("You invited whoever proposed this less than a week ago. Somebody else has to look at it.")
    if mine is not None and mine == theirs:
        raise Forbidden("One person invited you both less than a week ago. Somebody else has to look at it.")


def _inviter(staff_id: int | None, now: datetime) -> int | None:
    """Return who brought an account in, if that was within the week."""
    name = select(Staff.name).where(Staff.id == staff_id).scalar_subquery()
    wanted = select(Invitation.invited_by_id).where(Invitation.name == name, Invitation.used_at > now - KNOWN_AFTER)
    return db.session.scalar(wanted.order_by(Invitation.used_at.desc()).limit(1))


def change_password(password: str, *, keep: bytes | None, actor: Actor, now: datetime) -> None:
    """Give one's own account another password; one's other sessions end.

    Args:
        keep: digest of the session this happens in.

    Raises:
        BadInput: the password won't do; the message says why.
    """
    person = db.session.get_one(Staff, actor.staff_id)
    if problem := passwords.problem(password, person.name):
        raise BadInput(problem, field="password")
    person.password_hash = run_costly("staff", passwords.hash_password, password)
    end_sessions(reason="ended_elsewhere", staff_id=person.id, keep=keep)
    audit.record("staff.password", actor=actor, now=now, target_type="staff", target_id=person.id)


def change_factor(seed: str, key: str, *, step: int, keep: bytes | None, actor: Actor, now: datetime) -> list[str]:
    """Give one's own account another second factor and return fresh recovery codes; other sessions end."""
    person = db.session.get_one(Staff, actor.staff_id)
    totp.store_seed(person, seed, key, step=step)
    codes = totp.make_recovery_codes(person)
    end_sessions(reason="ended_elsewhere", staff_id=person.id, keep=keep)
    audit.record("staff.totp", actor=actor, now=now, target_type="staff", target_id=person.id)
    return codes


def end_sessions_of(staff_id: int, *, actor: Actor, now: datetime) -> int:
    """Sign somebody on the team out everywhere; returns of how many browsers. Their cases go back to the queue."""
    require(actor, "staff.role")
    person = db.session.get(Staff, staff_id)
    if person is None:
        raise NotFound()
    ended = end_sessions(reason="ended_elsewhere", staff_id=person.id)
    db.session.execute(delete(CaseLease).where(CaseLease.holder_id == person.id))
    audit.record("staff.sessions", actor=actor, now=now, target_type="staff", target_id=person.id)
    return ended


def open_sessions(now: datetime) -> dict[int, int]:
    """Return how many browsers everybody on the team is signed in with."""
    rows = db.session.execute(
        select(LoginSession.staff_id, func.count())
        .where(LoginSession.staff_id.is_not(None), LoginSession.idle_until > now, LoginSession.abs_until > now)
        .group_by(LoginSession.staff_id)
    )
    return {int(row[0] or 0): row[1] for row in rows}


def _change(person: Staff, column: str, value: object) -> None:
    """Change one column, unless that would leave nobody who is an admin.

    Admin rows are locked first, so that two admins who switch each other off at the same moment can't both succeed.
    """
    db.session.execute(
        update(Staff).where(Staff.role == "admin").values(name=Staff.name).execution_options(synchronize_session=False)
    )
    others = (
        select(func.count()).select_from(Staff).where(Staff.role == "admin", Staff.is_active, Staff.id != person.id)
    )
    if person.role == "admin" and not db.session.scalar(others):
        raise BadInput(LAST_ADMIN)
    won = db.session.scalar(
        update(Staff)
        .where(Staff.id == person.id, Staff.is_active)
        .values({column: value})
        .returning(Staff.id)
        .execution_options(synchronize_session=False)
    )
    if won is None:
        raise Conflict("This account is switched off already.")
    db.session.refresh(person)


def _let_go(staff_id: int, now: datetime) -> None:
    """End sessions, duty and leases of an account whose rights have changed."""
    end_sessions(reason="role_changed", staff_id=staff_id)
    db.session.execute(delete(CaseLease).where(CaseLease.holder_id == staff_id))
    db.session.execute(
        update(DutyShift)
        .where(DutyShift.staff_id == staff_id, DutyShift.status == "on", DutyShift.ends_at > now)
        .values(status="off", ends_at=now)
    )
