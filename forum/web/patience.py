"""gunicorn's threads, only for requests that are here: nobody holds one by sending, reading or hanging up slowly.

gunicorn gives a connection a thread with its first byte, and ends one by waiting up to two seconds, in the loop that
serves everybody, for the other side to hang up. A few hundred half-sent requests, or two a second from somebody who
never hangs up, and nobody is answered any more. nginx keeps such people away; an onion service has none in front.

Here a request waits in the kernel, without a thread, until all of it has come or its time is over; an answer goes
into the kernel's buffer whole; and saying goodbye is waited for beside everything else.
"""

from __future__ import annotations

import contextlib
import re
import resource
import socket
import time
from collections.abc import Iterable
from functools import partial
from selectors import EVENT_READ
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker

ARRIVAL_SECONDS = 30.0
"""Within which all of a request must come; it holds no thread meanwhile, so a slow telephone has time."""
SEND_SECONDS = 30.0
"""Most that an answer may take that does not fit into the kernel's buffer."""
GOODBYE_SECONDS = 2.0
SEND_BYTES = 256 * 1024
"""Larger than any page or file of ours: a thread hands it over and is free, however slowly it is read."""
MAX_HEAD_BYTES = 16 * 1024
MAX_WAITED_BYTES = 256 * 1024
"""As long as the longest form (`MAX_FORM_BYTES`); what announces more is refused unread, so nothing is waited for."""
RESERVED_FILES = 256
"""Files left for databases, logs and connections to other servers."""
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,12})[ \t]*(?:\r\n|\Z)")
_HEADERS = (
    b"Content-Length: 0\r\nConnection: close\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"
    b"Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\nX-Frame-Options: DENY\r\n"
    b"Referrer-Policy: same-origin\r\nCross-Origin-Resource-Policy: same-origin\r\nX-Robots-Tag: noindex\r\n"
)
"""On answers to what never became a request: there is no page in them, and nothing of the request."""
_NO_LENGTH = b"411 Length Required"
_NO_PROMISES = b"417 Expectation Failed"
_LONG_HEAD = b"431 Request Header Fields Too Large"


class Unwanted(Exception):
    """A request nobody's browser sends; the argument is the status to answer with."""


def bytes_needed(heard: bytes) -> int:
    """Return how long the beginning must be before the request in it is whole; no more than is there when it is.

    Raises:
        Unwanted: a head without end, a body without a length, or one that waits to be asked for.
    """
    end = heard.find(b"\r\n\r\n")
    if end < 0:
        if len(heard) >= MAX_HEAD_BYTES:
            raise Unwanted(_LONG_HEAD)
        return len(heard) + 1
    head = heard[:end].lower()
    if b"\r\ntransfer-encoding:" in head:
        raise Unwanted(_NO_LENGTH)
    if b"\r\nexpect:" in head:
        raise Unwanted(_NO_PROMISES)
    length = _LENGTH.search(head)
    body = int(length[1]) if length else 0
    return end + 4 + (body if body <= MAX_WAITED_BYTES else 0)


