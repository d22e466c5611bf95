"""Let sqlmap try every kind of address of an open copy of the forum, each to its end.

`python -m bench._scan --sqlmap /path/to/sqlmap`: makes an instance of its own with the demo's people, serves it on
loopback without limits and without form tokens (so that the scanner reaches what is behind them), and asks sqlmap about
one address after the other, as guest, member, moderator and admin. Prints a line each and what was injectable.
"""

from __future__ import annotations

import argparse
import itertools
import json
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import select
from werkzeug.serving import make_server

from forum import create_app
from forum.config import load_config
from forum.core.db import db
from forum.identity.models import Member, Staff
from forum.web.limits import RULES, Rule
from tests.security.live import a_session

END = re.compile(r"\[\*\] ending @")


@dataclass(frozen=True)
class Address:
    """One address and whose browser asks; `*` marks a place in the path, a form makes it a POST."""

    who: str
    path: str
    form: str = ""


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


def more_forms(ids: dict[str, str]) -> Iterator[Address]:
    """Yield the forms of a member's own place and of the desk that the first list left out (`--more`)."""
    own, case = "/me/journey", f"/mod/cases/{ids['case']}"
    member = {
        f"{own}/aims": "what=tea&why=x&strength=x&first_step=x&rhythm=weekly&client_id=a",
        f"{own}/aims/{ids['goal']}/edit": "what=tea&why=x&strength=x&first_step=x&rhythm=weekly",
        f"{own}/aims/{ids['goal']}/look": "how=well&note=x",
        f"{own}/aims/{ids['goal']}/link": "link=x",
        f"{own}/check-ins": "mood=3&craving=4&line=tea&client_id=a",
        f"{own}/check-ins/{ids['entry']}/card": "x=1",
        f"{own}/days": "label=tea&started=2026-01-01&about=without&goal=x",
        f"{own}/days/{ids['counter']}": "label=tea&goal=x&shown=1",
        f"{own}/days/{ids['counter']}/today": "kind=kept",
        f"{own}/times": "words=tea&local_time=20:00&rhythm=daily&zone=UTC",
        f"{own}/times/{ids['reminder']}/seen": "x=1",
        f"{own}/small": "words=tea",
        f"{own}/small/{ids['thing']}": "done=1",
        f"{own}/pages/open": "phrase=one+two+three&then=x",
        f"{own}/ask": "body=tea&client_id=a",
        f"{own}/midnight": "zone=UTC",
        f"/me/letters/{ids['letter']}/appeal": "text=tea",
        "/me/boundaries": "undo=word:x",
        "/me/notes": "notes=shown",
        "/me/words": "phrase=one+two+three",
        "/me/export": "phrase=one+two+three",
        "/me/roles/greeter": "answer=yes&name=x",
        "/notifications/settings": "replies=on&meetings=off&quiet_from=22&quiet_to=7",
        "/notifications/wake": "endpoint=https://push.example/x&p256dh=x&auth=x",
        "/meetings/zone": "zone=UTC&next=/meetings",
        f"/m/{ids['meeting']}/ask": "body=tea&client_id=a",
        f"/m/{ids['meeting']}/line": "body=tea&agreed=yes&with_name=yes&client_id=a",
        f"/m/{ids['meeting']}/remind": "next=/meetings",
        f"/s/{ids['session']}/join": "norms=yes&listen=yes&mood=steady",
        f"/s/{ids['session']}/say": "body=tea&client_id=a",
        f"/s/{ids['session']}/mood": "mood=steady",
        f"/r/{ids['room']}/enter": "agree=yes",
        f"/r/{ids['room']}/mute": "on=1",
        f"/t/{ids['thread']}/follow": "on=1",
        f"/p/{ids['post']}/edit": "body=tea&content_note=x",
        f"/p/{ids['post']}/mute": "on=1",
        "/search": "q=tea&room=x&kind=x&when=x&before=1",
        "/begin": "about=me&area=own&want=x",
        "/resources/x/broken": "x=1",
        "/help/line/gb-samaritans/silent": "x=1",
        "/theme": "theme=dark",
    }
    moderator = {
        f"{case}/claim": "version=1&join=yes",
        f"{case}/support": "version=1&template=x&personal=tea&time=x&what=x",
        f"{case}/approve": "version=1",
        f"{case}/ask-edit": "version=1&reason_code=spam&message=tea",
        f"{case}/limit": "version=1&note=tea",
        f"{case}/sanction": "version=1&limit=slow:24&reason_code=spam&facts=tea",
        f"{case}/escalate": "version=1&note=tea",
        f"{case}/second": "version=1&note=tea",
        f"{case}/lane": "version=1&lane=2&note=tea",
        f"{case}/watch": "version=1",
        f"{case}/skip": "x=1",
        f"{case}/release": "x=1",
        f"{case}/heartbeat": "active=1",
        f"{case}/move": f"version=1&room={ids['room']}",
        f"/mod/decisions/{ids['letter']}/reverse": "x=1",
        "/mod/appeals/x": "version=1&state=upheld&reply=tea+tea+tea&note=x",
        "/mod/bulk/undo": "decisions=x",
        "/mod/followups/done": "followup=x",
        "/mod/look-in/done": "look_in=x&outcome=x",
        "/mod/duty": "do=on&note=tea",
        "/mod/duty/buddy": "talk=x&with=x",
        "/mod/duty/shifts": "day=2026-12-01&from=20:00&to=22:00",
        "/mod/emergency": "what=x&version=1",
        "/mod/account/left-out": "group=x",
        "/mod/meetings/new": "name=tea&summary=x&format=open&rule=weekly&day=MO&local_time=20:00&zone=UTC&minutes=45",
        f"/mod/meetings/series/{ids['meeting']}": "name=tea&summary=x&local_time=20:00&zone=UTC&minutes=45",
        f"/mod/meetings/series/{ids['meeting']}/answer": "question=x&body=tea&client_id=a&next=/mod/meetings/x",
        f"/mod/meetings/series/{ids['meeting']}/line": "quote=x&on=yes",
        f"/mod/meetings/{ids['session']}/act": "do=pause&member=x&why=x&n=1&seconds=5&mode=on",
        f"/mod/meetings/{ids['session']}/say": "body=tea&client_id=a",
        f"/mod/meetings/{ids['session']}/note": "note=tea",
        f"/mod/meetings/{ids['session']}/plan": "do=move&why=x&starts_at=2026-12-01+19:30",
        "/mod/training/modules/words": "q1=a&q2=b",
        "/mod/training/practice": "again=1",
        "/mod/again/x": "action=hide&reason_code=spam",
    }
    for mine, desk in itertools.zip_longest(member.items(), moderator.items()):
        yield from (Address(who, *one) for who, one in (("member", mine), ("moderator", desk)) if one)


