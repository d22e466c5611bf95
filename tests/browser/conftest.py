"""One Chromium and one running forum for all browser tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.harness import chromium, complaints
from tests.browser.server import Server, running

TIMEOUT_MS = 15_000


@pytest.fixture(scope="session")
def engine() -> Iterator[Browser]:
    """Chromium."""
    with chromium() as found:
        yield found


@pytest.fixture(scope="session")
def forum(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A running forum on SQLite with the embedded default."""
    with running(tmp_path_factory.mktemp("instance")) as server:
        yield server


class Visitor:
    """One person with one browser, and everything their browser complained of."""

    def __init__(self, context: BrowserContext, origin: str) -> None:
        self.context = context
        self.origin = origin
        self.page: Page = context.new_page()
        self.page.set_default_timeout(TIMEOUT_MS)
        self.complaints = complaints(self.page)
        self.handle = ""

    def go(self, path: str) -> Page:
        """Open a path of the forum."""
        self.page.goto(self.origin + path)
        return self.page

    def join(self) -> str:
        """Choose the first name offered; returns the six words."""
        page = self.go("/join")
        self.handle = page.locator("input[name=handle]:checked").input_value()
        page.check("input[name=adult]")
        page.get_by_role("button", name="Come in").click()
        return page.locator("#recovery-phrase").inner_text()

    def start_thread(self, body: str, title: str = "") -> str:
        """Start a thread in the first room; returns its path."""
        page = self.go("/rooms")
        page.get_by_role("link", name="The first days").first.click()
        page.get_by_role("link", name="Write something").first.click()
        page.fill("input[name=title]", title)
        page.fill("textarea[name=body]", body)
        page.get_by_role("button", name="Post", exact=True).click()
        page.wait_for_selector("[data-post]")
        return page.url.removeprefix(self.origin).split("#")[0]

    def reply(self, body: str) -> None:
        """Answer in the open thread."""
        self.page.fill("textarea[name=body]", body)
        self.page.get_by_role("button", name="Post reply").click()


@pytest.fixture
def visitor(engine: Browser, forum: Server) -> Iterator[Callable[..., Visitor]]:
    """Open a browser for one more person; `javaScriptEnabled` and the like go to the context."""
    opened: list[BrowserContext] = []

    def open_one(**options: object) -> Visitor:
        context = engine.new_context(**options)  # type: ignore[arg-type]
        opened.append(context)
        return Visitor(context, forum.origin)

    yield open_one
    for context in opened:
        context.close()
