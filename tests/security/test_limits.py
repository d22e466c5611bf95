"""Limits: counted at once, the same for pages and sockets, deaf to addresses; help pages know none."""

from __future__ import annotations

import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from forum.core.errors import RateLimited
from forum.core.settings import write_setting
from forum.identity.pacing import is_free
from forum.web import limits, pressure
from forum.web.doorkeeper import PER_NETWORK, PER_SESSION, Doorkeeper, Visitor
from forum.web.limits import RULES, Limiter, Rule
from tests import factories
from tests.browser.server import free_port
from tests.conftest import LOCAL, Browser

pytestmark = pytest.mark.slow

OUTSIDE = {"REMOTE_ADDR": "203.0.113.77"}


@pytest.fixture
def with_limits(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Limiter:
    """The real rules in the one application, for one test."""
    made = Limiter("", RULES)
    monkeypatch.setitem(app.extensions, limits.KEY, made)
    return made


# ── networks ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_neighbours_share_a_bucket_and_strangers_do_not() -> None:
    limiter = Limiter("")
    assert limiter.bucket("203.0.113.7") == limiter.bucket("203.0.113.250")
    assert limiter.bucket("203.0.113.7") != limiter.bucket("203.0.114.7")
    assert limiter.bucket("2001:db8:1:2::9") == limiter.bucket("2001:db8:1:ffff::1")
    assert limiter.bucket("2001:db8:1::9") != limiter.bucket("2001:db8:2::9")


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "", "not an address"])
def test_loopback_has_no_bucket_because_an_onion_service_comes_from_there(address: str) -> None:
    assert Limiter("").bucket(address) == ""


def test_a_bucket_means_nothing_to_another_process_or_on_another_day(monkeypatch: pytest.MonkeyPatch) -> None:
    limiter = Limiter("")
    today = limiter.bucket("203.0.113.7")
    assert Limiter("").bucket("203.0.113.7") != today
    now = time.time()
    monkeypatch.setattr(limits.time, "time", lambda: now + 86_400)
    assert limiter.bucket("203.0.113.7") != today
    assert len(limiter._keys) == 1  # yesterday's key is gone


def test_the_first_of_a_network_pays_for_nobody_else(with_limits: Limiter) -> None:
    for _ in range(3):
        with_limits.hit("join", address="203.0.113.7")
    with pytest.raises(RateLimited):
        with_limits.hit("join", address="203.0.113.9")
    with_limits.hit("join", address="198.51.100.1")


