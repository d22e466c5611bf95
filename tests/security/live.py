"""A second application in this process, or a real server on a free port, each with its own settings and database."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask

from forum import create_app
from forum.core.db import db
from forum.helplines import registry
from forum.realtime.server import socketio
from tests.browser.server import ROOT, free_port
from tests.conftest import local_config

PREPARE = """
import json, sys
from forum import create_app
from forum.core.db import db
from forum.core.clock import utcnow
from forum.discussions.seeding import seed_rooms
app = create_app()
with app.app_context():
    db.create_all()
    with db.engine.begin() as connection:
        from alembic.script import ScriptDirectory
        from forum.core import migrations
        connection.exec_driver_sql("CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY)")
        for head in ScriptDirectory.from_config(migrations._config()).get_heads():
            connection.execute(db.text("INSERT INTO alembic_version VALUES (:head)"), {"head": head})
    seed_rooms()
    sys.path.insert(0, ".")
    from tests import factories
    from forum.identity.sessions import start_session
    interface = app.session_interface
    cookies = {}
    def session(name, who, staff):
        token = start_session(member=None if staff else who, staff=who if staff else None,
                              device="staff" if staff else "own", now=utcnow())
        cookie, serializer = interface.cookie(app.extensions["forum.config"], staff)
        cookies[name] = f"{cookie}={serializer.dumps({'_user_id': token})}"
    alice, bob = factories.make_member("Quiet Wren 11"), factories.make_member("Late Heron 12")
    ned = factories.make_member("Plain Otter 13", trust=0, accepted_posts=0, age_days=0)
    for name, who in (("alice", alice), ("bob", bob), ("ned", ned)):
        session(name, who, False)
    factories._numbers = __import__("itertools").count(50_000)  # other names than those above
    for number in range(int(sys.argv[1])):
        session(f"p{number}", factories.make_member(), False)
    session("mo", factories.make_staff("Mo Tester"), True)
    thread = factories.make_thread(alice, "Day nine", "Nine days and some tea.")
    room = factories.a_room()
    db.session.commit()
    print(json.dumps({"cookies": cookies, "thread": thread.public_id, "room": room.public_id}))
