"""Waking, in a real browser: nothing is registered before the button, and quick exit takes the worker out again.

Chromium has no push service here, so "Wake me here" always ends in the refusal; the worker itself is real.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Error

from tests.browser.conftest import Visitor
from tests.browser.server import Server

pytestmark = pytest.mark.browser
COUNT = "navigator.serviceWorker.getRegistrations().then((found) => found.length)"
REGISTER = """async () => {
  const { workerAddress } = await import(document.querySelector('script[src*="fragment.js"]').src);
  const found = await navigator.serviceWorker.register(workerAddress(), { scope: "/notifications/" });
  return new URL(found.scope).pathname;
}"""


@pytest.fixture
def keys(forum: Server) -> Iterator[None]:
    forum.command("push-keys", "--contact", "mailto:team@forum.example")
    yield
    (forum.instance / "push.json").unlink()


def test_a_worker_comes_only_when_asked_for_and_leaves_with_quick_exit(
    visitor: Callable[..., Visitor], keys: None
) -> None:
    alice = visitor(permissions=["notifications"])
    page = alice.go("/join")
    page.check("input[name=device][value=own]")
    page.check("input[name=adult]")
    page.get_by_role("button", name="Come in").click()
    page.locator("#recovery-phrase").wait_for()
    page = alice.go("/notifications")
    assert page.evaluate(COUNT) == 0
    page.get_by_role("button", name="Wake me here").click()
    page.get_by_text("nothing was turned on").wait_for(state="visible")
    assert page.evaluate(COUNT) == 0
    assert page.evaluate(REGISTER) == "/notifications/"
    assert page.evaluate(COUNT) == 1
    with contextlib.suppress(Error):  # the dull site it leads to is not reached from here
        page.goto(alice.origin + "/exit")
    later = alice.context.new_page()
    later.goto(alice.origin + "/")
    assert later.evaluate(COUNT) == 0
