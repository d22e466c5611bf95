"""Every page, as guest, busy and quiet member and staff, in a forum of 100,000 members and 2,000,000 posts.

Server time is measured inside the process: from the request to the last byte, without a network. Each page is asked for
once to warm up and then several times; the median counts against the goal. A page that nobody gave an example of, or a
reason to leave it out, makes the run fail, so that a new page can't be forgotten.
"""

from __future__ import annotations

import argparse
import contextvars
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench._crowd import BUSY, STORY_EVERY, public_id

GOAL_MS = 100
ROOT = Path(__file__).resolve().parent.parent
LOCAL = "http://127.0.0.1:5000"
LEFT_OUT = {
    "/exit": "ends the session that is being measured",
    "/g/<link>": "one goal by its link: nothing there grows with the forum",
    "/me/journey/aims/<goal>": "one goal",
    "/me/journey/aims/<goal>/edit": "one goal",
    "/me/journey/days/<counter>": "one counter",
    "/me/journey/days/<counter>/after": "one counter",
    "/me/journey/days/<counter>/say": "one counter",
    "/me/journey/days/<counter>/today": "one counter",
    "/me/journey/pages/<page>": "one sealed page",
    "/me/letters/<letter>": "one letter",
    "/m/<meeting>": "meetings are measured by bench.meetings",
    "/m/<meeting>.ics": "meetings are measured by bench.meetings",
    "/s/<session>": "meetings are measured by bench.meetings",
    "/s/<session>/left": "meetings are measured by bench.meetings",
    "/s/<session>/side": "meetings are measured by bench.meetings",
    "/mod/cases/<case>": "cases are measured by bench.console",
    "/mod/cases/<case>/explain": "cases are measured by bench.console",
    "/mod/helplines/<line>": "one helpline",
    "/mod/invite/<token>": "one invitation",
    "/mod/messages/<message>": "one template",
    "/mod/rooms/<room>": "one room's card",
    "/mod/rules/<rule>": "one rule",
    "/mod/rules/<rule>/trial": "one rule’s trial run",
    "/mod/training/modules/<key>": "one part of the training",
    "/mod/training/practice/<case>": "one invented case",
    "/mod/meetings/<session>": "one meeting's desk",
    "/mod/meetings/<session>/side/<int:room>": "one meeting's desk",
    "/mod/meetings/series/<meeting>": "one series",
    "/static/<release>/<path:name>": "a file, no page",
}


def samples(busy_post: str, other_post: str, news: str, room: str) -> dict[str, list[str]]:
    """Return examples for every rule with a part to fill in, and for pages that are asked for in several ways."""
    long, plain = public_id("thread", 1), public_id("thread", 777)
    return {
        "/r/<room>": [f"/r/{room}", f"/r/{room}?view=waiting"],
        "/r/<room>/new": [f"/r/{room}/new"],
        "/t/<thread>": [f"/t/{long}", f"/t/{long}?after=2000", f"/t/{long}?before=2000", f"/t/{plain}"],
        "/t/<thread>/read": [f"/t/{public_id('thread', STORY_EVERY)}/read"],
        "/stories": ["/stories", "/stories?from=year", "/stories?area=family", "/stories?area=family&from=year"],
        "/rooms": ["/rooms", "/rooms?area=family", "/rooms?view=waiting", "/rooms?area=family&view=waiting"],
        "/t/<thread>/events": [f"/t/{long}/events?after=4000", f"/t/{plain}/events?after=0"],
        "/p/<post>/edit": [f"/p/{busy_post}/edit"],
        "/p/<post>/letter": [f"/p/{busy_post}/letter"],
        "/p/<post>/report": [f"/p/{other_post}/report"],
        "/me/roles/<kind>": ["/me/roles/greeter"],
        "/help/<country>": ["/help/GB"],
        "/notifications/<line>": [f"/notifications/{news}"],
        "/mod/members/<public_id>": [f"/mod/members/{public_id('member', BUSY)}"],
        "/search": [
            "/search",
            "/search?q=ba",
            "/search?q=bamofe",
            f"/search?q=lu+ti&room={room}",
            "/search?q=%22ba+lu%22",
            "/search?q=lu+ti&room=family",
            "/search?q=ba&room=all",
        ],
    }


def folder_for(members: int, threads: int, posts: int) -> Path:
    """Return the filled instance, filling it where that has not been done."""
    folder = ROOT / "build" / ("crowd" if posts == 2_000_000 else f"crowd-{posts}")
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "bench._crowd", str(folder), str(members), str(threads), str(posts)]
    subprocess.run(command, cwd=ROOT, check=True)
    return folder


def rules_and_paths(app: Any, found: dict[str, list[str]]) -> Iterator[tuple[str, str, str]]:
    """Yield (rule, path, access) for every page.

    Raises:
        SystemExit: a page has neither an example nor a reason to be left out.
    """
    from forum.web.access import access_of

    missing = []
    for rule in sorted(app.url_map.iter_rules(), key=str):
        name = str(rule)
        if "GET" not in rule.methods or name in LEFT_OUT:
            continue
        if rule.arguments and name not in found:
            missing.append(name)
            continue
        for path in found.get(name, [name]):
            yield name, path, access_of(app.view_functions[rule.endpoint]) or ""
    if missing:
        sys.exit(f"no example of {', '.join(missing)}: add one to bench/pages.py")