"""


def a_session(app: Flask, who: Any) -> str:
    """Start a session and return its cookie."""
    from forum.core.clock import utcnow
    from forum.identity.models import Member
    from forum.identity.sessions import start_session

    is_staff = not isinstance(who, Member)
    token = start_session(
        member=None if is_staff else who, staff=who if is_staff else None,
        device="staff" if is_staff else "own", now=utcnow(),
    )  # fmt: skip
    interface: Any = app.session_interface
    name, serializer = interface.cookie(app.extensions["forum.config"], is_staff)
    return f"{name}={serializer.dumps({'_user_id': token})}"


@contextmanager
def shared_parts_kept() -> Iterator[None]:
    """Let a second application be made in this process, and put what both share back afterwards."""
    kept, check = dict(socketio.__dict__), Blueprint._check_setup_finished
    # Blueprints are made once per process; some are finished inside `init_app`, which runs again here.
    Blueprint._check_setup_finished = lambda _self, _name: None  # type: ignore[method-assign]
    try:
        yield
    finally:
        Blueprint._check_setup_finished = check  # type: ignore[method-assign]
        socketio.__dict__.clear()
        socketio.__dict__.update(kept)
        registry.use_instance(Path(tempfile.gettempdir()) / "nothing-here")  # the packaged lines apply


@contextmanager
def another_app(*, flask: dict[str, Any] | None = None, **env: str) -> Iterator[Flask]:
    """Make one more application with tables and rooms."""
    with shared_parts_kept(), tempfile.TemporaryDirectory() as folder:
        made = create_app(local_config(Path(folder), **env), **(flask or {}))
        try:
            with made.app_context():
                from forum.discussions.seeding import seed_rooms

                db.create_all()
                seed_rooms()
                db.session.commit()
                db.session.remove()
            yield made
        finally:
            with made.app_context():
                db.session.remove()
                db.engine.dispose()


@dataclass
class Live:
    """A real server with two members, a newcomer, a moderator and a thread."""

    instance: Path
    port: int
    env: dict[str, str]
    cookies: dict[str, str] = field(default_factory=dict)
    thread: str = ""
    room: str = ""
    process: subprocess.Popen[bytes] | None = None
    config: str = "gunicorn.conf.py"

    @property
    def origin(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    def start(self, *prefix: str) -> None:
        """Start gunicorn (under a tool, where one is given) and wait until it answers."""
        command = [*prefix, sys.executable, "-m", "gunicorn", "--config", self.config]
        with (self.instance / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=self.env, stdout=log, stderr=log, start_new_session=True
            )
        for _ in range(600):
            try:
                if self.ask("GET", "/healthz").status == 200:
                    return
            except OSError:
                time.sleep(0.1)
        raise TimeoutError((self.instance / "server.log").read_text()[-2000:])

    def stop(self) -> None:
        """Stop it and all its children."""
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
        self.process = None

    def worker(self) -> int:
        """Return the process id of gunicorn's worker."""
        assert self.process is not None
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return int(children[-1])

    def ask(
        self, method: str, path: str, *, who: str = "", form: dict[str, str] | None = None, **headers: str
    ) -> Answer:
        """Make one request as one of the people; a form gets the token it needs."""
        sent = {"Host": f"127.0.0.1:{self.port}", "Accept": "text/html"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        if who:
            sent["Cookie"] = self.cookies[who]
        body = None
        if form is not None:
            from urllib.parse import urlencode

            sent["Content-Type"] = "application/x-www-form-urlencoded"
            body = urlencode(form)
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            line.request(method, path, body=body, headers=sent)
            answer = line.getresponse()
            return Answer(answer.status, answer.getheaders(), answer.read())
        finally:
            line.close()

    def send(self, path: str, form: dict[str, str], *, who: str, page: str = "/rooms", **headers: str) -> Answer:
        """Post a form as a person would: read a page with its token first, keep the cookie it sets."""
        first = self.ask("GET", page, who=who, **headers)
        for cookie in first.all("Set-Cookie"):
            self.cookies[who] = cookie.split(";")[0]
        token = re.search(r'name="csrf_token" value="([^"]+)"', first.text)
        assert token, (page, first.status)
        return self.ask("POST", path, who=who, form={"csrf_token": token[1], **form}, **headers)

    def files(self) -> bytes:
        """Return everything the instance has written, as one heap of bytes."""
        return b"".join(path.read_bytes() for path in sorted(self.instance.rglob("*")) if path.is_file())


@dataclass
class Answer:
    """What the server said."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode(errors="replace")

    def get(self, name: str) -> str | None:
        """Return one header."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def all(self, name: str) -> list[str]:
        """Return all values of one header."""
        return [value for key, value in self.headers if key.lower() == name.lower()]


def prepared(instance: Path, people: int = 0, **env: str) -> Live:
    """Make an instance with people in it, and so many more (p0, p1, …), ready to be started."""
    port = int(env.pop("PORT", "0")) or free_port()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FORUM_")}
    settings = {"FORUM_INSTANCE": str(instance), "FORUM_SCORER": "off", "PORT": str(port), "HOST": "127.0.0.1"}
    server = Live(instance, port, {**kept, **settings, **env})
    done = subprocess.run(
        [sys.executable, "-c", PREPARE, str(people)],
        cwd=ROOT,
        env=server.env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    made = json.loads(done.stdout.splitlines()[-1])
    server.cookies, server.thread, server.room = made["cookies"], made["thread"], made["room"]
    return server


@contextmanager
def live(instance: Path, *prefix: str, **env: str) -> Iterator[Live]:
    """Prepare an instance, serve it, and stop it at the end."""
    server = prepared(instance, **env)
    try:
        server.start(*prefix)
        yield server
    finally:
        server.stop()
