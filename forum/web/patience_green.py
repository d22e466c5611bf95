"""gevent's worker with an end to waiting: nobody keeps a connection by sending half a request.

A green thread is cheap, a connection is not: gevent's worker hangs up on half a head after the keep-alive time (never,
where each connection carries one request, as behind Tor), and on half a body never. As many of those as the process may
open files, and nobody else is answered. nginx keeps such people away; where there is none, this does.
"""

from __future__ import annotations

import contextlib
import io
import socket
from typing import Any

import gevent
from gevent.local import local
from gunicorn.workers.ggevent import GeventWorker

from forum.web import patience
from forum.web.patience import Unwanted, refusal


class PatientGreenWorker(GeventWorker):  # type: ignore[misc]
    """A gevent worker whose connections wait only so long for a request."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Set up; never take so many connections that a file could not be opened any more."""
        super().__init__(*args, **kwargs)
        self.worker_connections = min(self.cfg.worker_connections, patience.most_connections())
        self._mine = local()

    def handle(self, listener: Any, client: socket.socket, addr: Any) -> None:
        """Serve a connection whose first head comes in time; gunicorn itself bounds the wait for the next ones."""
        client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, patience.SEND_BYTES)
        self._mine.head = gevent.spawn_later(patience.ARRIVAL_SECONDS, _hang_up, client)
        try:
            super().handle(listener, client, addr)
        finally:
            self._mine.head.kill()

    def handle_request(self, listener_name: Any, req: Any, sock: socket.socket, addr: Any) -> None:
        """Answer a request once all of it is here."""
        self._mine.head.kill()
        try:
            length = patience.body_length(req.headers)
        except Unwanted as refused:
            with contextlib.suppress(OSError):
                sock.sendall(refusal(refused.args[0]))
            raise StopIteration from None
        if length > patience.MAX_WAITED_BYTES:
            req.force_close()  # refused unread by the application, and not read afterwards either
        elif length:
            req.body = _body(req, sock, length)
        super().handle_request(listener_name, req, sock, addr)

    def handle_error(self, req: Any, client: socket.socket, addr: Any, exc: BaseException) -> None:
        """Answer what could not be read with gunicorn's status, and with our headers instead of its page."""
        page = patience.ErrorPage()
        super().handle_error(req, page, addr, exc)
        with contextlib.suppress(OSError):
            client.send(refusal(page.status))


def _body(req: Any, sock: socket.socket, length: int) -> io.BytesIO:
    """Return the whole body.

    Raises:
        StopIteration: it did not come in time; gunicorn closes the connection for that.
    """
    late = gevent.spawn_later(patience.ARRIVAL_SECONDS, _hang_up, sock)
    try:
        body = req.body.read(length)
    finally:
        late.kill()
    if len(body) < length:
        raise StopIteration
    return io.BytesIO(body)


def _hang_up(client: socket.socket) -> None:
    with contextlib.suppress(OSError):
        client.shutdown(socket.SHUT_RDWR)
