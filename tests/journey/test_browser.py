"""A member's own place in a real browser: all of it without scripts, the wave's ring a little smoother with them."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext

from forum.core.clock import utcnow
from forum.core.db import db
from forum.identity.sessions import start_session
from tests.browser.harness import chromium, complaints, serving, sideways_scroll
from tests.conftest import _no_limits
from tests.journey.people import TROUBLE, join
from tests.security.live import another_app

pytestmark = pytest.mark.browser
PHONE = {"width": 390, "height": 844}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@pytest.fixture(scope="module")
def port() -> int:
    """A port of one's own: the origin a form comes from must be the one the forum knows."""
    return free_port()


@pytest.fixture(scope="module")
def place(port: int) -> Iterator[Flask]:
    """An application with its forms' tokens checked."""
    with another_app(flask={"TESTING": True, "LIMIT_RULES": _no_limits()}, PORT=str(port)) as made:
        yield made


@pytest.fixture(scope="module")
def base(place: Flask, port: int) -> Iterator[str]:
    with serving(place, port) as address:
        yield address


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    with chromium() as found:
        yield found


def signed_in(place: Flask, chrome: Browser, base: str, *, scripts: bool) -> tuple[BrowserContext, str]:
    """Return a phone signed in as a new member, and their six words."""
    with place.app_context():
        member, words = join(place)
        token = start_session(member=member, device="own", now=utcnow())
        db.session.commit()
        interface = place.session_interface
        name, serializer = interface.cookie(place.extensions["forum.config"], False)  # type: ignore[attr-defined]
        value = serializer.dumps({"_user_id": token, "_fresh": True})
        db.session.remove()
    context = chrome.new_context(viewport=PHONE, java_script_enabled=scripts)
    context.add_cookies([{"name": name, "value": value, "url": base}])
    return context, words


def test_a_page_is_sealed_and_read_again_without_scripts(place: Flask, chrome: Browser, base: str) -> None:
    context, words = signed_in(place, chrome, base, scripts=False)
    page = context.new_page()
    page.goto(f"{base}/me/journey/pages")
    page.fill("#f-phrase", words)
    page.click("text=Make my pages")
    page.fill("#f-body", "The kettle, the window, the same song.")
    page.click("text=Keep this page")
    assert "The kettle, the window, the same song." in page.inner_text("main")
    (cookie,) = [c for c in context.cookies() if c["name"] == "fj"]
    assert (cookie["path"], cookie["httpOnly"], cookie["sameSite"], cookie["expires"]) == (
        "/me/journey", True, "Strict", -1,
    )  # fmt: skip
    page.click("text=Close them")
    page.goto(f"{base}/me/journey/pages")
    assert "The kettle" not in page.inner_text("main")
    context.close()


def test_checking_in_counting_and_marking_a_day_work_without_scripts(place: Flask, chrome: Browser, base: str) -> None:
    context, _ = signed_in(place, chrome, base, scripts=False)
    page = context.new_page()
    page.goto(f"{base}/me/journey")
    page.check("input[name='mood'][value='2']")
    page.select_option("#f-craving", "8")
    page.click("button:has-text('Check in')")
    assert "It goes up, and it comes down again." in page.inner_text("main")
    page.click("text=Count something")
    page.fill("#f-label", "wine")
    page.click("text=Start counting")
    page.click("text=I used today")
    page.click("text=Mark it")
    assert "Thank you for being straight with yourself." in page.inner_text("main")
    context.close()


def test_private_distress_brings_the_card_and_the_button_without_scripts(
    place: Flask, chrome: Browser, base: str
) -> None:
    context, _ = signed_in(place, chrome, base, scripts=False)
    page = context.new_page()
    page.goto(f"{base}/me/journey")
    page.fill("#f-line", TROUBLE)
    page.click("button:has-text('Check in')")
    assert page.locator("[data-card][data-level='3']").count() == 1
    page.click("text=Ask a moderator to write to me >> nth=0")
    assert "We've asked a moderator to write to you." in page.inner_text("body")
    context.close()


def test_the_ring_of_the_wave_fills_by_itself_and_nothing_complains(place: Flask, chrome: Browser, base: str) -> None:
    context, _ = signed_in(place, chrome, base, scripts=True)
    page = context.new_page()
    said = complaints(page)
    page.clock.install()
    page.goto(f"{base}/me/journey/wave")
    page.click("text=Start now")
    lit = page.locator("[data-wave] circle.on")
    before = lit.count()
    page.clock.fast_forward(12 * 60_000)
    assert before == 0
    assert lit.count() == 6
    assert page.inner_text("[data-wave-text]") == "12 minutes so far."
    assert said == []
    assert sideways_scroll(page) <= 0
    context.close()


def test_the_circle_can_be_stilled_without_scripts(place: Flask, chrome: Browser, base: str) -> None:
    context, _ = signed_in(place, chrome, base, scripts=False)
    page = context.new_page()
    page.goto(f"{base}/me/journey/breathe")
    assert page.locator(".breath .air").evaluate("e => getComputedStyle(e).animationName") == "breath"
    page.click("text=Keep the circle still")
    assert page.locator(".breath .air").evaluate("e => getComputedStyle(e).animationName") == "none"
    context.close()
