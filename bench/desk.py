"""Measure the console's pages on a large forum: 100,000 cases, 1,000,000 posts.

    python -m bench.desk [--cases 100000] [--posts 1000000] [--open 0.3] [--times 15] [--keep FOLDER]

Rows are written with bulk SQL into a throw-away SQLite instance; pages are asked for through the whole application
(session, access, queries, template), so a figure is server time without the network. Exit code 1 when the queue or a
case page takes longer than 100 ms (median) or any other page of the desk longer than 400 ms.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

GOAL_MS, OTHERS_MS = 100.0, 400.0
MEMBERS, THREAD_POSTS = 20_000, 10
ROWS = Path(__file__).with_name("desk.sql")
_NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count) "
_AT = r"datetime('now', printf('-%d minutes', \1)) || '.000000'"


def steps() -> list[tuple[str, str, str]]:
    """Return (what, which count, statement) of every step of the file."""
    text = re.sub(r"@at\(((?:[^()]|\([^()]*\))*)\)", _AT, ROWS.read_text(encoding="utf-8"))
    parts = re.findall(r"^-- ([^:\n]+): (\w+)\n(INSERT.*?);$", text, re.MULTILINE | re.DOTALL)
    return [(what, count, statement.replace("SELECT", f"{_NUMBERS}SELECT", 1)) for what, count, statement in parts]


def fill(connection: Any, counts: dict[str, int]) -> None:
    """Write all rows; a line per table."""
    raw = connection.connection.dbapi_connection
    for pragma in ("synchronous=OFF", "foreign_keys=OFF", "cache_size=-200000"):
        raw.execute(f"PRAGMA {pragma}")
    triggers = [
        row[0] for row in raw.execute("SELECT name FROM sqlite_master WHERE type='trigger' AND tbl_name='post'")
    ]
    for name in triggers:
        raw.execute(f"DROP TRIGGER {name}")
    found = steps()
    for number, (what, count, statement) in enumerate(found, 1):
        started = time.perf_counter()
        raw.execute("BEGIN")
        raw.execute(statement, {"count": counts[count], "members": counts["members"], "open": counts["open"]})
        raw.execute("COMMIT")
        took = time.perf_counter() - started
        print(f"  {number} of {len(found)}: {counts[count]:>9,} {what}, {took:.0f} s", flush=True)
    raw.execute("ANALYZE")
    for pragma in ("synchronous=FULL", "foreign_keys=ON", "cache_size=-2000"):
        raw.execute(f"PRAGMA {pragma}")


def pages(case: str) -> list[tuple[str, str, float]]:
    """Return (name, address, goal in ms)."""
    return [
        ("queue", "/mod/", GOAL_MS),
        ("queue, safety", "/mod/?tab=safety", GOAL_MS),
        ("queue, reported", "/mod/?tab=reported", GOAL_MS),
        ("queue, held", "/mod/?tab=held", GOAL_MS),
        ("queue, first posts", "/mod/?tab=first", GOAL_MS),
        ("queue, look in on", "/mod/?tab=look", GOAL_MS),
        ("queue, mine", "/mod/?tab=mine", GOAL_MS),
        ("queue, one lane and room", "/mod/?lane=3&room={room}", GOAL_MS),
        ("case", f"/mod/cases/{case}", GOAL_MS),
        ("case, explained", f"/mod/cases/{case}/explain", GOAL_MS),
        ("several at once", "/mod/bulk", OTHERS_MS),
        ("member", "/mod/members/m21", OTHERS_MS),
        ("second looks", "/mod/appeals", OTHERS_MS),
        ("record", "/mod/audit", OTHERS_MS),
        ("record, one action", "/mod/audit?action=case.opened", OTHERS_MS),
        ("duty", "/mod/duty", OTHERS_MS),
        ("figures, week", "/mod/dashboard", OTHERS_MS),
        ("figures, quarter", "/mod/dashboard?days=90", OTHERS_MS),
        ("team", "/mod/staff", OTHERS_MS),
        ("settings", "/mod/settings", OTHERS_MS),
        ("own account", "/mod/account", OTHERS_MS),
    ]


def prepare(app: Any, counts: dict[str, int]) -> tuple[Any, str]:
    """Make people and rows; return a signed-in client of an admin and a room's id."""
    from sqlalchemy import select

    from bench._rooms import _cookie
    from forum.core.clock import utcnow
    from forum.core.db import db
    from forum.discussions.models import Room
    from forum.discussions.seeding import seed_rooms
    from forum.identity.models import Staff
    from forum.search.index import install

    db.create_all()
    install(db.session.connection())
    seed_rooms()
    names = (("Ada", "admin"), ("Mo", "moderator"), ("Mia", "moderator"))
    staff = [Staff(name=name, role=role, password_hash="-", created_at=utcnow()) for name, role in names]
    db.session.add_all(staff)
    db.session.commit()
    with db.engine.connect() as connection:
        fill(connection, counts)
    cookie = _cookie(app, staff[0])
    db.session.commit()
    room = db.session.scalars(select(Room.public_id).where(Room.id == 4)).one()
    client = app.test_client()
    client.set_cookie(cookie["name"], cookie["value"], domain="127.0.0.1")
    return client, room


