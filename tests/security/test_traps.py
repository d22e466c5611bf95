"""The fifteen traps of this stack (M1 to M15 of the specification): naive code falls into every one of them."""

from __future__ import annotations

import hashlib
import re
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import websocket
from flask import Flask

from forum.core import backup
from forum.core.db import db
from forum.core.errors import RateLimited
from forum.identity import passwords, phrase
from forum.web.limits import Limiter, Rule
from tests import factories
from tests.conftest import Browser
from tests.security.live import Live, another_app

EVIL = "https://evil.example"
ADDRESS = "203.0.113.77"
AGENT = "CanaryBrowser/7.7 (canary)"


def open_socket(server: Live, who: str = "", origin: str = "", **more: str) -> websocket.WebSocket:
    """Open a WebSocket to the real server."""
    line = websocket.WebSocket()
    headers = {"Cookie": server.cookies[who]} if who else {}
    try:
        line.connect(
            f"ws://127.0.0.1:{server.port}/socket.io/?EIO=4&transport=websocket",
            origin=origin or server.origin, header={**headers, **more}, timeout=10,
        )  # fmt: skip
    except Exception:
        line.shutdown()
        raise
    return line


def closed(line: websocket.WebSocket) -> None:
    """Close one's own end as well: the server may have hung up long ago."""
    line.close()
    line.shutdown()


# ── M1, M2: Flask-Login and sockets ──────────────────────────────────────────────────────────────────────────────


def test_m1_no_hash_of_address_and_browser_is_kept(app: Flask, browser: Browser) -> None:
    """Flask-Login stores SHA-512 of address and user agent in the session by default."""
    sign_up(browser, headers={"User-Agent": AGENT, "X-Forwarded-For": ADDRESS}, environ={"REMOTE_ADDR": ADDRESS})
    cookie = browser.client.get_cookie("fs", domain="127.0.0.1")
    assert cookie is not None
    _, serializer = app.session_interface.cookie(app.extensions["forum.config"], False)  # type: ignore[attr-defined]
    kept = serializer.loads(cookie.value)
    assert set(kept) <= {"_user_id", "_fresh", "_permanent", "csrf_token", "_id"}
    assert kept.get("_id") is None
    naive = hashlib.sha512(f"{ADDRESS}|{AGENT}".encode()).hexdigest()
    assert naive not in str(kept)


def sign_up(browser: Browser, *, headers: dict[str, str], environ: dict[str, str]) -> None:
    page = browser.get("/join", headers=headers, environ_base=environ).text
    handle = re.search(r'name="handle" value="([^"]+)"', page)
    assert handle
    form = {"handle": handle[1], "about": "me", "device": "own", "adult": "yes"}
    assert browser.post("/join", form, headers=headers, environ_base=environ).status_code == 200


def test_m2_a_socket_is_dead_at_once_after_signing_out_over_http(server: Live) -> None:
    """A Socket.IO session is a snapshot of the handshake: upstream's "check at connect" leaves it signed in."""
    line = open_socket(server, "bob")
    line.recv()
    line.send("40/live,")
    assert line.recv().startswith("40/live,")
    kept = server.cookies["bob"]
    assert server.send("/leave", {}, who="bob", page="/me").status == 303
    server.cookies["bob"] = kept
    heard = drain(line)
    assert any("session:ended" in message for message in heard)
    assert "41/live," in heard or heard[-1] == "closed"
    assert server.ask("GET", "/me", who="bob").status == 303


def drain(line: websocket.WebSocket) -> list[str]:
    heard: list[str] = []
    line.settimeout(2)
    try:
        while True:
            message = line.recv()
            heard.append(str(message))
            if not message:
                break
    except (websocket.WebSocketException, OSError):
        heard.append("closed")
    closed(line)
    return heard


