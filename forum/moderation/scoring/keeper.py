"""Keep one scorer process alive per host: start it, watch it, end it when it hangs, start it again with back-off."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from forum.moderation.scoring.client import ScorerClient
from forum.moderation.scoring.protocol import ScorerStatus, ScorerUnavailable

log = logging.getLogger(__name__)

CHILD = Path(__file__).parent / "child.py"
KEPT_VARIABLES = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "PYTHONPATH", "VIRTUAL_ENV", "LD_LIBRARY_PATH")
"""Nothing else of the environment reaches the models: secrets of the forum stay out of third-party code."""

FIXED_VARIABLES = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",
    "TOKENIZERS_PARALLELISM": "false",
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
}


@dataclass(frozen=True, slots=True)
class Timing:
    """How patient the keeper is, in seconds."""

    look: float = 0.5
    ask: float = 1.0
    hang: float = 15.0
    """A batch that takes longer than this, or a process silent for `silent`, is ended."""
    silent: float = 4.0
    first_back_off: float = 0.5
    longest_back_off: float = 60.0
    settled: float = 60.0
    """A process that lived this long starts with the shortest back-off again."""
    off_again: float = 300.0
    """How often a scorer that could load no model is tried again."""


class Keeper:
    """Watches from a background thread. Of several web processes on a host, the one that holds the lock does it."""

    def __init__(self, folder: Path, arguments: Sequence[str], timing: Timing) -> None:
        self.socket = folder / "scorer.sock"
        self.process: subprocess.Popen[bytes] | None = None
        self.restarts = 0
        self._lock_path = folder / "scorer.lock"
        self._arguments = list(arguments)
        self._timing = timing
        self._client = ScorerClient(self.socket)
        self._status = ScorerStatus("loading", "off", detail="The scorer starts with the first text.")
        self._lock_file: int | None = None
        self._back_off = timing.first_back_off
        self._next_start = 0.0
        self._started = self._last_seen = 0.0
        self._condemned = ""
        self._wake = threading.Event()
        self._guard = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = False

    def start(self) -> None:
        """Start watching, once; later calls do nothing."""
        with self._guard:
            if self._thread is None and not self._closed:
                self._thread = threading.Thread(target=self._watch, name="scorer-keeper", daemon=True)
                self._thread.start()

    def status(self) -> ScorerStatus:
        """Return what the last look found."""
        return replace(self._status, restarts=self.restarts)

    def look_now(self) -> None:
        """Do not wait for the next look: somebody noticed that something is wrong."""
        self._wake.set()

    def condemn(self, why: str) -> None:
        """Have the process replaced at the next look."""
        self._condemned = why
        self._wake.set()

    def close(self) -> None:
        """End the process and stop watching."""
        with self._guard:
            self._closed = True
            thread, self._thread = self._thread, None
        self._wake.set()
        if thread is not None:
            thread.join(timeout=5.0)
        self._end_process()
        self._release()
        self._status = ScorerStatus("off", "off", detail="The scorer is closed.")

    def _watch(self) -> None:
        while not self._closed:
            try:
                self.look()
            except OSError as error:
                self._report(ScorerStatus("failing", "off", detail=f"The scorer cannot start ({error.strerror})."))
            self._wake.wait(self._timing.look)
            self._wake.clear()

    def look(self) -> None:
        """Look after the process once: start, question or end it."""
        if not self._leads():
            self._question()
        elif self.process is None:
            self._start_when_due()
        elif (code := self.process.poll()) is not None:
            self._bury(f"The scorer process ended by itself (exit {code}).")
        elif self._condemned:
            self._end_and_bury(f"The scorer process was ended: {self._condemned}.")
        else:
            self._question()
            self._judge()

    def _leads(self) -> bool:
        """Tell whether this process looks after the scorer of this host."""
        if self._lock_file is not None:
            return True
        lock_file = os.open(self._lock_path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock_file)
            return False
        self._lock_file = lock_file
        return True

    def _start_when_due(self) -> None:
        now = time.monotonic()
        if now < self._next_start:
            return
        self._condemned = ""
        # Whoever sits on the old socket must not be taken for the process that is about to start.
        self.socket.unlink(missing_ok=True)
        command = [sys.executable, "-P", str(CHILD), "--socket", str(self.socket), *self._arguments]
        # A fresh interpreter, never a fork: a fork would copy locks and greenlets of the web process.
        self.process = subprocess.Popen(  # noqa: S603 - our own file and our own interpreter
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            start_new_session=True,
        )
        self._started = self._last_seen = now
        self._report(ScorerStatus("loading", "off", detail="The scorer process is starting."))

    def _question(self) -> None:
        try:
            status, busy = self._client.status(time.monotonic() + self._timing.ask)
        except ScorerUnavailable:
            if self.process is None and self._lock_file is None:
                self._report(ScorerStatus("failing", "off", detail="The scorer process of this host does not answer."))
            return
        self._last_seen = time.monotonic()
        self._report(status)
        if busy > self._timing.hang:
            self._condemned = f"one batch took longer than {self._timing.hang:g} s"

    def _judge(self) -> None:
        """Decide what the answer, or the silence, means for the process."""
        now = time.monotonic()
        if self._condemned:
            self._end_and_bury(f"The scorer process was ended: {self._condemned}.")
        elif now - self._last_seen > self._timing.silent:
            self._end_and_bury(f"The scorer process was ended: no sign of life for {self._timing.silent:g} s.")
        elif self._status.state == "off":
            self._end_process()
            self._next_start = now + self._timing.off_again
        elif now - self._started > self._timing.settled:
            self._back_off = self._timing.first_back_off

    def _end_and_bury(self, why: str) -> None:
        self._end_process()
        self._bury(why)

    def _bury(self, why: str) -> None:
        self._end_process()
        self.restarts += 1
        self._next_start = time.monotonic() + self._back_off
        self._report(ScorerStatus("failing", "off", detail=f"{why} It starts again in {self._back_off:g} s."))
        self._back_off = min(self._back_off * 2, self._timing.longest_back_off)

    def _end_process(self) -> None:
        """End the process for good and take it out of the process table. It holds nothing worth a farewell."""
        process, self.process = self.process, None
        if process is None:
            return
        if process.stdin:
            with contextlib.suppress(OSError):
                process.stdin.close()
        process.kill()
        process.wait()

    def _release(self) -> None:
        if self._lock_file is not None:
            os.close(self._lock_file)
            self._lock_file = None

    def _report(self, status: ScorerStatus) -> None:
        """Keep the status; say a change once."""
        if status == self._status:
            return
        self._status = status
        level = logging.INFO if status.state in ("ready", "loading") and not status.detail else logging.WARNING
        if status.state == "loading":
            level = logging.DEBUG
        told = {"scorer": status.name, "status": status.state, "version": status.version, "detail": status.detail}
        log.log(level, "scorer", extra=told)


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    return kept | FIXED_VARIABLES
