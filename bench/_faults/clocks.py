"""F11, F13, F18: a transaction that stalls, a clock that jumps, hundreds of sockets from one place."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from pathlib import Path

import websocket

from bench._faults.site import Sent, again, check, kill, nothing_lost, post, rows, site, token_of
from tests.security.live import Live

FAKETIME = (
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
)


def f11(folder: Path) -> str:
    """One transaction takes a number and stalls, another is ready first: a reader never sees the second without the first."""  # noqa: E501
    with site(folder) as server:
        token, sent = token_of(server, "p0"), Sent()
        post(server, "p0", token, "The rules are read by now.", "warm", sent)
        stalled = sqlite3.connect(server.instance / "forum.db", isolation_level=None, timeout=20)
        stalled.execute("BEGIN IMMEDIATE")
        stalled.execute("UPDATE thread SET seq = seq + 1")
        (thread, seq), *_ = stalled.execute("SELECT id, seq FROM thread LIMIT 1").fetchall()
        second = threading.Thread(target=post, args=(server, "p1", token_of(server, "p1"), "Second.", "second", sent))
        second.start()
        seen = [_numbers(server) for _ in range(8)]
        stalled.execute("INSERT INTO thread_event VALUES (?, ?, 'close', NULL, '2026-01-01 00:00:00')", (thread, seq))
        stalled.execute("COMMIT")
        stalled.close()
        second.join()
        seen.append(_numbers(server))
        check(all(one == list(range(1, len(one) + 1)) for one in seen), f"a reader saw a gap: {seen}")
        check(len(seen[-1]) == len(seen[0]) + 2, f"not both: {seen}")
        said = nothing_lost(server, sent)
    return f"the second waited for the first; {said}"


def _numbers(server: Live) -> list[int]:
    import json

    time.sleep(0.05)
    return [one["seq"] for one in json.loads(server.ask("GET", f"/t/{server.thread}/events?after=0").text)["events"]]


def f13(folder: Path) -> str:
    """The clock is a day ahead, then a day behind: nobody meets an error, order stays, sessions end or go on as they say."""  # noqa: E501
    library = next((path for path in FAKETIME if Path(path).exists()), "")
    check(bool(library), "libfaketime is not installed")
    said = []
    with site(folder, 3) as server:
        sent = Sent()
        first = post(server, "p0", token_of(server, "p0"), "At noon.", "noon", sent)
        check(first == 303, f"the first post was answered with {first}")
        for jump in ("+1d", "-1d", "+0d"):
            kill(server)
            server.env |= {"LD_PRELOAD": library, "FAKETIME": jump}
            again(server)
            codes = {
                server.ask("GET", path, who="p1").status for path in ("/rooms", "/me", f"/t/{server.thread}", "/help")
            }
            check(codes <= {200, 303}, f"{jump}: pages answered {codes}")
            status = post(server, "p0", token_of(server, "p0"), f"At {jump}.", f"jump{jump}", sent)
            check(status == 303, f"{jump}: a post was answered with {status}")
            said.append(f"{jump} {status}")
        order = [
            body
            for (body,) in rows(
                server, "SELECT body FROM post WHERE seq IS NOT NULL AND author_id IS NOT NULL ORDER BY seq"
            )
        ]
        check(order[-4:] == ["At noon.", "At +1d.", "At -1d.", "At +0d."], f"the order changed: {order}")
        nothing_lost(server, sent)
    return ", ".join(said) + "; the order is that of sending"


def f18(folder: Path, *, sockets: int = 300) -> str:
    """So many sockets from one place: the help page answers within a second, a member still gets a line."""
    lines: list[websocket.WebSocket] = []
    refused = 0
    with site(folder) as server:
        post(server, "p0", token_of(server, "p0"), "The rules are read by now.", "warm", Sent())
        try:
            for _ in range(sockets):
                try:
                    lines.append(_line(server))
                except (OSError, websocket.WebSocketException):
                    refused += 1
            started = time.monotonic()
            check(server.ask("GET", "/help").status == 200, "no help page")
            took = time.monotonic() - started
            check(took < 1.0, f"the help page took {took:.1f} s")
            lines.append(_line(server, "p1"))
            check(
                post(server, "p1", token_of(server, "p1"), "I got in.", "in", Sent()) == 303, "a member could not post"
            )
        finally:
            for line in lines:
                with contextlib.suppress(OSError):
                    line.shutdown()
    return f"{len(lines) - 1} open, {refused} refused; help in {took:.2f} s, a member came in and posted"


def _line(server: Live, who: str = "") -> websocket.WebSocket:
    line = websocket.WebSocket()
    try:
        line.connect(
            f"ws://127.0.0.1:{server.port}/socket.io/?EIO=4&transport=websocket", origin=server.origin, timeout=10,
            header={"Cookie": server.cookies[who]} if who else {},
        )  # fmt: skip
        line.recv()
    except Exception:
        line.shutdown()
        raise
    return line
