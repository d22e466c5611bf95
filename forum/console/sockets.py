"""Live news for open queues: that something changed, never what it says. The list itself always comes from the page."""

from __future__ import annotations

from typing import Any

from forum.core.clock import utcnow
from forum.core.events import subscribe
from forum.moderation import duty, leases
from forum.moderation.actors import Actor
from forum.moderation.events import (
    CaseChanged,
    CaseEvent,
    CaseLeased,
    CaseOpened,
    CaseReleased,
    CaseResolved,
    DutyChanged,
)
from forum.realtime.channels import STAFF_CHANNEL
from forum.realtime.on import Caller, Payload, on
from forum.realtime.server import NAMESPACE_MOD, is_open, socketio


class Heartbeat(Payload):
    """`duty:heartbeat`: the desk is open in a browser; `active` when its person did something since the last one."""

    active: bool = False


@on("duty:heartbeat", namespace=NAMESPACE_MOD, schema=Heartbeat, access="queue.read")
def beat(caller: Caller, payload: Heartbeat) -> dict[str, Any]:
    """Keep duty and open cases alive while the page is there; nothing is written into the record."""
    person, now = caller.staff, utcnow()
    actor = Actor(person.id, person.role, person.name)
    is_on = duty.heartbeat(staff_id=person.id, now=now)
    held = leases.beat_all(actor=actor, now=now, active=payload.active)
    return {"on": is_on, "cases": held}


def _tell(name: str, fact: CaseEvent, **more: str) -> None:
    if not is_open():
        return
    payload = {"case": fact.public_id, "version": fact.version, "seq": fact.seq}
    socketio.emit(f"case:{name}", {**payload, "lane": fact.lane, **more}, to=STAFF_CHANNEL, namespace=NAMESPACE_MOD)
    if name in ("opened", "resolved"):
        socketio.emit("queue:counts", payload, to=STAFF_CHANNEL, namespace=NAMESPACE_MOD)


@subscribe(CaseOpened)
def tell_opened(fact: CaseOpened) -> None:
    """A case came into the queue."""
    _tell("opened", fact)


@subscribe(CaseChanged)
def tell_changed(fact: CaseChanged) -> None:
    """More is known of a case."""
    _tell("changed", fact)


@subscribe(CaseLeased)
def tell_leased(fact: CaseLeased) -> None:
    """Somebody opened a case."""
    _tell("leased", fact, by=fact.alias)


@subscribe(CaseReleased)
def tell_released(fact: CaseReleased) -> None:
    """A case was given back."""
    _tell("released", fact)


@subscribe(CaseResolved)
def tell_resolved(fact: CaseResolved) -> None:
    """A case was closed."""
    _tell("resolved", fact, outcome=fact.outcome)


@subscribe(DutyChanged)
def tell_duty(fact: DutyChanged) -> None:
    """Somebody came on or went off."""
    if is_open():
        socketio.emit("duty:changed", {"on_duty": fact.on_duty}, to=STAFF_CHANNEL, namespace=NAMESPACE_MOD)
