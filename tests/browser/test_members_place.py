"""A member's own place in a real browser: distance that holds on open pages, news that arrives, pages that fit."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.conftest import Visitor
from tests.browser.harness import sideways_scroll

pytestmark = pytest.mark.browser
Open = Callable[..., Visitor]
PAGES = (
    "/me", "/me/boundaries", "/me/kept", "/me/export", "/me/delete", "/notifications", "/search?q=tea", "/resources",
)  # fmt: skip


def test_a_block_holds_on_pages_that_are_open(visitor: Open) -> None:
    alice, carol, bob = visitor(), visitor(), visitor()
    for one in (alice, carol, bob):
        one.join()
    path = bob.start_thread("A quiet place for three.")
    for one in (alice, carol):
        one.go(path).locator("[data-live]").wait_for(state="visible")
    carol.reply("Carol says hello.")
    post = alice.page.locator("[data-post]", has_text="Carol says hello.")
    post.wait_for(state="visible")
    post.locator(".menu summary").click()
    post.get_by_role("button", name=f"Block {carol.handle}").click()
    alice.page.get_by_text("Somebody you blocked wrote here.").wait_for(state="visible")
    assert alice.page.get_by_text("Carol says hello.").count() == 0
    alice.page.locator("[data-live]").wait_for(state="visible")
    carol.reply("Carol says more.")
    carol.page.get_by_text("Carol says more.").wait_for(state="visible")
    bob.go(path).locator("[data-live]").wait_for(state="visible")
    bob.reply("Bob is here.")
    alice.page.get_by_text("Bob is here.").wait_for(state="visible")
    carol.page.get_by_text("Bob is here.").wait_for(state="visible")
    assert alice.page.get_by_text("Carol says more.").count() == 0
    alice.reply("Alice answers Bob.")
    bob.page.get_by_text("Alice answers Bob.").wait_for(state="visible")
    bob.reply("Good night, all.")
    carol.page.get_by_text("Good night, all.").wait_for(state="visible")
    assert carol.page.get_by_text("Alice answers Bob.").count() == 0
    assert carol.page.get_by_text("Somebody you blocked").count() == 0
    assert [one.complaints for one in (alice, bob, carol)] == [[], [], []]


def test_the_number_in_the_menu_grows_while_one_reads(visitor: Open) -> None:
    alice, bob = visitor(), visitor()
    alice.join()
    mine = alice.start_thread("Will anybody answer?")
    other = alice.start_thread("I read here meanwhile.")
    alice.go(other).locator("[data-live]").wait_for(state="visible")
    bob.join()
    bob.go(mine)
    bob.reply("Somebody will, I think.")
    badge = alice.page.locator("[data-news] [data-n]")
    badge.get_by_text("1").wait_for(state="visible")
    alice.go("/notifications").get_by_role("link", name="A reply in your thread").click()
    alice.page.get_by_text("Somebody will, I think.", exact=True).wait_for(state="visible")
    assert alice.go("/rooms").locator("[data-news]").is_hidden()
    assert alice.complaints == []


def test_it_all_works_without_scripts(visitor: Open) -> None:
    alice = visitor(java_script_enabled=False)
    words = alice.join()
    path = alice.start_thread("Tea at four in the morning.")
    page = alice.go("/search")
    page.fill("input[name=q]", "morning")
    page.get_by_role("button", name="Search").click()
    assert page.locator("mark").first.inner_text() == "morning"
    assert "morning" not in page.url
    page = alice.go(path)
    page.get_by_role("button", name="Follow this thread").click()
    page.get_by_role("button", name="Stop following").wait_for()
    page = alice.go("/me/export")
    page.fill("input[name=phrase]", words)
    with page.expect_download() as download:
        page.get_by_role("button", name="Get my copy").click()
    assert download.value.suggested_filename == "my-copy.zip"
    page = alice.go("/me/delete")
    page.fill("input[name=phrase]", words)
    page.get_by_role("button", name="Delete everything", exact=True).click()
    page.get_by_text("It's done.").wait_for()
    assert alice.go(path).get_by_text("Tea at four").count() == 0


@pytest.mark.parametrize("width", [320, 1280])
def test_pages_fit(visitor: Open, width: int) -> None:
    alice = visitor(viewport={"width": width, "height": 800})
    alice.join()
    alice.start_thread("Tea at four.")
    for path in PAGES:
        alice.go(path)
        assert sideways_scroll(alice.page) <= 0, path
        assert alice.page.locator("h1").count() == 1
    assert alice.complaints == []
