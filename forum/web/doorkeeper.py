"""Who may open one more live connection, decided before Engine.IO gives it a thread or any memory.

Counted are: requests that hold a thread right now (a WebSocket holds one until it closes, a long poll for up to 25
seconds), and open lines by network and by session. A line opened by polling holds no thread between two requests, but
it holds memory, so it counts until Engine.IO has forgotten it. Signed-in lines count per session and not per network:
one network may be a whole mobile carrier, and accounts from one network are limited where they are made.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

PER_SESSION = 10
"""Open lines of one session: tabs, not floods."""
PER_SESSION_BUSY = 3
"""The same while more than half of all lines are taken: then one is worth more to somebody who has none."""
PER_NETWORK = 10
"""Open lines of guests from one network bucket."""
GUEST_SHARE = 0.75
"""Part of all lines that guests may hold, so that members can always connect."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Whoever asks for a line, as far as we want to know."""

    network: str = ""
    """Today's bucket; empty for loopback, where an onion service's visitors come from unless Tor names circuits."""
    session: str = ""
    """Digest behind a correctly signed cookie; empty for guests."""


class Doorkeeper:
    """Counts lines and threads of one process; safe to use from several threads."""

    def __init__(self, most: int, is_alive: Callable[[str], bool]) -> None:
        self.most = most
        self._is_alive = is_alive
        self._lock = threading.Lock()
        self._threads = 0
        self._open: Counter[Visitor] = Counter()
        self._polled: dict[str, Visitor] = {}
        self.refused: Counter[str] = Counter()
        """How many were turned away, by reason; for the metrics."""

    @property
    def threads(self) -> int:
        """Requests to Socket.IO that hold a thread right now."""
        return self._threads

    @property
    def lines(self) -> int:
        """Open lines, by WebSocket and by polling."""
        return self._open.total() + len(self._polled)

    def hold_thread(self) -> bool:
        """Take one of the threads that sockets may hold; False when they are all taken."""
        with self._lock:
            if self._threads >= self.most:
                self.refused["full"] += 1
                return False
            self._threads += 1
            return True

    def free_thread(self) -> None:
        """Give a thread back."""
        with self._lock:
            self._threads -= 1

    def enter(self, visitor: Visitor) -> str:
        """Count one more line; returns why it is refused, or nothing."""
        with self._lock:
            self._forget_closed()
            reason = self._refusal(visitor)
            if reason:
                self.refused[reason] += 1
            else:
                self._open[visitor] += 1
            return reason

    def leave(self, visitor: Visitor) -> None:
        """Count one line less."""
        with self._lock:
            self._open[visitor] -= 1
            if self._open[visitor] <= 0:
                del self._open[visitor]

    def keep(self, sid: str, visitor: Visitor) -> None:
        """Count a polled line from now on for as long as Engine.IO knows its id."""
        with self._lock:
            self._polled[sid] = visitor

    def _forget_closed(self) -> None:
        for sid in [sid for sid in self._polled if not self._is_alive(sid)]:
            del self._polled[sid]

    def _refusal(self, visitor: Visitor) -> str:
        open_now = [*self._open.elements(), *self._polled.values()]
        if len(open_now) >= self.most:
            return "full"
        if visitor.session:
            same = sum(one.session == visitor.session for one in open_now)
            return "session" if same >= (PER_SESSION if len(open_now) * 2 < self.most else PER_SESSION_BUSY) else ""
        guests = [one for one in open_now if not one.session]
        if len(guests) >= max(1, int(self.most * GUEST_SHARE)):
            return "guests"
        same = sum(one.network == visitor.network for one in guests) if visitor.network else 0
        return "network" if same >= PER_NETWORK else ""
