"""What every page brings with it, in a real browser under the real headers: scripts, quick exit, appearance, reflow."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from flask import Flask, Response, render_template, request
from flask_babel import Babel
from flask_wtf import CSRFProtect
from playwright.sync_api import Browser, Page, expect

from forum.web import assets, filters
from forum.web.headers import NONCE, SecurityShell
from tests.browser.harness import chromium, complaints, serving, sideways_scroll

pytestmark = pytest.mark.browser
PAGES = ("landing", "guidelines", "how", "privacy", "about", "trace")
seen: list[str] = []


def shell_app() -> Flask:
    """The pages that need no database, inside the real frame."""
    app = Flask("smallhours", root_path=str(assets.STATIC_ROOT.parent), static_folder=None)
    app.config["SECRET_KEY"] = "only for this test"
    Babel(app)
    CSRFProtect(app)
    filters.init_app(app)
    assets.init_app(app)
    app.context_processor(
        lambda: {
            "forum_name": "Small Hours",
            "current_member": None,
            "theme": request.cookies.get("theme", ""),
            "csp_nonce": lambda: request.environ[NONCE],
        }
    )
    app.add_url_rule("/page/<name>", "page", lambda name: render_template(f"home/{name}.html", moderators_on=2))
    app.add_url_rule("/exit", "exit", lambda: (seen.append("exit"), Response("<title>Plain</title>"))[1])
    app.add_url_rule("/exit/beacon", "beacon", beacon, methods=["POST"])
    app.add_url_rule("/theme", "theme", theme, methods=["POST"])
    return app


def beacon() -> tuple[str, int]:
    seen.append("beacon")
    return "", 204


def theme() -> Response:
    answer = Response(status=303, headers={"Location": request.referrer or "/"})
    answer.set_cookie("theme", request.form["theme"])
    return answer


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    app = shell_app()
    config = SimpleNamespace(origins=(), hosts=(), is_https=False, max_sockets=1)
    app.wsgi_app = SecurityShell(app.wsgi_app, config)  # type: ignore[arg-type, method-assign]
    with serving(app) as address:
        yield address


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 390, "height": 844})
    seen.clear()
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("name", PAGES)
def test_scripts_run_and_nothing_is_blocked(page: Page, origin: str, name: str) -> None:
    found = complaints(page)
    page.goto(f"{origin}/page/{name}")
    expect(page.locator("html.js")).to_be_attached()
    assert found == []


def test_a_script_put_into_the_page_does_not_run(page: Page, origin: str) -> None:
    page.goto(f"{origin}/page/about")
    ran = page.evaluate(
        """() => { const s = document.createElement('script');
           try { s.text = 'window.ran = true'; document.body.append(s); } catch { return 'refused'; }
           return window.ran === true; }"""
    )
    assert ran == "refused"
    refused = page.evaluate("() => { try { document.body.innerHTML = '<b>x</b>'; } catch { return true; } }")
    assert refused is True


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_no_page_scrolls_sideways(page: Page, origin: str, name: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 700})
    page.goto(f"{origin}/page/{name}")
    assert sideways_scroll(page) <= 0


def test_quick_exit_is_the_second_tab_stop(page: Page, origin: str) -> None:
    page.goto(f"{origin}/page/about")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "exit"


def test_quick_exit_replaces_the_page_and_tells_the_server(page: Page, origin: str) -> None:
    page.goto(f"{origin}/page/about")
    page.goto(f"{origin}/page/trace")
    before = page.evaluate("history.length")
    page.locator("header [data-exit]").click()
    page.wait_for_url("**/exit")
    assert page.evaluate("history.length") == before
    assert sorted(seen) == ["beacon", "exit"]
    page.go_back()
    assert page.url.endswith("/page/about")


def test_shift_three_times_leaves(page: Page, origin: str) -> None:
    page.goto(f"{origin}/page/about")
    expect(page.locator("html.js")).to_be_attached()
    page.keyboard.press("Shift")
    page.keyboard.press("Shift")
    assert page.locator(".exit .dots i.f").count() == 2
    page.keyboard.press("Shift")
    page.wait_for_url("**/exit")


def test_capital_letters_do_not_leave(page: Page, origin: str) -> None:
    page.goto(f"{origin}/page/about")
    for letter in "ABCD":
        page.keyboard.press(f"Shift+{letter}")
    assert page.locator(".exit .dots i.f").count() == 0
    assert page.url.endswith("/page/about")


def test_without_scripts_quick_exit_is_a_link(browser: Browser, origin: str) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{origin}/page/about")
        page.locator("header [data-exit]").click()
        page.wait_for_url("**/exit")


def test_dark_can_be_chosen_with_and_without_scripts(browser: Browser, origin: str) -> None:
    for scripts in (True, False):
        with browser.new_context(java_script_enabled=scripts, color_scheme="light") as context:
            page = context.new_page()
            page.goto(f"{origin}/page/about")
            page.get_by_role("button", name="Dark").click()
            expect(page.locator("html")).to_have_attribute("data-theme", "dark")
            page.reload()
            expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_nothing_is_kept_on_the_device(page: Page, origin: str) -> None:
    page.goto(f"{origin}/page/landing")
    page.get_by_role("button", name="Dark").click()
    kept = page.evaluate(
        "async () => [localStorage.length, sessionStorage.length, (await indexedDB.databases()).length]"
    )
    assert kept == [0, 0, 0]


def test_only_this_server_is_asked_for_anything(page: Page, origin: str) -> None:
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url))
    page.goto(f"{origin}/page/landing")
    page.wait_for_load_state("networkidle")
    assert asked
    assert [url for url in asked if not url.startswith(origin)] == []


def test_first_view_is_within_the_budget(page: Page, origin: str) -> None:
    sizes: list[int] = []
    page.on("response", lambda answer: sizes.append(answer.request.sizes()["responseBodySize"]))
    page.goto(f"{origin}/page/landing")
    page.wait_for_load_state("networkidle")
    assert len(sizes) <= 8
    assert sum(sizes) <= 40 * 1024