class Reader:
    """A browser in this process."""

    def __init__(self, app: Any, cookie: dict[str, str] | None) -> None:
        self.client = app.test_client()
        if cookie is not None:
            self.client.set_cookie(cookie["name"], cookie["value"], domain="127.0.0.1")

    def milliseconds(self, path: str, times: int) -> tuple[list[float], list[float], int]:
        """Ask for a page; return how long each answer took, how long this process worked on it, and the last status.

        The first answer is left out. Where other programs share the processor, the two differ by the time of waiting.
        """
        taken, worked, status = [], [], 0
        for _ in range(times + 1):
            started, used = time.perf_counter(), time.process_time()
            answer = contextvars.Context().run(self.client.get, path, base_url=LOCAL)
            answer.get_data()
            taken.append((time.perf_counter() - started) * 1000)
            worked.append((time.process_time() - used) * 1000)
            status = answer.status_code
        return taken[1:], worked[1:], status


def readers(app: Any) -> dict[str, Reader]:
    """Sign a member and an admin in."""
    from sqlalchemy import select

    from bench._rooms import _cookie
    from forum.core.clock import utcnow
    from forum.core.db import db
    from forum.identity.models import Member, Staff

    with app.app_context():
        member, quiet = db.session.get(Member, BUSY), db.session.scalar(select(Member).order_by(Member.id.desc()))
        staff = db.session.scalar(select(Staff).where(Staff.name == "Bench"))
        if staff is None:
            staff = Staff(name="Bench", role="admin", password_hash="-", created_at=utcnow())
            db.session.add(staff)
            db.session.flush()
        cookies = {"guest": None, "staff": _cookie(app, staff)}
        cookies |= {"member": _cookie(app, member), "quiet": _cookie(app, quiet)}
        db.session.commit()
        db.session.remove()
    return {name: Reader(app, cookie) for name, cookie in cookies.items()}


def examples(app: Any) -> dict[str, list[str]]:
    """Find one's own post, somebody else's, a line of news and the busiest room."""
    from sqlalchemy import text

    from forum.core.db import db

    with app.app_context():

        def one(query: str) -> str:
            return str(db.session.execute(text(query)).scalar_one())

        found = samples(
            one(f"SELECT public_id FROM post WHERE author_id = {BUSY} AND visibility = 'live' LIMIT 1"),
            one(f"SELECT public_id FROM post WHERE author_id > {BUSY + 99} AND visibility = 'live' LIMIT 1"),
            one(f"SELECT public_id FROM notification WHERE member_id = {BUSY} LIMIT 1"),
            one("SELECT public_id FROM room ORDER BY position LIMIT 1"),
        )
        db.session.remove()
    return found


def measure(folder: Path, times: int) -> list[tuple[float, float, float, str, str, int]]:
    """Walk all pages; returns (median ms of work, median ms, worst ms, reader, path, status)."""
    from forum import create_app
    from forum.config import load_config
    from forum.web.limits import RULES, Rule

    config = load_config({"FORUM_INSTANCE": str(folder), "FORUM_SCORER": "off"})
    app = create_app(config, LIMIT_RULES={name: Rule() for name in RULES})
    rows = []
    people, walk = readers(app), list(rules_and_paths(app, examples(app)))
    for _rule, path, access in walk:
        for name in _who_may(access):
            taken, worked, status = people[name].milliseconds(path, times)
            rows.append((statistics.median(worked), statistics.median(taken), max(taken), name, path, status))
    return sorted(rows, reverse=True)


def _who_may(access: str) -> tuple[str, ...]:
    if access == "public":
        return ("guest", "member", "quiet")
    return ("member", "quiet") if access == "member" else ("staff",)


def main() -> int:
    """Fill, walk, print the slowest; fail above the goal or where a page did not answer."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--members", type=int, default=100_000)
    arguments.add_argument("--threads", type=int, default=200_000)
    arguments.add_argument("--posts", type=int, default=2_000_000)
    arguments.add_argument("--times", type=int, default=5)
    arguments.add_argument("--show", type=int, default=25)
    given = arguments.parse_args()
    os.environ["FORUM_SCORER"] = "off"
    rows = measure(folder_for(given.members, given.threads, given.posts), given.times)
    print(
        f"{len(rows)} pages; {given.members:,} members, {given.threads:,} threads, {given.posts:,} posts; server time"
    )
    print(f"{'work ms':>8} {'median ms':>10} {'worst ms':>9}  {'as':<7} {'status':>6}  page")
    for work, median, worst, who, path, status in rows[: given.show]:
        print(f"{work:8.1f} {median:10.1f} {worst:9.1f}  {who:<7} {status:>6}  {path}")
    slow, busy = [row for row in rows if row[1] > GOAL_MS], [row for row in rows if row[0] > GOAL_MS]
    broken, load = [row for row in rows if row[5] >= 500], os.getloadavg()[0]
    counts = f"{len(slow)} above it as waited, {len(busy)} as worked"
    print(f"goal {GOAL_MS} ms: {counts}; load {load:.1f}; errors {len(broken)}")
    return int(bool(slow or broken))


if __name__ == "__main__":
    sys.exit(main())
