"""The real server as operators start it: its own instance, its own port, gunicorn and all."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
START_SECONDS = 60


def free_port() -> int:
    """Return a port nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Server:
    """A running forum."""

    instance: Path
    port: int
    env: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def origin(self) -> str:
        """Where browsers find it."""
        return f"http://127.0.0.1:{self.port}"

    def command(self, *words: str, stdin: str | None = None) -> str:
        """Run `flask forum …` on this instance and return what it prints."""
        done = subprocess.run(
            [sys.executable, "-m", "flask", "--app", "wsgi", "forum", *words],
            cwd=ROOT, env=self.env, input=stdin, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-1000:]
        return done.stdout

    def start(self) -> None:
        """Start gunicorn and wait until it answers."""
        gunicorn = [sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py"]
        command = [sys.executable, "wsgi.py"] if self.env.get("FORUM_ASYNC_MODE") == "eventlet" else gunicorn
        with (self.instance / "server.log").open("ab") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, env=self.env, stdout=log, stderr=log)
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            try:
                with urllib.request.urlopen(self.origin + "/healthz", timeout=1) as answer:
                    if answer.status == 200:
                        return
            except OSError:
                time.sleep(0.1)
        raise TimeoutError((self.instance / "server.log").read_text()[-2000:])

    def stop(self, *, kill: bool = False) -> None:
        """Stop it; `kill` as a crash would."""
        if self.process is not None:
            self.process.kill() if kill else self.process.terminate()
            self.process.wait(timeout=20)
            self.process = None

    def invite(self, name: str, role: str) -> str:
        """Return a fresh invitation link."""
        link: str = json.loads(self.command("create-staff", name, "--role", role, "--json"))["link"]
        return link


@contextmanager
def running(instance: Path, **env: str) -> Iterator[Server]:
    """Prepare an instance, serve it, and stop it at the end."""
    port = free_port()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FORUM_")}
    settings = {"FORUM_INSTANCE": str(instance), "FORUM_SCORER": "off", "PORT": str(port), "HOST": "127.0.0.1"}
    server = Server(instance, port, {**kept, **settings, **env})
    server.command("init")
    server.start()
    try:
        yield server
    finally:
        server.stop()
