"""Every place that shows somebody's text, in Chromium, with markup that runs where it is not escaped: nothing runs."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.harness import chromium
from tests.browser.server import ROOT
from tests.security.live import Live
from tests.security.sinks_walk import watched

pytestmark = pytest.mark.browser
DATA = ROOT / "tests" / "data" / "security"
FILL = """
import json, sys
from forum import create_app
from forum.core.clock import utcnow
from forum.core.db import db
from forum.identity.models import Member
from tests import factories
factories._numbers = __import__("itertools").count(10_000)  # the numbers below are taken by the first process
lines = [line for name in sys.argv[1:] for line in json.loads(open(name).read())]
app = create_app()
with app.app_context():
    alice = db.session.query(Member).filter_by(handle="Quiet Wren 11").one()
    for start in range(0, len(lines), 40):
        thread = factories.make_thread(alice, lines[start][:120] or "x", lines[start][:7000] or "x")
        for line in lines[start : start + 40]:
            factories.make_post(thread, alice, line[:7000] or "x", content_note=line[:80])
        db.session.commit()
        print(thread.public_id)
    held = factories.make_post(thread, alice, lines[0], visibility="held")
    held.explanation = lines[0]
    from forum.moderation.models import Case
    now = utcnow()
    for number, line in enumerate(lines[:20]):
        post = factories.make_post(thread, alice, line, visibility="held")
        db.session.add(Case(target_type="post", target_id=post.id, lane=number % 5, lane_reason="x", state="open",
            author_id=alice.id, thread_id=thread.id, opened_at=now, queued_at=now, effective_at=now, due_first_at=now,
            due_resolve_at=now, held=True))
    db.session.commit()
"""


@pytest.fixture(scope="module")
def engine() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def filled(server: Live) -> tuple[Live, list[str]]:
    """Fill the server's threads with every line of both lists, as title, text and note."""
    names = [str(DATA / f"{name}.json") for name in ("xss", "naughty", "blns")]
    done = subprocess.run(
        [sys.executable, "-c", FILL, *names], cwd=ROOT, env=server.env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-1500:]
    return server, done.stdout.split()


def test_no_text_of_a_member_runs_on_any_page_of_members(engine: Browser, filled: tuple[Live, list[str]]) -> None:
    server, threads = filled
    page, found = watched(engine, server, "alice")
    for path in [*[f"/t/{one}" for one in threads], "/rooms", f"/r/{server.room}", "/me", f"/r/{server.room}/new"]:
        page.goto(server.origin + path)
        page.wait_for_timeout(60)
        assert found == [], path
        assert (
            page.evaluate("document.querySelectorAll('img:not([src^=\"/\"]), iframe, object, embed, base').length") == 0
        )
    page.context.close()


def test_no_text_of_a_member_runs_on_the_desk(engine: Browser, filled: tuple[Live, list[str]]) -> None:
    server, _ = filled
    page, found = watched(engine, server, "mo")
    page.goto(server.origin + "/mod/")
    links = page.eval_on_selector_all("a[href*='/mod/cases/']", "all => all.map(a => a.getAttribute('href'))")
    assert links
    for path in ["/mod/", *dict.fromkeys(links)][:12]:
        page.goto(server.origin + path)
        page.wait_for_timeout(40)
        assert found == [], path
    page.context.close()


def test_no_text_that_arrives_live_runs(engine: Browser, filled: tuple[Live, list[str]]) -> None:
    server, threads = filled
    page, found = watched(engine, server, "bob")
    page.goto(f"{server.origin}/t/{server.thread}")
    page.locator("[data-live]").wait_for(state="visible", timeout=15_000)
    vectors = json.loads((DATA / "xss.json").read_text())
    for number, body in enumerate((vectors[5] + "\n\n" + vectors[8], "\n\n".join(vectors[60:]))):
        form = {"body": body, "client_id": f"live-{number}", "content_note": vectors[3][:80]}
        assert server.send(f"/t/{server.thread}/posts", form, who="alice").status == 303
    page.wait_for_timeout(1500)
    assert found == []
    assert threads
    page.context.close()


def test_what_is_typed_and_refused_comes_back_as_text(engine: Browser, filled: tuple[Live, list[str]]) -> None:
    server, _ = filled
    page, found = watched(engine, server, "bob")
    page.goto(f"{server.origin}/r/{server.room}/new")
    vector = '"><img src=x onerror=alert(1)></textarea><script>alert(1)</script>'
    page.fill("input[name=title]", vector)
    page.fill("textarea[name=body]", vector)
    page.evaluate("document.querySelector('form [name=client_id]').value = ''")
    page.evaluate("document.querySelector('form:has([name=client_id])').submit()")
    page.wait_for_load_state()
    assert page.input_value("textarea[name=body]") == vector
    assert found == []
    page.context.close()


def test_the_sentence_of_an_error_page_holds_nothing_of_the_address(server: Live) -> None:
    for path in ("/%3Cscript%3Ealert(1)%3C/script%3E", "/t/%3Cimg%20src=x%20onerror=alert(1)%3E", "/help/%3Cscript%3E"):
        assert "<script>alert" not in server.ask("GET", path).text
        assert "<img src=x" not in server.ask("GET", path).text


def test_the_lists_are_as_long_as_they_say(tmp_path: Path) -> None:
    assert len(json.loads((DATA / "xss.json").read_text())) >= 70
    assert len(json.loads((DATA / "naughty.json").read_text())) >= 80
    assert len(json.loads((DATA / "blns.json").read_text())) >= 130
