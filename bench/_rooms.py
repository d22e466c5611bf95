"""An instance with one meeting that is on now, and signed-in people: for benchmarks and tests that need a real server.

`python -m bench._rooms FOLDER PEOPLE` migrates the instance in FOLDER and prints the session and everybody's cookie.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(folder: Path, port: int, **more: str) -> dict[str, str]:
    """Return the environment of a throw-away instance."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("FORUM_", "FLASK_"))}
    own = {"FORUM_INSTANCE": str(folder), "PORT": str(port), "HOST": "127.0.0.1", "OMP_NUM_THREADS": "1"}
    return {**env, "FORUM_SCORER": "off", **own, **more}


def prepare(folder: Path, port: int, people: int, **more: str) -> dict[str, Any]:
    """Make the instance in a process of its own and return what it printed."""
    command = [sys.executable, "-m", "bench._rooms", str(folder), str(people)]
    done = subprocess.run(command, env=environment(folder, port, **more), cwd=ROOT, capture_output=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr.decode()[-2000:])
    found: dict[str, Any] = json.loads(done.stdout.decode().strip().splitlines()[-1])
    return found


def start(folder: Path, port: int, **more: str) -> subprocess.Popen[bytes]:
    """Start the server and wait until it is ready: database, migrations, and the crisis rules read."""
    command = [sys.executable, "-m", "gunicorn", "--config", str(ROOT / "gunicorn.conf.py")]
    process = subprocess.Popen(command, env=environment(folder, port, **more), cwd=ROOT, start_new_session=True)
    until = time.monotonic() + 120
    while time.monotonic() < until:
        with contextlib.suppress(OSError):  # refused, or 503 while a part is missing
            urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=20).read()
            return process
        if process.poll() is not None:
            raise RuntimeError("the server did not start")
        time.sleep(0.1)
    kill(process)
    raise RuntimeError("the server does not answer")


def cpu_seconds(process: subprocess.Popen[bytes]) -> float:
    """Return the processor time the server and everything it started has used; nothing else on the machine counts."""
    ticks = 0
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # ended meanwhile
            fields = entry.read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12]) if int(fields[3]) == process.pid else 0
    return ticks / os.sysconf("SC_CLK_TCK")


def kill(process: subprocess.Popen[bytes], how: int = signal.SIGKILL) -> None:
    """End the server, at once by default: gunicorn and its worker."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, how)
    process.wait(20)


@contextlib.contextmanager
def serving(folder: Path, port: int, **more: str) -> Iterator[str]:
    """Serve an instance and yield its origin."""
    process = start(folder, port, **more)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        kill(process)


# ── In the process of its own ───────────────────────────────────────────────────────────────────────────────────


def build(people: int) -> dict[str, Any]:
    """Fill the instance: one meeting that began a minute ago, its host, and `people` members."""
    from flask_migrate import upgrade

    from forum import create_app
    from forum.core import events
    from forum.discussions.seeding import seed_rooms

    app = create_app()
    with app.app_context():
        upgrade()
        seed_rooms()
        made = _meeting(app, people)
        events.commit()
    return made


def _meeting(app: Any, people: int) -> dict[str, Any]:
    from forum.core.clock import utcnow
    from forum.core.db import db
    from forum.identity.models import Member, Staff
    from forum.meetings import keeping, queries, running, seats, timetable
    from forum.moderation.actors import Actor

    now = utcnow()
    staff = [Staff(name=name, role="facilitator", password_hash="-", created_at=now) for name in ("Fay", "Ben")]
    born = now - timedelta(days=90)
    members = [
        Member(
            handle=f"Quiet Wren {n}", lookup_id=n.to_bytes(32, "big"), pepper_id="p1", verifier="-", trust=2,
            accepted_posts=50, created_day=born.date(), created_at=born,
        )
        for n in range(1, people + 1)
    ]  # fmt: skip
    db.session.add_all([*staff, *members])
    db.session.flush()
    for member in members:
        seats.acknowledge(member, now)
    began = now - timedelta(minutes=10)
    wish = timetable.Wish(
        name="Night shift", summary="Short shares.", format="share_circle", rule="FREQ=DAILY", first_on=began.date(),
        local_time=f"{began:%H:%M}", zone="UTC", capacity=400, host_name="Corner Shop", minutes=120,
    )  # fmt: skip
    host = Actor(staff[0].id, "facilitator", "Fay")
    series = timetable.make_series(wish, actor=host, host_id=staff[0].id, now=began - timedelta(minutes=1))
    session = queries.next_sessions(series, began - timedelta(minutes=1))[0]
    running.advance(session.id, began - timedelta(minutes=1))
    for one in staff:
        keeping.heartbeat(session, one, began)
    running.advance(session.id, began + timedelta(seconds=1))
    for one in staff:
        keeping.heartbeat(session, one, now)
    running.advance(session.id, now)
    if session.thread is None:
        raise RuntimeError("the doors did not open")
    return {
        "session": session.public_id,
        "thread": session.thread.public_id,
        "staff": [_cookie(app, one) for one in staff],
        "members": [_cookie(app, one) for one in members],
    }


def _cookie(app: Any, who: Any) -> dict[str, str]:
    from forum.core.clock import utcnow
    from forum.identity.models import Staff
    from forum.identity.sessions import start_session

    is_staff = isinstance(who, Staff)
    token = start_session(
        member=None if is_staff else who,
        staff=who if is_staff else None,
        device="staff" if is_staff else "own",
        now=utcnow(),
    )
    name, serializer = app.session_interface.cookie(app.extensions["forum.config"], is_staff)
    return {"name": name, "value": serializer.dumps({"_user_id": token, "_fresh": True})}


if __name__ == "__main__":
    print(json.dumps(build(int(sys.argv[2]))))
