"""`flask forum loadgen`: members who join and post by plain forms, for measuring one's own server on this machine."""

from __future__ import annotations

import http.cookiejar
import json
import re
import statistics
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from dataclasses import dataclass, field

import click

from forum.cli import group
from forum.config import LOOPBACK

LINES = (
    "Kettle is on over here.", "Two dogs and a radio, that is my evening.", "My sister rang at noon and we laughed.",
    "Rain again in this town.", "Soup for supper with bread.", "I went for a walk instead of the shop.",
)  # fmt: skip


@dataclass
class Visitor:
    """One member with a browser that runs no scripts."""

    base: str
    seconds: list[float] = field(default_factory=list)
    refused: int = 0
    failed: int = 0

    def __post_init__(self) -> None:
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.opener = urllib.request.build_opener(jar)
        self.opener.addheaders = [("Origin", self.base)]

    def get(self, path: str) -> str:
        """Return a page."""
        with self.opener.open(self.base + path, timeout=30) as answer:
            return str(answer.read().decode())

    def post(self, path: str, **fields: str) -> str:
        """Send a form and return the page it leads to."""
        data = urllib.parse.urlencode(fields).encode()
        with self.opener.open(self.base + path, data, timeout=30) as answer:
            return str(answer.geturl())

    def token(self, page: str) -> str:
        """Return a page's form token."""
        found = re.search(r'name="csrf_token" value="([^"]+)"', page)
        return found[1] if found else ""

    def join(self) -> None:
        """Become a member."""
        page = self.get("/join")
        handle = re.search(r'name="handle" value="([^"]+)"', page)
        fields = dict(re.findall(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)"', page))
        self.post("/join", **{**fields, "handle": handle[1] if handle else "", "adult": "yes", "device": "shared"})

    def start(self) -> str:
        """Start a thread in the first room and return its path."""
        room = re.search(r'href="(/r/[a-z0-9]+)"', self.get("/rooms"))
        path = room[1] if room else ""
        token = self.token(self.get(f"{path}/new"))
        url = self.post(f"{path}/threads", csrf_token=token, client_id=str(uuid.uuid4()), title="", body=LINES[0])
        return urllib.parse.urlsplit(url).path

    def reply(self, thread: str, number: int) -> None:
        """Answer once and note how long it took."""
        token = self.token(self.get(thread))
        began = time.perf_counter()
        try:
            body = f"{LINES[number % len(LINES)]} {uuid.uuid4().hex[:6]}"
            self.post(f"{thread}/posts", csrf_token=token, client_id=str(uuid.uuid4()), body=body)
            self.seconds.append(time.perf_counter() - began)
        except urllib.error.HTTPError as refusal:
            self.refused += refusal.code == 429
            self.failed += refusal.code != 429


@group.command("loadgen")
@click.option("--url", default="http://127.0.0.1:5000", show_default=True, help="A server on this machine.")
@click.option("--members", default=5, show_default=True, type=click.IntRange(1, 200))
@click.option("--posts", default=4, show_default=True, type=click.IntRange(1, 100), help="By each member.")
@click.option("--json", "as_json", is_flag=True)
def loadgen(url: str, members: int, posts: int, as_json: bool) -> None:
    """Let invented members post on a test instance of this machine and print how long an answer took."""
    if urllib.parse.urlsplit(url).hostname not in LOOPBACK:
        click.echo("loadgen only speaks to this machine: use a loopback address.", err=True)
        sys.exit(2)
    visitors = [Visitor(url.rstrip("/")) for _ in range(members)]
    with click.progressbar(visitors, label="joining", file=sys.stderr) as joining:
        for visitor in joining:
            visitor.join()
    thread = visitors[0].start()
    workers = [threading.Thread(target=_write, args=(visitor, thread, posts)) for visitor in visitors]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    found = _figures(visitors)
    click.echo(json.dumps(found) if as_json else "  ".join(f"{name} {value}" for name, value in found.items()))
    sys.exit(1 if found["failed"] else 0)


def _write(visitor: Visitor, thread: str, posts: int) -> None:
    for number in range(posts):
        visitor.reply(thread, number)


def _figures(visitors: list[Visitor]) -> dict[str, float | int]:
    seconds = sorted(second for visitor in visitors for second in visitor.seconds)
    p95 = seconds[int(len(seconds) * 0.95) - 1] if seconds else 0.0
    return {
        "posted": len(seconds),
        "too_fast": sum(visitor.refused for visitor in visitors),
        "failed": sum(visitor.failed for visitor in visitors),
        "p50_ms": round(statistics.median(seconds) * 1000, 1) if seconds else 0.0,
        "p95_ms": round(p95 * 1000, 1),
    }
