"""Slow clients on a real server without nginx, as behind an onion service: three times as many as it has threads.

Answers are compared with those of the same server at rest, a moment before: a busy machine slows both.
"""

from __future__ import annotations

import os
import socket
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from forum.config import RESERVED_THREADS
from forum.web import patience
from tests.security.live import Live, live

pytestmark = pytest.mark.alone

SOCKETS = 20
LINES = 3 * (SOCKETS + RESERVED_THREADS)
HEAD = b"POST /join HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
KINDS = {
    "nothing": b"",
    "half a head": b"GET /help HTTP/1.1\r\nHost: 127.0.0.1\r\nX-",
    "half a body": HEAD + b"Content-Length: 1000\r\n\r\na",
    "half a chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\na",
    "a head and a half": b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nGET /help HTTP/1.1\r\nHo",
    "unread": b"GET /about HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    "four unread": b"GET /guidelines HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 4,
    "never hung up": b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
    "a body too long": HEAD + b"Content-Length: 9999999\r\n\r\n" + b"a" * 1000,
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with live(tmp_path_factory.mktemp("slow"), FORUM_MAX_SOCKETS=str(SOCKETS)) as found:
        wait_until_at_rest(found)
        yield found


def wait_until_at_rest(server: Live) -> None:
    """After its start a server reads lexicon and rules for some seconds; nothing said before then is its own pace."""
    before = -1.0
    for _ in range(120):
        spent = processor_seconds(server.worker())
        if spent - before < 0.02:
            return
        before = spent
        time.sleep(0.5)
    raise TimeoutError


def processor_seconds(pid: int) -> float:
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def seconds_of(server: Live, path: str) -> float:
    """Return how long a page takes, the middle of five."""
    took = []
    for _ in range(5):
        started = time.monotonic()
        assert server.ask("GET", path).status == 200
        took.append(time.monotonic() - started)
    return statistics.median(took)


@contextmanager
def many(server: Live, said: bytes) -> Iterator[list[socket.socket]]:
    """Hold many connections that have said so much and now do nothing."""
    lines = []
    try:
        for _ in range(LINES):
            line = socket.socket()
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            line.connect(("127.0.0.1", server.port))
            line.sendall(said)
            lines.append(line)
        yield lines
    finally:
        for line in lines:
            line.close()


@pytest.mark.parametrize("kind", KINDS)
def test_scanner_however_slow_they_are_others_are_answered_as_before(server: Live, kind: str) -> None:
    before = seconds_of(server, "/rooms")
    with many(server, KINDS[kind]):
        wait_until_at_rest(server)
        took = {path: seconds_of(server, path) for path in ("/help", "/rooms")}
    idle = max(before, seconds_of(server, "/rooms"))  # the machine may have become busy in between
    assert max(took.values()) < min(2.0, 5 * idle + 0.25), took


def test_scanner_a_byte_now_and_then_does_not_buy_time(server: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    """A time-out between two bytes is what slowloris lives on; here the whole request has one."""
    line = socket.create_connection(("127.0.0.1", server.port), timeout=0.1)
    line.sendall(KINDS["half a head"])
    started, ended = time.monotonic(), False
    while not ended and time.monotonic() - started < patience.ARRIVAL_SECONDS + 10:
        try:
            line.sendall(b"x")
            ended = line.recv(100) == b""
        except TimeoutError:
            time.sleep(0.4)
        except OSError:
            ended = True
    line.close()
    assert ended
    assert time.monotonic() - started > patience.ARRIVAL_SECONDS - 1


def test_a_slow_telephone_gets_its_long_form_through(server: Live) -> None:
    """As long as a form may be, in small pieces over some seconds, and through in one piece."""
    body = b"handle=x&about=" + b"w" * (patience.MAX_WAITED_BYTES - 1000)
    line = socket.create_connection(("127.0.0.1", server.port), timeout=20)
    line.sendall(HEAD + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body))
    for start in range(0, len(body), 16_384):
        line.sendall(body[start : start + 16_384])
        time.sleep(0.2)
    heard = b""
    while part := line.recv(65_536):
        heard += part
    line.close()
    assert heard.startswith(b"HTTP/1.1 403 ")  # its token is missing: somebody has read it to its end
    assert b"</html>" in heard


def test_requests_that_follow_one_another_at_once_are_all_answered(server: Live) -> None:
    line = socket.create_connection(("127.0.0.1", server.port), timeout=20)
    one = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    line.sendall((one + b"\r\n") * 3 + one + b"Connection: close\r\n\r\n")
    heard = b""
    while part := line.recv(65_536):
        heard += part
    line.close()
    assert heard.count(b"HTTP/1.1 200 OK") == 4


@pytest.mark.parametrize(
    ("said", "needed"),
    [
        (b"", 1),
        (b"GET / HTTP/1.1\r\n", 17),
        (b"GET / HTTP/1.1\r\n\r\n", 18),
        (b"POST / HTTP/1.1\r\ncontent-LENGTH: 5\r\n\r\nab", 43),
        (b"POST / HTTP/1.1\r\nA: b\r\nContent-Length:5\r\nC: d\r\n\r\nabcdefgh", 54),
        (b"POST / HTTP/1.1\r\nContent-Length: 999999999\r\n\r\n", 46),
        (b"PROXY TCP6 fc00::1 ::1 65535 42\r\nGET / HTTP/1.1\r\n\r\n", 51),
    ],
)
def test_how_much_is_waited_for(said: bytes, needed: int) -> None:
    assert patience.bytes_needed(said) == needed


@pytest.mark.parametrize(
    "said",
    [
        b"a" * patience.MAX_HEAD_BYTES,
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n",
    ],
)
def test_what_no_browser_sends_is_refused_before_it_gets_a_thread(said: bytes) -> None:
    with pytest.raises(patience.Unwanted):
        patience.bytes_needed(said)


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", b"400"),
        (b"GET /\x00 HTTP/1.1\r\nHost: a\r\n\r\n", b"400"),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"400"),
        (b"GET /secretwords HTTP/1.1\r\nTransfer-Encoding : chunked\r\n\r\n", b"400"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"411"),
        (HEAD + b"Content-Length: 5\r\nExpect: 100-continue\r\n\r\n", b"417"),
        (b"GET / HTTP/1.1\r\nX: " + b"a" * 20_000, b"431"),
    ],
)
def test_what_never_became_a_request_is_answered_with_our_headers_too(server: Live, said: bytes, status: bytes) -> None:
    line = socket.create_connection(("127.0.0.1", server.port), timeout=20)
    line.sendall(said)
    heard = b""
    while part := line.recv(65_536):
        heard += part
    line.close()
    assert heard.startswith(b"HTTP/1.1 " + status)
    for header in (b"nosniff", b"default-src 'none'", b"no-store", b"DENY"):
        assert header in heard
    assert b"gunicorn" not in heard
    assert b"secretwords" not in heard
