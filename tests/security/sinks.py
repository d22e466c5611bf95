"""Put hostile words into every text column of a running instance, and say which pages would show them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.browser.server import ROOT
from tests.security.live import Live

DATA = ROOT / "tests" / "data" / "security"
CODES = re.compile(
    r"(^|_)(id|key|kind|state|status|action|code|ref|hash|token|type|role|rule|lane|country|zone|rhythm|scheme|device|"
    r"version|mode|effect|way|link|url|visibility|severity|scenario|verdict|module|language|verifier|pathway|topic|"
    r"audience|calling|talk|subject|fingerprint|outcome|purpose|daily|day|from|time|group|attached|category|detector|"
    r"source|endpoint|auth|p256dh|person|value|field|pseudonym|notes|about|strength|before|after|name_key|html|client|"
    r"history|format|scope)(_|$)"
)
"""Names of columns nobody words: a value outside their list would only make pages fail."""
CODED_COLUMNS = {"case_snapshot.reason", "helpline_check.stamp", "journey_counter.goal", "journey_goal_review.how"}
"""Columns of codes whose names don't say so: with other words in them their rows would be shown nowhere."""
NOWHERE = {
    "decision.content_note": "written for the post's own note, which is shown",
    "post_revision.body": "kept for a time and read by nobody",
    "staff_invitation.name": "shown to nobody until the account is there, whose name is shown",
}
"""Worded columns no page shows, each with its reason; every other one is found on a page, or the test fails."""
WORDED = {"config_change.before", "config_change.after", "journey_goal.strength", "case_signal.text"}
WORDED_LISTS = (
    "room.card", "meeting_series.card", "meeting_series.steps", "meeting_session.steps", "own_rule.phrases",
    "case_snapshot.before", "case_snapshot.after",
)  # fmt: skip
"""Columns of lists and tables whose leaves people word: a room's card, a meeting's steps, what stood around a line."""
CODED = frozenset({"kind", "ref", "state", "seq", "at", "id"})
FILL = """
import itertools, json, re, sys
from sqlalchemy import String, select, text, update
from forum import create_app
from forum.core.db import db
from forum.core.text import clean_text
from forum.discussions.rendering import render_body
from forum.discussions.models import Post, Thread
from forum.identity.models import Member, Staff
from tests.home import rows
from tests.security import scene, sinks
from tests.security.live import a_session
from tests.security.sinks import CODES
vectors = [clean_text(line) or "x" for name in sys.argv[1:] for line in json.loads(open(name).read())]
app, lines = create_app(), itertools.cycle(vectors)
with app.app_context():
    alice = db.session.query(Member).filter_by(handle="Quiet Wren 11").one()
    tables = [t for t in db.metadata.sorted_tables if any(c.table.name == "member" for k in t.foreign_keys
              for c in [k.column])]
    for table in tables:
        keys = [c.name for c in table.columns for k in c.foreign_keys if k.column.table.name == "member"]
        try:
            with db.session.begin_nested():
                rows.fill(table, {keys[0]: alice.id})
        except Exception:
            pass  # a table with more conditions than its columns tell: the demo has rows of it
    db.session.execute(text("UPDATE room SET card = '{}' WHERE card = '[]'"))  # what the maker of rows can't know
    for table in db.metadata.sorted_tables:
        known = {"zone": "UTC", "local_time": "20:00", "rhythm": "daily"}
        values = {name: value for name, value in known.items() if name in table.c}
        if values and table.name.startswith("journey_"):
            db.session.execute(update(table).values(**values))
    from forum.core.clock import utcnow
    from forum.moderation.models import Case
    around = [{"handle": "x", "text": "x", "state": "live", "ref": "x"}]
    snapshot, rule = db.metadata.tables["case_snapshot"], db.metadata.tables["own_rule"]
    for case in db.session.scalars(select(Case)).all():
        rows.fill(snapshot, {"case_id": case.id, "reason": "live", "before": around, "after": around})
        db.session.execute(update(Case).where(Case.id == case.id).values(live=True))
    rows.fill(rule, {"phrases": ["x", "x"]})
    decision, report, goal = (db.metadata.tables[name] for name in ("decision", "report", "journey_goal"))
    known = {"action": "hide", "scope": "content", "reason_code": "", "from_visibility": "live",
             "to_visibility": "hidden", "reversed_at": None, "decided_at": utcnow()}
    db.session.execute(update(decision).where(decision.c.author_id == alice.id).values(**known))
    about = db.session.scalars(select(decision.c.case_id).where(decision.c.author_id == alice.id)).first()
    own = db.session.scalars(select(Post).where(Post.author_id == alice.id)).first()
    db.session.execute(update(Case).where(Case.id == about).values(target_type="post", target_id=own.id))
    db.session.execute(update(report).values(outcome=""))
    series = db.metadata.tables["meeting_series"]
    real = db.session.execute(select(series).where(series.c.public_id.not_like("canary%"))).mappings().first()
    codes = {name: real[name] for name in series.c.keys() if CODES.search(name) and not series.c[name].foreign_keys
             and name not in ("id", "public_id")}
    codes |= {"card": real["card"], "steps": real["steps"]}
    db.session.execute(update(series).where(series.c.public_id.like("canary%")).values(**codes))
    thread = db.session.query(Thread).filter_by(kind="topic", author_id=alice.id).first()
    db.session.execute(update(Thread).where(Thread.id == thread.id).values(purpose="story", story_from="me"))
    marks = {}
    admin = db.session.query(Staff).filter_by(role="admin").first()
    paths = scene.more_rows(alice, admin, rows.fill, lambda name: sinks.marked(next(lines), name, 7000, marks))
    db.session.execute(text("PRAGMA ignore_check_constraints=ON"))
    for table in db.metadata.sorted_tables:
        columns = [c for c in table.columns if sinks.is_worded(table.name, c)]
        if not columns or table.name in ("mod_event", "config_change"):  # nobody can change a row of these
            continue
        key = list(table.primary_key.columns)
        for row in db.session.execute(select(*key)).all():
            values = {}
            for column in columns:
                limit = column.type.length or 7000
                keys = [c.name for i in table.indexes if i.unique for c in i.columns]
                first = str(row[0]) if column.unique or column.name in keys else ""
                name = f"{table.name}.{column.name}"
                words = first + sinks.marked(next(lines), name, limit - len(first), marks)
                values[column.name] = words
            if table.name == "post":
                covered = row[0] % 2
                values["masked_body"] = values["masked_body"] if covered else None
                values["body_html"] = str(render_body(values["masked_body"] or values["body"]))
            where = [column == value for column, value in zip(key, row)]
            db.session.execute(update(table).where(*where).values(**values))
    for name in sinks.WORDED_LISTS:
        table = db.metadata.tables[name.split(".")[0]]
        column, key = table.c[name.split(".")[1]], list(table.primary_key.columns)
        found = db.session.execute(select(*key, column)).all()
        for row in found:
            where = [one == value for one, value in zip(key, row)]
            fresh = sinks.worded(row[-1], lines, name, marks)
            db.session.execute(update(table).where(*where).values({column.name: fresh}))
    doors = scene.open_doors()
    cookies = {"alice": a_session(app, alice), "ada": a_session(app, admin)}
    opened, pages = scene.open_journal(app, alice, cookies["alice"], vectors)
    cookies["alice"] += opened
    helplines = scene.word_helplines(lines)
    paths = {"alice": [*paths["alice"], *doors, *pages, *scene.open_letters(alice), *helplines[:1]],
             "ada": [*paths["ada"], *helplines]}
    db.session.commit()
    scene.write_copy(app, alice, app.extensions["forum.config"].instance)
    print(json.dumps({"marks": marks, "cookies": cookies, "paths": paths}))
"""


