"""Ask the scorer process, within a deadline, over plain sockets: the same code under threads, gevent and eventlet."""

from __future__ import annotations

import socket
import threading
import time
from pathlib import Path

from forum.moderation.scoring import wire
from forum.moderation.scoring.address import socket_address
from forum.moderation.scoring.protocol import ScorerStatus, ScorerUnavailable
from forum.moderation.verdict import MAX_TEXT_CHARS, Scores


class ScorerClient:
    """Talks to one socket. One connection per question, so any number of threads may ask at once."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def score(self, text: str, until: float) -> Scores:
        """Score one text before the monotonic time `until`. Raises ScorerUnavailable."""
        milliseconds = round((until - time.monotonic()) * 1000)
        answer = self._ask({"text": text[:MAX_TEXT_CHARS], "deadline_ms": milliseconds}, until)
        try:
            if "scores" not in answer:
                raise ScorerUnavailable(wire.unpack_reason(answer))
            return wire.unpack_scores(_object(answer["scores"]))
        except wire.BadFrame as error:
            raise ScorerUnavailable("garbage") from error

    def status(self, until: float) -> tuple[ScorerStatus, float]:
        """Return the status and how many seconds the running batch has taken. Raises ScorerUnavailable."""
        answer = self._ask({}, until)
        busy = answer.get("busy_seconds")
        try:
            status = wire.unpack_status(_object(answer.get("status")))
        except wire.BadFrame as error:
            raise ScorerUnavailable("garbage") from error
        return status, float(busy) if isinstance(busy, int | float) else 0.0

    def _ask(self, message: wire.Message, until: float) -> wire.Message:
        # The cause is cut off on purpose: nothing of a text may end up in a traceback's chain.
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
                self._connect(connection, until)
                wire.send(connection, message, until)
                return wire.receive(connection, until)
        except TimeoutError:
            raise ScorerUnavailable("late") from None
        except BlockingIOError:  # the listening queue is full: the process is alive and does not keep up
            raise ScorerUnavailable("busy") from None
        except OSError:
            raise ScorerUnavailable("dead") from None
        except wire.BadFrame:
            raise ScorerUnavailable("garbage") from None

    def _connect(self, connection: socket.socket, until: float) -> None:
        left = until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        connection.settimeout(left)
        with socket_address(self._path) as address:
            connection.connect(address)


class Breaker:
    """Stops asking a scorer that was late several times in a row, and tries again with one text at a time.

    Without it every post would wait its whole deadline while the scorer hangs.
    """

    def __init__(self, patience: int = 3, pause_seconds: float = 2.0) -> None:
        self._patience = patience
        self._pause_seconds = pause_seconds
        self._lates = 0
        self._closed_until = 0.0
        self._lock = threading.Lock()

    def admits(self) -> bool:
        """Tell whether this text may ask. While it is open, one text per pause may."""
        with self._lock:
            now = time.monotonic()
            if self._lates < self._patience:
                return True
            if now < self._closed_until:
                return False
            self._closed_until = now + self._pause_seconds
            return True

    def note(self, *, late: bool) -> None:
        """Count an answer that came, or one that did not."""
        with self._lock:
            self._lates = self._lates + 1 if late else 0
            if self._lates == self._patience:
                self._closed_until = time.monotonic() + self._pause_seconds


def _object(value: object) -> wire.Message:
    if not isinstance(value, dict):
        raise wire.BadFrame("not an object")
    return value
