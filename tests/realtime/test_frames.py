"""Frames made once and written without waiting: their bytes, their order, and sockets that stay behind."""

from __future__ import annotations

import functools
import json
import socket
import threading
import time
from collections.abc import Iterator

import engineio
import pytest
import simple_websocket
from engineio.packet import MESSAGE, Packet
from werkzeug.serving import make_server
from wsproto import ConnectionType
from wsproto.connection import Connection
from wsproto.events import BytesMessage, TextMessage

from forum.realtime.frames import DirectWebSocket, Outbox, frame, frame_of

pytestmark = pytest.mark.slow


def read_all(raw: bytes) -> list[str | bytes]:
    """Read frames as a browser would, with the library the server itself reads with."""
    client, found = Connection(ConnectionType.CLIENT), []
    client.receive_data(raw)
    whole: str | bytes | None = None
    for event in client.events():
        assert isinstance(event, TextMessage | BytesMessage)
        whole = event.data if whole is None else whole + event.data  # type: ignore[operator]
        if event.message_finished:
            found.append(whole)
            whole = None
    assert whole is None
    return found


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    near, far = socket.socketpair()
    near.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    yield near, far
    near.close()
    far.close()


def receive(far: socket.socket, size: int) -> bytes:
    far.settimeout(10)
    found = b""
    while len(found) < size:
        found += far.recv(size - len(found))
    return found


@pytest.mark.parametrize("length", [0, 1, 125, 126, 127, 65_535, 65_536, 70_000])
def test_frames_of_every_length_are_read_back(length: int) -> None:
    text = "ä" * (length // 2) + "a" * (length % 2)
    assert read_all(frame(text) + frame(b"\x00" * length)) == [text, b"\x00" * length]


def test_a_packet_is_framed_once_for_all() -> None:
    packet = Packet(MESSAGE, '2/live,["x"]')
    assert read_all(frame_of(packet)) == ['42/live,["x"]']
    assert frame_of(packet) is frame_of(packet)


def test_a_socket_that_takes_no_more_is_left_to_its_writer_in_order(pair: tuple[socket.socket, socket.socket]) -> None:
    near, far = pair
    woken: list[bool] = []
    outbox = Outbox(near, lambda: woken.append(True))
    frames = [frame(f"{number} " + "x" * 3000) for number in range(40)]
    for made in frames:
        outbox.put(made)  # returns although nobody reads
    assert woken
    writer = threading.Thread(target=outbox.flush)
    writer.start()
    assert receive(far, sum(map(len, frames))) == b"".join(frames)
    writer.join(10)
    assert not writer.is_alive()


def test_frames_of_many_threads_never_mix_and_none_is_left_lying(pair: tuple[socket.socket, socket.socket]) -> None:
    near, far = pair
    stuck = threading.Event()
    outbox = Outbox(near, stuck.set)
    total = 8 * 200
    done = threading.Event()

    def write_when_stuck() -> None:
        while not done.is_set():
            if stuck.wait(0.01):
                stuck.clear()
                outbox.flush()

    def put(thread: int) -> None:
        for number in range(200):
            outbox.put(frame(f"{thread} {number} " + "x" * (number * 7 % 400)))

    threads = [threading.Thread(target=put, args=(n,)) for n in range(8)]
    for thread in (writer := threading.Thread(target=write_when_stuck), *threads):
        thread.start()
    size = sum(len(frame(f"{t} {n} " + "x" * (n * 7 % 400))) for t in range(8) for n in range(200))
    found = [str(message).split()[:2] for message in read_all(receive(far, size))]
    done.set()
    for thread in (writer, *threads):
        thread.join(10)
    assert len(found) == total
    for own in range(8):
        assert [int(number) for thread, number in found if int(thread) == own] == list(range(200))


def test_a_socket_hopelessly_behind_is_given_up(pair: tuple[socket.socket, socket.socket]) -> None:
    outbox = Outbox(pair[0], lambda: None, max_behind=20_000)
    with pytest.raises(BrokenPipeError):
        put_many(outbox, 100)


def test_a_closed_socket_says_so(pair: tuple[socket.socket, socket.socket]) -> None:
    outbox = Outbox(pair[0], lambda: None)
    pair[1].close()
    with pytest.raises(BrokenPipeError):
        put_many(outbox, 3)


def put_many(outbox: Outbox, count: int) -> None:
    for _ in range(count):
        outbox.put(frame("x" * 1000))


@pytest.fixture
def engine() -> Iterator[tuple[engineio.Server, str]]:
    """Engine.IO itself with our WebSockets, on a real port; its pings follow one another fast."""
    server = engineio.Server(async_mode="threading", ping_interval=0.3, ping_timeout=0.3, cors_allowed_origins="*")
    server._async["websocket"] = functools.partial(DirectWebSocket, max_message_size=65_536)
    wsgi = make_server("127.0.0.1", 0, engineio.WSGIApp(server), threaded=True)
    thread = threading.Thread(target=wsgi.serve_forever, daemon=True)
    thread.start()
    yield server, f"ws://127.0.0.1:{wsgi.server_port}/engine.io/?EIO=4&transport=websocket"
    wsgi.shutdown()
    thread.join()
    wsgi.server_close()


def test_a_line_nobody_says_anything_on_stays_open_as_long_as_pings_are_answered(
    engine: tuple[engineio.Server, str],
) -> None:
    server, url = engine
    client = simple_websocket.Client(url)
    sid = json.loads(client.receive(5)[1:])["sid"]
    pings = 0
    while pings < 6:  # three times as long as the writer thread waits for something to do
        assert client.receive(5) == "2"
        client.send("3")
        pings += 1
    server.send(sid, "still here")
    heard = client.receive(5)
    while heard == "2":
        heard = client.receive(5)
    assert heard == "4still here"
    client.close()


def test_a_line_whose_pings_are_not_answered_is_closed(engine: tuple[engineio.Server, str]) -> None:
    _server, url = engine
    client = simple_websocket.Client(url)
    with pytest.raises(simple_websocket.ConnectionClosed):
        hear_for_ever(client)


def hear_for_ever(client: simple_websocket.Client) -> None:
    while client.receive(5) is not None:
        pass


def raw_line(url: str) -> tuple[socket.socket, str]:
    """Open a line by hand, as somebody would who then does nothing; returns its socket and id."""
    _, _, place, path = url.split("/", 3)
    host, port = place.split(":")
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    line.connect((host, int(port)))
    ask = f"GET /{path} HTTP/1.1\r\nHost: {place}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    line.sendall(f"{ask}Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode())
    heard = b""
    while b'"sid":"' not in heard or b"}" not in heard:
        heard += line.recv(200)
    return line, heard.split(b'"sid":"')[1].split(b'"')[0].decode()


@pytest.mark.parametrize("megabytes", [0, 3])
def test_who_never_answers_nor_reads_nor_hangs_up_holds_no_thread(
    engine: tuple[engineio.Server, str], megabytes: int
) -> None:
    """Half open, or with three megabytes waiting: a farewell nobody answers must not keep two threads for ever."""
    server, url = engine
    before = set(threading.enumerate())
    line, sid = raw_line(url)
    assert set(threading.enumerate()) - before
    for _ in range(megabytes * 16):
        server.send(sid, "x" * 65_536)
    until = time.monotonic() + 15
    left = before
    while (left := set(threading.enumerate()) - before) and time.monotonic() < until:
        time.sleep(0.1)
    line.close()
    assert {thread.name for thread in left if "_service_task" not in thread.name} == set()