def addresses(ids: dict[str, str]) -> Iterator[Address]:
    """Yield what is asked about: every parameter that is read anywhere, every kind of id in a path, the forms."""
    room, thread, post, case = ids["room"], ids["thread"], ids["post"], ids["case"]
    for who in ("guest", "member"):
        yield Address(who, f"/r/{room}?before=x&view=waiting")
        yield Address(who, "/rooms?area=x")
        yield Address(who, "/stories?from=x&before=x")
        yield Address(who, "/search?q=tea&room=x&kind=x&when=x&before=x")
        yield Address(who, "/resources?kind=x&country=x")
        yield Address(who, "/meetings?view=x&kind=x&zone=x")
        yield Address(who, f"/t/{thread}/events?since=0")
        yield Address(who, f"/t/{thread}*")
        yield Address(who, f"/r/{room}*")
    yield Address("guest", "/help?country=gb")
    yield Address("guest", "/help/country", "country=gb")
    yield Address("guest", "/join", "handle=Quiet+Wren+12&about=myself&device=shared&adult=yes&stamp=x&work=1")
    yield Address("guest", "/return", "phrase=one+two+three+four+five+six&device=shared")
    yield Address("guest", "/mod/login", "name=Mo&password=wrong&code=123456")
    yield Address("guest", "/mod/invite/x*")
    yield Address("member", f"/t/{thread}/posts", "body=Words&client_id=abc&content_note=x&reply_to=x")
    yield Address("member", f"/r/{room}/threads", "title=Words&body=Words&client_id=abc&purpose=x")
    yield Address("member", f"/r/{room}/new?for=x")
    yield Address("member", f"/t/{thread}/read?reply_to=x&quote=x")
    yield Address("member", f"/p/{post}*/react", "kind=with_you")
    yield Address("member", f"/p/{post}/react", "kind=with_you")
    yield Address("member", f"/p/{post}/bookmark", "on=1")
    yield Address("member", f"/p/{post}/report", "category=spam&text=x")
    yield Address("member", "/me/settings", "country=gb&plain_letters=1&full_titles=1")
    yield Address("member", "/me/boundaries/words", "word=tea&effect=cover")
    yield Address("member", "/me/journey/pages?before=x")
    yield Address("member", "/me/letters?again=x")
    yield Address("member", "/me/sessions", "session=x")
    yield Address("member", "/notifications/x*")
    yield Address("moderator", "/mod/?tab=x&lane=1&room=x&care=x&after=x&all=1&done=x")
    yield Address("moderator", f"/mod/cases/{case}?show=x")
    yield Address("moderator", f"/mod/cases/{case}*")
    yield Address("moderator", f"/mod/cases/{case}/explain?format=json")
    yield Address("moderator", f"/mod/cases/{case}/notes", "body=Words&version=1")
    yield Address("moderator", f"/mod/cases/{case}/hide", "reason=spam&version=1&note=x")
    yield Address("moderator", f"/mod/cases/{case}/move", "room=x&version=1")
    yield Address("moderator", "/mod/bulk", "cases=x&action=hide&reason=spam")
    yield Address("moderator", "/mod/audit?before=x&action=x&by=x&case=x")
    yield Address("moderator", f"/mod/members/{ids['member']}*")
    yield Address("moderator", "/mod/duty/handover/x*/read", "x=1")
    yield Address("moderator", "/mod/training/practice?done=x")
    yield Address("moderator", "/mod/again?show=x")
    yield Address("admin", "/mod/dashboard?days=7")
    yield Address("admin", "/mod/dashboard.csv?days=7")
    yield Address("admin", "/mod/helplines?country=gb")
    yield Address("admin", "/mod/rules?about=x")
    yield Address("admin", "/mod/rooms/new", "name=Words&summary=Words&key=x&group=x")
    yield Address("admin", "/mod/settings/raid_mode", "value=auto")


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
