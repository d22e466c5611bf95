"""One client, three concurrency models: none of them stands still while a text is scored."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.alone

ROOT = Path(__file__).parents[3]
RUN = Path(__file__).with_name("green_run.py")


@pytest.mark.parametrize("mode", ["threading", "gevent", "eventlet"])
def test_the_loop_goes_on_while_texts_are_scored(mode: str, tmp_path: Path) -> None:
    if mode != "threading" and importlib.util.find_spec(mode) is None:
        pytest.skip(f"{mode} is not installed")
    done = subprocess.run(
        [sys.executable, str(RUN), mode, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=90,
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["reasons"] == []
    assert found["scored"] == 100
    # Calling the model in the loop would give one gap per text and next to no heartbeats.
    assert found["beats"] > 100
    assert found["worst_gap_ms"] < 150
