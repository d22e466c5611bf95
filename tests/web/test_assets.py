"""Static files: addresses that change with the content, weights within the budget, nothing fetched from elsewhere."""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from forum.web import assets

STATIC = assets.STATIC_ROOT
BASE = ("js/exit.js", "js/app.js")
PAGES = {
    "any page": BASE,
    "a thread": (*BASE, "js/fragment.js", "js/live.js", "js/composer.js", "js/thread.js"),
    "joining": (*BASE, "js/fragment.js", "js/join.js"),
    "the queue": (*BASE, "js/fragment.js", "js/live.js", "js/bell.js", "js/alarm.js", "js/queue.js"),
}


@pytest.fixture
def app() -> Iterator[Flask]:
    app = Flask(__name__, static_folder=None)
    assets.init_app(app)
    with app.test_request_context():
        yield app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def packed(name: str) -> int:
    """Weight of a file on the wire, in bytes."""
    content = (STATIC / name).read_bytes()
    return len(gzip.compress(assets.lean(content) if name.startswith("js/") else content, 9))


def test_address_holds_the_version_and_is_kept_for_a_year(client: FlaskClient) -> None:
    answer = client.get(assets.asset("css/small-hours.css"))
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.content_type == "text/css; charset=utf-8"


def test_address_of_another_release_is_answered_but_not_kept(client: FlaskClient) -> None:
    answer = client.get("/static/000000000000/js/app.js")
    assert answer.status_code == 200
    assert "immutable" not in answer.headers["Cache-Control"]


def test_it_travels_packed_where_the_browser_takes_it(client: FlaskClient) -> None:
    address = assets.asset("css/small-hours.css")
    plain, small = client.get(address), client.get(address, headers={"Accept-Encoding": "gzip"})
    assert small.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(small.data) == plain.data
    assert "Content-Encoding" not in plain.headers
    assert client.get(address, headers={"Accept-Encoding": "gzip;q=0"}).data == plain.data


@pytest.mark.parametrize("path", ["../config.py", "..%2fconfig.py", "js/none.js", ".hidden", "js/../../config.py"])
def test_nothing_outside_the_folder_is_served(client: FlaskClient, path: str) -> None:
    assert client.get(f"/static/x/{path}").status_code == 404


def test_a_missing_file_or_icon_fails_where_it_is_asked_for(app: Flask) -> None:
    with pytest.raises(KeyError, match="no static file"):
        assets.asset("css/none.css")
    with pytest.raises(KeyError, match="no icon"):
        assets.icon("none")


def test_the_version_changes_with_any_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(assets, "STATIC_ROOT", tmp_path)
    try:
        (tmp_path / "a.css").write_text("a")
        assets.forget()
        first = assets.version()
        (tmp_path / "a.css").write_text("b")
        assets.forget()
        assert assets.version() != first
    finally:
        monkeypatch.undo()
        assets.forget()


@pytest.mark.parametrize("script", sorted((STATIC / "js").glob("*.js")), ids=lambda path: path.name)
def test_leaving_out_comment_lines_leaves_every_text_whole(script: Path) -> None:
    # Template texts over several lines are the one thing `lean` could spoil.
    for line in script.read_text().splitlines():
        assert line.count("`") % 2 == 0, line


@pytest.mark.parametrize("script", sorted((STATIC / "js").glob("*.js")), ids=lambda path: path.name)
def test_scripts_keep_nothing_on_the_device_and_make_html_in_one_place(script: Path) -> None:
    text = script.read_text()
    assert not re.search(r"localStorage|sessionStorage|indexedDB|document\.cookie", text)
    # One script, on one page, after one button: docs/decisions/0029; tests/security/test_ex_partner.py holds it down.
    assert ("serviceWorker" in text) is (script.name == "wake.js")
    assert not re.search(r"https?://", text)
    if script.name != "fragment.js":
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|createPolicy|document\.write", text)


def test_the_vendored_client_is_the_file_we_took() -> None:
    listed = re.search(r"sha256 ([0-9a-f]{64})", (STATIC / "vendor/README.txt").read_text())
    client = (STATIC / "vendor/socket.io.esm.min.js").read_bytes()
    assert listed
    assert hashlib.sha256(client).hexdigest() == listed[1]
    assert b"Released under the MIT License" in client


def test_the_sprite_keeps_its_licence() -> None:
    assert "Lucide" in (STATIC / "icons.svg").read_text()[:80]


def test_the_style_sheet_is_within_14_kb() -> None:
    assert packed("css/small-hours.css") <= 14 * 1024


def test_the_icons_are_within_5_kb() -> None:
    assert packed("icons.svg") <= 5 * 1024


@pytest.mark.parametrize("scripts", PAGES.values(), ids=PAGES.keys())
def test_our_scripts_on_one_page_are_within_8_kb(scripts: tuple[str, ...]) -> None:
    assert sum(packed(name) for name in scripts) <= 8 * 1024


def test_style_has_no_address_from_elsewhere_and_nothing_old_phones_do_not_know() -> None:
    style = re.sub(r"/\*.*?\*/", "", (STATIC / "css/small-hours.css").read_text(), flags=re.S)
    assert not re.search(r"url\(|@import|@layer|:has\(|light-dark\(", style)
