"""A full room: from one message sent to its arrival at the last of many attendees, on one embedded server.

Every attendee is a real WebSocket over loopback with a session of its own. Messages go through the whole way of a post:
stored, screened by every rule, committed, then told. The clients run in this process, on the server's own machine.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
import statistics
import tempfile
import time
import urllib.request
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp

from bench import _rooms

GOAL_MS = 300
POST = re.compile(r'"post":"([^"]+)"')
"""Searched for, not parsed: three hundred browsers would not share one core either."""
SYLLABLES = [a + b for a in "bdfglmnprstvz" for b in "aeiou"]


def invented(number: int) -> str:
    """Return sixteen words nobody has written: like texts by several accounts are held as advertising."""
    chance = random.Random(number)
    return " ".join("".join(chance.choices(SYLLABLES, k=3)) for _ in range(16)).capitalize() + "."


class Attendee:
    """One browser: just enough Socket.IO to join a room and to hear what is said."""

    def __init__(self, origin: str, cookie: dict[str, str], heard: dict[str, list[float]]) -> None:
        self.origin, self.cookie, self.heard = origin, cookie, heard
        self.acks: dict[int, asyncio.Future[Any]] = {}
        self.number = 0

    async def connect(self, http: aiohttp.ClientSession) -> None:
        """Open the socket on `/live`."""
        headers = {"Cookie": f"{self.cookie['name']}={self.cookie['value']}", "Origin": self.origin}
        url = self.origin.replace("http", "ws", 1) + "/socket.io/?EIO=4&transport=websocket"
        self.socket = await http.ws_connect(url, headers=headers, max_msg_size=0)
        await self.socket.receive()
        await self.socket.send_str("40/live,")
        await self.socket.receive()
        self.reader = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async for message in self.socket:
            text = str(message.data)
            if text.startswith("41/live"):
                raise RuntimeError("the server closed a connection")
            if text == "2":
                await self.socket.send_str("3")
            elif text.startswith("43/live,"):
                head, _, body = text[8:].partition("[")
                self.acks.pop(int(head)).set_result(json.loads("[" + body)[0])
            elif text.startswith('42/live,["thread:event"') and (post := POST.search(text)):
                self.heard.setdefault(post[1], []).append(time.perf_counter())

    def check(self) -> None:
        """Raise what ended the reading."""
        if self.reader.done():
            raise RuntimeError(f"connection of {self.cookie['name']} lost: {self.socket.close_code}")

    async def ask(self, event: str, payload: dict[str, Any]) -> Any:
        """Send an event and wait for its answer."""
        self.check()
        self.number += 1
        self.acks[self.number] = asyncio.get_running_loop().create_future()
        answer = self.acks[self.number]
        await self.socket.send_str(f"42/live,{self.number}" + json.dumps([event, payload]))
        return await asyncio.wait_for(answer, 30)


async def attend(
    origin: str, made: dict[str, Any], messages: int, gap: float, cpu: Callable[[], float]
) -> dict[str, Any]:
    """Fill the room, talk, and return what was measured; `cpu` tells the server's processor time."""
    heard: dict[str, list[float]] = {}
    people = [Attendee(origin, cookie, heard) for cookie in made["members"]]
    host = [Attendee(origin, cookie, {}) for cookie in made["staff"]]
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as http:
        for one in host:
            await one.connect(http)
            await one.ask("meeting:join", {"session": made["session"], "desk": True})
        begun = time.perf_counter()
        for start in range(0, len(people), 10):
            group = people[start : start + 10]
            await asyncio.gather(*(one.connect(http) for one in group))
            answers = await asyncio.gather(*(one.ask("meeting:join", {"session": made["session"]}) for one in group))
            refused = [answer for answer in answers if not answer["ok"]]
            if refused:
                raise RuntimeError(str(refused[0]))
        joined = time.perf_counter() - begun
        await asyncio.sleep(3)
        quiet = cpu()
        await asyncio.sleep(3)
        idle, before = (cpu() - quiet) / 3, time.perf_counter()
        used = cpu()
        sent = await _talk(people, host, made, messages, gap)
        await asyncio.sleep(2)
        used = cpu() - used - idle * (time.perf_counter() - before)
        for one in (*people, *host):
            one.reader.cancel()
    return {"joined": joined, "sent": sent, "heard": heard, "cpu": used, "idle": idle}


