"""A room on the real server: two members and a host in real browsers, and a server that is killed in mid-share."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from bench import _rooms
from tests.browser.harness import chromium, complaints, sideways_scroll

pytestmark = [pytest.mark.browser, pytest.mark.alone]
PEOPLE = 6  # each test seats people of its own: they share one room on one server
COUNT_BELLS = """() => {
    const real = AudioContext;
    window.rung = 0;
    window.AudioContext = class extends real { constructor() { super(); window.rung += 1; } };
}"""
expect.set_options(timeout=15_000)  # browsers, server and other tests share few cores


class Place:
    """An instance that can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, _rooms.free_port()
        self.origin = f"http://127.0.0.1:{self.port}"
        self.made = _rooms.prepare(folder, self.port, PEOPLE)
        self.process = _rooms.start(folder, self.port)

    def kill(self) -> None:
        _rooms.kill(self.process)

    def start(self) -> None:
        self.process = _rooms.start(self.folder, self.port)

    @property
    def room(self) -> str:
        return f"{self.origin}/s/{self.made['session']}"

    @property
    def desk(self) -> str:
        return f"{self.origin}/mod/meetings/{self.made['session']}"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    made = Place(tmp_path_factory.mktemp("place"))
    yield made
    made.kill()


@pytest.fixture(scope="module")
def engine() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture
def browser(engine: Browser) -> Iterator[Browser]:
    """The browser, which everybody leaves when the test ends."""
    yield engine
    for context in engine.contexts:
        context.close()


def enter(browser: Browser, place: Place, cookie: dict[str, str], **options: Any) -> BrowserContext:
    context = browser.new_context(viewport={"width": 390, "height": 844}, **options)
    context.add_cookies([{**cookie, "domain": "127.0.0.1", "path": "/"}])
    return context


def sit(browser: Browser, place: Place, number: int, **options: Any) -> Page:
    page = enter(browser, place, place.made["members"][number], **options).new_page()
    page.goto(place.room)
    page.get_by_role("button", name="Take a seat").click()
    page.wait_for_selector("[data-meeting]")
    return page


def hold(browser: Browser, place: Place) -> Page:
    page = enter(browser, place, place.made["staff"][0]).new_page()
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(place.desk)
    return page


def test_two_members_and_a_host(browser: Browser, place: Place) -> None:
    host, ann, bob = hold(browser, place), sit(browser, place, 0), sit(browser, place, 1)
    found = [complaints(page) for page in (host, ann, bob)]
    expect(bob.locator("[data-here]")).to_have_text("2 here", timeout=8000)
    ann.get_by_role("button", name="Raise hand").click()
    expect(ann.get_by_role("button", name="Put hand down")).to_be_visible()
    expect(bob.locator("[data-queue]")).to_contain_text("Quiet Wren 1")
    bob.locator("#f-body").fill("!")
    bob.get_by_role("button", name="Send").click()
    expect(bob.locator("[data-queue] .you")).to_be_visible()
    expect(host.locator("[data-queue] li")).to_have_count(2)
    ann.evaluate(COUNT_BELLS)
    ann.get_by_label("A soft bell when it’s my turn and when my time is nearly over").check()
    assert ann.evaluate("window.rung") == 1  # one hears what it will be like
    host.get_by_role("button", name="Call Quiet Wren 1").click()
    expect(ann.get_by_role("button", name="I’m done")).to_be_visible()
    assert ann.evaluate("window.rung") == 2
    expect(ann.locator("[data-speak-slot] [data-composer]")).to_be_visible()
    leave = ann.get_by_role("button", name="Leave").bounding_box()
    assert leave is not None
    assert leave["x"] + leave["width"] <= 390  # the bar holds all four buttons on a phone
    expect(bob.locator("#spk")).to_have_text("Quiet Wren 1")
    expect(bob.locator("[data-composer]")).to_be_hidden()
    ann.locator("#f-body").fill("I sat in the car for an hour.")
    ann.get_by_role("button", name="Send").click()
    for page in (ann, bob, host):
        expect(page.locator("[data-lines]")).to_contain_text("I sat in the car for an hour.")
    bob.get_by_role("button", name="Been there").click()
    expect(bob.get_by_role("button", name="Been there")).to_have_attribute("aria-pressed", "true")
    expect(bob.locator('[data-nods] [value="been"] [data-n]')).to_have_text("1")
    ann.get_by_role("button", name="I’m done").click()
    expect(bob.locator("#spk")).not_to_have_text("Quiet Wren 1")
    expect(bob.locator("[data-chat]")).to_contain_text("I sat in the car for an hour.")
    expect(bob.locator("[data-composer]")).to_be_visible()
    host.get_by_role("button", name="Pause the room").click()
    expect(ann.locator("#spk")).to_have_text("The room is paused")
    expect(ann.locator("[data-stage]")).to_contain_text("Helplines")
    host.get_by_role("button", name="Go on").click()
    expect(ann.locator("#spk")).not_to_have_text("The room is paused")
    ann.get_by_role("button", name="Leave").click()
    ann.wait_for_url("**/left")
    assert [line for lines in found for line in lines] == []