class PatientWorker(ThreadWorker):  # type: ignore[misc]
    """A threaded worker whose threads never wait for a client."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Set up; never take so many connections that a file could not be opened any more."""
        super().__init__(*args, **kwargs)
        self.worker_connections = min(self.cfg.worker_connections, most_connections())
        # Both in order of their deadlines, as each kind has one length.
        self._arriving: dict[TConn, float] = {}
        self._leaving: dict[TConn, float] = {}

    # ── coming ──────────────────────────────────────────────────────────────────────────────────────────────────

    def enqueue_req(self, conn: TConn) -> None:
        """Give a connection a thread when its next request is here, or wait for it without one."""
        try:
            wanted = self._missing(conn)
        except Unwanted as refused:
            self._stop_waiting(conn)
            self._refuse(conn, refused.args[0])
        except OSError:
            self._stop_waiting(conn)
            self._drop(conn)
        else:
            if wanted == 0:
                self._stop_waiting(conn)
                conn.data_ready = True
                super().enqueue_req(conn)
            else:
                self._wait(conn, wanted)

    def _missing(self, conn: TConn) -> int:
        """Return how many bytes the kernel must hold before the request is whole; 0 when it is.

        Raises:
            OSError: the other side has hung up.
            Unwanted: see `bytes_needed`.
        """
        ahead = conn.parser.unreader.buf.getvalue() if conn.parser is not None else b""
        conn.sock.setblocking(False)
        if conn.parser is None:
            conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BYTES)
        try:
            here = conn.sock.recv(MAX_HEAD_BYTES + MAX_WAITED_BYTES, socket.MSG_PEEK)
            if not here:
                raise ConnectionResetError
        except BlockingIOError:
            here = b""
        missing = bytes_needed(ahead + here) - len(ahead + here)
        return len(here) + missing if missing > 0 else 0

    def _wait(self, conn: TConn, wanted: int) -> None:
        # The loop wakes when so many bytes are here, or when the other side hangs up.
        conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, wanted)
        if conn not in self._arriving:
            self._arriving[conn] = time.monotonic() + ARRIVAL_SECONDS
            self.poller.register(conn.sock, EVENT_READ, lambda _sock: self.enqueue_req(conn))

    def _stop_waiting(self, conn: TConn) -> None:
        if self._arriving.pop(conn, None) is not None:
            self.poller.unregister(conn.sock)
        with contextlib.suppress(OSError):
            conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 1)

    # ── answering ───────────────────────────────────────────────────────────────────────────────────────────────

    def handle_request(self, req: Any, conn: TConn) -> bool:
        """Answer one request; one that takes its answer too slowly is left."""
        is_socket = req.path.startswith("/socket.io") and any(name == "UPGRADE" for name, _ in req.headers)
        if not is_socket:
            conn.sock.settimeout(SEND_SECONDS)
        if any(name == "CONTENT-LENGTH" and _is_more(value) for name, value in req.headers):
            req.force_close()  # what is refused unread is not read afterwards either
        try:
            return bool(super().handle_request(req, conn))
        except TimeoutError:
            return False

    def _refuse(self, conn: TConn, status: bytes) -> None:
        with contextlib.suppress(OSError):
            conn.sock.send(refusal(status))
        self._say_goodbye(conn)

    def handle_error(self, req: Any, client: socket.socket, addr: Any, exc: BaseException) -> None:
        """Answer what could not be read with gunicorn's status, and with our headers instead of its page."""
        page = ErrorPage()
        super().handle_error(req, page, addr, exc)
        with contextlib.suppress(OSError):
            client.send(refusal(page.status))

    # ── going ───────────────────────────────────────────────────────────────────────────────────────────────────

    def finish_request(self, conn: TConn, fs: Any) -> None:
        """Keep a connection for its next request, or say goodbye."""
        if fs.cancelled() or fs.exception() is not None:
            self._drop(conn)
        elif fs.result():
            super().finish_request(conn, fs)
        else:
            self._say_goodbye(conn)

    def _say_goodbye(self, conn: TConn) -> None:
        """Say that nothing more will come, and let the other side read the rest before the connection is gone."""
        try:
            conn.sock.setblocking(False)
            conn.sock.shutdown(socket.SHUT_WR)
            self.poller.register(conn.sock, EVENT_READ, partial(self._hear_goodbye, conn))
        except (OSError, ValueError):
            self._drop(conn)  # a WebSocket has closed its own
        else:
            self._leaving[conn] = time.monotonic() + GOODBYE_SECONDS

    def _hear_goodbye(self, conn: TConn, sock: socket.socket) -> None:
        try:
            more = sock.recv(65_536)
        except BlockingIOError:
            return
        except OSError:
            more = b""
        if not more:
            self._end(self._leaving, conn)

    def murder_pending(self) -> None:
        """Hang up on whoever's time is over."""
        now = time.monotonic()
        for waiting in (self._arriving, self._leaving):
            while waiting and (first := next(iter(waiting.items())))[1] <= now:
                self._end(waiting, first[0])

    def _end(self, waiting: dict[TConn, float], conn: TConn) -> None:
        del waiting[conn]
        self.poller.unregister(conn.sock)
        self._drop(conn)

    def _drop(self, conn: TConn) -> None:
        self.nr_conns -= 1
        conn.close()


class ErrorPage:
    """Takes the place of a socket while gunicorn writes its own error page."""

    status = b"400 Bad Request"

    def sendall(self, page: bytes) -> None:
        """Keep the status of the page, and nothing else of it."""
        self.status = page.split(b"\r\n", 1)[0].partition(b" ")[2]


def refusal(status: bytes) -> bytes:
    """Return a whole answer with nothing in it but its status and our headers."""
    return b"HTTP/1.1 %s\r\n%s\r\n" % (status, _HEADERS)


def body_length(headers: Iterable[tuple[str, str]]) -> int:
    """Return how long a body will be, from headers gunicorn has read.

    Raises:
        Unwanted: a body without a length, or one that waits to be asked for.
    """
    named = dict(headers)
    if "TRANSFER-ENCODING" in named:
        raise Unwanted(_NO_LENGTH)
    if "EXPECT" in named:
        raise Unwanted(_NO_PROMISES)
    length = named.get("CONTENT-LENGTH", "0")
    return int(length) if length.isdigit() else 0


def most_connections() -> int:
    """Return how many connections leave files for databases, logs and other servers."""
    return _files() - RESERVED_FILES


def _is_more(length: str) -> bool:
    return not length.isdigit() or int(length) > MAX_WAITED_BYTES


def _files() -> int:
    """Allow this process as many open files as the system lets it, and return how many."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = hard if hard != resource.RLIM_INFINITY else max(soft, 65_536)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]
