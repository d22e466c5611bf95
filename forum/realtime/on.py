"""`@on`: the only way to register a client event, so that no handler can forget a guard.

At EVERY event: the session row is read anew, standing and role with it (a Socket.IO session is a snapshot of the
handshake, and stays "signed in" after log-out: security.md M2); the payload is checked against a schema that refuses
unknown keys (what comes before that is in `gate.py`). A refusal is an ack, never an exception that leaks.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from flask import current_app, g, request
from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy.exc import DatabaseError

from forum.core import events
from forum.core.db import db
from forum.core.errors import ForumError, ReadOnly, SignedOut
from forum.identity.login import Principal, principal_from_cookies
from forum.identity.models import Member, Staff
from forum.identity.roles import Permission, may
from forum.realtime.gate import strike
from forum.realtime.server import NAMESPACE_MOD, socketio

log = logging.getLogger(__name__)
Access = Literal["guest", "member"] | Permission


class Payload(BaseModel):
    """Base of every event's schema: exact types, no unknown keys."""

    model_config = ConfigDict(extra="forbid", strict=True, str_max_length=8_192)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent the event, read from the database a moment ago."""

    sid: str
    principal: Principal | None

    @property
    def member(self) -> Member:
        """Return the member.

        Raises:
            SignedOut: a guest, or a session that has ended.
        """
        if self.principal is None or self.principal.member is None:
            raise SignedOut
        return self.principal.member

    @property
    def staff(self) -> Staff:
        """Return the staff account.

        Raises:
            SignedOut: nobody of the staff.
        """
        if self.principal is None or self.principal.staff is None:
            raise SignedOut
        return self.principal.staff

    @property
    def member_or_none(self) -> Member | None:
        """Return the member, or None for a guest."""
        return self.principal.member if self.principal else None


@dataclass(frozen=True, slots=True)
class Registered:
    """What `@on` knows of an event; a test reads this table."""

    name: str
    namespace: str
    schema: type[Payload]
    access: Access


REGISTRY: dict[tuple[str, str], Registered] = {}
Ack = dict[str, Any]


def on(name: str, *, namespace: str, schema: type[Payload], access: Access) -> Callable[[Any], Any]:
    """Register `function(caller, payload) -> dict` for one event; its result, with `ok`, is the ack."""

    def register(function: Callable[[Caller, Any], Ack | None]) -> Callable[..., Ack]:
        @functools.wraps(function)
        def handler(*args: Any) -> Ack:
            return _answer(function, schema, access, namespace, args)

        REGISTRY[(namespace, name)] = Registered(name, namespace, schema, access)
        socketio.on_event(name, handler, namespace=namespace)
        return handler

    return register


def _answer(
    function: Callable[[Caller, Any], Ack | None],
    schema: type[Payload],
    access: Access,
    namespace: str,
    args: tuple[Any, ...],
) -> Ack:
    sid = str(getattr(request, "sid"))  # noqa: B009 - set by Flask-SocketIO
    g.refused = {}
    try:
        payload = schema.model_validate(args[0] if args else {})
        caller = _caller(sid, access, namespace)
        return {"ok": True, **(function(caller, payload) or {})}
    except ValidationError as wrong:
        if any(problem["type"] != "string_too_long" for problem in wrong.errors(include_input=False)):
            strike()  # anybody can paste a long text; everything else only a program sends
        return _refusal("bad_request", "We couldn't read that. Nothing was changed.")
    except ForumError as error:
        events.rollback()
        refused: Ack = g.get("refused", {})
        return _refusal(error.code, error.message, error.retry_after) | refused
    except DatabaseError as error:
        events.rollback()
        log.error("database cannot answer", extra={"error": type(error).__name__})
        more: Ack = g.get("refused", {})
        return _refusal(ReadOnly.code, ReadOnly.message, 10) | more
    except Exception as error:
        events.rollback()
        log.error("event failed", extra={"handler": function.__name__, "error": type(error).__name__})
        return _refusal("error", "Something broke on our side. Your words are still here.")
    finally:
        db.session.remove()


def _refusal(code: str, message: str, retry_after: int | None = None) -> Ack:
    error: dict[str, object] = {"code": code, "message": message}
    if retry_after:
        error["retry_after"] = retry_after
    return {"ok": False, "error": error}


def _caller(sid: str, access: Access, namespace: str) -> Caller:
    """Read the session again and check the right to this event.

    Raises:
        SignedOut: the event needs a session and there is none (any more).
    """
    needs_staff = namespace == NAMESPACE_MOD or access not in ("guest", "member")  # a facilitator in a live room
    principal = principal_from_cookies(request.cookies, "staff" if needs_staff else "member")
    caller = Caller(sid, principal)
    if access == "member":
        caller.member  # noqa: B018 - raises for guests
    elif access != "guest" and not may(caller.staff.role, access):
        raise SignedOut
    return caller


def caller_now(namespace: str) -> Principal | None:
    """Return who is connecting, for `connect` handlers."""
    return principal_from_cookies(request.cookies, "staff" if namespace == NAMESPACE_MOD else "member")


def application() -> Any:
    """Return the application object, for work outside a request."""
    return current_app._get_current_object()  # type: ignore[attr-defined]
