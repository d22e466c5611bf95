"""F1, F2, F3, F10, F12: the server dies or is replaced, the line is cut."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import socket
import statistics
import subprocess
import time
from pathlib import Path
from urllib.parse import urlencode

from bench._faults.site import Sent, again, check, kill, nothing_lost, post, rows, site, token_of, writing
from tests.security.live import Live


def f1(folder: Path, *, kills: int = 50, people: int = 20, ready_seconds: float = 5.0, minutes: float = 60.0) -> str:
    """Kill -9 at random moments while people post by form and by socket and try again."""
    chance, ready = random.Random(7), [0.0]
    until = time.monotonic() + minutes * 60
    with site(folder, people) as server:
        with writing(server, people) as sent:
            while len(ready) <= kills and time.monotonic() < until:
                time.sleep(chance.uniform(0.3, 1.5))
                kill(server)
                ready.append(again(server))
        said = nothing_lost(server, sent)
    times = f"ready again within {max(ready):.1f} s, mostly {statistics.median(ready):.1f} s"
    said = f"{len(ready) - 1} kills, {people} writers: {said}; {times}"
    check(max(ready) < ready_seconds, said)
    return said


def f2_f3(folder: Path) -> str:
    """Die at the very moment the answer is sent: the retry gets the same post, others read it after the restart."""
    tool = shutil.which("strace")
    check(tool is not None, "strace is not installed")
    with site(folder) as server:
        token, sent = token_of(server, "p0"), Sent()
        post(server, "p0", token, "The rules are read by now.", "warm", sent)
        fault = ["-f", "-qq", "-o", "/dev/null", "-e", "trace=sendto", "-e", "inject=sendto:signal=SIGKILL:when=1"]
        tracer = subprocess.Popen([str(tool), *fault, "-p", str(server.worker())], stderr=subprocess.DEVNULL)
        _until_traced(server.worker())
        status = post(server, "p0", token, "Nobody was told.", "cut", sent)
        check(status == 0, f"it was answered with {status}")
        kill(server)
        tracer.wait(20)
        stored = rows(server, "SELECT public_id, visibility FROM post WHERE client_id = 'cut'")
        check([v for _, v in stored] == ["live"], f"stored before the answer: {stored}")
        again(server)
        check("Nobody was told." in server.ask("GET", f"/t/{server.thread}/events?after=1").text, "others don't see it")
        check(post(server, "p0", token, "Nobody was told.", "cut", sent) == 303, "the retry was refused")
        after = rows(server, "SELECT public_id, visibility FROM post WHERE client_id = 'cut'")
        check(after == stored, "the retry made another post")
    return "killed at the answer: stored once, replayed to others, the retry got the same post"


def _until_traced(pid: int) -> None:
    """Wait until the tracer holds every thread, however busy the machine is."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        states = [task.read_text() for task in Path(f"/proc/{pid}/task").glob("*/status")]
        if states and not any("TracerPid:\t0\n" in state for state in states):
            return
        time.sleep(0.1)
    check(False, "the tracer did not take hold")


def f10(folder: Path, *, cuts: int = 100) -> str:
    """Cut the line in mid-send, half of them after the last byte; then send the same again, twice."""
    with site(folder, 20) as server:
        sent = Sent()
        for number in range(cuts):
            who = f"p{number % 20}"
            token = token_of(server, who)
            _cut(server, who, token, f"Cut number {number}.", f"cut-{number}", whole=number % 2 == 0)
            codes = {post(server, who, token, f"Cut number {number}.", f"cut-{number}", sent) for _ in range(2)}
            check(codes <= {303, 429}, f"answered {codes}")
            if number % 40 == 39:
                time.sleep(21)  # members' own limit: five in twenty seconds
        said = nothing_lost(server, sent)
    return f"{cuts} cuts: {said}"


def _cut(server: Live, who: str, token: str, body: str, client_id: str, *, whole: bool) -> None:
    form = urlencode({"csrf_token": token, "body": body, "client_id": client_id})
    head = (
        f"POST /t/{server.thread}/posts HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nCookie: {server.cookies[who]}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(form)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as line:
        line.sendall((head + form if whole else (head + form)[: len(head) + len(form) // 2]).encode())
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # the close is a reset


def f12(folder: Path, *, people: int = 10) -> str:
    """SIGTERM under load, as at every new version: over in ten seconds, nothing acknowledged is lost."""
    with site(folder, people) as server:
        with writing(server, people) as sent:
            time.sleep(3)
            started, process = time.monotonic(), server.process
            check(process is not None, "there is no server")
            if process is not None:
                os.killpg(process.pid, signal.SIGTERM)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(30)
            took = time.monotonic() - started
            server.process = None
            again(server)
            time.sleep(2)
        said = nothing_lost(server, sent)
    check(took < 10, f"it took {took:.1f} s to stop")
    return f"stopped in {took:.1f} s: {said}"
