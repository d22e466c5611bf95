"""The one Socket.IO server of this process, and how it is opened safely."""

from __future__ import annotations

import functools
import logging

from flask import Flask
from flask_socketio import SocketIO

from forum.config import Config
from forum.realtime.fanout import Fanout
from forum.realtime.frames import DirectWebSocket

MAX_FRAME_BYTES = 65_536
NAMESPACE_LIVE = "/live"
NAMESPACE_MOD = "/mod"

socketio = SocketIO()


def init_app(app: Flask, config: Config) -> None:
    """Open the server for this application.

    `async_mode` is always passed: with eventlet or gevent installed Flask-SocketIO would pick one by itself. Origins
    are an explicit list: an empty one switches the check off, None believes `X-Forwarded-Host` (security.md M3).
    """
    socketio.server_options.pop("client_manager", None)  # one application's must not serve the next one's
    fanout = {"client_manager": Fanout(config.redis_url)} if config.redis_url else {}
    for name in ("socketio", "engineio", "socketio.server", "engineio.server"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # they print origins and socket ids
    socketio.init_app(
        app,
        async_mode=config.async_mode,
        cors_allowed_origins=list(config.origins),
        max_http_buffer_size=MAX_FRAME_BYTES,
        ping_interval=25,
        ping_timeout=20,
        http_compression=False,
        manage_session=False,
        allow_upgrades=True,
        cookie=None,
        logger=False,
        engineio_logger=False,
        **fanout,
    )
    _bound_frames()


def _bound_frames() -> None:
    """Put our own WebSockets in place of simple-websocket's wrapper: a frame limit, and frames made once.

    Engine.IO's own limit is applied only after the whole frame is in memory (M4).
    """
    engine = socketio.server.eio
    if getattr(engine._async.get("websocket"), "__name__", "") == "SimpleWebSocketWSGI":
        engine._async["websocket"] = functools.partial(DirectWebSocket, max_message_size=MAX_FRAME_BYTES)


def is_open() -> bool:
    """Tell whether a server exists in this process (commands run without one)."""
    return socketio.server is not None


def is_alive(sid: str) -> bool:
    """Tell whether Engine.IO still knows a connection; the list is this process's own."""
    return is_open() and sid in socketio.server.eio.sockets