def is_worded(table: str, column: object) -> bool:
    """Tell whether a column holds what people word themselves."""
    from sqlalchemy import Column, String

    assert isinstance(column, Column)
    if not isinstance(column.type, String) or column.primary_key or column.foreign_keys:
        return False
    name = f"{table}.{column.name}"
    return name in WORDED or not (name in CODED_COLUMNS or CODES.search(column.name))


def marked(words: str, name: str, limit: int, marks: dict[str, str]) -> str:
    """Return words with their column's mark at the end, by which a page tells that it shows them.

    No id and no form's token holds its letter: a mark of plain ones stood in one of them by chance, now and then.
    """
    mark = marks.setdefault(name, f"ŋ{len(marks)}ŋ")
    return words[: limit - len(mark)] + mark


def worded(value: Any, lines: Iterator[str], name: str, marks: dict[str, str]) -> Any:
    """Return a list or table with every leaf people word replaced by the next hostile line."""
    if isinstance(value, dict):
        return {key: part if key in CODED else worded(part, lines, name, marks) for key, part in value.items()}
    if isinstance(value, list):
        return [worded(part, lines, name, marks) for part in value]
    return marked(next(lines), name, 300, marks) if isinstance(value, str) else value


@dataclass(frozen=True)
class Filled:
    """What was filled: each column's mark, and the pages to open beside those one can click to, by whom."""

    marks: dict[str, str]
    paths: dict[str, list[str]]

    def unseen(self, pages: str) -> set[str]:
        """Return the columns none of these pages shows."""
        return {name for name, mark in self.marks.items() if mark not in pages}


def fill(server: Live, lists: str = "xss") -> Filled:
    """Seed the demo, fill its columns, sign two people in."""
    run = [sys.executable, "-m", "flask", "--app", "wsgi", "forum", "seed-demo"]
    subprocess.run(run, cwd=ROOT, env=server.env, capture_output=True, check=True)
    done = subprocess.run(
        [sys.executable, "-c", FILL, *[str(DATA / f"{name}.json") for name in lists.split()]],
        cwd=ROOT, env=server.env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout.splitlines()[-1])
    server.cookies |= found["cookies"]
    return Filled(found["marks"], found["paths"])


def crawl(server: Live, who: str, *starts: str, most: int = 300) -> dict[str, str]:
    """Follow links from some pages; return one address of each shape, e.g. {"/t/*": "/t/8f3…"}."""
    waiting, seen, shapes = [*starts], set[str](), dict[str, str]()
    while waiting and len(seen) < most:
        path = waiting.pop(0)
        shape = re.sub(
            r"/[a-z2-9]{26}|/(?=[a-z]*[0-9])[a-z2-9]{10,12}(?![a-z])|(?<=/help)/[a-z]{2}$|(?<=/messages)/\w+|/canary\d+|"
            r"(?<=/rules)/(?!own_|new)\w+|(?<=/helplines)/(?!new)[\w.-]+",
            "/*",
            path.split("?")[0].split("#")[0],
        )
        if path in seen or shape in shapes or path.startswith(("/exit", "/static", "/mod/logout")):
            continue
        seen.add(path)
        answer = server.ask("GET", path, who=who)
        assert answer.status < 500, (path, answer.status)  # the rows are made up, but no page may break on them
        if answer.status != 200 or "text/html" not in str(answer.get("Content-Type")):
            continue
        shapes[shape] = path
        waiting += re.findall(r'href="(/[^"#]*)', answer.text)
    return shapes