# ── M3: origins ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": EVIL},
        {"Origin": EVIL, "X_Forwarded_Host": "evil.example"},
        {"Origin": "null"},
        {},
        {"Sec_Fetch_Site": "cross-site"},
        {"Host": "evil.example", "Sec_Fetch_Site": "same-origin"},
        {"Host": "evil.example", "Origin": "http://evil.example"},
    ],
)
def test_m3_foreign_missing_and_rebound_origins_never_reach_engine_io(server: Live, headers: dict[str, str]) -> None:
    answer = server.ask("GET", "/socket.io/?EIO=4&transport=polling", **headers)
    assert answer.status in (400, 403)
    assert b"sid" not in answer.body


def test_m3_our_own_origin_is_let_in(server: Live) -> None:
    answer = server.ask("GET", "/socket.io/?EIO=4&transport=polling", Origin=server.origin)
    assert (answer.status, b'"sid"' in answer.body) == (200, True)
    assert answer.get("Access-Control-Allow-Origin") in (None, server.origin)


def test_m3_the_list_of_origins_is_never_empty(app: Flask) -> None:
    """`cors_allowed_origins=[]` switches the check off; None believes X-Forwarded-Host."""
    from forum.realtime.server import socketio

    assert socketio.server.eio.cors_allowed_origins
    assert set(socketio.server.eio.cors_allowed_origins) == set(app.extensions["forum.config"].origins)


def test_m3_an_unknown_host_is_refused_everywhere(server: Live) -> None:
    for path in ("/rooms", "/help", "/static/x/app.js", "/nowhere"):
        answer = server.ask("GET", path, Host="evil.example")
        assert answer.status == 400, path
        assert answer.get("X-Frame-Options") == "DENY"


# ── M4, M5: memory and threads ───────────────────────────────────────────────────────────────────────────────────


def resident_kb(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1])  # type: ignore[index]


@pytest.mark.slow
def test_m4_an_80_mb_frame_costs_no_memory(server: Live) -> None:
    """Engine.IO looks at the size only after the whole frame has been read."""
    pid = server.worker()
    for attempt in range(2):
        if attempt:
            before = resident_kb(pid)
        line = open_socket(server)
        line.recv()
        peak, stop = [resident_kb(pid)], threading.Event()

        def watch(peak: list[int] = peak, stop: threading.Event = stop) -> None:
            while not stop.wait(0.01):
                peak.append(resident_kb(pid))

        watcher = threading.Thread(target=watch)
        watcher.start()
        with pytest.raises((OSError, websocket.WebSocketException)):  # the server hangs up while we still send
            push(line, "4" + "x" * (80 * 1024 * 1024))
        time.sleep(0.3)
        stop.set()
        watcher.join()
        closed(line)
    assert max(peak) - before < 5 * 1024


def push(line: websocket.WebSocket, message: str) -> None:
    line.send(message)
    line.recv()
    line.recv()


@pytest.mark.alone
def test_m5_sockets_never_take_the_threads_pages_need(server: Live) -> None:
    """gthread gives every socket a thread for as long as it is open."""
    lines: list[websocket.WebSocket] = []
    refused = 0
    for _ in range(40):
        try:
            lines.append(open_socket(server))
        except websocket.WebSocketBadStatusException as answer:
            refused += answer.status_code == 503
    try:
        assert len(lines) <= 15  # three quarters of twenty: guests never hold all
        assert refused >= 25
        started = time.monotonic()
        assert server.ask("GET", "/help").status == 200
        assert server.ask("GET", "/rooms").status == 200
        assert time.monotonic() - started < 2
        member = open_socket(server, "alice")  # F18: a member still gets a line
        assert "sid" in str(member.recv())
        closed(member)
    finally:
        for line in lines:
            closed(line)
    wait_until_free(server)


def wait_until_free(server: Live) -> None:
    for _ in range(50):
        try:
            closed(open_socket(server))
            return
        except websocket.WebSocketBadStatusException:
            time.sleep(0.2)
    raise AssertionError("sockets were never given back")


def test_m5_lines_opened_by_polling_count_too(server: Live) -> None:
    answers = [
        server.ask("GET", "/socket.io/?EIO=4&transport=polling", who="alice", Origin=server.origin) for _ in range(12)
    ]
    assert [answer.status for answer in answers].count(200) <= 10
    assert answers[-1].status == 503


