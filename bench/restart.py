"""A server killed in the middle of a meeting: what was acknowledged, and how soon the same person speaks again.

Twenty people write at once while one of them shares. The server is killed with SIGKILL at a random moment and started
again; everybody comes back and sends what had no answer once more, as the same line. Repeated a few times.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from bench import _rooms
from bench.meetings import Attendee, invented

GOAL_SECONDS = 5
PEOPLE = 20
SPEAKER = "Quiet Wren 1"


@dataclass(slots=True)
class Told:
    """What the server has acknowledged so far, and what still waits for an answer, by line."""

    acked: set[int] = field(default_factory=set)
    waiting: dict[int, int] = field(default_factory=dict)
    """Line to its author's place."""
    lines: int = 0


async def come_in(http: aiohttp.ClientSession, origin: str, made: dict[str, Any], place: int) -> tuple[Attendee, Any]:
    """Connect one person (-1: the host) and join the room; returns them and the answer."""
    cookie = made["staff"][0] if place < 0 else made["members"][place]
    one = Attendee(origin, cookie, {})
    await one.connect(http)
    joined = await one.ask("meeting:join", {"session": made["session"], **({"desk": True} if place < 0 else {})})
    if not joined["ok"]:
        raise RuntimeError(str(joined))
    return one, joined


async def write(one: Attendee, line: int, thread: str, told: Told) -> None:
    """Send one line; what is refused by a limit was never promised."""
    sent = {"thread": thread, "body": invented(line), "client_id": f"restart-{line}"}
    answer = await one.ask("post:create", sent)
    if answer["ok"]:
        told.acked.add(line)
    told.waiting.pop(line, None)


async def until_killed(origin: str, made: dict[str, Any], told: Told, process: subprocess.Popen[bytes]) -> None:
    """Let everybody write, and kill the server meanwhile."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
        host, _state = await come_in(http, origin, made, -1)
        people = [(await come_in(http, origin, made, place))[0] for place in range(PEOPLE)]
        if told.lines == 0:
            await host.ask("meeting:mode", {"mode": "on"})
            await people[0].ask("meeting:raise_hand", {})
            await host.ask("meeting:call", {})
        sending = []
        for place, one in enumerate(people):
            told.lines += 1
            told.waiting[told.lines] = place
            sending.append(asyncio.create_task(write(one, told.lines, made["thread"], told)))
        await asyncio.sleep(random.uniform(0.05, 0.5))  # when, not what
        _rooms.kill(process)
        for task in (*sending, *(one.reader for one in (host, *people))):
            task.cancel()
        await asyncio.gather(*sending, *(one.socket.close() for one in (host, *people)), return_exceptions=True)


async def who_speaks(origin: str, made: dict[str, Any]) -> str:
    """Return who has the word, as somebody who comes back is told."""
    async with aiohttp.ClientSession() as http:
        one, joined = await come_in(http, origin, made, 0)
        one.reader.cancel()
    return str((joined["state"]["speaker"] or {}).get("handle", ""))


async def all_lines(origin: str, made: dict[str, Any], told: Told) -> str:
    """Send again what had no answer, then return everything that was said."""
    async with aiohttp.ClientSession() as http:
        for line, place in list(told.waiting.items()):
            one, _joined = await come_in(http, origin, made, place)
            await write(one, line, made["thread"], told)
            one.reader.cancel()
        one, joined = await come_in(http, origin, made, 0)
        one.reader.cancel()
    return "".join(event["html"] for event in joined["events"])


def wrong(said: str, told: Told) -> list[str]:
    """Return what was promised and is not so."""
    counts = {line: said.count(invented(line)) for line in range(1, told.lines + 1)}
    lost = [f"line {line} is lost" for line in sorted(told.acked) if counts[line] == 0]
    return lost + [f"line {line} is there {count} times" for line, count in counts.items() if count > 1]


def main() -> int:
    """Run it and print what was found; 1 when a promise was broken."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--times", type=int, default=5)
    chosen = options.parse_args()
    took, found, told = [], [], Told()
    with tempfile.TemporaryDirectory() as name:
        folder, port = Path(name), _rooms.free_port()
        made = _rooms.prepare(folder, port, PEOPLE)
        origin, process = f"http://127.0.0.1:{port}", _rooms.start(folder, port)
        try:
            for _ in range(chosen.times):
                with contextlib.suppress(RuntimeError, OSError):  # the line breaks: that is what is tried
                    asyncio.run(until_killed(origin, made, told, process))
                begun = time.perf_counter()
                process = _rooms.start(folder, port)
                speaker = asyncio.run(who_speaks(origin, made))
                took.append(time.perf_counter() - begun)
                found += [] if speaker == SPEAKER else [f"{speaker or 'nobody'} speaks"]
                found += wrong(asyncio.run(all_lines(origin, made, told)), told)
        finally:
            _rooms.kill(process)
    print(
        f"{chosen.times} kills, {len(told.acked)} acknowledged lines; {'; '.join(found) or 'none lost, none doubled'}"
    )
    print(f"start of the server to the same speaker  p50 {statistics.median(took):.1f} s  worst {max(took):.1f} s")
    return 1 if found or max(took) > GOAL_SECONDS else 0


if __name__ == "__main__":
    raise SystemExit(main())
