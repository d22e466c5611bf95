"""Open every page one can click to, with hostile words in every column, and note whatever runs."""

from __future__ import annotations

import json
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.security import sinks
from tests.security.live import Live, live
from tests.security.sinks import DATA

OWN = "notifications me/boundaries me/letters me/journey me/posts me/settings me/sessions notifications/kept stories"
ALICE = """
    m/* s/* t/* t/*/read r/* stories meetings me/kept me/letters me/letters/* me/boundaries me/posts me/journey/aims
    me/journey/aims/* me/journey/days me/journey/check-ins me/journey/times notifications me/roles/greeter
"""
ADA = (
    "mod/ mod/appeals mod/again mod/training mod/training/practice mod/duty mod/rooms mod/rules mod/messages mod/audit"
)
ADA_SEES = """
    mod/ mod/appeals mod/audit mod/bulk mod/cases/* mod/cases/*/explain mod/duty mod/members/* mod/messages/*
    mod/meetings mod/meetings/* mod/meetings/series/* mod/rooms mod/rooms/* mod/rules mod/rules/* mod/staff mod/settings
    mod/training mod/training/modules/bodies mod/training/practice mod/again
"""


def watched(engine: Browser, server: Live, who: str) -> tuple[Page, list[str]]:
    """Open a page that notes every sign of a script that ran or was stopped, and every request that left us."""
    context, found = engine.new_context(), list[str]()
    for name, value in (cookie.split("=", 1) for cookie in server.cookies[who].split("; ")):
        context.add_cookies([{"name": name, "value": value, "url": server.origin}])
    page = context.new_page()
    page.on("dialog", lambda dialog: (found.append(f"dialog {dialog.message}"), dialog.dismiss()))
    page.on("pageerror", lambda error: found.append(f"error {error}"))
    page.on("console", lambda line: found.append(line.text) if "Content Security Policy" in line.text else None)
    page.on("request", lambda one: found.append(one.url) if not one.url.startswith(server.origin) else None)
    return page, found


def nothing_runs(engine: Browser, folder: Path, lists: str) -> None:
    """Every column people word is filled; every page one can click to is opened, by shape, as member and as admin."""
    with live(folder) as server:
        filled = sinks.fill(server, lists)
        own = ("/rooms", f"/t/{server.thread}", f"/t/{server.thread}/read", *[f"/{name}" for name in OWN.split()])
        seen, wrong = _copy(engine, server), list[object]()
        for who, starts, wanted in (
            ("alice", own, ALICE),
            ("ada", tuple(f"/{name}" for name in ADA.split()), ADA_SEES),
        ):
            shapes = sinks.crawl(server, who, *starts)
            assert {f"/{name}" for name in wanted.split()} <= {*shapes}, sorted(shapes)
            page, found = watched(engine, server, who)
            for path in [*shapes.values(), *filled.paths[who]]:
                answer = page.goto(server.origin + path)
                assert answer is not None, path
                wrong += [(who, path, answer.status, *found)] if found or answer.status != 200 else []
                found.clear()
                seen += page.content()
            assert len(shapes) > 30, shapes
            page.context.close()
        assert wrong == []
        lines = json.loads((DATA / f"{lists.split()[0]}.json").read_text())
        _searched(engine, server, lines[3][:80])
        room = next(path for path in filled.paths["alice"] if path.startswith("/s/"))
        _said_live(engine, server, room, [lines[5][:300], lines[8][:300]])
        unseen = filled.unseen(seen)
        assert unseen == {*sinks.NOWHERE}, unseen ^ {*sinks.NOWHERE}


def _copy(engine: Browser, server: Live) -> str:
    """Open the page of a member's copy from the disk, as its owner does, where no policy of ours travels along."""
    page, found = watched(engine, server, "alice")
    page.goto((server.instance / "read-me.html").as_uri())
    assert [one for one in found if not one.startswith("file:")] == []
    words = page.content()
    page.context.close()
    return words


def _searched(engine: Browser, server: Live, words: str) -> None:
    """Look for something whose hits are hostile, in words that are hostile themselves."""
    page, found = watched(engine, server, "alice")
    for asked in ("script", "alert", words):
        page.goto(f"{server.origin}/search")
        page.fill("input[name=q]", asked)
        page.press("input[name=q]", "Enter")
        page.wait_for_load_state()
        assert page.input_value("input[name=q]") == asked
        assert found == [], asked
    page.context.close()


def _said_live(engine: Browser, server: Live, room: str, lines: list[str]) -> None:
    """Say something in a meeting while its room and its desk are open; both show it as it arrives."""
    pages = [watched(engine, server, "alice"), watched(engine, server, "ada")]
    for (page, _found), path in zip(pages, (room, f"/mod/meetings/{room.split('/')[2]}"), strict=True):
        page.goto(server.origin + path)
        page.wait_for_function("document.querySelector('[data-live], [data-conn-text]') !== null")
    page.wait_for_timeout(1000)
    for number, line in enumerate(lines):
        sent = server.send(f"{room}/say", {"body": f"{line} tea{number}", "client_id": f"s{number}"}, who="alice")
        assert sent.status == 303, sent.text[-500:]
    for page, found in pages:
        # At once, as a rule; a line that came while the page was joining is asked for within the minute.
        page.get_by_text("tea0").first.wait_for(state="attached", timeout=70_000)
        page.wait_for_timeout(300)
        assert found == []
        page.context.close()
