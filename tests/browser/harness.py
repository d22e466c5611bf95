"""A real Chromium and a real server for tests of what the browser makes of our pages."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from playwright.sync_api import Browser, Page, Playwright, PlaywrightContextManager, sync_playwright
from werkzeug.serving import make_server

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


class _Shared:
    """The one Playwright of this process: a second one in the same thread refuses to start."""

    manager: PlaywrightContextManager | None = None
    playwright: Playwright | None = None
    users = 0


@contextmanager
def playwright_running() -> Iterator[Playwright]:
    """Give the process's Playwright; the first user starts it, the last one stops it."""
    if _Shared.playwright is None:
        _Shared.manager = sync_playwright()
        _Shared.playwright = _Shared.manager.__enter__()
    _Shared.users += 1
    try:
        yield _Shared.playwright
    finally:
        _Shared.users -= 1
        if _Shared.users == 0 and _Shared.manager is not None:
            _Shared.manager.__exit__(None, None, None)
            _Shared.manager = _Shared.playwright = None


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start Chromium: the system's where there is one, else the one Playwright brought."""
    with playwright_running() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def serving(app: WSGIApplication, port: int = 0) -> Iterator[str]:
    """Serve a WSGI app on the loopback address and yield its origin."""
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def complaints(page: Page) -> list[str]:
    """Collect everything the browser complains of from now on: script errors, blocked content."""
    found: list[str] = []
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("console", lambda message: found.append(message.text) if message.type in ("error", "warning") else None)
    return found


def sideways_scroll(page: Page) -> int:
    """Return by how many pixels the page is wider than the window."""
    wider: int = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    return wider