def measure(client: Any, path: str, times: int) -> tuple[float, float, float]:
    """Return median and slowest of some requests and the median of processor time, in milliseconds.

    The first, which warms up, is left out. Processor time does not depend on what else the machine does.
    """
    took, worked = [], []
    for _number in range(times + 1):
        started, busy = time.perf_counter(), time.process_time()
        answer = client.get(path, base_url="http://127.0.0.1:5000")
        took.append((time.perf_counter() - started) * 1000)
        worked.append((time.process_time() - busy) * 1000)
        if answer.status_code != 200:
            raise RuntimeError(f"{path}: {answer.status_code}")
    ordered = sorted(took[1:])
    return ordered[len(ordered) // 2], ordered[-1], sorted(worked[1:])[len(ordered) // 2]


def run(folder: str, counts: dict[str, int], times: int) -> int:
    """Fill, measure, print."""
    from forum import create_app
    from forum.config import load_config
    from forum.core.db import db
    from forum.web.limits import RULES, Rule

    config = load_config({"FORUM_INSTANCE": folder, "FORUM_SCORER": "off"})
    app = create_app(config, TESTING=True, WTF_CSRF_ENABLED=False, LIMIT_RULES={name: Rule() for name in RULES})
    with app.app_context():
        client, room = prepare(app, counts)
        db.session.remove()
    slow = 0
    print(f"{'page':28}{'median ms':>10}{'slowest':>10}{'cpu ms':>10}{'goal':>8}")
    for name, path, goal in pages("c7"):
        median, slowest, busy = measure(client, path.replace("{room}", room), times)
        slow += median > goal
        print(
            f"{name:28}{median:10.1f}{slowest:10.1f}{busy:10.1f}{goal:8.0f}{'  slow' if median > goal else ''}",
            flush=True,
        )
    with app.app_context():
        db.engine.dispose()
    return 1 if slow else 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it; 1 when a page misses its goal."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--posts", type=int, default=1_000_000)
    parser.add_argument("--open", type=float, default=0.3, help="share of the cases that are open")
    parser.add_argument("--times", type=int, default=15)
    parser.add_argument("--keep", type=Path, help="an empty folder that is kept afterwards")
    chosen = parser.parse_args(arguments)
    counts = {
        "members": MEMBERS,
        "threads": max(chosen.posts // THREAD_POSTS, chosen.cases),
        "posts": max(chosen.posts, chosen.cases * THREAD_POSTS),
        "cases": chosen.cases,
        "open": int(chosen.cases * chosen.open),
        "entries": chosen.cases * 2,
        "worries": chosen.cases // 50,
    }
    if chosen.keep:
        chosen.keep.mkdir(parents=True, exist_ok=True)
        return run(str(chosen.keep), counts, chosen.times)
    with tempfile.TemporaryDirectory() as folder:
        return run(folder, counts, chosen.times)


if __name__ == "__main__":
    sys.exit(main())
