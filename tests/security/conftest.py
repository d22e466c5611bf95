"""One real server for the tests of this folder that need one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.security.live import Live, live


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A real server with few sockets, so that its caps can be reached."""
    with live(tmp_path_factory.mktemp("secure"), FORUM_MAX_SOCKETS="20") as made:
        yield made
