"""What is weighed before a message gets a thread, on a real server; the line itself is closed, not its namespace."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator

import pytest
import websocket

from tests.security.live import Live, live

NONSENSE = [
    '42/live,["nobody:knows",{}]',
    '42/live,["thread:join",{"surely":"not"}]',
    '42/live,["thread:join",[]]',
    '42/live,["disconnect"]',
    '42/live,["connect",{}]',
    '42/live,["*"]',
    "42/live,",
    "42/live,[]",
    '42/live,{"a":1}',
    '42/live,[["x"]]',
    '42/live,"x"',
    '42["x"]',
    '42/elsewhere,["x"]',
    "40/elsewhere,",
    '451-/live,["x",{"_placeholder":true,"num":0}]',
    '461-/live,1["x"]',
    "43/live,1[]",
    "44/live,{}",
    "49/live,",
    "42/live,1" + "[" * 30_000,
    "42/live,[" + "9" * 5_000 + "]",
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with live(tmp_path_factory.mktemp("gate")) as found:
        yield found


def open_line(server: Live, who: str = "", namespace: str = "/live") -> websocket.WebSocket:
    line = websocket.create_connection(
        f"ws://127.0.0.1:{server.port}/socket.io/?EIO=4&transport=websocket",
        origin=server.origin, timeout=10, cookie=server.cookies.get(who, ""),
    )  # fmt: skip
    line.recv()
    line.send(f"40{namespace},")
    assert line.recv().startswith(f"40{namespace},")
    return line


def is_hung_up(line: websocket.WebSocket, seconds: float = 5) -> bool:
    """Read until the line ends; False when nothing more comes and it is still open.

    Bytes, not messages: the client library answers a farewell, and waits for ever where a flood is still under way.
    """
    if line.sock is None:  # it has noticed by itself
        return True
    line.sock.settimeout(seconds)
    try:
        while line.sock.recv(65_536):
            pass
    except TimeoutError:
        return False
    except OSError:
        return True
    finally:
        line.shutdown()
    return True


@pytest.mark.parametrize("said", NONSENSE, ids=lambda said: said[:30])
def test_the_third_time_the_line_is_closed(server: Live, said: str) -> None:
    line = open_line(server)
    for _ in range(2):
        line.send(said)
    line.send('42/live,7["thread:join",{"thread":"x"}]')  # two are forgiven: it still answers
    assert line.recv().startswith("43/live,7")
    line.send(said)
    assert is_hung_up(line)


def test_binary_is_not_spoken(server: Live) -> None:
    line = open_line(server)
    for _ in range(3):
        line.send_binary(b"\x00" * 100)
    assert is_hung_up(line)


def test_a_namespace_opened_again_does_not_wash_breaches_away(server: Live) -> None:
    """The naive way counts by Socket.IO's id, which is a new one each time."""
    line = open_line(server)
    for _ in range(2):
        line.send('42/live,["nobody:knows"]')
    line.send("41/live,")
    line.send("40/live,")
    line.send('42/live,["nobody:knows"]')
    assert is_hung_up(line)


def test_a_hundred_a_minute_count_for_the_line_and_the_third_too_many_closes_it(server: Live) -> None:
    line = open_line(server)
    line.settimeout(10)
    codes: list[str] = []
    with contextlib.suppress(OSError, websocket.WebSocketException):
        for number in range(130):
            if number % 40 == 39:
                line.send("41/live,")
                line.send("40/live,")
                line.recv()
            line.send(f'42/live,{number}["thread:join",{{"thread":"x"}}]')
            heard = line.recv()
            if heard.startswith("43/live,"):
                codes.append(json.loads(heard[heard.index("[") :])[0]["error"]["code"])
    assert 90 <= len(codes) <= 103
    assert codes[-1] == "rate_limited"
    assert is_hung_up(line)


def test_a_socket_cannot_make_the_forum_forget_it(server: Live) -> None:
    """A browser's own `disconnect` event would reach our handler for closed sockets: it would go on hearing unseen."""
    line = open_line(server, "mo", "/mod")
    line.send('42/mod,["disconnect"]')
    kept = server.cookies["mo"]
    assert server.send("/mod/logout", {}, who="mo", page="/mod/").status == 303
    server.cookies["mo"] = kept
    line.settimeout(5)
    heard = ""
    with contextlib.suppress(OSError, websocket.WebSocketException):
        while "session:ended" not in heard:
            heard += str(line.recv())
    line.shutdown()
    assert "session:ended" in heard


@pytest.mark.slow
def test_a_flood_of_large_messages_stays_in_the_network(server: Live) -> None:
    """Each is within the frame's limit; read as fast as they come they would be a hundred megabytes in memory."""
    from tests.security.test_traps import resident_kb

    pid = server.worker()
    open_line(server).shutdown()
    before = resident_kb(pid)
    lines = [open_line(server) for _ in range(3)]
    message, peak = '42/live,["thread:join",{"thread":"' + "x" * 60_000 + '"}]', before
    for line in lines:
        line.settimeout(2)  # once it is hung up on, what is under way may never leave
        with contextlib.suppress(OSError, websocket.WebSocketException):
            for _ in range(500):
                line.send(message)
        peak = max(peak, resident_kb(pid))
    assert all(is_hung_up(line) for line in lines)
    assert peak - before < 20 * 1024