def test_without_javascript_a_whole_share(browser: Browser, place: Place) -> None:
    host = hold(browser, place)
    page = sit(browser, place, 2, java_script_enabled=False)
    expect(page.get_by_text("this page refreshes every 15 seconds")).to_be_visible()
    page.get_by_role("button", name="Raise hand").click()
    expect(host.locator("[data-queue]")).to_contain_text("Quiet Wren 3")
    host.get_by_role("button", name="Call Quiet Wren 3").click()
    expect(host.locator("#spk")).to_have_text("Quiet Wren 3")
    page.goto(place.room)
    page.locator("#f-body").fill("By hand, so to say.")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("[data-lines]")).to_contain_text("By hand, so to say.")
    expect(host.locator("[data-lines]")).to_contain_text("By hand, so to say.")
    page.get_by_role("button", name="I’m done").click()
    page.get_by_role("button", name="Leave").click()
    assert page.url.endswith("/left")


def test_nothing_scrolls_sideways(browser: Browser, place: Place) -> None:
    page = sit(browser, place, 3)
    for path in (f"/s/{place.made['session']}", "/meetings", "/meetings?view=week"):
        page.goto(place.origin + path)
        for width in (320, 390, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            assert sideways_scroll(page) <= 0, (path, width)


def test_a_server_killed_in_mid_share_loses_nothing_and_resumes_the_speaker(browser: Browser, place: Place) -> None:
    host, ann, bob = hold(browser, place), sit(browser, place, 4), sit(browser, place, 5)
    ann.get_by_role("button", name="Raise hand").click()
    host.get_by_role("button", name="Call Quiet Wren 5").click()
    expect(ann.get_by_role("button", name="I’m done")).to_be_visible()
    for number in range(3):
        ann.locator("#f-body").fill(f"Line {number}.")
        ann.get_by_role("button", name="Send").click()
        expect(ann.locator("[data-lines]")).to_contain_text(f"Line {number}.")
    place.kill()
    ann.locator("#f-body").fill("Written while nobody was there.")
    ann.get_by_role("button", name="Send").click()
    place.start()
    begun = time.monotonic()
    fresh = enter(browser, place, place.made["members"][5]).new_page()
    fresh.goto(place.room)
    expect(fresh.locator("#spk")).to_have_text("Quiet Wren 5", timeout=5000)
    assert time.monotonic() - begun < 5
    for number in range(3):
        expect(fresh.locator("[data-lines]")).to_contain_text(f"Line {number}.")
    # Those who were there come back by themselves, with what was typed in between.
    expect(bob.locator("[data-lines]")).to_contain_text("Written while nobody was there.", timeout=40000)
    expect(bob.locator("#spk")).to_have_text("Quiet Wren 5")
    assert bob.locator("[data-lines] li").count() == 4
