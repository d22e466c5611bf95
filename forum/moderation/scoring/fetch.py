"""Fetch Detoxify's published weights for `flask forum model fetch`: resumable, checked, put in place in one step."""

from __future__ import annotations

import contextlib
import http.client
import json
import shutil
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from forum.moderation.scoring.paths import DETOXIFY_SPEC
from forum.moderation.scoring.pins import pin_problems, sha256_of, write_pins

TIMEOUT_SECONDS = 30
_BLOCK = 1 << 18

Advance = Callable[[int], None]
Progress = Callable[[str, int, int | None], contextlib.AbstractContextManager[Advance]]
"""`progress(name, bytes_already_there, bytes_in_all)` gives a function that is told of every block's length."""


class FetchError(Exception):
    """The weights could not be fetched. The message is one sentence for an operator."""


@dataclass(frozen=True, slots=True)
class FileCheck:
    """One installed file and what is wrong with it; an empty problem means it is the right one."""

    path: str
    problem: str

    @property
    def ok(self) -> bool:
        """Tell whether the file is there and right."""
        return not self.problem

    def __str__(self) -> str:
        return f"{self.path} {self.problem or 'is right'}"


@contextlib.contextmanager
def progress_bar(name: str, present: int, total: int | None) -> Iterator[Advance]:
    """Show one tqdm bar per file on stderr."""
    from tqdm import tqdm

    with tqdm(desc=name, initial=present, total=total, unit="B", unit_scale=True, unit_divisor=1024) as bar:
        yield lambda length: bar.update(length) and None


def fetch_checkpoint(dest: Path, progress: Progress = progress_bar, spec: Mapping[str, Any] | None = None) -> Path:
    """Fetch checkpoint and tokenizer into the folder `dest`; return the path for FORUM_DETOXIFY_CHECKPOINT.

    Files already there and right are kept, broken-off ones are continued. Raises FetchError.
    """
    spec = read_spec() if spec is None else spec
    _make_room(dest, spec)
    for entry in spec["files"]:
        _fetch_file(dest, entry, progress)
    for path, content in spec["written"].items():
        (dest / path).write_text(json.dumps(content) + "\n", encoding="utf-8")
    write_pins(dest, [*(entry["path"] for entry in spec["files"]), *spec["written"]])
    return dest / str(spec["checkpoint"])


def verify(dest: Path, spec: Mapping[str, Any] | None = None) -> list[FileCheck]:
    """Check every installed file against the published digest and the one recorded at the fetch."""
    spec = read_spec() if spec is None else spec
    recorded = pin_problems(dest)
    published = {entry["path"]: _published_problem(dest / entry["path"], entry) for entry in spec["files"]}
    paths = dict.fromkeys([*published, *recorded])
    return [FileCheck(path, published.get(path) or recorded.get(path, "")) for path in paths]


def read_spec() -> dict[str, Any]:
    """Return the data file that says what is fetched from where."""
    found: dict[str, Any] = json.loads(DETOXIFY_SPEC.read_text(encoding="utf-8"))
    return found


def _make_room(dest: Path, spec: Mapping[str, Any]) -> None:
    try:
        for path in [*(entry["path"] for entry in spec["files"]), *spec["written"]]:
            (dest / path).parent.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(dest).free
    except OSError as error:
        raise FetchError(f"The folder {dest} cannot be written to.") from error
    needed = sum(entry["about_size"] for entry in spec["files"] if not (dest / entry["path"]).exists())
    if free < needed:
        raise FetchError(f"There is not enough space in {dest}: {_mib(needed)} are needed, {_mib(free)} are free.")


def _fetch_file(dest: Path, entry: Mapping[str, Any], progress: Progress) -> None:
    target = dest / entry["path"]
    if not _published_problem(target, entry):
        return
    part = target.with_name(f"{target.name}.part")
    _download(str(entry["url"]), part, entry["path"], progress)
    if _published_problem(part, entry):
        part.unlink()
        raise FetchError(f"What arrived as {entry['path']} is not the published file; nothing was put in its place.")
    part.replace(target)


def _download(url: str, part: Path, name: str, progress: Progress) -> None:
    """Write the body of `url` to `part`, going on from what is already there."""
    present = part.stat().st_size if part.exists() else 0
    try:
        with _open(url, present) as response:
            if response.status != http.HTTPStatus.PARTIAL_CONTENT:
                present = 0
            _write_blocks(response, part, present, name, progress)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            return  # everything is there already; the digest decides
        raise FetchError(f"The server that keeps {name} answered {error.code}. Please try again later.") from error
    except (OSError, http.client.HTTPException) as error:
        raise FetchError(
            f"{name} could not be fetched: there is no connection to {urlsplit(url).hostname}. What has arrived is "
            "kept; run the command again to go on. The forum works without it, with its built-in scorer."
        ) from error


def _open(url: str, present: int) -> Any:
    parts = urlsplit(url)
    if parts.scheme != "https" and (parts.scheme, parts.hostname) != ("http", "127.0.0.1"):
        raise FetchError(f"{url} is not a secure address.")
    headers = {"User-Agent": "small-hours-model-fetch"} | ({"Range": f"bytes={present}-"} if present else {})
    request = urllib.request.Request(url, headers=headers)  # noqa: S310 - the scheme is checked above
    return urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS)  # noqa: S310


def _write_blocks(response: Any, part: Path, present: int, name: str, progress: Progress) -> None:
    length = response.headers.get("Content-Length")
    total = present + int(length) if length else None
    written = present
    with part.open("ab" if present else "wb") as stream, progress(name, present, total) as advance:
        while block := response.read(_BLOCK):
            stream.write(block)
            written += len(block)
            advance(len(block))
    # A connection that ends early does not raise by itself; without this the digest would blame the publisher.
    if total is not None and written < total:
        raise ConnectionError("the connection ended early")


def _published_problem(path: Path, entry: Mapping[str, Any]) -> str:
    try:
        digest, size = sha256_of(path), path.stat().st_size
    except OSError:
        return "is missing"
    if not digest.startswith(entry["sha256"]) or entry["size"] not in (None, size):
        return "is not the published file"
    return ""


def _mib(size: int) -> str:
    return f"{size / (1 << 20):,.0f} MiB"
