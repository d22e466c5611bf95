"""The first row of the threat model: somebody else holds the phone. What do they find?"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext
from sqlalchemy import select

from forum.core.db import db
from forum.identity.models import LoginSession
from tests import factories
from tests.browser.harness import CHROMIUM, playwright_running
from tests.conftest import Browser
from tests.security.live import Live
from tests.security.test_headers import pages

SignIn = Callable[..., Browser]
TITLE = "Xylophonecanary"
WORDS = "quincecanary evening"
EXIT = "https://www.wikipedia.org/"


@pytest.fixture
def phone(tmp_path: Path, server: Live) -> Iterator[tuple[BrowserContext, Path]]:
    """A browser that keeps a profile on disk, as a phone does, signed in as alice."""
    folder = tmp_path / "profile"
    with playwright_running() as playwright:
        context = playwright.chromium.launch_persistent_context(
            folder, executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        name, value = server.cookies["ned"].split("=", 1)
        context.add_cookies([{"name": name, "value": value, "url": server.origin}])
        context.route(EXIT + "**", lambda route: route.fulfill(status=200, body="<title>Plain</title>A dull page"))
        yield context, folder


def write(context: BrowserContext, server: Live) -> str:
    page = context.pages[0]
    page.goto(f"{server.origin}/r/{server.room}/new")
    page.fill("input[name=title]", TITLE)
    page.fill("textarea[name=body]", WORDS)
    page.get_by_role("button", name="Post", exact=True).click()
    page.wait_for_selector("[data-post]")
    assert WORDS in page.content()
    return page.url


@pytest.mark.browser
@pytest.mark.slow
def test_ex_partner_after_quick_exit_and_signing_out_nothing_is_left(
    phone: tuple[BrowserContext, Path], server: Live
) -> None:
    context, folder = phone
    address = write(context, server)
    page = context.pages[0]
    assert TITLE.lower() not in page.url.lower()  # nothing telling in the history
    kept = page.evaluate(
        "async () => [localStorage.length, sessionStorage.length, (await indexedDB.databases()).length, "
        "(await caches.keys()).length, (await navigator.serviceWorker.getRegistrations()).length]"
    )
    assert kept == [0, 0, 0, 0, 0]
    page.get_by_role("link", name="Quick exit").first.click()
    page.wait_for_url(EXIT + "**")
    page.go_back(wait_until="load")
    assert WORDS not in page.content()
    page.goto(address)
    assert "My space" not in page.content()  # asleep: the browser looks like a stranger's
    context.close()
    found = [path.name for path in folder.rglob("*") if path.is_file() and holds(path, WORDS, TITLE)]
    assert found == []


def holds(path: Path, *words: str) -> bool:
    heap = path.read_bytes()
    return any(word.encode() in heap or word.encode("utf-16-le") in heap for word in words)


def test_ex_partner_no_page_may_be_kept_by_a_browser(app: Flask, browser: Browser) -> None:
    for path in pages(app):
        if not path.startswith("/static/"):
            assert browser.get(path).headers["Cache-Control"] == "no-store", path


def test_ex_partner_no_address_says_what_it_is_about(app: Flask, browser: Browser) -> None:
    """Every link on every page a visitor meets: no word of a title, a room or a handle."""
    author = factories.make_member("Marble Finch 71")
    thread = factories.make_thread(author, "Relapsed on heroin again", "Words.")
    telling = {"relapsed", "heroin", "marble", "finch", "alcohol", "opioid", "gambling", "cannabis", "newcomers"}
    for path in ("/", "/rooms", f"/r/{factories.a_room().public_id}", f"/t/{thread.public_id}"):
        text = browser.get(path).text
        for link in re.findall(r'(?:href|action)="([^"]+)"', text):
            parts = set(re.split(r"[^a-z]+", link.lower()))
            assert not parts & telling, (path, link)


def test_ex_partner_titles_are_neutral_until_somebody_asks_for_more(app: Flask, browser: Browser) -> None:
    thread = factories.make_thread(factories.make_member(), "Relapsed on heroin again", "Words.")
    title = re.search(r"<title>(.*?)</title>", browser.get(f"/t/{thread.public_id}").text, re.S)
    assert title
    assert "heroin" not in title[1].lower()


def test_ex_partner_scripts_write_nothing_to_the_device() -> None:
    from tests.browser.server import ROOT

    for path in (ROOT / "forum" / "static" / "js").glob("*.js"):
        if path.name == "queue.js":  # the desk's alone: whether it rings, until its tab is closed
            continue
        text = path.read_text()
        for word in ("localStorage", "sessionStorage", "indexedDB", "document.cookie", "caches.open"):
            assert word not in text, (path.name, word)
        # Only where somebody turned waking on for their own phone (docs/decisions/0029; the next tests hold it down).
        assert ("serviceWorker" in text) is (path.name == "wake.js"), path.name


def test_ex_partner_no_page_brings_the_script_that_wakes_a_phone_unasked(app: Flask, sign_in_as: SignIn) -> None:
    """Without the operator's keys nowhere; with them on the page of news alone, and for a phone of one's own."""
    from forum.notifications import waking

    instance = app.extensions["forum.config"].instance
    me = sign_in_as(factories.make_member())
    pages = ("/notifications", "/me", "/rooms", "/", "/me/journey", "/search", "/meetings")
    assert [path for path in pages if "wake.js" in me.get(path).text] == []
    waking.make_keys(instance, "mailto:team@forum.example")
    try:
        assert [path for path in pages if "wake.js" in me.get(path).text] == ["/notifications"]
        session = db.session.scalars(select(LoginSession)).one()
        session.device = "shared"
        assert "Wake me here" not in me.get("/notifications").text
        assert "wake.js" not in me.get("/notifications").text
    finally:
        (instance / waking.FILE).unlink()


def test_ex_partner_quick_exit_takes_everything_the_browser_keeps_of_us(app: Flask, browser: Browser) -> None:
    assert browser.get("/exit").headers["Clear-Site-Data"] == '"cache", "storage"'


def test_ex_partner_the_words_are_shown_once(app: Flask, browser: Browser) -> None:
    page = browser.get("/join").text
    handle = re.search(r'name="handle" value="([^"]+)"', page)
    assert handle
    first = browser.post("/join", {"handle": handle[1], "device": "shared", "adult": "yes"})
    words = re.search(r'<output id="recovery-phrase"[^>]*>(.*?)</output>', first.text, re.S)
    assert words
    phrase = re.sub(r"<[^>]+>", "", words[1]).strip()
    for path in ("/me", "/me/settings", "/rooms", "/me/sessions"):
        assert phrase not in browser.get(path).text


def test_ex_partner_forms_are_not_written_down_unless_the_phone_is_ones_own(app: Flask, browser: Browser) -> None:
    """Chromium keeps what was typed in its session files; a form that says so is left out."""
    forms = re.findall(r"<form[^>]*>", browser.get("/join").text)
    assert forms
    assert all('autocomplete="off"' in form for form in forms)
    handle = re.search(r'name="handle" value="([^"]+)"', browser.get("/join").text)
    assert handle
    for device, kept in (("own", True), ("shared", False)):
        fresh = Browser(app)
        page = fresh.get("/join").text
        name = re.search(r'name="handle" value="([^"]+)"', page)
        assert name
        fresh.post("/join", {"handle": name[1], "device": device, "adult": "yes"})
        own = re.findall(r"<form[^>]*>", fresh.get("/me").text)
        assert own
        assert all(('autocomplete="off"' not in form) is kept for form in own)
