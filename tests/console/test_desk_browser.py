"""The desk in a real browser: an emergency arrives, is opened, read and answered by keyboard; a decision is undone."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pyotp
import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.conftest import Visitor
from tests.browser.server import Server

pytestmark = pytest.mark.browser
Open = Callable[..., Visitor]
PASSWORD = "a long pass phrase 77"
ONE_CASE = re.compile(r"/mod/cases/[^/?]+(\?.*)?$")
PILLS = "i have the pills lined up on the table. not scared anymore"


def come_in(person: Visitor, server: Server, name: str) -> Page:
    """Accept an invitation, add the second factor, open the desk."""
    path = "/mod/" + server.invite(name, "moderator").split("/mod/")[1].strip()
    page = person.go(path)
    page.fill("input[name=password]", PASSWORD)
    page.fill("input[name=password_again]", PASSWORD)
    page.get_by_role("button", name="Go on").click()
    seed = page.locator("#totp-secret").inner_text().replace(" ", "")
    page.fill("input[name=code]", pyotp.TOTP(seed).now())
    page.get_by_role("button", name="Done").click()
    page.wait_for_load_state()
    return person.go("/mod/")


@pytest.mark.alone
def test_an_emergency_is_seen_opened_and_answered_by_keyboard_and_a_decision_undone(
    visitor: Open, forum: Server
) -> None:
    ash, alice, bob = visitor(viewport={"width": 1280, "height": 900}), visitor(), visitor()
    desk = come_in(ash, forum, "Ash Desk")
    expect(desk.get_by_text("Nothing is open")).to_be_visible()
    alice.join()
    path = alice.start_thread("First evening here, nothing much to say.")
    bob.join()
    bob.go(path).locator("[data-live]").wait_for(state="visible")
    sent = time.monotonic()
    bob.reply(PILLS)
    desk.locator("[data-case] .tag", has_text="Danger now").first.wait_for(state="visible")
    assert time.monotonic() - sent < 5
    assert "pills" not in desk.content()

    desk.keyboard.press("j")
    expect(desk.locator("[data-detail] [data-yours]")).to_be_visible()
    assert "pills" not in desk.content()
    desk.keyboard.press("v")
    expect(desk.locator("[data-quote] .says")).to_contain_text(PILLS)
    desk.keyboard.press("s")
    desk.fill("#s-personal", "I read every word, and I am here until six.")
    desk.get_by_role("button", name="Send", exact=True).click()
    expect(desk.locator("[data-toast-text]")).to_have_text("Support message sent.")
    bob.page.get_by_role("button", name=re.compile("new repl")).click()
    expect(bob.page.get_by_text("I read every word, and I am here until six.")).to_be_visible()
    assert "Ash Desk" not in bob.page.content()

    expect(desk.locator("[data-case][aria-current]")).to_contain_text("First evening here")
    desk.keyboard.press("r")
    desk.keyboard.press("8")
    desk.keyboard.press("Enter")
    expect(desk.locator("[data-toast-text]")).to_have_text("Taken down.")
    expect(desk.get_by_text("Nothing is open")).to_be_visible()
    assert alice.go(path).get_by_text("Once is enough for people to find it.").count() == 1
    desk.keyboard.press("u")
    expect(desk.locator("[data-case]").first).to_contain_text("First evening here")
    assert alice.go(path).get_by_text("Once is enough").count() == 0
    assert ash.complaints == []


def test_the_desk_on_a_phone_and_without_scripts(visitor: Open, forum: Server) -> None:
    dee, carol = visitor(viewport={"width": 390, "height": 844}, java_script_enabled=False), visitor()
    desk = come_in(dee, forum, "Dee Desk")
    carol.join()
    carol.start_thread("A plain hello from a quiet street.")
    desk = dee.go("/mod/?tab=first")
    desk.get_by_role("link", name="A plain hello from a quiet street.").click()
    expect(desk.get_by_text("Yours for 10 min")).to_be_visible()
    assert desk.evaluate("document.documentElement.scrollWidth") <= 390
    desk.get_by_role("button", name="Leave it up").click()
    expect(desk.get_by_text("Left up.")).to_be_visible()
    desk.get_by_role("button", name="Undo").click()
    expect(desk.get_by_text("Taken back. The case is open again.")).to_be_visible()
    assert dee.complaints == []


def test_one_case_on_its_own_page_by_single_keys(visitor: Open, forum: Server) -> None:
    kit, erin = visitor(viewport={"width": 1280, "height": 900}), visitor()
    come_in(kit, forum, "Kit Desk")
    erin.join()
    erin.start_thread("A calm line about tea and rain.")
    page = kit.go("/mod/?tab=first")
    address = page.get_by_role("link", name="A calm line about tea and rain.").get_attribute("href")
    assert address is not None
    page = kit.go(address)
    page.keyboard.press("r")
    expect(page.locator("[data-takedown][open]")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("[data-takedown][open]")).to_have_count(0)
    page.locator("[data-keys]").uncheck()
    page.keyboard.press("a")
    expect(page.get_by_text("Yours for 10 min")).to_be_visible()
    page.locator("[data-keys]").check()
    page.keyboard.press("a")
    expect(page.get_by_text("Left up.")).to_be_visible()
    assert kit.complaints == []


def test_an_emergency_comes_up_in_the_middle_of_another_case_on_a_phone(visitor: Open, forum: Server) -> None:
    may, gus = visitor(viewport={"width": 390, "height": 844}), visitor()
    come_in(may, forum, "May Desk")
    gus.join()
    path = gus.start_thread("A slow evening with the window open.")
    page = may.go("/mod/?tab=first")
    address = page.get_by_role("link", name="A slow evening with the window open.").get_attribute("href")
    assert address is not None
    page = may.go(address)
    bar = page.locator("[data-danger]")
    expect(page.get_by_text("Yours for 10 min")).to_be_visible()
    waiting = bar.locator("b").inner_text() if bar.locator("b").count() else ""
    gus.go(path).locator("[data-live]").wait_for(state="visible")
    sent = time.monotonic()
    gus.reply(PILLS)
    expect(bar.locator("b")).to_be_visible(timeout=5000)
    expect(bar.locator("b")).not_to_have_text(waiting or "nothing", timeout=5000)
    assert time.monotonic() - sent < 5
    assert "pills" not in page.content()
    page.mouse.wheel(0, 1500)
    button = bar.get_by_role("button", name="Take it")
    expect(button).to_be_in_viewport()
    place = button.bounding_box()
    assert place is not None
    on_top = "([x, y]) => document.elementFromPoint(x, y).textContent"
    assert "Take it" in page.evaluate(on_top, [place["x"] + place["width"] / 2, place["y"] + place["height"] / 2])
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    button.click()
    page.wait_for_load_state()
    expect(page.get_by_text("Yours for 10 min")).to_be_visible()
    expect(page.locator("[data-detail]")).to_contain_text("T0")
    assert may.complaints == []
    assert gus.go(path).get_by_text("A slow evening").count() > 0


def test_the_sheet_of_keys_opens_on_a_case_and_names_only_keys_that_work_there(visitor: Open, forum: Server) -> None:
    lou, ivy = visitor(viewport={"width": 1280, "height": 900}), visitor()
    come_in(lou, forum, "Lou Desk")
    ivy.join()
    ivy.start_thread("A line about bread.")
    page = lou.go("/mod/?tab=first")
    address = page.get_by_role("link", name="A line about bread.").get_attribute("href")
    page = lou.go(str(address))
    page.keyboard.press("?")
    sheet = page.locator("[data-keydlg]")
    expect(sheet).to_be_visible()
    expect(sheet.get_by_text("Send support")).to_be_visible()
    expect(sheet.get_by_text("Next, back")).to_have_count(0)
    page.keyboard.press("a")
    expect(sheet).to_be_visible()
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    assert lou.complaints == []


def test_whoever_only_passes_by_does_not_keep_a_case(visitor: Open, forum: Server) -> None:
    sol, uma = visitor(viewport={"width": 1280, "height": 900}), visitor()
    come_in(sol, forum, "Sol Desk")
    uma.join()
    for words in ("A first line about soup.", "A second line about salt."):
        uma.start_thread(words)
    page = sol.go("/mod/?tab=first")
    expect(page.locator("[data-case]").nth(1)).to_be_visible()
    before = ""
    for _step in range(2):  # lines of other tests may stand between, dealt with or not
        page.keyboard.press("j")
        line = page.locator("[data-case][aria-current]")
        expect(line).not_to_have_attribute("data-case", before)
        before = line.get_attribute("data-case") or ""
        expect(page.locator("[data-detail] .says")).to_have_text(line.locator("a").inner_text())
        expect(page.locator("[data-detail] [data-yours]")).to_be_visible()
    page = sol.go("/mod/?tab=first")
    expect(page.locator("[data-case] .tag", has_text="Yours")).to_have_count(1)
    assert sol.complaints == []


def test_a_list_under_the_cursor_stands_still_and_a_desk_without_a_socket_asks_again(
    visitor: Open, forum: Server
) -> None:
    kit, deaf, eve = (visitor(viewport={"width": 1280, "height": 900}) for _ in range(3))
    come_in(kit, forum, "Cas Desk")
    come_in(deaf, forum, "Deaf Desk")
    eve.join()
    eve.start_thread("A line that is there before.")
    deaf.page.route("**/socket.io/**", lambda route: route.abort())
    deaf.page.route_web_socket("**/socket.io/**", lambda socket: socket.close())
    page, far = kit.go("/mod/?tab=first"), deaf.go("/mod/?tab=first")
    lines, pill = page.locator("[data-case]"), page.locator("[data-queue-new]")
    page.locator("[data-queue]").hover()
    before, known = lines.count(), far.locator("[data-case]").count()
    eve.start_thread("A line that comes in while somebody reads.")
    expect(pill.get_by_role("button", name="1 new")).to_be_visible()
    assert lines.count() == before
    expect(far.locator("[data-case]")).to_have_count(known + 1, timeout=20_000)
    pill.get_by_role("button").click()
    expect(lines).to_have_count(before + 1)
    expect(pill).to_be_hidden()
    assert kit.complaints == []


def first_two(desk: Page) -> tuple[Locator, Locator]:
    """Open the first case of the list and return it and the next one, wherever they will be."""
    keys = [str(desk.locator("[data-case]:not(.done)").nth(number).get_attribute("data-case")) for number in range(2)]
    first, second = (desk.locator(f"[data-case='{key}']") for key in keys)
    first.get_by_role("link").first.click()
    expect(desk.locator(f"[data-detail][data-mine='{keys[0]}']")).to_be_visible()
    return first, second


def test_a_key_pressed_while_the_next_case_comes_is_meant_for_the_next_one(visitor: Open, forum: Server) -> None:
    val, gus = visitor(viewport={"width": 1280, "height": 900}), visitor()
    come_in(val, forum, "Val Desk")
    gus.join()
    gus.start_thread("A first line about the weather here.")
    gus.start_thread("A second line about the garden wall.")
    desk = val.go("/mod/?tab=first")
    first, second = first_two(desk)
    asked = list[Route]()
    desk.route(ONE_CASE, lambda route: asked.append(route))
    with desk.expect_request(ONE_CASE):
        desk.keyboard.press("j")
    desk.keyboard.press("a")
    desk.wait_for_timeout(300)
    asked[0].continue_()
    desk.unroute_all()
    expect(desk.locator("[data-toast-text]")).to_have_text("Left up.")
    desk.reload()
    expect(first).to_have_count(1)
    expect(second).to_have_count(0)
    assert val.complaints == []


def test_a_case_that_cannot_be_opened_leaves_the_one_before(visitor: Open, forum: Server) -> None:
    may, hal = visitor(viewport={"width": 1280, "height": 900}), visitor()
    come_in(may, forum, "Ina Desk")
    hal.join()
    hal.start_thread("One line about a kettle that sings.")
    hal.start_thread("One line about a bus that was late.")
    desk = may.go("/mod/?tab=first")
    first, second = first_two(desk)
    desk.route(ONE_CASE, lambda route: route.abort())
    desk.keyboard.press("j")
    expect(desk.locator("[data-toast-text]")).to_contain_text("could not be opened")
    desk.unroute_all()
    expect(first).to_have_attribute("aria-current", "true")
    desk.keyboard.press("a")
    expect(desk.locator("[data-toast-text]")).to_have_text("Left up.")
    desk.reload()
    expect(second).to_have_count(1)
    expect(first).to_have_count(0)
