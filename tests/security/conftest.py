"""One real server and a clock that stands still, for the tests of this folder that need them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from tests.security.live import Live, live

NOON = 1_790_000_000 // 86_400 * 86_400 + 43_200
"""No limit's day or hour turns over near it."""


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A real server with few sockets, so that its caps can be reached."""
    with live(tmp_path_factory.mktemp("secure"), FORUM_MAX_SOCKETS="20") as made:
        yield made


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Stop the clock at noon and return what moves it on."""
    now = [float(NOON)]
    monkeypatch.setattr(time, "time", lambda: now[0])

    def move(seconds: float) -> None:
        now[0] += seconds

    return move
