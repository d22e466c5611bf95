"""A real server that can be killed, and people who post to it and try again until they are told "sent"."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import shutil
import signal
import sqlite3
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import websocket

from tests.browser.server import free_port
from tests.security.live import Live, prepared

ROOT = Path(__file__).resolve().parent.parent.parent


class Fault(AssertionError):
    """What must not happen, happened."""


def check(good: bool, what: str) -> None:
    """Fail with a sentence."""
    if not good:
        raise Fault(what)


MANY = 20
"""So many people are in every instance: one is made, the others are copies of it."""
_made: list[tuple[tempfile.TemporaryDirectory[str], Live]] = []


@contextlib.contextmanager
def site(folder: Path, people: int = 4, **env: str) -> Iterator[Live]:
    """Serve a throw-away instance with so many members besides the usual ones: p0, p1, …"""
    folder.mkdir(parents=True, exist_ok=True)
    is_copy = "FORUM_DATABASE_URL" not in env and people <= MANY
    server = _copied(folder, env) if is_copy else prepared(folder, people, **env)
    try:
        server.start()
        yield server
    finally:
        server.stop()


def _copied(folder: Path, env: dict[str, str]) -> Live:
    """Copy the one instance, which nobody has served, on a port of its own."""
    if not _made:
        home = tempfile.TemporaryDirectory(prefix="fault-made-")
        _made.append((home, prepared(Path(home.name), MANY)))
    first = _made[0][1]
    shutil.copytree(first.instance, folder, dirs_exist_ok=True)
    port = free_port()
    own = {**first.env, "FORUM_INSTANCE": str(folder), "PORT": str(port), **env}
    return Live(folder, port, own, dict(first.cookies), first.thread, first.room)


def kill(server: Live) -> None:
    """Kill gunicorn and its worker, as a power cut would."""
    if server.process is not None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.process.pid, signal.SIGKILL)
        server.process.wait(20)
        server.process = None


def again(server: Live) -> float:
    """Start it again; returns the seconds until it is ready."""
    started = time.monotonic()
    server.start()
    while time.monotonic() - started < 60:
        with contextlib.suppress(OSError):
            if server.ask("GET", "/readyz").status == 200:
                break
        time.sleep(0.05)
    return time.monotonic() - started


@dataclass
class Sent:
    """What people were told and how often they had to try."""

    acked: dict[str, str] = field(default_factory=dict)
    """client id -> text, for everything that was answered with "sent"."""
    tries: int = 0
    seconds: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, status: int, took: float) -> None:
        """Count an answer."""
        with self.lock:
            self.tries += 1
            self.statuses[status] = self.statuses.get(status, 0) + 1
            if status == 303:
                self.seconds.append(took)

    def p95(self) -> float:
        """Return the 95th percentile of the seconds a "sent" took."""
        ordered = sorted(self.seconds) or [0.0]
        return ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]


def token_of(server: Live, who: str) -> str:
    """Fetch a form's token once; it outlives the server, because it is signed and stored nowhere."""
    page = server.ask("GET", "/about", who=who)
    for cookie in page.all("Set-Cookie"):
        server.cookies[who] = cookie.split(";")[0]
    return page.text.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]


def post(server: Live, who: str, token: str, body: str, client_id: str, sent: Sent) -> int:
    """Send one form; 0 when nobody answered."""
    form = urlencode({"csrf_token": token, "body": body, "client_id": client_id})
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": server.cookies[who]}
    headers["Host"] = f"127.0.0.1:{server.port}"
    line, started = http.client.HTTPConnection("127.0.0.1", server.port, timeout=15), time.monotonic()
    try:
        line.request("POST", f"/t/{server.thread}/posts", form, headers)
        status = line.getresponse().status
    except (OSError, http.client.HTTPException):
        status = 0
    finally:
        line.close()
    sent.note(status, time.monotonic() - started)
    if status == 303:
        with sent.lock:
            sent.acked[client_id] = body
    return status


class Writer(threading.Thread):
    """Somebody who writes one thing after the other, each until it is "sent"."""

    def __init__(self, server: Live, who: str, token: str, sent: Sent, stop: threading.Event, pause: float) -> None:
        super().__init__(daemon=True)
        self.server, self.who, self.token, self.sent = server, who, token, sent
        self.stop, self.pause, self.count = stop, pause, 0

    def run(self) -> None:
        """Write until told to stop; what has been begun is finished."""
        while not self.stop.is_set():
            self.count += 1
            body, client_id = f"{self.who} says number {self.count}.", f"{self.who}-{self.count}"
            until = time.monotonic() + 60
            while time.monotonic() < until:
                if self.send(body, client_id):
                    break
                time.sleep(0.2)
            self.stop.wait(self.pause)

    def send(self, body: str, client_id: str) -> bool:
        """Try once by form."""
        return post(self.server, self.who, self.token, body, client_id, self.sent) == 303


