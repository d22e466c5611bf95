"""Growing into a role: begin, learn, ask, be given it by a lead, lay it down. They flush; the edge commits."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select, update

from forum.belonging.events import RoleChanged
from forum.belonging.models import ROLE_KINDS, MemberRole
from forum.belonging.reading import own_roles
from forum.belonging.training import modules_for, training
from forum.core.db import db
from forum.core.errors import BadInput, Conflict, Forbidden, NotFound
from forum.core.events import announce
from forum.identity.models import Member
from forum.moderation import audit, sanctions
from forum.moderation.actors import Actor

NEEDS = {"greeter": (1, timedelta(days=14)), "host": (1, timedelta(days=30)), "peer": (2, timedelta(days=60))}
"""(trust, days here) before somebody can ask for a role."""


def may_begin(member: Member, kind: str, now: datetime) -> bool:
    """Tell whether a member has been here long enough to ask for a role; learning is open to everybody."""
    trust, here = NEEDS[kind]
    return member.trust >= trust and now - member.created_at >= here


def begin(member: Member, kind: str, *, room_id: int | None = None) -> MemberRole:
    """Begin the training for a role; having begun is no error. A host names the room.

    Raises:
        BadInput: no such role, or a host without a room.
    """
    if kind not in ROLE_KINDS:
        raise BadInput("There is no such role.", field="kind")
    held = own_roles(member).get(kind)
    if held is None:
        held = MemberRole(member_id=member.id, kind=kind, modules=[])
        db.session.add(held)
    if kind == "host" and held.state == "learning" and room_id is not None:
        held.room_id = room_id
    if kind == "host" and held.room_id is None:
        raise BadInput("Please choose the room.", field="room")
    db.session.flush()
    return held


def answer(member: Member, kind: str, key: str, number: int) -> bool:
    """Answer a module's scene; returns whether it was right, and then the module is done.

    Raises:
        NotFound: no such module, or the training was not begun.
    """
    module, held = training().get(key), own_roles(member).get(kind)
    if module is None or held is None or kind not in module.roles or not 0 <= number < len(module.answers):
        raise NotFound
    if not module.answers[number].right:
        return False
    if key not in held.modules:
        held.modules = [*held.modules, key]
        db.session.flush()
    return True


def is_learned(role: MemberRole) -> bool:
    """Tell whether somebody has been through everything their role needs."""
    return {module.key for module in modules_for(role.kind)} <= set(role.modules)


def ask(member: Member, kind: str, now: datetime) -> MemberRole:
    """Ask the leads for a role one has learned for.

    Raises:
        BadInput: not learned yet, or too new here.
        NotFound: not begun.
    """
    held = own_roles(member).get(kind)
    if held is None:
        raise NotFound
    if not is_learned(held):
        raise BadInput("Please go through all parts first.")
    if not may_begin(member, kind, now) or sanctions.list_active(member.id, now):
        raise BadInput("This needs a little more time here first. What you’ve learned stays yours.")
    if held.state == "learning":
        held.state, held.asked_at = "asked", now
        db.session.flush()
    return held


def step_back(member: Member, kind: str, now: datetime) -> None:
    """Lay a role down. One tap, no reason, no question."""
    held = own_roles(member).get(kind)
    if held is not None:
        held.state, held.ended_at = "ended", now
        db.session.flush()


# ── What leads do ───────────────────────────────────────────────────────────────────────────────────────────────


def list_asked() -> list[MemberRole]:
    """Return who waits for a lead, longest first."""
    return list(db.session.scalars(select(MemberRole).where(MemberRole.state == "asked").order_by(MemberRole.asked_at)))


def list_active() -> list[MemberRole]:
    """Return who holds a role, by kind."""
    query = select(MemberRole).where(MemberRole.state == "active")
    return list(db.session.scalars(query.order_by(MemberRole.kind, MemberRole.signed_at)))


def sign_off(public_id: str, *, actor: Actor, now: datetime) -> MemberRole:
    """Sign a member's training off and give them the role; the audit record says who did.

    Raises:
        NotFound, Conflict: absent, or decided meanwhile.
    """
    role = _move(public_id, "asked", "active", actor)
    role.signed_by_id, role.signed_at = actor.staff_id, now
    _written_down(role, "role.given", actor, now)
    return role


def not_now(public_id: str, *, actor: Actor, now: datetime) -> MemberRole:
    """Give it back to learning: not now, which is no verdict on anybody.

    Raises:
        NotFound, Conflict: absent, or decided meanwhile.
    """
    role = _move(public_id, "asked", "learning", actor)
    role.asked_at = None
    _written_down(role, "role.not_now", actor, now)
    return role


def take_back(public_id: str, *, actor: Actor, now: datetime) -> MemberRole:
    """Take a role back.

    Raises:
        NotFound, Conflict: absent, or not held any more.
    """
    role = _move(public_id, "active", "ended", actor)
    role.ended_at = now
    _written_down(role, "role.taken_back", actor, now)
    return role


def _move(public_id: str, old: str, new: str, actor: Actor) -> MemberRole:
    """Change the state only from what was seen: of two leads at once one wins, and nobody decides about themselves."""
    found = db.session.scalar(select(MemberRole).where(MemberRole.public_id == public_id))
    if found is None:
        raise NotFound
    if found.member_id == actor.own_member_id:
        raise Forbidden("That is your own membership. Another lead decides about it.")
    moved = db.session.execute(
        update(MemberRole)
        .where(MemberRole.id == found.id, MemberRole.state == old)
        .values(state=new)
        .execution_options(synchronize_session=False)
    )
    if not moved.rowcount:  # type: ignore[attr-defined]
        raise Conflict("Somebody decided about this a moment ago.")
    db.session.refresh(found)
    return found


def _written_down(role: MemberRole, action: str, actor: Actor, now: datetime) -> None:
    audit.record(
        action,
        actor=actor,
        now=now,
        person_id=role.member_id,
        target_type="member_role",
        to_state=role.state,
        reason_code=role.kind,
    )
    db.session.flush()
    announce(RoleChanged(role.member_id, role.kind, role.state))
