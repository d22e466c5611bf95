"""The scorer process: loads the models, listens on a Unix socket, answers until its parent is gone."""

from __future__ import annotations

import argparse
import contextlib
import os
import socket
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from forum.moderation.scoring import wire
from forum.moderation.scoring.address import socket_address
from forum.moderation.scoring.engine import Engine
from forum.moderation.scoring.models import Models, load_builtin, load_detoxify
from forum.moderation.scoring.paths import BUILTIN_FOLDER
from forum.moderation.scoring.protocol import Choice, ScorerStatus, State, wants_detoxify
from forum.moderation.verdict import MAX_TEXT_CHARS

MAX_CONNECTIONS = 128
READ_SECONDS = 2.0
ANSWER_MARGIN_SECONDS = 0.03
"""The answer is sent this much before the caller's deadline, so that a half answer still arrives in time."""


class ScorerServer:
    """Answers one message per connection; the models run in the engine's thread."""

    def __init__(self, choice: Choice, checkpoint: str, *, int8: bool, builtin_folder: Path) -> None:
        self._wanted = wants_detoxify(choice, checkpoint)
        self._builtin_folder = builtin_folder
        self._checkpoint = checkpoint
        self._int8 = int8
        self._engine = Engine(Models())
        self._status = ScorerStatus("loading", "off", detail="The models are loading.")
        self._slots = threading.BoundedSemaphore(MAX_CONNECTIONS)

    def load(self) -> None:
        """Load the quick model, answer with it, then load Detoxify beside it if it is wanted."""
        builtin = load_builtin(self._builtin_folder)
        models = Models(builtin.model)
        problems = [builtin.problem]
        self._engine.use(models)
        self._engine.start()
        if self._wanted:
            self._tell(models, ["Detoxify is loading; the built-in scorer answers meanwhile."], loading=True)
            detoxify = load_detoxify(self._checkpoint, int8=self._int8)
            models = Models(builtin.model, detoxify.model)
            problems.insert(0, detoxify.problem)
            self._engine.use(models)
        self._tell(models, problems)

    def _tell(self, models: Models, problems: Sequence[str], *, loading: bool = False) -> None:
        state: State = "loading" if loading else "ready" if models.name != "off" else "off"
        detail = " ".join(problem for problem in problems if problem)
        self._status = ScorerStatus(state, models.name, models.version, detail)

    def serve(self, listener: socket.socket) -> None:
        """Accept connections for ever, each in a short-lived thread."""
        while True:
            connection, _ = listener.accept()
            if self._slots.acquire(blocking=False):
                threading.Thread(target=self._handle, args=(connection,), daemon=True).start()
            else:
                connection.close()

    def _handle(self, connection: socket.socket) -> None:
        try:
            with connection, contextlib.suppress(OSError, wire.BadFrame):
                request = wire.receive(connection, time.monotonic() + READ_SECONDS)
                answer = self._answer(request)
                wire.send(connection, answer, time.monotonic() + READ_SECONDS)
        finally:
            self._slots.release()

    def _answer(self, request: wire.Message) -> wire.Message:
        text, milliseconds = request.get("text"), request.get("deadline_ms")
        if text is None:
            return {"status": wire.pack_status(self._status), "busy_seconds": self._engine.busy_seconds()}
        if not isinstance(text, str) or not isinstance(milliseconds, int | float):
            raise wire.BadFrame("no text")
        return self._score(text[:MAX_TEXT_CHARS], milliseconds / 1000 - ANSWER_MARGIN_SECONDS)

    def _score(self, text: str, seconds: float) -> wire.Message:
        if self._status.name == "off":
            return {"reason": "off" if self._status.state == "off" else "loading"}
        job = self._engine.submit(text, seconds)
        if job is None:
            return {"reason": "busy"}
        scores = job.wait()
        if scores is None:
            return {"reason": "failed" if job.failed else "late"}
        return {"scores": wire.pack_scores(scores)}


def listen(path: Path) -> socket.socket:
    """Bind the socket, for this account alone, replacing one left behind by a process that died."""
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    mask = os.umask(0o177)
    try:
        with socket_address(path) as address:
            listener.bind(address)
    finally:
        os.umask(mask)
    listener.listen(MAX_CONNECTIONS)
    return listener


def leave_with_parent() -> None:
    """Wait until the pipe to the parent closes, then end at once: no orphan keeps 250 MB."""
    with contextlib.suppress(OSError):
        while os.read(0, 1):
            pass
    os._exit(0)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the scorer process."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--socket", type=Path, required=True)
    parser.add_argument("--choice", default="auto")
    parser.add_argument("--checkpoint", default="")
    parser.add_argument("--int8", action="store_true")
    parser.add_argument("--builtin", type=Path, default=BUILTIN_FOLDER)
    options = parser.parse_args(arguments)
    sys.setswitchinterval(0.001)
    threading.Thread(target=leave_with_parent, daemon=True).start()
    listener = listen(options.socket)
    server = ScorerServer(options.choice, options.checkpoint, int8=options.int8, builtin_folder=options.builtin)
    threading.Thread(target=server.load, name="loader", daemon=True).start()
    server.serve(listener)
