"""Every answer carries the same headers: pages, errors, static files, sockets, refusals; cookies say what they must."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.http import parse_cookie

from forum.config import Config, load_config
from forum.web.headers import SecurityShell, security_policy
from tests.conftest import Browser
from tests.security.live import Live, another_app

WANTED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "X-Robots-Tag": "noindex",
}
ONION = "http://" + "a" * 56 + ".onion"


def pages(app: Flask) -> list[str]:
    """Every address that answers GET, with something in place of its variables."""
    found = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())]
    return sorted({re.sub(r"<(?:int:)[^>]+>", "1", str(rule)).replace("<", "").replace(">", "") for rule in found})


def check(headers: dict[str, str], path: str) -> None:
    for name, value in WANTED.items():
        if not (name == "Referrer-Policy" and path == "/exit"):  # the way out says nothing of where one comes from
            assert headers.get(name) == value, (path, name)
    assert "camera=()" in headers["Permissions-Policy"], path
    assert re.search(r"script-src 'nonce-[\w-]{20,}'", headers["Content-Security-Policy"]), path
    if not path.startswith("/static/"):
        assert headers["Cache-Control"] == "no-store", path
    assert not headers.get("Server"), path


def test_every_page_and_every_refusal(app: Flask, browser: Browser) -> None:
    for path in [*pages(app), "/nowhere", "/t/nothing", "/static/x/nothing.js"]:
        check(dict(browser.get(path).headers), path)
        check(dict(browser.post(path).headers), path)


def test_a_crash_carries_them_too(app: Flask, browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> str:
        raise RuntimeError("somebody's words")

    monkeypatch.setitem(app.view_functions, "home.about", broken)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    answer = browser.get("/about")
    assert answer.status_code == 500
    assert "somebody" not in answer.text
    check(dict(answer.headers), "/about")


def test_even_where_the_application_gives_no_answer_at_all(tmp_path: Path) -> None:
    def dead(_environ: object, _start: object) -> list[bytes]:
        raise RuntimeError("somebody's words")

    said: list[tuple[str, list[tuple[str, str]]]] = []
    config = load_config({"FORUM_INSTANCE": str(tmp_path)})
    shell = SecurityShell(dead, config)  # type: ignore[arg-type]
    body = shell({"PATH_INFO": "/", "HTTP_HOST": "localhost"}, lambda *args: said.append(args[:2]))  # type: ignore[arg-type,return-value]
    assert said[0][0].startswith("500")
    check(dict(said[0][1]), "/")
    assert b"somebody" not in b"".join(body)


def test_the_real_server_adds_nothing_that_names_it(server: Live) -> None:
    for path in ("/", "/help", "/nowhere", "/socket.io/?EIO=4&transport=polling"):
        answer = server.ask("GET", path, Origin=server.origin)
        headers = dict(answer.headers)
        check(headers, path)
        assert "gunicorn" not in str(answer.headers).lower()
        assert "werkzeug" not in str(answer.headers).lower()


def test_nonces_are_never_used_twice(browser: Browser) -> None:
    found = [browser.get("/about") for _ in range(5)]
    nonces = {re.search(r"'nonce-([\w-]+)'", page.headers["Content-Security-Policy"])[1] for page in found}  # type: ignore[index]
    assert len(nonces) == 5
    for page in found:
        nonce = re.search(r"'nonce-([\w-]+)'", page.headers["Content-Security-Policy"])[1]  # type: ignore[index]
        scripts = re.findall(r"<script[^>]*>", page.text)
        assert scripts
        assert all(f'nonce="{nonce}"' in script for script in scripts)


def test_the_policy_holds_none_of_the_words_that_undo_it() -> None:
    policy = security_policy("n", ("wss://forum.example",))
    for word in ("unsafe", "*", "http:", "https:", "data:", "blob:", "strict-dynamic", "script-src 'self'"):
        assert word not in policy, word
    for word in ("base-uri 'none'", "object-src 'none'", "frame-ancestors 'none'", "default-src 'none'"):
        assert word in policy


@pytest.mark.parametrize(
    ("url", "name", "secure", "hsts"),
    [
        ("https://forum.example", "__Host-fs", True, True),
        (ONION, "fs", False, False),
        ("http://127.0.0.1:5000", "fs", False, False),
    ],
)
def test_cookies_and_hsts_by_kind_of_address(url: str, name: str, secure: bool, hsts: bool) -> None:
    with another_app(FORUM_PUBLIC_URL=url, flask={"TESTING": True}) as app:
        answer = app.test_client().get("/join", base_url=url)
        assert ("Strict-Transport-Security" in answer.headers) is hsts
        (cookie,) = [c for c in answer.headers.getlist("Set-Cookie") if "theme" not in c]
        assert cookie.split("=")[0] == name
        flags = {part.strip().lower() for part in cookie.split(";")[1:]}
        assert {"httponly", "samesite=strict", "path=/"} <= flags
        assert ("secure" in flags) is secure
        assert not any(flag.startswith(("domain", "expires", "max-age")) for flag in flags)
        staff = app.test_client().get("/mod/login", base_url=url).headers.getlist("Set-Cookie")[0]
        assert staff.split("=")[0] == name.replace("fs", "fm")


def test_one_cookie_is_never_taken_for_the_other(app: Flask) -> None:
    config: Config = app.extensions["forum.config"]
    interface = app.session_interface
    _, members = interface.cookie(config, False)  # type: ignore[attr-defined]
    _, staff = interface.cookie(config, True)  # type: ignore[attr-defined]
    value = members.dumps({"_user_id": "x"})
    assert interface.read(members, value)  # type: ignore[attr-defined]
    assert not interface.read(staff, value)  # type: ignore[attr-defined]


def test_a_broken_cookie_is_a_guest_not_an_error(browser: Browser) -> None:
    for value in ("", "x", "a.b.c", "\xff\xfe", "=" * 400):
        answer = browser.get("/rooms", headers={"Cookie": f"fs={value}"})
        assert answer.status_code == 200, value
    assert parse_cookie("fs=x")["fs"] == "x"
