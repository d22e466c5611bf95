"""Fetching weights over a real HTTP server on the loopback: whole, broken off, wrong, and not at all."""

from __future__ import annotations

import contextlib
import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from forum.moderation.scoring.fetch import FetchError, fetch_checkpoint, progress_bar, read_spec, verify
from forum.moderation.verdict import LABELS

WEIGHTS = bytes(range(256)) * 4000
WORDS = b'{"<s>": 0}'


class Shop(BaseHTTPRequestHandler):
    """Serves two files, understands ranges, and breaks off after `cut` bytes when told to."""

    files: dict[str, bytes]
    cut: int | None = None
    ranges: list[str]
    understands_ranges = True

    def do_GET(self) -> None:
        body = self.files.get(self.path)
        if body is None:
            self.send_error(404)
            return
        asked = self.headers.get("Range")
        start = 0
        if asked:
            self.ranges.append(asked)
            start = int(asked.removeprefix("bytes=").rstrip("-")) if self.understands_ranges else 0
        if start >= len(body) > 0:
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(body) - start))
        self.end_headers()
        self.wfile.write(body[start:][: self.cut])

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def shop() -> Iterator[tuple[type[Shop], str]]:
    handler = type("OneShop", (Shop,), {"files": {"/w.ckpt": WEIGHTS, "/vocab.json": WORDS}, "ranges": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield handler, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def spec(shop: tuple[type[Shop], str]) -> dict[str, Any]:
    def entry(path: str, name: str, content: bytes, digits: int) -> dict[str, Any]:
        digest = hashlib.sha256(content).hexdigest()[:digits]
        return {"path": path, "url": f"{shop[1]}/{name}", "sha256": digest, "size": None, "about_size": len(content)}

    return {
        "checkpoint": "w.ckpt",
        "files": [entry("w.ckpt", "w.ckpt", WEIGHTS, 8), entry("hf/vocab.json", "vocab.json", WORDS, 64)],
        "written": {"hf/tokenizer_config.json": {"model_max_length": 512}},
    }


@contextlib.contextmanager
def silent(name: str, present: int, total: int | None) -> Iterator[Callable[[int], None]]:
    yield lambda length: None


def test_fetches_checks_and_records(tmp_path: Path, spec: dict[str, Any]) -> None:
    path = fetch_checkpoint(tmp_path, silent, spec)
    assert path == tmp_path / "w.ckpt"
    assert path.read_bytes() == WEIGHTS
    assert json.loads((tmp_path / "hf" / "tokenizer_config.json").read_text()) == {"model_max_length": 512}
    assert {check.path for check in verify(tmp_path, spec)} == {
        "w.ckpt",
        "hf/vocab.json",
        "hf/tokenizer_config.json",
    }
    assert all(check.ok for check in verify(tmp_path, spec))
    assert str(verify(tmp_path, spec)[0]) == "w.ckpt is right"
    assert not list(tmp_path.rglob("*.part"))


def test_tells_every_byte_of_progress(tmp_path: Path, spec: dict[str, Any]) -> None:
    told: dict[str, list[int]] = {}

    @contextlib.contextmanager
    def count(name: str, present: int, total: int | None) -> Iterator[Callable[[int], None]]:
        told[name] = [total or 0]
        yield told[name].append

    fetch_checkpoint(tmp_path, count, spec)
    assert told["w.ckpt"][0] == sum(told["w.ckpt"][1:]) == len(WEIGHTS)


def test_draws_a_progress_bar(tmp_path: Path, spec: dict[str, Any], capfd: pytest.CaptureFixture[str]) -> None:
    fetch_checkpoint(tmp_path, progress_bar, spec)
    assert "w.ckpt: 100%" in capfd.readouterr().err


def test_goes_on_where_it_broke_off(tmp_path: Path, spec: dict[str, Any], shop: tuple[type[Shop], str]) -> None:
    shop[0].cut = 300_000
    with pytest.raises(FetchError, match="run the command again"):
        fetch_checkpoint(tmp_path, silent, spec)
    assert not (tmp_path / "w.ckpt").exists()
    shop[0].cut = None
    assert fetch_checkpoint(tmp_path, silent, spec).read_bytes() == WEIGHTS
    assert shop[0].ranges == ["bytes=300000-"]


def test_starts_over_where_the_server_knows_no_ranges(
    tmp_path: Path, spec: dict[str, Any], shop: tuple[type[Shop], str]
) -> None:
    (tmp_path / "w.ckpt.part").write_bytes(WEIGHTS[:1000])
    shop[0].understands_ranges = False
    assert fetch_checkpoint(tmp_path, silent, spec).read_bytes() == WEIGHTS


def test_finishes_a_part_that_is_already_whole(tmp_path: Path, spec: dict[str, Any]) -> None:
    (tmp_path / "w.ckpt.part").write_bytes(WEIGHTS)
    assert fetch_checkpoint(tmp_path, silent, spec).read_bytes() == WEIGHTS


def test_keeps_what_is_already_right(tmp_path: Path, spec: dict[str, Any], shop: tuple[type[Shop], str]) -> None:
    fetch_checkpoint(tmp_path, silent, spec)
    shop[0].files = {}
    fetch_checkpoint(tmp_path, silent, spec)


def test_a_wrong_file_is_thrown_away(tmp_path: Path, spec: dict[str, Any], shop: tuple[type[Shop], str]) -> None:
    shop[0].files = {"/w.ckpt": b"something else", "/vocab.json": WORDS}
    with pytest.raises(FetchError, match="not the published file"):
        fetch_checkpoint(tmp_path, silent, spec)
    assert not list(tmp_path.glob("w.ckpt*"))


def test_a_wrong_file_never_replaces_a_right_one(
    tmp_path: Path, spec: dict[str, Any], shop: tuple[type[Shop], str]
) -> None:
    fetch_checkpoint(tmp_path, silent, spec)
    spec["files"][0]["sha256"] = "00000000"
    with pytest.raises(FetchError):
        fetch_checkpoint(tmp_path, silent, spec)
    assert (tmp_path / "w.ckpt").read_bytes() == WEIGHTS


def test_verify_names_a_changed_and_a_missing_file(tmp_path: Path, spec: dict[str, Any]) -> None:
    fetch_checkpoint(tmp_path, silent, spec)
    (tmp_path / "w.ckpt").write_bytes(WEIGHTS + b"x")
    (tmp_path / "hf" / "vocab.json").unlink()
    problems = {check.path: check.problem for check in verify(tmp_path, spec) if check.problem}
    assert problems == {"w.ckpt": "is not the published file", "hf/vocab.json": "is missing"}


def test_verify_before_any_fetch(tmp_path: Path, spec: dict[str, Any]) -> None:
    assert all(check.problem for check in verify(tmp_path, spec))


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("http://127.0.0.1:9/w.ckpt", "there is no connection to 127.0.0.1"),
        ("https://does-not-exist.invalid/w.ckpt", "there is no connection to does-not-exist.invalid"),
        ("http://example.invalid/w.ckpt", "not a secure address"),
        ("file:///etc/passwd", "not a secure address"),
    ],
)
def test_no_way_there_is_one_clear_sentence(tmp_path: Path, spec: dict[str, Any], url: str, sentence: str) -> None:
    spec["files"][0]["url"] = url
    with pytest.raises(FetchError, match=sentence):
        fetch_checkpoint(tmp_path, silent, spec)


def test_a_missing_page_is_one_clear_sentence(tmp_path: Path, spec: dict[str, Any]) -> None:
    spec["files"][0]["url"] += ".gone"
    with pytest.raises(FetchError, match="answered 404"):
        fetch_checkpoint(tmp_path, silent, spec)


def test_too_little_space_is_said_before_anything_is_fetched(tmp_path: Path, spec: dict[str, Any]) -> None:
    spec["files"][0]["about_size"] = 1 << 60
    with pytest.raises(FetchError, match="not enough space"):
        fetch_checkpoint(tmp_path, silent, spec)
    assert not list(tmp_path.glob("*.part"))


def test_a_folder_that_cannot_be_made(tmp_path: Path, spec: dict[str, Any]) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FetchError, match="cannot be written"):
        fetch_checkpoint(tmp_path / "file", silent, spec)


def test_the_data_file_names_secure_sources_and_our_labels() -> None:
    spec = read_spec()
    assert tuple(spec["labels"]) == LABELS
    assert all(entry["url"].startswith("https://") for entry in spec["files"])
    assert all(len(entry["sha256"]) in (8, 64) for entry in spec["files"])
    assert spec["checkpoint"] in {entry["path"] for entry in spec["files"]}
