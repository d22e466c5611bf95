"""Slow clients of a gevent instance with nothing in front, as behind an onion service: each is hung up on in time."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest

from tests.security.live import Live, prepared
from tests.services import postgres_database, redis_url

pytestmark = [pytest.mark.postgres, pytest.mark.redis, pytest.mark.slow]

SECONDS = 2.0
"""Instead of thirty: the server of this test waits as long for a request."""
LINES = 40
ONION = f"http://{'a' * 56}.onion"
CONFIG = f"""
with open("gunicorn.conf.py") as ours:
    exec(compile(ours.read(), "gunicorn.conf.py", "exec"))
from forum.web import patience
patience.ARRIVAL_SECONDS = {SECONDS}
keepalive = keepalive and 60  # its own time for the next head is not what hangs up here
"""
POST = b"POST /theme HTTP/1.1\r\nHost: %s\r\nContent-Type: application/x-www-form-urlencoded\r\n"
KINDS = {
    "nothing": b"",
    "half a head": b"GET /help HTTP/1.1\r\nHost: %s\r\nX-",
    "half a body": POST + b"Content-Length: 1000\r\n\r\na",
}


@pytest.fixture(scope="module", params=["plain", "onion"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    folder = tmp_path_factory.mktemp("green")
    (folder / "config.py").write_text(CONFIG)
    onion = {"FORUM_ONION_CIRCUITS": "1", "FORUM_PUBLIC_URL": ONION} if request.param == "onion" else {}
    with postgres_database() as url:
        made = prepared(folder, FORUM_ASYNC_MODE="gevent", FORUM_DATABASE_URL=url, FORUM_REDIS_URL=redis_url(), **onion)
        made.config = str(folder / "config.py")
        try:
            made.start()
            yield made
        finally:
            made.stop()


def host_of(server: Live) -> bytes:
    public = server.env.get("FORUM_PUBLIC_URL", "")
    return (public.removeprefix("http://") or f"127.0.0.1:{server.port}").encode()


def line_to(server: Live, said: bytes, circuit: int = 1) -> socket.socket:
    """Open a connection that has said so much; behind Tor it names its circuit first."""
    line = socket.create_connection(("127.0.0.1", server.port), timeout=10)
    first = b"PROXY TCP6 fc00:dead:beef:4dad::%x ::1 65535 42\r\n" % circuit if "onion" in str(server.env) else b""
    line.sendall(first + said.replace(b"%s", host_of(server)))
    return line


def answer_to(server: Live, said: bytes) -> bytes:
    with line_to(server, said) as line:
        heard = b""
        while more := line.recv(65_536):
            heard += more
    return heard


@pytest.mark.parametrize("kind", KINDS)
def test_who_sends_no_whole_request_is_hung_up_on(server: Live, kind: str) -> None:
    lines = [line_to(server, KINDS[kind], circuit) for circuit in range(1, LINES)]
    began = time.monotonic()
    assert answer_to(server, b"GET /help HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n").startswith(b"HTTP/1.1 200")
    for line in lines:
        line.settimeout(max(0.1, SECONDS * 4 - (time.monotonic() - began)))
        assert line.recv(65_536) == b""
        line.close()


def test_a_form_that_comes_in_two_parts_is_read_whole(server: Live) -> None:
    body = b"theme=dark" + b"&x=y" * 100
    with line_to(server, POST + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body[:5]) as line:
        time.sleep(SECONDS / 2)
        line.sendall(body[5:])
        assert line.recv(65_536).startswith(b"HTTP/1.1 403")  # read, and refused for its missing token


@pytest.mark.parametrize(
    ("head", "status"),
    [(b"Transfer-Encoding: chunked\r\n\r\n5\r\na", b"411"),
     (b"Expect: 100-continue\r\nContent-Length: 5\r\n\r\n", b"417"),
     (b"Content-Length: 9999999\r\n\r\naaa", b"413")],
)  # fmt: skip
def test_what_no_browser_sends_is_refused_unread(server: Live, head: bytes, status: bytes) -> None:
    heard = answer_to(server, POST + head)
    assert heard.startswith(b"HTTP/1.1 " + status)
    assert b"Cache-Control: no-store" in heard
