"""A disk that fails or fills: nothing more is acknowledged, reading and help go on, the words come back."""

from __future__ import annotations

import re
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from forum.core import diskguard
from forum.core.diskguard import disk
from tests import factories
from tests.conftest import Browser
from tests.discussions.test_live import Line
from tests.security.live import Live, live


@pytest.fixture(autouse=True)
def sound_disk() -> Iterator[None]:
    yield
    disk.reopen()


@pytest.mark.parametrize(
    ("message", "lasts"),
    [
        ("disk I/O error", True),
        ("database disk image is malformed", True),
        ("attempt to write a readonly database", True),
        ("database or disk is full", False),
    ],
)
def test_what_the_disk_says_decides_for_how_long(message: str, lasts: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    disk.note(sqlite3.OperationalError(message))
    assert disk.is_closed
    now = time.monotonic()
    monkeypatch.setattr(diskguard.time, "monotonic", lambda: now + 60)
    assert disk.is_closed is lasts


@pytest.mark.parametrize("message", ["database is locked", "no such table: x", "UNIQUE constraint failed: post.id"])
def test_other_errors_stop_nothing(message: str) -> None:
    disk.note(sqlite3.OperationalError(message))
    assert not disk.is_closed


def test_writing_stops_reading_and_help_go_on(app: Flask, sign_in_as: Callable[..., Browser], browser: Browser) -> None:
    thread, signed = factories.make_thread(factories.make_member()), sign_in_as(factories.make_member())
    line = Line(app, signed)
    disk.note(sqlite3.OperationalError("disk I/O error"))
    answer = signed.post(f"/t/{thread.public_id}/posts", {"body": "An hour of words.", "client_id": "c"})
    assert answer.status_code == 503
    assert "An hour of words." in answer.text
    ack = line.ask("post:create", {"thread": thread.public_id, "body": "By socket.", "client_id": "d"})
    assert (ack["ok"], ack["error"]["code"]) == (False, "read_only")
    for path in ("/rooms", f"/t/{thread.public_id}", "/help", "/help/gb"):
        assert signed.get(path).status_code == 200, path
    ready = browser.get("/readyz")
    assert ready.status_code == 503
    assert "disk" in ready.json["parts"]["database"]
    disk.reopen()
    assert signed.post(f"/t/{thread.public_id}/posts", {"body": "Again.", "client_id": "c"}).status_code == 303


def test_the_card_comes_with_words_the_disk_refused_and_a_session_may_still_be_read(
    app: Flask, sign_in_as: Callable[..., Browser]
) -> None:
    thread, signed = factories.make_thread(factories.make_member()), sign_in_as(factories.make_member(country="US"))
    disk.note(sqlite3.OperationalError("disk I/O error"))
    words = "i have the pills lined up on the table. not scared anymore"
    answer = signed.post(f"/t/{thread.public_id}/posts", {"body": words, "client_id": "c"})
    assert answer.status_code == 503
    assert words in answer.text
    assert 'data-card data-level="3"' in answer.text
    assert "988" in answer.text
    ack = Line(app, signed).ask("post:create", {"thread": thread.public_id, "body": words, "client_id": "d"})
    assert ack["error"]["code"] == "read_only"
    assert ack["support"]["level"] == 3
    assert "988" in ack["support"]["html"]
    assert signed.get("/me").status_code == 200
    assert signed.get("/exit").status_code == 303


def traced(tmp_path: Path) -> bool:
    """Tell whether this machine lets one process look into another."""
    tool = shutil.which("strace")
    if tool is None:
        return False
    done = subprocess.run([tool, "-o", str(tmp_path / "trace"), "true"], capture_output=True, check=False)
    return done.returncode == 0


EIO = "error=EIO:when=8+"


@pytest.mark.slow
def test_a_disk_that_refuses_to_write_is_never_answered_with_sent(tmp_path: Path) -> None:
    """F4, M10: from the first failing fdatasync on, no post is acknowledged, and everything acknowledged is there."""
    if not traced(tmp_path):
        pytest.skip("this machine does not allow strace")
    # strace counts for each thread by itself; requests one after the other are answered by a handful of threads.
    fault = [
        "strace",
        "--seccomp-bpf",
        "-f",
        "-qq",
        "-o",
        "/dev/null",
        "-e",
        "trace=fdatasync",
        "-e",
        f"inject=fdatasync:{EIO}",
    ]
    instance = tmp_path / "instance"
    instance.mkdir()
    with live(instance, *fault) as server:
        answers = [send(server, number) for number in range(13)]
        codes = [status for status, _ in answers]
        assert 303 in codes, "the disk failed before the first post"
        first_failure = next(number for number, code in enumerate(codes) if code != 303)
        assert set(codes[first_failure:]) == {503}
        assert all("Evening" in text for _, text in answers[first_failure:])  # the words came back
        assert server.ask("GET", "/help").status == 200
        page = server.ask("GET", f"/t/{server.thread}", who="bob").text
        for number in range(first_failure):
            assert f"Evening {number}." in page
    kept = sqlite3.connect(instance / "forum.db")
    assert kept.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    stored = {body for (body,) in kept.execute("SELECT body FROM post")}
    kept.close()
    assert stored >= {f"Evening {number}." for number in range(first_failure)}


def send(server: Live, number: int) -> tuple[int, str]:
    """Post as one of three people, so that nobody's own limit is reached."""
    who = ("alice", "bob", "ned")[number % 3]
    first = server.ask("GET", "/about", who=who)
    token = re.search(r'name="csrf_token" value="([^"]+)"', first.text)
    assert token
    for cookie in first.all("Set-Cookie"):
        server.cookies[who] = cookie.split(";")[0]
    form = {"csrf_token": token[1], "body": f"Evening {number}.", "client_id": f"disk-{number}"}
    answer = server.ask("POST", f"/t/{server.thread}/posts", who=who, form=form)
    return answer.status, answer.text
