"""Quick runs of the faults of `bench/faults.py`: the same code, fewer kills. Long ones: docs/security-testing.md."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from bench import faults

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def may_trace() -> bool:
    """Tell whether this machine lets one process look into another."""
    tool = shutil.which("strace")
    return tool is not None and subprocess.run([tool, "-o", os.devnull, "true"], check=False).returncode == 0


def test_f1_killed_at_random_nothing_sent_is_lost_or_doubled() -> None:
    assert "none lost or doubled" in faults.run("F1", kills=1, people=4, ready_seconds=90.0)


def test_f2_f3_killed_between_commit_and_answer_the_retry_is_the_same_post() -> None:
    if not may_trace():
        pytest.skip("this machine does not allow strace")
    assert "the retry got the same post" in faults.run("F2")


def test_f6_somebody_holds_the_lock_for_two_seconds_and_for_six() -> None:
    assert "6 s answered 503" in faults.run("F6", long=6.0)


@pytest.mark.redis
def test_f8_redis_forgets_hangs_and_dies_and_posts_go_on() -> None:
    if shutil.which("redis-server") is None:
        pytest.skip("no redis-server here")
    assert "limits hold" in faults.run("F8", people=3)


def test_f15_words_taken_back_are_in_no_file_and_no_backup() -> None:
    assert faults.run("F15").startswith("gone")


def test_every_fault_of_the_specification_has_its_run_or_its_test() -> None:
    """F3 is part of F2, F17 of F5; F4 is in `test_disk.py`."""
    covered = {*faults.FAULTS, "F3", "F4", "F17"}
    assert covered == {f"F{number}" for number in range(1, 19)}
    assert "error=EIO" in Path(__file__).with_name("test_disk.py").read_text()
