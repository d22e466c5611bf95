"""Whatever a broken or hostile process writes on the socket becomes ScorerUnavailable, within the deadline."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from forum.moderation.scoring import wire
from forum.moderation.scoring.client import Breaker, ScorerClient
from forum.moderation.scoring.protocol import ScorerUnavailable
from forum.moderation.scoring.server import listen
from forum.moderation.verdict import LABELS, Scores

pytestmark = pytest.mark.alone

GOOD = {
    "scorer": "embedded",
    "labels": dict.fromkeys(LABELS, 0.5),
    "embedded": None,
    "crisis": 0.25,
    "version": "v1",
    "ms": 3.0,
}

Answer = Callable[[socket.socket], None]


@pytest.fixture
def rogue(tmp_path: Path) -> Iterator[Callable[[Answer], ScorerClient]]:
    """Give a maker of clients that talk to a server which answers with whatever a test says."""
    listeners: list[socket.socket] = []

    def start(answer: Answer) -> ScorerClient:
        path = tmp_path / "rogue.sock"
        listeners.append(listen(path))
        threading.Thread(target=_serve, args=(listeners[-1], answer), daemon=True).start()
        return ScorerClient(path)

    yield start
    for listener in listeners:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def _serve(listener: socket.socket, answer: Answer) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection:
            wire.receive(connection, time.monotonic() + 1)
            answer(connection)


def frame(message: object) -> Answer:
    body = json.dumps(message).encode()
    return lambda connection: connection.sendall(struct.pack(">I", len(body)) + body)


def raw(content: bytes) -> Answer:
    return lambda connection: connection.sendall(content)


def asked(client: ScorerClient, seconds: float = 0.3) -> str:
    started = time.monotonic()
    with pytest.raises(ScorerUnavailable) as caught:
        client.score("a text that must not be repeated", started + seconds)
    assert time.monotonic() - started < seconds + 0.15
    assert "repeated" not in repr(caught.value)
    return caught.value.reason


def test_a_good_answer_arrives(rogue: Callable[[Answer], ScorerClient]) -> None:
    scores = rogue(frame({"scores": GOOD})).score("hello", time.monotonic() + 1)
    assert scores == Scores("embedded", GOOD["labels"], None, 0.25, "v1", 3.0)


@pytest.mark.parametrize(
    "scores",
    [
        None,
        [],
        {},
        GOOD | {"scorer": "oracle"},
        GOOD | {"scorer": "off"},
        GOOD | {"labels": {}},
        GOOD | {"labels": {"toxicity": 1.5}},
        GOOD | {"labels": {"toxicity": -0.1}},
        GOOD | {"labels": {"toxicity": float("nan")}},
        GOOD | {"labels": {"toxicity": float("inf")}},
        GOOD | {"labels": {"toxicity": True}},
        GOOD | {"labels": {"toxicity": "1.0"}},
        GOOD | {"labels": {"toxicity": 0.5, "guilt": 1.0}},
        GOOD | {"embedded": [1]},
        GOOD | {"crisis": 7},
        GOOD | {"cruelty": -0.5},
        GOOD | {"cruelty": "very"},
        GOOD | {"version": None},
        GOOD | {"version": "v" * 5000},
        GOOD | {"ms": None},
    ],
    ids=str,
)
def test_scores_that_make_no_sense_are_garbage(rogue: Callable[[Answer], ScorerClient], scores: Any) -> None:
    assert asked(rogue(frame({"scores": scores}))) == "garbage"


@pytest.mark.parametrize(
    "answer",
    [
        raw(b"HTTP/1.1 200 OK\r\n\r\n"),
        raw(b"\xff" * 64),
        raw(struct.pack(">I", 4) + b"null"),
        raw(struct.pack(">I", 4) + b"\xff\xfe\x00\x01"),
        raw(struct.pack(">I", 50_000) + b"[" * 50_000),
        frame({}),
        frame({"reason": "because"}),
        frame({"reason": ["off"]}),
    ],
)
def test_noise_is_garbage(rogue: Callable[[Answer], ScorerClient], answer: Answer) -> None:
    assert asked(rogue(answer)) == "garbage"


@pytest.mark.parametrize("content", [b"", b"\x00", struct.pack(">I", 90) + b"{"])
def test_a_cut_off_answer_is_dead(rogue: Callable[[Answer], ScorerClient], content: bytes) -> None:
    assert asked(rogue(raw(content))) == "dead"


def test_silence_is_late(rogue: Callable[[Answer], ScorerClient]) -> None:
    assert asked(rogue(lambda _: time.sleep(0.8))) == "late"


def test_an_answer_that_trickles_is_late(rogue: Callable[[Answer], ScorerClient]) -> None:
    """Every single read is in time; only the whole is not."""

    def trickle(connection: socket.socket) -> None:
        body = json.dumps({"scores": GOOD}).encode()
        for byte in struct.pack(">I", len(body)) + body:
            try:
                connection.sendall(bytes([byte]))
            except OSError:
                return
            time.sleep(0.05)

    assert asked(rogue(trickle)) == "late"


def test_nobody_there_is_dead(tmp_path: Path) -> None:
    assert asked(ScorerClient(tmp_path / "nothing.sock")) == "dead"


def test_no_time_left_is_late(tmp_path: Path) -> None:
    with pytest.raises(ScorerUnavailable, match="late"):
        ScorerClient(tmp_path / "nothing.sock").score("hello", time.monotonic() - 1)


def test_the_longest_text_fits_a_frame(rogue: Callable[[Answer], ScorerClient]) -> None:
    client = rogue(frame({"scores": GOOD}))
    assert client.score("\U0001f642" * 9000, time.monotonic() + 2).scorer == "embedded"


def test_a_folder_with_a_long_name_works(tmp_path: Path) -> None:
    folder = tmp_path / ("long-" * 30)
    folder.mkdir()
    listener = listen(folder / "scorer.sock")
    threading.Thread(target=_serve, args=(listener, frame({"scores": GOOD})), daemon=True).start()
    assert ScorerClient(folder / "scorer.sock").score("hello", time.monotonic() + 1).version == "v1"
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


def test_the_socket_is_for_this_account_alone(tmp_path: Path) -> None:
    listener = listen(tmp_path / "scorer.sock")
    assert (tmp_path / "scorer.sock").stat().st_mode & 0o777 == 0o600
    listener.close()


def test_the_breaker_spares_posts_the_wait_and_recovers() -> None:
    breaker = Breaker(patience=2, pause_seconds=0.1)
    for _ in range(2):
        assert breaker.admits()
        breaker.note(late=True)
    assert not breaker.admits()
    time.sleep(0.12)
    assert [breaker.admits(), breaker.admits()] == [True, False]
    breaker.note(late=False)
    assert breaker.admits()
