"""Limits on an account: slow, read only, out of one room, out. Always tied to a case, always with an end in sight.

A limit of a week or more, or without an end, waits for a second moderator. Reading, helplines, messages to
moderators and appeals are never limited; distress is never a ground.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select, update

from forum.core.db import db
from forum.core.errors import BadInput, Conflict, Forbidden, NotFound
from forum.core.events import announce
from forum.identity.models import Member
from forum.identity.standing import Barrier
from forum.moderation import audit, team
from forum.moderation.actors import Actor, require
from forum.moderation.cases import tell
from forum.moderation.deciding import Ruling, SelfReview, has_reported, keep_open, refuse_about_self, take, write_down
from forum.moderation.events import CaseChanged, SanctionChanged
from forum.moderation.models import Case, Decision, Sanction
from forum.moderation.reasons import get_reason

HOURS = {"slow": (24,), "read_only": (24, 72, 168, 720), "room_exclusion": (24, 72, 168, 720), "ban": (None,)}
TWO_PEOPLE_FROM_HOURS = 168
SLOW_GAP = timedelta(minutes=10)
"""Slow means one post in ten minutes; the posting path asks `slow_gap`."""


def impose(
    case_id: int,
    *,
    actor: Actor,
    version: int,
    now: datetime,
    kind: str,
    hours: int | None,
    reason_code: str,
    facts: str = "",
    room_id: int | None = None,
) -> Sanction:
    """Limit the author of a case's text, or propose it where that takes two people. The case itself stays open.

    Raises:
        BadInput: no such kind or length, or there is no member to limit.
    """
    reason = get_reason(reason_code)
    if hours not in HOURS.get(kind, ()):
        raise BadInput("Please choose one of the lengths.", field="hours")
    case = take(case_id, actor=actor, version=version, now=now, permission="member.sanction")
    if case.author_id is None:
        raise BadInput("There is no member's account behind this text.")
    ruling = Ruling(
        "sanction", None, reason.code, reason.rule, facts=facts or reason.said, scope="account", duration_hours=hours
    )
    decision = write_down(case, ruling, actor=actor, now=now)
    needs_second = hours is None or hours >= TWO_PEOPLE_FROM_HOURS
    sanction = Sanction(
        member_id=case.author_id,
        kind=kind,
        room_id=room_id if kind == "room_exclusion" else None,
        case_id=case.id,
        decision_id=decision.id,
        state="proposed" if needs_second else "active",
        proposed_by_id=actor.staff_id,
        hours=hours,
        created_at=now,
    )
    if not needs_second:
        _start(sanction, now)
    db.session.add(sanction)
    keep_open(case, decision, actor=actor, now=now)
    _record(sanction, case, actor=actor, now=now)
    tell(CaseChanged, case)
    return sanction


def confirm(sanction_id: int, *, actor: Actor, now: datetime) -> Sanction:
    """Let a proposed limit begin; only a second person can.

    Raises:
        Forbidden: the proposer, in whichever of their sessions.
        Conflict: it does not wait any more.
    """
    sanction, case = _waiting(sanction_id, actor, now)
    _move(sanction, "proposed", "active", confirmed_by_id=actor.staff_id)
    _start(sanction, now)
    db.session.flush()
    _record(sanction, case, actor=actor, now=now, second=sanction.proposed_by_id)
    return sanction


def refuse(sanction_id: int, *, actor: Actor, now: datetime) -> Sanction:
    """Let a proposed limit fall."""
    sanction, case = _waiting(sanction_id, actor, now)
    _move(sanction, "proposed", "refused")
    _record(sanction, case, actor=actor, now=now, second=sanction.proposed_by_id)
    return sanction


def lift(sanction_id: int, *, actor: Actor, now: datetime) -> Sanction:
    """End a limit now; one click, any moderator."""
    require(actor, "member.sanction")
    sanction = db.session.get(Sanction, sanction_id, populate_existing=True)
    if sanction is None:
        raise NotFound()
    refuse_about_self(actor, sanction.member_id)
    _move(sanction, "active", "lifted", lifted_at=now)
    case = db.session.get_one(Case, sanction.case_id)
    sanction.lifted_event_id = _record(sanction, case, actor=actor, now=now)
    db.session.flush()
    return sanction


def lift_of_decision(decision_id: int, *, actor: Actor, now: datetime) -> int:
    """End every limit a decision brought; used when the decision is taken back."""
    rows = db.session.scalars(
        select(Sanction).where(Sanction.decision_id == decision_id, Sanction.state.in_(("active", "proposed")))
    ).all()
    for sanction in rows:
        _move(sanction, sanction.state, "lifted", lifted_at=now)
        case = db.session.get_one(Case, sanction.case_id)
        sanction.lifted_event_id = _record(sanction, case, actor=actor, now=now)
    db.session.flush()
    return len(rows)


def list_active(member_id: int, now: datetime) -> list[Sanction]:
    """Return the limits on an account now."""
    return list(db.session.scalars(select(Sanction).where(*_active(member_id, now)).order_by(Sanction.id)))


def list_proposed() -> list[Sanction]:
    """Return limits that wait for a second moderator, oldest first."""
    return list(db.session.scalars(select(Sanction).where(Sanction.state == "proposed").order_by(Sanction.id)))


def bars(member: Member, room_id: int | None, now: datetime) -> Barrier | None:
    """Say what bars a member from writing in a room now; registered with `identity.standing.add_rule`."""
    for sanction in list_active(member.id, now):
        if sanction.kind == "slow" or (sanction.kind == "room_exclusion" and sanction.room_id != room_id):
            continue
        return Barrier(sanction.kind, _sentence(sanction), sanction.ends_at)
    return None


def slow_gap(member_id: int, now: datetime) -> timedelta | None:
    """Return the pause a slowed member keeps between posts; None when they are not slowed."""
    wanted = select(Sanction.id).where(*_active(member_id, now), Sanction.kind == "slow").limit(1)
    return SLOW_GAP if db.session.scalar(wanted) is not None else None


def _sentence(sanction: Sanction) -> str:
    still = "You can still read, use Help now, write to the moderators and ask for a second look."
    if sanction.ends_at is None:
        return f"This account can't be used to write here any more. {still}"
    day = f"{sanction.ends_at:%A} {sanction.ends_at.day} {sanction.ends_at:%B}, {sanction.ends_at:%H:%M} UTC"
    where = " in this room" if sanction.kind == "room_exclusion" else ""
    return f"You can't post{where} until {day}. {still}"


def _active(member_id: int, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        Sanction.member_id == member_id,
        Sanction.state == "active",
        Sanction.ends_at.is_(None) | (Sanction.ends_at > now),
    )


def _start(sanction: Sanction, now: datetime) -> None:
    sanction.starts_at = now
    sanction.ends_at = None if sanction.hours is None else now + timedelta(hours=sanction.hours)


def _waiting(sanction_id: int, actor: Actor, now: datetime) -> tuple[Sanction, Case]:
    require(actor, "member.sanction")
    sanction = db.session.get(Sanction, sanction_id, populate_existing=True)
    if sanction is None:
        raise NotFound()
    if sanction.proposed_by_id == actor.staff_id:
        raise Forbidden("A second moderator has to look at this: it was you who proposed it.")
    refuse_about_self(actor, sanction.member_id)
    case = db.session.get_one(Case, sanction.case_id)
    if has_reported(case, actor):
        raise SelfReview()
    team.refuse_newly_invited(actor, sanction.proposed_by_id, now)
    return sanction, case


def _move(sanction: Sanction, before: str, after: str, **more: object) -> None:
    """Change the state if it is still what it was; of two people at once, one succeeds."""
    won = db.session.scalar(
        update(Sanction)
        .where(Sanction.id == sanction.id, Sanction.state == before)
        .values(state=after, **more)
        .returning(Sanction.id)
        .execution_options(synchronize_session=False)
    )
    if won is None:
        raise Conflict("Somebody else has decided about this limit already.")
    db.session.refresh(sanction)


def _record(sanction: Sanction, case: Case, *, actor: Actor, now: datetime, second: int | None = None) -> int:
    entry = audit.record(
        f"sanction.{sanction.state}",
        actor=actor,
        now=now,
        case=case,
        person_id=sanction.member_id,
        to_state=f"{sanction.kind}:{sanction.hours if sanction.hours is not None else 'open'}",
        public_text_id=sanction.decision_id,
        reason_code=db.session.get_one(Decision, sanction.decision_id).reason_code,
        second_actor_id=second,
    )
    announce(SanctionChanged(sanction.id, sanction.member_id, sanction.kind, sanction.state))
    return entry.id