# ── M6, M7: what /socket.io and browsers do ──────────────────────────────────────────────────────────────────────


def test_m6_jsonp_is_refused_and_sockets_answer_with_our_headers(server: Live) -> None:
    answer = server.ask("GET", "/socket.io/?EIO=4&transport=polling&j=0", Origin=server.origin)
    assert answer.status == 400
    assert b"___eio" not in answer.body
    for path in (
        "/socket.io/?EIO=4&transport=polling",
        "/socket.io/?EIO=9",
        "/socket.io/?EIO=4&transport=polling&sid=x",
    ):
        answer = server.ask("GET", path, Origin=server.origin)
        assert answer.get("X-Content-Type-Options") == "nosniff", path
        assert answer.get("Cache-Control") == "no-store", path
        assert "default-src 'none'" in str(answer.get("Content-Security-Policy")), path


def test_m7_forms_work_over_https_as_browsers_send_them() -> None:
    """With `no-referrer` Chromium sends no Referer and `Origin: null`: Flask-WTF refuses every form."""
    with another_app(FORUM_PUBLIC_URL="https://forum.example", flask={"TESTING": True}) as app:
        client, base = app.test_client(), "https://forum.example"
        page = client.get("/join", base_url=base)
        assert page.headers["Referrer-Policy"] == "same-origin"
        token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
        assert token
        form = {"csrf_token": token[1], "theme": "dark"}
        for headers in ({}, {"Origin": base}, {"Origin": base, "Referer": base + "/join"}):
            assert client.post("/theme", data=form, base_url=base, headers=headers).status_code == 303
        assert client.post("/theme", data=form, base_url=base, headers={"Origin": EVIL}).status_code == 403
        assert client.post("/theme", data=form, base_url=base, headers={"Origin": "null"}).status_code == 403


# ── M8 to M12: the database ──────────────────────────────────────────────────────────────────────────────────────


def test_m8_deleted_words_are_gone_from_every_file() -> None:
    canary = "zanzibarcanary"
    with another_app() as app, app.app_context():
        folder = app.extensions["forum.config"].instance
        with db.engine.connect() as connection:
            connection.exec_driver_sql("CREATE VIRTUAL TABLE words USING fts5(body)")
            for number in range(50):
                connection.exec_driver_sql("INSERT INTO words VALUES (?)", (f"{canary} number {number}",))
            connection.commit()
        post = factories.make_thread(factories.make_member(), "Title", f"{canary} in a post")
        db.session.commit()
        assert canary.encode() in heap(folder)
        from forum.discussions import operations
        from forum.discussions.models import Post

        operations.take_back(db.session.query(Post).filter_by(thread_id=post.id).one(), factories.utcnow())
        db.session.commit()
        with db.engine.connect() as connection:
            connection.exec_driver_sql("DELETE FROM words")
            connection.commit()
        db.session.remove()
        assert canary.encode() in heap(folder)  # deleting alone is not enough
        assert backup.wipe_free_space() is True
        assert canary.encode() not in heap(folder)
        target = folder.parent / f"{folder.name}.backup"
        backup.write(target)
        found = canary.encode() in target.read_bytes()
        target.unlink()
        assert not found


def heap(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())


def test_m9_a_retry_with_the_same_id_makes_no_second_post(server: Live) -> None:
    form = {"body": "Written once, sent twice.", "client_id": "retry-1"}
    answers = [server.send(f"/t/{server.thread}/posts", form, who="alice") for _ in range(2)]
    assert [answer.status for answer in answers] == [303, 303]
    assert server.ask("GET", f"/t/{server.thread}", who="alice").text.count("Written once, sent twice.") == 1


def test_m10_every_connection_waits_for_the_disk(app: Flask) -> None:
    """With synchronous=NORMAL a dying disk goes unnoticed; the option belongs to the connection, not to the file."""
    wanted = {"synchronous": 2, "secure_delete": 1, "foreign_keys": 1, "journal_mode": "wal", "trusted_schema": 0}
    with app.app_context():
        connections = [db.engine.connect() for _ in range(3)]
        for connection in connections:
            for pragma, value in wanted.items():
                assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value, pragma
        for connection in connections:
            connection.close()


