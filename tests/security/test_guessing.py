"""Passwords, codes, PINs and words: tried slower and slower, and whoever has the right one is never shut out."""

from __future__ import annotations

import hashlib
import itertools
import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask

from forum.core.db import db
from forum.core.errors import RateLimited
from forum.identity import guessing, passwords, totp
from forum.web import limits
from forum.web.limits import RULES, Limiter, Rule
from tests import factories
from tests.browser.harness import chromium
from tests.conftest import Browser
from tests.security.live import live

WRONG = "abacus abdomen abdominal abide abiding ability"


@pytest.fixture
def limiter(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Limiter:
    made = Limiter("", {**RULES, "return": Rule(), "staff_login": Rule(), "form": Rule(), "page": Rule()})
    monkeypatch.setitem(app.extensions, limits.KEY, made)
    return made


def wait_for(who: str) -> int:
    """Try once; return the seconds it is told to wait, 0 when it was looked at."""
    try:
        guessing.count_try(who)
    except RateLimited as refused:
        return refused.retry_after or -1
    return 0


def test_after_five_free_tries_each_wait_is_twice_the_last_up_to_a_quarter_of_an_hour(
    app: Flask, limiter: Limiter, clock: Callable[[float], None]
) -> None:
    limiter.rules["staff_account"] = Rule(member="5/day")  # so that no free ones come in between
    with app.test_request_context("/"):
        assert [wait_for("mo") for _ in range(6)] == [0] * 6
        waits = []
        for _ in range(8):
            waits.append(wait_for("mo"))
            clock(waits[-1] - 2)
            assert wait_for("mo") > 0  # a little too soon
            clock(3)
            assert wait_for("mo") == 0
        assert [round(wait / 30) for wait in waits] == [1, 2, 4, 8, 16, 30, 30, 30]
        assert wait_for("ada") == 0


def test_of_forty_at_once_six_are_looked_at(app: Flask, limiter: Limiter) -> None:
    def attempt(_number: int) -> int:
        with app.test_request_context("/"):
            return wait_for("mo")

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(attempt, range(40))).count(0) in (5, 6)


def test_the_right_password_begins_anew(app: Flask, limiter: Limiter, clock: Callable[[float], None]) -> None:
    with app.test_request_context("/"):
        for _ in range(6):
            wait_for("mo")
        clock(31)
        assert wait_for("mo") == 0
        assert wait_for("mo") > 31
        guessing.forgive("mo")
        clock(61)
        assert wait_for("mo") == 0
        assert wait_for("mo") <= 31


def test_a_moderator_waits_and_comes_in_afterwards(
    browser: Browser, limiter: Limiter, clock: Callable[[float], None]
) -> None:
    mo = factories.make_staff("Mo Slow")
    mo.password_hash = passwords.hash_password("seven words that nobody would ever guess")
    seed = totp.new_seed()
    totp.store_seed(mo, seed, browser.client.application.extensions["forum.config"].keys.totp_key)
    db.session.commit()
    wrong = {"name": "Mo Slow", "password": "wrong", "code": "000000"}
    codes = [browser.post("/mod/login", wrong).status_code for _ in range(7)]
    assert codes == [400] * 6 + [429]
    refused = browser.post("/mod/login", wrong)
    assert 1 <= int(refused.headers["Retry-After"]) <= 31
    clock(31)
    import pyotp

    code = pyotp.TOTP(seed).now()
    right = {**wrong, "password": "seven words that nobody would ever guess", "code": code}
    assert browser.post("/mod/login", right).status_code in (303, 400)  # the clock above is not that of codes


# ── six words ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def guessed(limiter: Limiter) -> Limiter:
    """A night on which somebody tries words by the hundred."""
    for _ in range(500):
        limiter.try_hit("wrong_words")
    return limiter


def stamp_of(browser: Browser, path: str = "/return") -> str:
    found = re.search(r'name="stamp" value="([^"]+)"', browser.get(path).text)
    return found[1] if found else ""


def solve(stamp: str) -> str:
    nonce = stamp.split("|")[4]
    for number in itertools.count():
        if hashlib.sha256(f"{nonce}:{number}".encode()).digest()[:2] == b"\0\0":
            return str(number)
    raise AssertionError


def words_of(browser: Browser) -> str:
    page = browser.get("/join").text
    fields = {name: re.search(rf'name="{name}" value="([^"]+)"', page)[1] for name in ("handle", "stamp")}  # type: ignore[index]
    joined = browser.post("/join", {**fields, "device": "shared", "adult": "yes"}).text
    found = re.search(r'<output id="recovery-phrase"[^>]*>(.*?)</output>', joined, re.S)
    assert found
    return re.sub(r"<[^>]+>|\s+", " ", found[1]).strip()


def test_on_a_quiet_night_nothing_is_asked(browser: Browser, limiter: Limiter) -> None:
    assert stamp_of(browser) == ""


def test_wrong_words_are_counted_for_the_whole_site(browser: Browser, limiter: Limiter) -> None:
    limiter.rules = {**limiter.rules, "wrong_words": Rule(site="2/10 minutes")}
    for _ in range(2):
        assert stamp_of(browser) == ""
        browser.post("/return", {"phrase": WRONG})
    assert stamp_of(browser)


