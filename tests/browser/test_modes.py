"""The same flow in all three ways of serving: threads, gevent, eventlet, on PostgreSQL and Redis."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import Visitor
from tests.browser.server import running
from tests.services import postgres_database, redis_url

pytestmark = [pytest.mark.browser, pytest.mark.postgres, pytest.mark.redis]


@pytest.mark.parametrize("mode", ["threading", "gevent", "eventlet"])
def test_an_answer_arrives_live(engine: Browser, tmp_path: Path, mode: str) -> None:
    with postgres_database() as url:
        settings = {"FORUM_DATABASE_URL": url, "FORUM_REDIS_URL": redis_url(), "FORUM_ASYNC_MODE": mode}
        with running(tmp_path, **settings) as server:
            alice, bob = (Visitor(engine.new_context(), server.origin) for _ in range(2))
            alice.join()
            path = alice.start_thread("Another way of serving.")
            alice.page.locator("[data-live]").wait_for(state="visible")
            bob.join()
            bob.go(path).locator("[data-live]").wait_for(state="visible")
            bob.reply("It arrives all the same.")
            alice.page.get_by_text("It arrives all the same.").wait_for(state="visible")
            bob.reply("i have the pills lined up on the table. not scared anymore")
            bob.page.locator(".care[data-level='3']").wait_for(state="visible")
            assert alice.complaints == bob.complaints == []
            alice.context.close()
            bob.context.close()
