"""The desk is tested with the browser and the running forum of the browser tests."""

from tests.browser.conftest import engine, forum, visitor

__all__ = ["engine", "forum", "visitor"]
