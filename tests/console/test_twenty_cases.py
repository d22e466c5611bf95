"""Twenty cases, one after the other, by keyboard alone: the mouse is never touched."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visitor
from tests.browser.server import ROOT, Server
from tests.console.test_desk_browser import come_in

pytestmark = pytest.mark.browser
Open = Callable[..., Visitor]
SLOW_MS = 20_000

SEED = """
from forum import create_app
from forum.core import events
from forum.core.clock import utcnow
from forum.discussions import judging
from forum.moderation import intake
from forum.moderation.verdict import Finding, Verdict
from tests.factories import a_room, make_member, make_post, make_thread
app = create_app()
with app.app_context():
    room = a_room("screens")
    thread = make_thread(make_member(), "A long evening", room=room)
    rude = Finding("toxicity", "insult", score=0.9, threshold=0.6, explanation="It reads as unkind.", version="m1")
    for number in range(20):
        post = make_post(thread, make_member(), f"desk line number {number}, nothing more", visibility="live")
        intake.record_verdict(judging.target_of(post), Verdict("live", 0, "T3", (rude,)), now=utcnow())
    events.commit()
    print(room.public_id)
"""


def seed(server: Server) -> str:
    """Put twenty cases about twenty members' words into a room no other test writes in; return the room's id."""
    made = subprocess.run(
        [sys.executable, "-c", SEED], cwd=ROOT, env=server.env, check=True, capture_output=True, text=True
    )
    return made.stdout.split()[-1]


def opened(page: Page) -> str:
    """Wait until the case of the current line is open beside the list; return its words."""
    line = page.locator("[data-case][aria-current]")
    words = line.locator("a").inner_text()
    expect(page.locator("[data-detail] .says")).to_have_text(words, timeout=SLOW_MS)
    return words


def done(page: Page, said: str, left: int) -> None:
    expect(page.locator("[data-toast-text]")).to_have_text(said, timeout=SLOW_MS)
    expect(page.locator("[data-case]:not(.done)", has_text="desk line")).to_have_count(left, timeout=SLOW_MS)


@pytest.mark.timeout(300)
def test_twenty_cases_by_keyboard_alone(visitor: Open, forum: Server) -> None:
    ash = visitor(viewport={"width": 1280, "height": 900})
    room = seed(forum)
    page = come_in(ash, forum, "Ash Twenty")
    page = ash.go(f"/mod/?tab=read&lane=3&room={room}")
    lines = page.locator("[data-case]", has_text="desk line")
    expect(lines).to_have_count(20)
    page.keyboard.press("j")
    expect(page.locator("[data-case][aria-current]")).to_contain_text("desk line")
    seen = set()
    for number in range(20):
        seen.add(opened(page))
        left = 19 - number
        what = ("a", "n", "r", "s")[number % 4]
        page.keyboard.press(what)
        if what == "a":
            done(page, "Left up.", left)
        elif what == "n":
            expect(page.locator("#n-note")).to_be_focused()
            page.keyboard.type("a hard evening")
            page.keyboard.press("Enter")
            done(page, "Left up with a content note.", left)
        elif what == "r":
            expect(page.locator("[data-takedown][open]")).to_be_visible()
            page.keyboard.press("8")
            page.keyboard.press("Enter")
            done(page, "Taken down.", left)
        else:
            page.locator("#s-personal").wait_for(state="visible")
            for _step in range(12):
                if page.evaluate("document.activeElement.id") == "s-personal":
                    break
                page.keyboard.press("Tab")
            expect(page.locator("#s-personal")).to_be_focused()
            page.keyboard.type("I read every word, and I am here until six.")
            for _step in range(6):
                page.keyboard.press("Tab")
                if page.evaluate("document.activeElement.innerText")[:4] == "Send":
                    break
            page.keyboard.press("Enter")
            done(page, "Support message sent.", left)
    assert len(seen) == 20
    page.keyboard.press("u")
    expect(page.locator("[data-toast-text]")).not_to_have_text("Taken back. The case is open again.")
    assert ash.complaints == []
