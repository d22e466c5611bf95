"""Let sqlmap try every kind of address of an open copy of the forum, each to its end.

`python -m bench._scan --sqlmap /path/to/sqlmap`: makes an instance of its own with the demo's people, serves it on
loopback without limits and without form tokens (so that the scanner reaches what is behind them), and asks sqlmap about
one address after the other, as guest, member, moderator and admin. Prints a line each and what was injectable.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import select
from werkzeug.serving import make_server

from bench._scan_addresses import Address, addresses, more_forms
from forum import create_app
from forum.config import load_config
from forum.core.db import db
from forum.identity.models import Member, Staff
from forum.web.limits import RULES, Rule
from tests.security.live import a_session

END = re.compile(r"\[\*\] ending @")


@dataclass(frozen=True)
class Target:
    """An open forum, where it answers, who is in it and the ids that addresses need."""

    app: Flask
    people: dict[str, Any]
    ids: dict[str, str]

    def cookie(self, who: str) -> str:
        """Sign somebody in; each address gets a session of its own, as those of the staff are short."""
        if who not in self.people:
            return ""
        with self.app.app_context():
            made = a_session(self.app, db.session.merge(self.people[who]))
            db.session.commit()
            db.session.remove()
        return made


def make_target(folder: Path) -> Target:
    """Make an open forum with the demo's people."""
    config = load_config({"FORUM_INSTANCE": str(folder), "FORUM_SCORER": "off"})
    app = create_app(config, WTF_CSRF_ENABLED=False, LIMIT_RULES={name: Rule() for name in RULES})
    with app.app_context():
        from forum.discussions.models import Post, Room, Thread
        from forum.discussions.seeding import seed_rooms
        from forum.moderation.models import Case

        db.create_all()
        seed_rooms()
        db.session.commit()
        app.test_cli_runner().invoke(args=["forum", "seed-demo"])
        people: dict[str, Any] = {"member": db.session.scalars(select(Member).order_by(Member.trust.desc())).first()}
        for role in ("moderator", "admin"):
            people[role] = db.session.scalars(select(Staff).where(Staff.role == role)).one()
        thread = db.session.scalars(select(Thread).where(Thread.kind == "topic", Thread.visibility == "live")).first()
        post = db.session.scalars(select(Post).where(Post.visibility == "live")).first()
        case, room = db.session.scalars(select(Case)).first(), db.session.scalars(select(Room)).first()
        assert thread is not None and post is not None  # noqa: PT018
        assert room is not None and case is not None  # noqa: PT018
        ids = {"thread": thread.public_id, "post": post.public_id, "room": room.public_id,
               "case": case.public_id, "member": people["member"].public_id}  # fmt: skip
        ids |= _own_ids(people["member"])
        for person in people.values():
            db.session.refresh(person)
            db.session.expunge(person)
        db.session.remove()
    return Target(app, people, ids)


def _own_ids(member: Member) -> dict[str, str]:
    """Return ids of what a member has in their own place, and of what the team decides about; rows are made for it."""
    from tests.home.rows import fill

    owned = {"goal": "journey_goal", "counter": "journey_counter", "entry": "journey_check_in", "letter": "decision",
             "reminder": "journey_reminder", "thing": "journey_small_thing"}  # fmt: skip
    known = {"decision": {"action": "hide", "scope": "content", "reason_code": "", "from_visibility": "live",
                          "to_visibility": "hidden", "reversed_at": None},
             "journey_reminder": {"local_time": "20:00", "rhythm": "daily"}}  # fmt: skip
    made = {}
    for name, table in owned.items():
        key = "author_id" if table == "decision" else "member_id"
        row = fill(db.metadata.tables[table], {key: member.id, **known.get(table, {})})
        made[name] = str(row["public_id"])
    for name, table in (("meeting", "meeting_series"), ("session", "meeting_session")):
        rows = db.metadata.tables[table]
        made[name] = str(db.session.scalar(select(rows.c.public_id).where(rows.c.public_id.not_like("canary%"))))
    db.session.commit()
    return made


def scan(
    sqlmap: str, origin: str, one: Address, cookie: str, seconds: int, folder: Path, more: list[str]
) -> dict[str, Any]:
    """Ask sqlmap about one address; tell whether it came to its end and what it found."""
    command = [sqlmap, "-u", origin + one.path, "--batch", "--disable-coloring", "--flush-session",
               "--output-dir", str(folder), "--dbms", "sqlite", "--technique", "BEUSTQ", "--level", "2", "--risk", "2",
               "--skip", "cookie,user-agent,referer,host", "--timeout", "10", "--ignore-code", "*", *more]  # fmt: skip
    command += ["--cookie", cookie] if cookie else []
    command += ["--data", one.form] if one.form else []
    started = time.monotonic()
    try:
        said = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False).stdout
    except subprocess.TimeoutExpired as cut:
        said = (cut.stdout or b"").decode(errors="replace")
    (folder / f"{one.who}-{re.sub(r'[^a-z0-9]+', '_', one.path)[:60]}{'-post' if one.form else ''}.log").write_text(
        said
    )
    return {
        "who": one.who, "path": one.path, "post": bool(one.form), "ended": bool(END.search(said)),
        "seconds": round(time.monotonic() - started),
        "injectable": re.findall(r"parameter '[^']+' is vulnerable|Parameter: .+", said),
        "might": re.findall(r"(?:might|appears to) be[^\n]*injectable[^\n]*|reflective[^\n]*", said)[:4],
        "errors": re.findall(r"(5\d\d) \([^)]+\) - (\d+) times", said),
        "untested": re.findall(r"\[(?:CRITICAL|ERROR)\] ([^\n]+)", said)[:2],
    }  # fmt: skip


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sqlmap", required=True)
    parser.add_argument("--seconds", type=int, default=600, help="most for one address")
    parser.add_argument("--only", default="", help="addresses that contain this")
    parser.add_argument("--more", action="store_true", help="the forms the first list left out")
    parser.add_argument("--out", type=Path, default=Path("scan.json"))
    parser.add_argument("--serve", type=int, default=0, help="only serve, on this port, and print the cookies")
    chosen, more = parser.parse_known_args()
    with tempfile.TemporaryDirectory() as folder:
        target = make_target(Path(folder))
        server = make_server("127.0.0.1", chosen.serve, target.app, threaded=True)
        if chosen.serve:
            cookies = {who: target.cookie(who) for who in target.people}
            print(json.dumps({"cookies": cookies, "ids": target.ids}), flush=True)
            server.serve_forever()
        threading.Thread(target=server.serve_forever, daemon=True).start()
        worst = run(chosen, more, f"http://127.0.0.1:{server.server_port}", target)
        server.shutdown()
    sys.exit(worst)


def run(chosen: argparse.Namespace, more: list[str], origin: str, target: Target) -> int:
    """Go through the addresses, and say at the end how many came to theirs."""
    logs = chosen.out.with_suffix("")
    logs.mkdir(parents=True, exist_ok=True)
    results = []
    for one in (more_forms if chosen.more else addresses)(target.ids):
        if chosen.only in one.path:
            results.append(scan(chosen.sqlmap, origin, one, target.cookie(one.who), chosen.seconds, logs, more))
            print(json.dumps(results[-1]), flush=True)
            chosen.out.write_text(json.dumps(results, indent=1))
    ended, found = sum(r["ended"] for r in results), sum(bool(r["injectable"]) for r in results)
    print(f"{ended} of {len(results)} addresses to their end; injectable: {found}")
    return int(bool(found) or ended < len(results))


if __name__ == "__main__":
    main()