class SocketWriter(Writer):
    """The same by socket, which is opened anew whenever it broke."""

    line: websocket.WebSocket | None = None

    def run(self) -> None:
        """Write until told to stop, then hang up."""
        try:
            super().run()
        finally:
            self._hang_up()

    def _hang_up(self) -> None:
        if self.line is not None:
            self.line.shutdown()
        self.line = None

    def send(self, body: str, client_id: str) -> bool:
        """Try once by socket."""
        started = time.monotonic()
        try:
            ack = self._ask("post:create", {"thread": self.server.thread, "body": body, "client_id": client_id})
        except (OSError, websocket.WebSocketException, ValueError, IndexError):
            self._hang_up()
            self.sent.note(0, 0.0)
            return False
        self.sent.note(303 if ack["ok"] else 429, time.monotonic() - started)
        if ack["ok"]:
            with self.sent.lock:
                self.sent.acked[client_id] = body
        return bool(ack["ok"])

    def _ask(self, event: str, payload: dict[str, Any]) -> dict[str, Any]:
        if self.line is None:
            self.line = websocket.WebSocket()
            self.line.connect(
                f"ws://127.0.0.1:{self.server.port}/socket.io/?EIO=4&transport=websocket", origin=self.server.origin,
                header={"Cookie": self.server.cookies[self.who]}, timeout=8,
            )  # fmt: skip
            self.line.recv()
            self.line.send("40/live,")
            self.line.recv()
        self.line.send("42/live,7" + json.dumps([event, payload]))
        until = time.monotonic() + 10
        while time.monotonic() < until:
            message = str(self.line.recv())
            if message.startswith("43/live,7"):
                found: dict[str, Any] = json.loads(message[len("43/live,7") :])[0]
                return found
            if message == "2":
                self.line.send("3")
        raise OSError("no ack")


@contextlib.contextmanager
def writing(server: Live, people: int, *, pause: float = 4.5, sockets: bool = True) -> Iterator[Sent]:
    """Let people write while the block runs (each slower than their own limit), and wait for what they have begun."""
    sent, stop = Sent(), threading.Event()
    writers = []
    for number in range(people):
        kind = SocketWriter if sockets and number % 2 else Writer
        writers.append(kind(server, f"p{number}", token_of(server, f"p{number}"), sent, stop, pause))
    for writer in writers:
        writer.start()
    try:
        yield sent
    finally:
        stop.set()
        for writer in writers:
            writer.join(70)


def rows(server: Live, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    """Ask the database's file directly."""
    kept = sqlite3.connect(server.instance / "forum.db", timeout=20)
    try:
        return kept.execute(statement, values).fetchall()
    finally:
        kept.close()


def nothing_lost(server: Live, sent: Sent) -> str:
    """Check the promise: everything "sent" is there, once, readable, in order without gaps; the file is whole."""
    stored = rows(server, "SELECT client_id, body, visibility, seq FROM post")
    ids = [client_id for client_id, *_ in stored]
    found = {client_id: (body, visibility, seq) for client_id, body, visibility, seq in stored}
    lost = [one for one in sent.acked if one not in found]
    check(not lost, f"{len(lost)} acknowledged posts are gone, {lost[:3]}")
    check(len(ids) == len(set(ids)), "a client id made two posts")
    changed = [one for one, body in sent.acked.items() if found[one][0] != body]
    check(not changed, f"other words than sent: {changed[:3]}")
    hidden = [one for one in sent.acked if found[one][1] != "live"]
    check(not hidden, f"acknowledged and not up: {hidden[:3]}")
    for (thread,) in rows(server, "SELECT id FROM thread"):
        numbers = [n for (n,) in rows(server, "SELECT seq FROM thread_event WHERE thread_id = ? ORDER BY seq", thread)]
        check(numbers == list(range(1, len(numbers) + 1)), "the thread's numbers have a gap")
        last = rows(server, "SELECT seq FROM thread WHERE id = ?", thread)[0][0]
        check(last == len(numbers), "the thread counts otherwise than its events")
    check(rows(server, "PRAGMA integrity_check") == [("ok",)], "the file is not whole")
    return f"{len(sent.acked)} sent, {sent.tries} tries, {len(ids)} stored, none lost or doubled"
