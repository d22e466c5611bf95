"""Put hostile words into every text column of a running instance, and say which pages would show them."""

from __future__ import annotations

import json
import re
import subprocess
import sys

from tests.browser.server import ROOT
from tests.security.live import Live

DATA = ROOT / "tests" / "data" / "security"
CODES = re.compile(
    r"(^|_)(id|key|kind|state|status|action|code|ref|hash|token|type|role|rule|lane|country|zone|rhythm|scheme|device|"
    r"version|mode|effect|way|link|url|visibility|severity|scenario|verdict|module|language|verifier|pathway|topic|"
    r"audience|calling|talk|subject|fingerprint|outcome|purpose|daily|day|from|time|group|attached|category|detector|"
    r"source|endpoint|auth|p256dh|person|value|field|pseudonym|notes|about|strength|before|after|name_key|html|client|"
    r"history|format)(_|$)"
)
"""Names of columns nobody words: a value outside their list would only make pages fail."""
WORDED = {"config_change.before", "config_change.after", "journey_goal.strength", "case_signal.text"}
FILL = """
import itertools, json, re, sys
from sqlalchemy import String, select, text, update
from forum import create_app
from forum.core.db import db
from forum.discussions.rendering import render_body
from forum.identity.models import Member, Staff
from tests.home import rows
from tests.security import sinks
from tests.security.live import a_session
vectors = json.loads(open(sys.argv[1]).read())
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
    changed = []
    db.session.execute(text("PRAGMA ignore_check_constraints=ON"))
    for table in db.metadata.sorted_tables:
        columns = [c for c in table.columns if sinks.is_worded(table.name, c)]
        if not columns or table.name == "mod_event":
            continue
        key = list(table.primary_key.columns)
        for row in db.session.execute(select(*key)).all():
            values = {}
            for column in columns:
                words = next(lines)
                keys = [c.name for i in table.indexes if i.unique for c in i.columns]
                unique = column.unique or column.name in keys
                words = f"{row[0]}{words}" if unique else words
                values[column.name] = words[: column.type.length or 7000]
            if table.name == "post":
                values["body_html"] = str(render_body(values["body"]))
            where = [column == value for column, value in zip(key, row)]
            db.session.execute(update(table).where(*where).values(**values))
        changed += [f"{table.name}.{column.name}" for column in columns]
    admin = db.session.query(Staff).filter_by(role="admin").first()
    admin.role = "admin"
    cookies = {"alice": a_session(app, alice), "ada": a_session(app, admin)}
    db.session.commit()
    print(json.dumps({"columns": changed, "cookies": cookies}))
"""


def is_worded(table: str, column: object) -> bool:
    """Tell whether a column holds what people word themselves."""
    from sqlalchemy import Column, String

    assert isinstance(column, Column)
    if not isinstance(column.type, String) or column.primary_key or column.foreign_keys:
        return False
    return f"{table}.{column.name}" in WORDED or not CODES.search(column.name)


def fill(server: Live) -> list[str]:
    """Seed the demo, fill its columns, sign two people in; return the columns that were filled."""
    run = [sys.executable, "-m", "flask", "--app", "wsgi", "forum", "seed-demo"]
    subprocess.run(run, cwd=ROOT, env=server.env, capture_output=True, check=True)
    done = subprocess.run(
        [sys.executable, "-c", FILL, str(DATA / "xss.json")],
        cwd=ROOT, env=server.env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout.splitlines()[-1])
    server.cookies |= found["cookies"]
    columns: list[str] = found["columns"]
    return columns


def crawl(server: Live, who: str, *starts: str, most: int = 160) -> dict[str, str]:
    """Follow links from some pages; return one address of each shape, e.g. {"/t/*": "/t/8f3…"}."""
    waiting, seen, shapes = [*starts], set[str](), dict[str, str]()
    while waiting and len(seen) < most:
        path = waiting.pop(0)
        shape = re.sub(
            r"/[a-z2-9]{26}|/(?=[a-z]*[0-9])[a-z2-9]{10}(?![a-z])|(?<=/help)/[a-z]{2}$|(?<=/messages)/\w+",
            "/*",
            path.split("?")[0].split("#")[0],
        )
        if path in seen or shape in shapes or path.startswith(("/exit", "/static", "/mod/logout")):
            continue
        seen.add(path)
        answer = server.ask("GET", path, who=who)
        if answer.status != 200 or "text/html" not in str(answer.get("Content-Type")):
            continue
        shapes[shape] = path
        waiting += re.findall(r'href="(/[^"#]*)', answer.text)
    return shapes
