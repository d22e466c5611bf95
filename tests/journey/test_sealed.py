"""The promise to anybody who gets hold of what we keep: without the six words, pages and plan are noise.

A real instance on a real file: database, its log, a backup and everything written to the process's log are searched.
"""

from __future__ import annotations

import base64
import logging
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from flask import Flask
from flask.testing import FlaskClient

from forum.core import backup
from forum.core.db import db
from tests.conftest import LOCAL, _no_limits
from tests.security.live import another_app
from tests.services import redis_url

CANARY = "quartz-heron-4471 under the third stair"
PLAN_CANARY = "ring Oleander on the blue telephone"
OPEN_CANARY = "a line that lies open in the check-ins"


@pytest.fixture
def instance() -> Iterator[Flask]:
    """An instance of its own, so that every file it writes can be read."""
    options = {"TESTING": True, "WTF_CSRF_ENABLED": False, "LIMIT_RULES": _no_limits()}
    with another_app(flask=options) as app:
        yield app


@pytest.fixture
def folder(instance: Flask) -> Path:
    """Where it keeps everything."""
    found: Path = instance.extensions["forum.config"].instance
    return found


def wrote(client: FlaskClient) -> str:
    """Join, write a page, a plan and a check-in; return the six words."""
    names = client.get("/join", base_url=LOCAL).text
    handle = re.search(r'name="handle" value="([^"]+)"', names)
    assert handle
    form = {"handle": handle[1], "about": "me", "device": "own", "adult": "yes"}
    shown = client.post("/join", data=form, base_url=LOCAL).text
    words = shown.split('id="recovery-phrase">')[1].split("<")[0]
    assert len(words.split()) == 6
    sent = (
        ("/me/journey/pages/open", {"phrase": words}),
        ("/me/journey/pages", {"body": CANARY, "client_id": "a"}),
        ("/me/journey/pages", {"body": CANARY + " again", "client_id": "b"}),
        ("/me/journey/plan", {"ask": PLAN_CANARY}),
        ("/me/journey/check-ins", {"line": OPEN_CANARY, "client_id": "a"}),
    )
    for path, data in sent:
        assert client.post(path, data=data, base_url=LOCAL).status_code == 303, path
    return words


def looks(text: str) -> list[bytes]:
    """Return a text as it is, in base64 at each offset, in hex and in UTF-16."""
    raw = text.encode()
    coded = [base64.b64encode(b"\0" * shift + raw)[4:-4] for shift in range(3)]
    return [raw, raw.hex().encode(), text.encode("utf-16-le"), *coded]


def files_holding(folder: Path, text: str) -> list[str]:
    """Return the names of files in which a text can be found in any of its looks."""
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return sorted(path.name for path in paths if any(look in path.read_bytes() for look in looks(text)))


def test_nothing_kept_shows_a_page_or_the_plan(instance: Flask, folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    words = wrote(instance.test_client())
    with instance.app_context():
        backup.write(folder / "copy.backup")
    assert (folder / "forum.db-wal").stat().st_size > 0
    # The search finds what lies open, in every file: so what it does not find is not there.
    assert files_holding(folder, OPEN_CANARY) == ["copy.backup", "forum.db-wal"]
    for secret in (CANARY, PLAN_CANARY, words):
        assert files_holding(folder, secret) == []
        assert secret not in caplog.text
    assert [word for word in words.split() if len(word) > 6 and word in caplog.text] == []


def test_nothing_is_left_when_the_log_has_been_written_back(instance: Flask, folder: Path) -> None:
    words = wrote(instance.test_client())
    with instance.app_context():
        db.session.remove()
        backup.wipe_free_space()
    assert files_holding(folder, OPEN_CANARY) == ["forum.db"]
    for secret in (CANARY, PLAN_CANARY, words):
        assert files_holding(folder, secret) == []


def test_everything_kept_and_every_secret_of_the_server_together_open_nothing(instance: Flask, folder: Path) -> None:
    from forum.journey import locks

    wrote(instance.test_client())
    with sqlite3.connect(folder / "forum.db") as copied:
        (salt, wrapped), *_ = copied.execute("SELECT salt, wrapped_key FROM journey_lock").fetchall()
        (owner,) = copied.execute("SELECT public_id FROM member").fetchone()
    copied.close()
    keys = instance.extensions["forum.config"].keys
    guesses = [keys.secret_key, keys.staff_secret_key, keys.totp_key, keys.mark_key, *keys.peppers.values(), ""]
    for guess in guesses:
        with pytest.raises(locks.Sealed):
            locks.unwrap(locks.Lock(salt, wrapped), guess, owner)


def test_a_reader_of_the_database_learns_how_many_pages_and_not_when_or_how_long(instance: Flask, folder: Path) -> None:
    wrote(instance.test_client())
    with sqlite3.connect(folder / "forum.db") as copied:
        columns = {row[1] for row in copied.execute("PRAGMA table_info(journey_page)")}
        lengths = {row[0] for row in copied.execute("SELECT length(sealed) FROM journey_page WHERE kind = 'page'")}
    copied.close()
    assert columns == {"id", "public_id", "member_id", "client_id", "kind", "sealed"}
    assert len(lengths) == 1


def test_redis_is_handed_no_page_no_plan_and_no_word_of_the_phrase() -> None:
    """Everything said to Redis is listened to while pages are written, and everything it holds afterwards is read."""
    url = redis_url()
    ear, client = redis.Redis.from_url(url), redis.Redis.from_url(url)
    options = {"TESTING": True, "WTF_CSRF_ENABLED": False}
    with ear.monitor() as heard, another_app(flask=options, FORUM_REDIS_URL=url) as app:
        words = wrote(app.test_client())
        client.set("the end", OPEN_CANARY)
        said = ""
        while OPEN_CANARY not in said:  # the ear hears what lies open
            said += str(heard.next_command())
        kept = b" ".join(key + (client.dump(key) or b"") for key in client.scan_iter())
    client.flushdb()
    assert "LIMITS" in said.upper(), "the forum did speak to Redis"
    for secret in (CANARY, PLAN_CANARY, words):
        for look in looks(secret):
            assert look not in said.encode()
            assert look not in kept
    client.close()
    ear.close()
