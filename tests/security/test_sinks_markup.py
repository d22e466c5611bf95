"""Every column people word, filled with markup that would run: nothing runs on any page one can reach."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.harness import chromium
from tests.security.sinks_walk import nothing_runs


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_no_text_in_any_column_runs_on_any_page_that_can_be_reached(tmp_path: Path) -> None:
    with chromium() as engine:
        nothing_runs(engine, tmp_path, "xss")
