"""The main job in a real browser: join, post, be read, be helped."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest

from tests.browser.conftest import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.alone]
PILLS = "i have the pills lined up on the table. not scared anymore"
Open = Callable[..., Visitor]


def test_a_stranger_joins_posts_and_sees_an_answer_arrive(visitor: Open) -> None:
    started = time.monotonic()
    alice, bob = visitor(viewport={"width": 390, "height": 844}), visitor()
    words = alice.join()
    assert len(words.split()) == 6
    path = alice.start_thread("Day four. The house is quiet.")
    assert re.fullmatch(r"/t/[a-z0-9]+", path)
    alice.page.locator("[data-live]").wait_for(state="visible")
    bob.join()
    bob.go(path).locator("[data-live]").wait_for(state="visible")
    sent = time.monotonic()
    bob.reply("I hear you. Tea helps.")
    alice.page.get_by_text("I hear you. Tea helps.").wait_for(state="visible")
    assert time.monotonic() - sent < 5
    assert time.monotonic() - started < 60
    assert alice.complaints == []
    assert bob.complaints == []


def test_a_crisis_post_brings_the_card_with_ones_countrys_numbers(visitor: Open) -> None:
    bob = visitor()
    bob.join()
    bob.go("/help/gb")
    bob.page.select_option("select[name=country]", "GB")
    bob.page.get_by_role("button", name="Show numbers").first.click()
    path = bob.start_thread("An ordinary evening.")
    bob.go(path).locator("[data-live]").wait_for(state="visible")
    bob.reply(PILLS)
    card = bob.page.locator(".care[data-level='3']")
    card.wait_for(state="visible")
    assert card.locator("a[href^='tel:']").first.get_attribute("href") == "tel:999"
    assert bob.page.evaluate("document.activeElement.closest('.care') !== null")
    # The card goes at once; the server hears of it meanwhile, and only then does the page come without it.
    with bob.page.expect_response(lambda answer: answer.request.method == "POST") as heard:
        card.get_by_role("button", name=re.compile("hide this")).click()
    card.wait_for(state="detached")
    assert heard.value.status < 400
    bob.go(path)
    assert bob.page.locator(".care").count() == 0
    assert bob.complaints == []


def test_cruel_words_are_held_and_say_so_to_their_author_only(visitor: Open) -> None:
    alice, bob = visitor(), visitor()
    alice.join()
    path = alice.start_thread("First evening without.")
    alice.page.locator("[data-live]").wait_for(state="visible")
    bob.join()
    bob.go(path).locator("[data-live]").wait_for(state="visible")
    bob.reply(f"go die, nobody wants you here, {alice.handle}")
    notice = bob.page.locator("[data-held]")
    notice.wait_for(state="visible")
    assert "not up yet" in notice.inner_text()
    alice.page.wait_for_timeout(1000)
    assert "nobody wants you here" not in alice.page.content()
    alice.go(path)
    assert "nobody wants you here" not in alice.page.content()
    assert "nobody wants you here" in bob.go(path).content()


def test_everything_works_without_scripts(visitor: Open) -> None:
    alice = visitor(java_script_enabled=False)
    words = alice.join()
    path = alice.start_thread("No scripts here.", title="Plain")
    alice.reply("And an answer to myself.")
    alice.page.get_by_text("And an answer to myself.").wait_for()
    alice.reply(PILLS)
    assert alice.page.locator(".care[data-level='3'] a[href^='tel:']").count() > 0
    alice.go("/me").get_by_role("button", name="Sign out", exact=True).click()
    alice.go("/return").fill("input[name=phrase]", words)
    alice.page.get_by_role("button", name="Come back in").click()
    assert "Plain" in alice.go("/me").content()
    assert "And an answer to myself." in alice.go(path).content()


def test_unsent_words_survive_a_dead_server_and_are_sent_once(visitor: Open) -> None:
    alice = visitor()
    alice.join()
    path = alice.start_thread("About to lose the line.")
    alice.page.locator("[data-live]").wait_for(state="visible")
    alice.context.set_offline(True)
    alice.reply("Written while the line was gone.")
    alice.page.get_by_text("Not sent yet").wait_for(state="visible")
    assert alice.page.input_value("textarea[name=body]") == "Written while the line was gone."
    alice.context.set_offline(False)
    alice.page.locator("article", has_text="Written while the line was gone.").wait_for(state="visible", timeout=60_000)
    alice.go(path)
    assert alice.page.locator("article", has_text="Written while the line was gone.").count() == 1


def test_quick_exit_leaves_nothing_to_come_back_to(visitor: Open) -> None:
    alice = visitor()
    alice.join()
    alice.page.route("https://www.wikipedia.org/**", lambda route: route.fulfill(status=200, body="A dull page"))
    path = alice.start_thread("Somebody is at the door.")
    alice.page.get_by_role("link", name="Quick exit").first.click()
    alice.page.wait_for_url("https://www.wikipedia.org/**")
    alice.page.go_back(wait_until="load")
    assert "Somebody is at the door." not in alice.page.locator("[data-mine]").all_inner_texts()
    assert "My space" not in alice.go("/rooms").content()
    assert path