@pytest.mark.parametrize("how", ["work", "patience"])
def test_while_words_are_guessed_work_or_patience_opens_the_door(
    app: Flask, guessed: Limiter, browser: Browser, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    words = words_of(browser)
    fresh = Browser(app)
    refused = fresh.post("/return", {"phrase": words})
    assert refused.status_code == 400
    assert "wait ten seconds" in refused.text
    stamp = stamp_of(fresh)
    assert fresh.post("/return", {"phrase": words, "stamp": stamp}).status_code == 400  # too soon
    if how == "patience":
        monkeypatch.setattr(guessing, "PATIENCE_SECONDS", 0)
    work = solve(stamp) if how == "work" else ""
    assert fresh.post("/return", {"phrase": words, "stamp": stamp, "work": work}).status_code == 303
    again = Browser(app).post("/return", {"phrase": words, "stamp": stamp, "work": work})
    assert again.status_code == 400  # each stamp opens once


def test_stamps_of_the_joining_form_open_nothing(guessed: Limiter, browser: Browser) -> None:
    stamp = stamp_of(browser, "/join")
    answer = browser.post("/return", {"phrase": WRONG, "stamp": stamp, "work": solve(stamp)})
    assert "wait ten seconds" in answer.text


@pytest.mark.browser
@pytest.mark.slow
def test_scripts_do_the_work_and_without_them_ten_seconds_are_enough(tmp_path: Path) -> None:
    """As somebody meets it: words typed and sent at once, in a browser with and one without scripts."""
    with live(tmp_path) as server, chromium() as engine:
        page = server.ask("GET", "/join")
        server.cookies["eve"] = page.all("Set-Cookie")[0].split(";")[0]
        fields = dict(re.findall(r'name="(handle|csrf_token|stamp)" value="([^"]*)"', page.text)[::-1])
        joined = server.ask("POST", "/join", who="eve", form={**fields, "device": "own", "adult": "yes"})
        found = re.search(r'<output id="recovery-phrase"[^>]*>(.*?)</output>', joined.text, re.S)
        assert found
        words = re.sub(r"<[^>]+>|\s+", " ", found[1]).strip()
        form = server.ask("GET", "/return")
        server.cookies["guesser"] = form.all("Set-Cookie")[0].split(";")[0]
        token = re.search(r'name="csrf_token" value="([^"]+)"', form.text)
        assert token
        for _ in range(501):
            server.ask("POST", "/return", who="guesser", form={"csrf_token": token[1], "phrase": WRONG})
        for scripts in (True, False):
            context = engine.new_context(java_script_enabled=scripts)
            tab = context.new_page()
            tab.goto(f"{server.origin}/return")
            assert tab.locator("p.nojs-only").is_visible() is not scripts
            if not scripts:
                tab.wait_for_timeout(guessing.PATIENCE_SECONDS * 1000 + 500)
            tab.fill("#f-phrase", words)
            tab.locator("main button[type=submit]").click()
            tab.wait_for_url("**/rooms", timeout=15_000)
            context.close()


# ── the team's door ──────────────────────────────────────────────────────────────────────────────────────────────


def test_while_many_try_the_teams_door_it_asks_for_work_or_patience(
    limiter: Limiter, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert stamp_of(browser, "/mod/login") == ""
    for _ in range(60):
        limiter.try_hit("staff_tries")
    form = {"name": "Somebody", "password": "x" * 20, "code": "123456"}
    stamp = stamp_of(browser, "/mod/login")
    assert "wait ten seconds" in browser.post("/mod/login", form).text
    assert "wait ten seconds" in browser.post("/mod/login", {**form, "stamp": stamp}).text
    for work in (solve(stamp), solve(stamp)):
        last = browser.post("/mod/login", {**form, "stamp": stamp, "work": work}).text
    assert "was sent before" in last


@pytest.mark.slow
@pytest.mark.alone
def test_a_hundred_at_the_teams_door_at_once_take_neither_memory_nor_the_help_page(tmp_path: Path) -> None:
    """From where all visitors look alike nothing else bounds them: each try is 46 MB and 90 ms of a processor."""
    from tests.security.test_slow_clients import wait_until_at_rest
    from tests.security.test_traps import resident_kb

    with live(tmp_path) as server:
        wait_until_at_rest(server)
        form = server.ask("GET", "/mod/login")
        server.cookies["guesser"] = form.all("Set-Cookie")[0].split(";")[0]
        token = re.search(r'name="csrf_token" value="([^"]+)"', form.text)
        assert token
        sent = {"csrf_token": token[1], "password": "x" * 20, "code": "123456"}
        before = resident_kb(server.worker())

        def attempt(number: int) -> int:
            return server.ask("POST", "/mod/login", who="guesser", form={**sent, "name": f"n{number}"}).status

        with ThreadPoolExecutor(100) as pool:
            tries = [pool.submit(attempt, number) for number in range(300)]
            peak = before
            took = []
            while not all(one.done() for one in tries):
                started = time.monotonic()
                assert server.ask("GET", "/help").status == 200
                took.append(time.monotonic() - started)
                peak = max(peak, resident_kb(server.worker()))
        assert {one.result() for one in tries} <= {400, 429}
        assert peak - before < 200 * 1024
        assert max(took) < 5
