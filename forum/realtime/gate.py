"""What comes in on a line is weighed before it gets a thread: how much, and whether a page of ours would say it.

Socket.IO gives every event a thread of its own and hands a browser's `disconnect` to our own handler for closed
sockets. And a closed namespace can be opened again on the same line, with a new socket id. So events and breaches are
counted for the line underneath, here, and the third breach hangs up on the line itself.
"""

from __future__ import annotations

import threading
from typing import Any

from flask import Flask, request
from socketio import packet

from forum.core.errors import RateLimited
from forum.realtime.server import NAMESPACE_LIVE, NAMESPACE_MOD, socketio
from forum.web.limits import KEY, Limiter

STRIKES = 3
"""Broken limits, unknown events and nonsense on one line; then it is closed."""
_COUNT = "forum.strikes"
_NAMESPACES = frozenset({NAMESPACE_LIVE, NAMESPACE_MOD})
_RESERVED = frozenset({"connect", "disconnect", "connect_error", "*", "__disconnect_final"})
"""Names by which Socket.IO calls our own handlers; from a browser they are nobody's event."""
_counting = threading.Lock()


def init_app(app: Flask) -> None:
    """Stand in front of the server's own handler for messages."""
    socketio.server.eio.on("message", lambda line, data: _weigh(app.extensions[KEY], line, data))


def _weigh(limiter: Limiter, line: str, data: Any) -> None:
    """Let one message pass, refuse it, or hang up."""
    if not _is_open(line):
        return  # the rest of a payload whose beginning closed the line
    said = _read(data)
    if said is None:
        strike_line(line)
        return
    try:
        limiter.hit("events", member=f"line-{line}")
    except RateLimited as refused:
        _answer(line, said, refused)
        strike_line(line)
        return
    socketio.server._handle_eio_message(line, data)


def _is_open(line: str) -> bool:
    found = socketio.server.eio.sockets.get(line)
    return found is not None and not found.closed


def _read(data: Any) -> packet.Packet | None:
    """Return a packet a page of ours might have sent, None for anything else."""
    if not isinstance(data, str):
        return None
    try:
        said = packet.Packet(encoded_packet=data)
    except Exception:  # numbers, brackets and lengths of every kind; what exactly is wrong is nobody's business
        return None
    if said.namespace not in _NAMESPACES:
        return None
    if said.packet_type in (packet.CONNECT, packet.DISCONNECT):
        return said
    is_event = said.packet_type == packet.EVENT and isinstance(said.data, list) and bool(said.data)
    return said if is_event and isinstance(said.data[0], str) and said.data[0] not in _RESERVED else None


def _answer(line: str, said: packet.Packet, refused: RateLimited) -> None:
    """Answer an event that came too soon, so that its page keeps the words and says for how long."""
    if said.packet_type != packet.EVENT or said.id is None:
        return
    error = {"code": refused.code, "message": refused.message, "retry_after": refused.retry_after}
    ack = packet.Packet(packet.ACK, namespace=said.namespace, id=said.id, data=[{"ok": False, "error": error}])
    socketio.server._send_packet(line, ack)


def strike_line(line: str) -> None:
    """Count something a page of ours never does; the third time the line is closed."""
    environ = socketio.server.environ.get(line)
    if environ is None:
        return
    with _counting:
        environ[_COUNT] = environ.get(_COUNT, 0) + 1
    if environ[_COUNT] >= STRIKES and _is_open(line):
        socketio.server.eio.sockets[line].close(wait=False)


def strike() -> None:
    """Count a breach against the line the current event came by."""
    sid, namespace = str(getattr(request, "sid")), str(getattr(request, "namespace"))  # noqa: B009 - Flask-SocketIO's
    line = socketio.server.manager.eio_sid_from_sid(sid, namespace)
    if line is not None:
        strike_line(line)
