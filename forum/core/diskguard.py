"""After the disk has failed: no write is tried again as if nothing had happened, reading goes on.

An error of `fsync` is told once; the next call may succeed although the data is gone, so a database that retries and
acknowledges loses what it promised. Hence: an input/output error or a damaged file stops all writes of this process
until it is started again. A full disk stops them for a few seconds at a time, because it heals when space is made.
Reading, help pages and quick exit do not notice.
"""

from __future__ import annotations

import logging
import threading
import time

log = logging.getLogger(__name__)
FULL_SECONDS = 5.0
_LASTING = ("disk i/o error", "malformed", "not a database", "readonly database")
_PASSING = ("disk is full", "no space")


class DiskGuard:
    """Whether this process may write; shared by all its threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._closed_until = 0.0
        self.reason = ""
        """What happened, in a few words; empty while all is well."""

    def note(self, error: BaseException) -> None:
        """Look at a database error; stop writes if it is the disk's."""
        text = str(getattr(error, "orig", None) or error).lower()
        lasting = any(word in text for word in _LASTING)
        if not lasting and not any(word in text for word in _PASSING):
            return
        with self._lock:
            if self._closed_until == float("inf"):
                return
            self._closed_until = float("inf") if lasting else time.monotonic() + FULL_SECONDS
            self.reason = "the disk fails: start again when it is sound" if lasting else "the disk is full"
        log.critical("the disk fails: read-only from now on" if lasting else "the disk is full: read-only for a while")

    @property
    def is_closed(self) -> bool:
        """True while nothing may be written."""
        return time.monotonic() < self._closed_until

    def reopen(self) -> None:
        """Forget what happened; for tests."""
        with self._lock:
            self._closed_until, self.reason = 0.0, ""


disk = DiskGuard()