# ── Redis ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def redis() -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    binary = shutil.which("redis-server")
    if binary is None:
        pytest.skip("no redis-server here")
    port = free_port()
    process = subprocess.Popen(
        [binary, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    from redis import Redis

    with Redis(port=port) as client:
        for _ in range(100):
            try:
                client.ping()
                break
            except Exception:
                time.sleep(0.05)
    yield f"redis://127.0.0.1:{port}/0", process
    process.send_signal(signal.SIGCONT)
    process.kill()
    process.wait()


@pytest.mark.redis
def test_instances_share_counts_and_the_days_key_which_redis_forgets(
    redis: tuple[str, subprocess.Popen[bytes]],
) -> None:
    from redis import Redis

    url, _ = redis
    one, other = Limiter(url, {"try": Rule(bucket="3/hour")}), Limiter(url, {"try": Rule(bucket="3/hour")})
    assert one.bucket("203.0.113.7") == other.bucket("203.0.113.7")
    passed = sum((one, other)[number % 2].try_hit("try", address="203.0.113.7") for number in range(6))
    assert passed == 3
    with Redis.from_url(url) as client:
        (name,) = client.keys("forum:bucket-key:*")
        assert 25 * 3600 < client.ttl(name) <= 26 * 3600
        everything = [name, *client.keys("*")]
        assert not any(b"203.0.113" in key for key in everything)
        assert all(client.ttl(key) > 0 for key in client.keys("*"))


@pytest.mark.alone
@pytest.mark.redis
def test_a_hanging_redis_costs_one_pause_and_counting_goes_on(redis: tuple[str, subprocess.Popen[bytes]]) -> None:
    url, process = redis
    limiter = Limiter(url, {"try": Rule(member="5/minute")})
    limiter.hit("try", member="m")
    process.send_signal(signal.SIGSTOP)
    started = time.monotonic()
    passed = sum(limiter.try_hit("try", member="m") for _ in range(20))
    assert time.monotonic() - started < 1.5  # one time-out, not twenty
    assert passed <= 5


@pytest.mark.redis
def test_readiness_names_redis(redis: tuple[str, subprocess.Popen[bytes]]) -> None:
    from tests.security.live import another_app

    url, process = redis
    with another_app(FORUM_REDIS_URL=url, flask={"TESTING": True}) as app:
        client = app.test_client()
        assert client.get("/readyz", base_url=LOCAL).json["parts"]["redis"] == "ok"  # type: ignore[index]
        process.send_signal(signal.SIGSTOP)
        answer = client.get("/readyz", base_url=LOCAL)
        assert answer.status_code == 503
        assert "Timeout" in answer.json["parts"]["redis"]  # type: ignore[index]
        assert client.get("/help", base_url=LOCAL).status_code == 200


@pytest.fixture
def stopped_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop the limits' clock: their window slides, so each second that passes lets a few more through."""
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now)


def within_a_minute(ask: Callable[[int], int]) -> list[int]:
    """Ask 121 times; once more, as if for the first time, when the server's minute ended in between."""
    for attempt in range(2):
        minute = time.time() // 60
        codes = [ask(attempt) for _ in range(121)]
        if minute == time.time() // 60:
            break
    return codes


# ── what they do ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_nobody_reads_faster_than_a_person(with_limits: Limiter, stopped_clock: None, browser: Browser) -> None:
    codes = [browser.get("/about", environ_base=OUTSIDE).status_code for _ in range(121)]
    assert codes == [200] * 120 + [429]
    refused = browser.get("/about", environ_base=OUTSIDE)
    assert int(refused.headers["Retry-After"]) >= 1
    for path in ("/help", "/help/gb", "/exit", "/healthz"):
        assert browser.get(path, environ_base=OUTSIDE).status_code in (200, 303), path


def test_nobody_sends_forms_faster_than_a_person(
    with_limits: Limiter, stopped_clock: None, sign_in_as: Callable[..., Browser]
) -> None:
    """Raising a hand tells a room of three hundred each time: forms are counted whatever they do."""
    signed = sign_in_as(factories.make_member())
    codes = [signed.post("/me/hints", {"show": "1"}).status_code for _ in range(121)]
    assert codes == [303] * 120 + [429]
    assert signed.post("/exit/beacon").status_code == 204


def test_help_is_free_whatever_else_is_full(with_limits: Limiter, browser: Browser) -> None:
    for path in ("/help", "/help/gb", "/exit", "/exit/beacon", "/static/x/y.css", "/healthz"):
        assert is_free(path), path
    for path in ("/helpers", "/", "/exitus", "/mod/"):
        assert not is_free(path), path
    with_limits.rules = {name: Rule(bucket="1/day", member="1/day", site="1/day") for name in RULES}
    assert {browser.get("/help/gb", environ_base=OUTSIDE).status_code for _ in range(300)} == {200}


@pytest.mark.parametrize("wants", ["text/html", "application/json"])
def test_429_keeps_the_words(with_limits: Limiter, sign_in_as: Callable[..., Browser], wants: str) -> None:
    with_limits.rules = {**RULES, "reply": Rule(member="1/hour")}
    alice = factories.make_member()
    thread, signed = factories.make_thread(factories.make_member()), sign_in_as(alice)
    path = f"/t/{thread.public_id}/posts"
    assert signed.post(path, {"body": "The first one.", "client_id": "a"}).status_code == 303
    answer = signed.post(
        path,
        {"body": "Words that took an hour <b>", "client_id": "b", "content_note": "food"},
        headers={"Accept": wants},
    )
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    if wants == "text/html":
        assert "Words that took an hour &lt;b&gt;" in answer.text
        assert 'value="food"' in answer.text
    else:
        assert answer.json is not None
        assert answer.json["error"]["code"] == "rate_limited"
        assert answer.json["error"]["retry_after"] > 0


def test_somebody_in_danger_is_never_told_to_wait(with_limits: Limiter, sign_in_as: Callable[..., Browser]) -> None:
    with_limits.rules = {**RULES, "reply": Rule(member="1/hour"), "newcomer_raid": Rule(member="1/hour", site="1/hour")}
    ned = factories.make_member(trust=0, accepted_posts=0, age_days=0)
    write_setting("raid_mode", "on")
    thread, signed = factories.make_thread(factories.make_member()), sign_in_as(ned)
    path = f"/t/{thread.public_id}/posts"
    for number in range(3):
        answer = signed.post(path, {"body": f"i am going to kill myself tonight {number}", "client_id": f"c{number}"})
        assert answer.status_code == 303, number


def test_staff_are_not_exempt(with_limits: Limiter, stopped_clock: None, sign_in_as: Callable[..., Browser]) -> None:
    signed = sign_in_as(factories.make_staff())
    codes = [signed.get("/mod/audit").status_code for _ in range(301)]
    assert codes == [200] * 300 + [429]


def test_a_proxys_word_counts_only_when_a_proxy_was_named() -> None:
    from tests.security.live import another_app

    seen: list[str] = []
    for hops, wanted in (("0", "127.0.0.1"), ("1", "203.0.113.77")):
        with another_app(FORUM_TRUSTED_PROXIES=hops, flask={"TESTING": True}) as app:
            app.before_request(lambda: seen.append(limits.client_address()))
            app.test_client().get("/about", base_url=LOCAL, headers={"X-Forwarded-For": "10.9.8.7, 203.0.113.77"})
        assert seen[-1] == wanted


# ── sockets ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_doorkeeper_counts_by_session_and_network() -> None:
    alive: set[str] = set()
    door = Doorkeeper(100, lambda sid: sid in alive)
    member, guest, neighbour = Visitor("n1", "s1"), Visitor("n1"), Visitor("n2")
    assert [door.enter(member) for _ in range(PER_SESSION + 1)][-1] == "session"
    assert [door.enter(guest) for _ in range(PER_NETWORK + 1)][-1] == "network"
    assert door.enter(neighbour) == ""
    door.leave(guest)
    assert door.enter(guest) == ""
    assert door.refused == {"session": 1, "network": 1}


def test_tabs_are_welcome_while_there_is_room_and_three_are_enough_when_it_gets_tight() -> None:
    door = Doorkeeper(20, lambda _sid: False)
    member, other = Visitor("", "s1"), Visitor("", "s2")
    assert [door.enter(member) for _ in range(11)] == [""] * 10 + ["session"]
    assert [door.enter(other) for _ in range(4)] == ["", "", "", "session"]


def test_guests_leave_room_for_members() -> None:
    door = Doorkeeper(8, lambda _sid: False)
    assert [door.enter(Visitor()) for _ in range(7)] == ["", "", "", "", "", "", "guests"]
    assert [door.enter(Visitor("", f"s{n}")) for n in range(3)] == ["", "", "full"]


def test_a_polled_line_counts_until_engine_io_forgets_it() -> None:
    alive = {"sid-1"}
    door = Doorkeeper(2, lambda sid: sid in alive)
    visitor = Visitor("", "s1")
    assert door.enter(visitor) == ""
    door.keep("sid-1", visitor)
    door.leave(visitor)
    assert door.lines == 1
    assert (door.enter(visitor), door.enter(visitor)) == ("", "full")
    alive.clear()
    door.leave(visitor)
    assert door.enter(visitor) == ""
    assert door.lines == 1


# ── raid mode ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_raid_mode_by_hand_and_by_itself(app: Flask, browser: Browser, with_limits: Limiter) -> None:
    with app.test_request_context("/"):
        assert (pressure.is_raid(), pressure.level()) == (False, "quiet")
        for _ in range(60):
            with_limits.try_hit("join_busy")
        assert pressure.level() == "busy"
        pressure.rush()
        assert pressure.level() == "raid"
        write_setting("raid_mode", "off")
        assert pressure.level() == "busy"
        write_setting("raid_mode", "on")
        assert pressure.level() == "raid"
        with pytest.raises(ValueError, match="must be one of"):
            write_setting("raid_mode", "perhaps")


def test_a_flood_of_newcomers_texts_switches_it_on(app: Flask, browser: Browser, with_limits: Limiter) -> None:
    with app.test_request_context("/"):
        for number in range(301):
            with_limits.rules = {**RULES, "newcomer_raid": Rule()}
            limits.hit("reply", member=f"m{number}", is_new=True, by_network=False)
        assert pressure.is_raid()


def test_in_raid_mode_newcomers_send_little_and_members_feel_nothing(
    app: Flask, browser: Browser, with_limits: Limiter
) -> None:
    with app.test_request_context("/"):
        write_setting("raid_mode", "on")
        passed = 0
        for number in range(100):
            try:
                limits.hit("reply", member=f"raider{number}", is_new=True, by_network=False)
                passed += 1
            except RateLimited:
                continue
        assert passed == 20
        for number in range(100):
            limits.hit("reply", member=f"member{number}", by_network=False)


def test_every_limit_named_in_the_code_exists(app: Flask) -> None:
    from pathlib import Path

    code = "".join(path.read_text() for path in Path(app.root_path).rglob("*.py"))
    named = set(re.findall(r"(?:limits|limiter|the_limiter\(\))\.(?:hit|try_hit|has_room)\(\s*\"([a-z_]+)\"", code))
    assert named
    assert named <= set(RULES)


# ── onion services ───────────────────────────────────────────────────────────────────────────────────────────────


def test_each_circuit_tor_names_is_a_network_of_its_own() -> None:
    limiter = Limiter("")
    circuits = {limiter.bucket(f"fc00:dead:beef:4dad::{number:x}:2a") for number in range(5)}
    assert len(circuits) == 5
    assert "" not in circuits


def test_the_server_reads_the_circuit_from_tors_first_line(tmp_path: Path) -> None:
    """One circuit is refused for what it did itself; the next visitor, and the health check, notice nothing."""
    from tests.security.live import live

    with live(tmp_path, FORUM_ONION_CIRCUITS="1") as server:
        codes = within_a_minute(lambda number: by_circuit(server.port, f"fc00:dead:beef:4dad::{number}:2a"))
        assert codes == [200] * 120 + [429]
        assert by_circuit(server.port, "fc00:dead:beef:4dad::0:2b") == 200
        assert server.ask("GET", "/healthz").status == 200


def by_circuit(port: int, circuit: str) -> int:
    """Ask for a page as Tor does with `HiddenServiceExportCircuitID haproxy`; a second request must not be taken."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        ask = b"GET /about HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
        line.sendall(f"PROXY TCP6 {circuit} ::1 65535 42\r\n".encode() + ask)
        heard = b""
        while part := line.recv(65_536):
            heard += part
    assert heard.count(b"HTTP/1.1 ") == 1
    return int(heard.split(b" ", 2)[1])
