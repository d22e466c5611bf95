"""Opening and closing sockets: who may connect, how many, and how a session's end reaches them."""

from __future__ import annotations

import logging
from typing import Any

from flask import request
from flask_socketio import ConnectionRefusedError, join_room

from forum.core.db import db
from forum.core.events import subscribe
from forum.identity.events import SessionsEnded
from forum.realtime.channels import STAFF_CHANNEL, member_channel
from forum.realtime.connections import Connection, connections
from forum.realtime.gate import strike
from forum.realtime.on import caller_now
from forum.realtime.server import NAMESPACE_LIVE, NAMESPACE_MOD, is_open, socketio

log = logging.getLogger(__name__)
MAX_PER_SESSION = 10
"""Open sockets of one session: tabs, not floods."""


def _sid() -> str:
    return str(getattr(request, "sid"))  # noqa: B009 - set by Flask-SocketIO


@socketio.on("connect", namespace=NAMESPACE_LIVE)  # type: ignore[untyped-decorator]
def connect_live(_auth: Any = None) -> None:
    """Let members and guests in; guests may only read open threads."""
    try:
        principal = caller_now(NAMESPACE_LIVE)
        digest = principal.row.digest if principal else None
        if digest is not None and connections.count_session(digest) >= MAX_PER_SESSION:
            raise ConnectionRefusedError("full")
        connections.add(Connection(_sid(), NAMESPACE_LIVE, digest))
        if principal is not None and principal.member is not None:
            join_room(member_channel(principal.member.public_id))
    finally:
        db.session.remove()


@socketio.on("connect", namespace=NAMESPACE_MOD)  # type: ignore[untyped-decorator]
def connect_mod(_auth: Any = None) -> None:
    """Let staff in, and nobody else."""
    try:
        principal = caller_now(NAMESPACE_MOD)
        if principal is None or principal.staff is None:
            raise ConnectionRefusedError("signed_out")
        if connections.count_session(principal.row.digest) >= MAX_PER_SESSION:
            raise ConnectionRefusedError("full")
        connections.add(Connection(_sid(), NAMESPACE_MOD, principal.row.digest))
        join_room(STAFF_CHANNEL)
    finally:
        db.session.remove()


def _forget(*_reason: Any) -> None:
    """Forget a closed socket."""
    connections.remove(_sid())


def _unknown(_event: str, *_args: Any) -> dict[str, Any]:
    """Answer an event nobody registered; three of them close the socket."""
    strike()
    return {"ok": False, "error": {"code": "bad_request", "message": "We don't know that event."}}


def init_app() -> None:
    """Register what every namespace has; called before the server opens."""
    from forum.realtime import sweep, upkeep  # noqa: F401 - imported for the jobs they register

    for namespace in (NAMESPACE_LIVE, NAMESPACE_MOD):
        socketio.on_event("disconnect", _forget, namespace=namespace)
        socketio.on_event("*", _unknown, namespace=namespace)


@subscribe(SessionsEnded)
def close_sockets(fact: SessionsEnded) -> None:
    """Tell the sockets of ended sessions, and close them."""
    for digest in fact.digests:
        end_sockets(digest, fact.reason)


def end_sockets(digest: bytes, reason: str) -> int:
    """Tell the open sockets of a session that it is over, and close them; returns how many there were here."""
    found = connections.of_session(digest) if is_open() else []
    for connection in found:
        socketio.emit("session:ended", {"reason": reason}, to=connection.sid, namespace=connection.namespace)
        socketio.server.disconnect(connection.sid, namespace=connection.namespace)
    return len(found)