def test_m11_read_then_write_in_eight_threads_never_finds_the_database_locked() -> None:
    with another_app() as app:
        with app.app_context(), db.engine.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE tally (n INTEGER)")
            connection.exec_driver_sql("INSERT INTO tally VALUES (0)")
        errors: list[str] = []

        def add() -> None:
            with app.app_context():
                for _ in range(10):
                    try:
                        with db.engine.begin() as connection:
                            connection.exec_driver_sql("SELECT n FROM tally").scalar()
                            connection.exec_driver_sql("UPDATE tally SET n = n + 1")
                    except Exception as error:
                        errors.append(str(error))

        threads = [threading.Thread(target=add) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with app.app_context(), db.engine.connect() as connection:
            assert connection.exec_driver_sql("SELECT n FROM tally").scalar() == 80
    assert errors == []


def test_m12_a_backup_during_writes_is_whole(tmp_path: Path) -> None:
    with another_app() as app, app.app_context():
        with db.engine.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE kept (n INTEGER)")
        stop = threading.Event()

        def write() -> None:
            with app.app_context():
                number = 0
                while not stop.is_set():
                    number += 1
                    with db.engine.begin() as connection:
                        connection.exec_driver_sql("INSERT INTO kept VALUES (?)", (number,))

        writer = threading.Thread(target=write)
        writer.start()
        time.sleep(0.3)
        target = tmp_path / "copy.db"
        backup.write(target)
        stop.set()
        writer.join()
    copy = sqlite3.connect(target)
    numbers = [n for (n,) in copy.execute("SELECT n FROM kept ORDER BY n")]
    copy.close()
    assert numbers == list(range(1, len(numbers) + 1))
    assert numbers


# ── M13 to M15: counting, hashing, the policy ────────────────────────────────────────────────────────────────────


def test_m13_of_forty_at_once_exactly_five_pass() -> None:
    """A limiter that reads and then writes lets all forty through."""
    limiter = Limiter("", {"try": Rule(member="5/minute")})
    passed: list[int] = []
    ready = threading.Barrier(40)

    def attempt(number: int) -> None:
        ready.wait()
        try:
            limiter.hit("try", member="m")
            passed.append(number)
        except RateLimited:
            pass

    threads = [threading.Thread(target=attempt, args=(n,)) for n in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(passed) == 5


def test_m14_wrong_words_cost_no_slow_hash(
    browser: Browser, monkeypatch: pytest.MonkeyPatch, sign_in_as: Callable[..., Browser]
) -> None:
    """A slow hash per guess is a cheap way to stop a server: only a phrase that is found is hashed."""
    calls: list[str] = []
    monkeypatch.setattr(phrase, "verify", lambda _verifier, words: calls.append(words) or False)
    browser.post("/return", {"phrase": "abacus abdomen abdominal abide abiding ability", "device": "shared"})
    browser.post("/return", {"phrase": "x" * 100_000, "device": "shared"})
    assert calls == []


@pytest.mark.alone
def test_m14_an_unknown_moderator_takes_as_long_as_a_wrong_password() -> None:
    stored = passwords.hash_password("a long enough password for this test")

    def seconds(stored: str | None) -> float:
        times = []
        for _ in range(3):
            started = time.perf_counter()
            assert passwords.verify_password(stored, "not the right one") is False
            times.append(time.perf_counter() - started)
        return min(times)

    known, unknown = seconds(stored), seconds(None)
    assert 0.4 < known / unknown < 2.5


def test_m15_the_policy_is_the_one_that_was_checked() -> None:
    """What csp_evaluator found nothing in (docs/security-testing.md); every word is pinned here."""
    from forum.web.headers import security_policy

    assert security_policy("NONCE", ("wss://forum.example",)) == (
        "default-src 'none'; script-src 'nonce-NONCE'; style-src 'self'; img-src 'self'; font-src 'self'; "
        "connect-src 'self' wss://forum.example; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
        "object-src 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types forum-fragment"
    )