async def _talk(people: list[Attendee], host: list[Attendee], made: dict[str, Any], messages: int, gap: float) -> Any:
    sent = {}
    for number in range(messages):
        if number % 10 == 0:
            await asyncio.gather(*(one.ask("meeting:heartbeat", {}) for one in host))
        body = invented(number)
        payload = {"thread": made["thread"], "body": body, "client_id": f"bench-{number}"}
        begun = time.perf_counter()
        answer = await people[number % len(people)].ask("post:create", payload)
        if not answer["ok"] or answer["post"]["visibility"] != "live":
            raise RuntimeError(str(answer))
        sent[answer["post"]["id"]] = (begun, time.perf_counter())
        await asyncio.sleep(gap)
    return sent


def main() -> int:
    """Run it and print one line of figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--people", type=int, default=300)
    options.add_argument("--messages", type=int, default=60)
    options.add_argument("--gap", type=float, default=0.5, help="seconds between two messages")
    options.add_argument("--scorer", default="off")
    options.add_argument("--mode", default="threading", choices=("threading", "gevent"))
    options.add_argument("--database", default="", help="address of an empty PostgreSQL database, for gevent")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder, port = Path(name), _rooms.free_port()
        more = {"FORUM_DATABASE_URL": chosen.database} if chosen.database else {}
        made = _rooms.prepare(folder, port, chosen.people, **more)
        process = _rooms.start(folder, port, FORUM_SCORER=chosen.scorer, FORUM_ASYNC_MODE=chosen.mode, **more)
        origin, cpu = f"http://127.0.0.1:{port}", partial(_rooms.cpu_seconds, process)
        try:
            found = asyncio.run(attend(origin, made, chosen.messages, chosen.gap, cpu))
        except (RuntimeError, OSError) as problem:
            state = "answers" if _answers(origin) else "is gone"
            print(f"{problem or type(problem).__name__}; the server {state}")
            return 1
        finally:
            _rooms.kill(process)
    return report(found, chosen.people)


def _answers(origin: str) -> bool:
    try:
        return bool(urllib.request.urlopen(f"{origin}/healthz", timeout=3).read())
    except OSError:
        return False


def report(found: dict[str, Any], people: int) -> int:
    """Print what was measured; 1 when a message did not reach everybody or the last heard too late."""
    last = sorted((max(found["heard"][post]) - begun) * 1000 for post, (begun, _) in found["sent"].items())
    acks = sorted((acked - begun) * 1000 for begun, acked in found["sent"].values())
    counts = [len(found["heard"][post]) for post in found["sent"]]
    print(f"{people} people joined in {found['joined']:.1f} s")
    print(f"{len(last)} messages, each heard by {min(counts)} to {max(counts)} people")
    print(f"answer to the sender   p50 {statistics.median(acks):6.0f} ms   p99 {_p99(acks):6.0f} ms")
    print(f"processor time of the server: {found['cpu'] / len(last) * 1000:.0f} ms a message", end="")
    print(f", {found['idle'] * 100:.0f} % of one core with nobody writing")
    print(f"arrival at the last    p50 {statistics.median(last):6.0f} ms   p99 {_p99(last):6.0f} ms   (goal {GOAL_MS})")
    return 0 if min(counts) == people and _p99(last) <= GOAL_MS else 1


def _p99(values: list[float]) -> float:
    return values[min(len(values) - 1, int(len(values) * 0.99))]


if __name__ == "__main__":
    raise SystemExit(main())
