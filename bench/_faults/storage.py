"""F5, F6, F14, F15, F16, F17: the disk is full, the lock is held, the file is damaged, a copy is put back."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

from bench._faults.site import ROOT, Sent, again, check, kill, nothing_lost, post, rows, site, token_of, writing
from tests.security.live import Live


def f5_f17(folder: Path, *, megabytes: int = 12) -> str:
    """Fill the disk, as logs may: writes answer 503 with the words, reading goes on, it heals by itself."""
    check(os.geteuid() == 0, "only root may mount a small disk")
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "none", str(folder)], check=True)
    try:
        with site(folder) as server:
            return _filled(server)
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)


def _filled(server: Live) -> str:
    token, sent, log = token_of(server, "p0"), Sent(), server.instance / "some.log"
    check(post(server, "p0", token, "There is room.", "before", sent) == 303, "the first post was refused")
    with log.open("wb") as filling:
        try:
            while filling.write(b"x" * 65_536):
                filling.flush()
        except OSError:
            pass
    codes, kept = [], 0
    for number in range(4):
        answer = server.send(
            f"/t/{server.thread}/posts", {"body": f"Is there room {number}?", "client_id": f"full-{number}"}, who="p1"
        )
        codes.append(answer.status)
        kept += f"Is there room {number}?" in answer.text and answer.get("Retry-After") is not None
        time.sleep(0.3)
    refused = codes.count(503)
    check(refused > 0 and set(codes) <= {303, 503}, f"a full disk answered {codes}")
    check(kept == refused, "words or Retry-After were missing from a refusal")
    check(server.ask("GET", f"/t/{server.thread}", who="p1").status == 200, "reading stopped")
    check(server.ask("GET", "/help").status == 200, "the help page stopped")
    log.unlink()
    time.sleep(5.5)  # the guard looks again after five seconds
    check(post(server, "p2", token_of(server, "p2"), "There is room again.", "after", sent) == 303, "it did not heal")
    return (
        f"full: {refused} of {len(codes)} answered 503 with the words; healed by itself; {nothing_lost(server, sent)}"
    )


def f6(folder: Path, *, long: float = 10.0) -> str:
    """Somebody else holds the write lock: for 2 s posts wait, for long they answer 503, never 500."""
    with site(folder) as server:
        sent = Sent()
        token = token_of(server, "p0")
        post(server, "p0", token, "The rules are read by now.", "warm", sent)
        brief = _while_locked(server, 2.0, lambda: post(server, "p0", token, "I can wait.", "brief", sent))
        check(brief == 303, f"a lock of 2 s answered {brief}")
        other = token_of(server, "p1")
        answer = _while_locked(server, long, lambda: post(server, "p1", other, "Too long.", "long", sent))
        check(answer == 503, f"a lock of {long:.0f} s answered {answer}")
        check(post(server, "p1", other, "Too long.", "long", sent) == 303, "it did not go on")
        said = nothing_lost(server, sent)
    return f"2 s waited, {long:.0f} s answered 503; {said}"


def _while_locked(server: Live, seconds: float, act: object) -> int:
    holder = sqlite3.connect(server.instance / "forum.db", isolation_level=None, timeout=20, check_same_thread=False)
    holder.execute("BEGIN IMMEDIATE")
    timer = threading.Timer(seconds, lambda: holder.execute("ROLLBACK"))
    timer.start()
    try:
        return int(act())  # type: ignore[operator]
    finally:
        timer.join()
        holder.close()


def command(server: Live, *arguments: str, instance: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run `flask forum …` on the instance."""
    env = {**server.env, **({"FORUM_INSTANCE": str(instance)} if instance else {})}
    run = [sys.executable, "-m", "flask", "--app", "wsgi", "forum", *arguments]
    return subprocess.run(run, cwd=ROOT, env=env, capture_output=True, text=True, check=False)


def f14(folder: Path, *, people: int = 6) -> str:
    """Back up while people write, put it back into an empty directory, serve it: everything sent before is there."""
    elsewhere = folder.parent / f"{folder.name}-restored"
    with site(folder, people) as server:
        with writing(server, people, pause=4.2) as sent:
            time.sleep(4)
            before = dict(sent.acked)
            done = command(server, "backup", str(folder / "copy.backup"))
            check(done.returncode == 0, f"the backup failed: {done.stderr[-300:]}")
        server.stop()
        elsewhere.mkdir()
        shutil.copy(folder / "secrets.json", elsewhere / "secrets.json")
        done = command(server, "restore", str(folder / "copy.backup"), instance=elsewhere)
        check(done.returncode == 0, f"the restore failed: {done.stdout[-300:]}{done.stderr[-300:]}")
        done = command(server, "audit", "verify", instance=elsewhere)
        check(done.returncode == 0, f"the record does not verify: {done.stdout[-300:]}")
        server.instance = elsewhere
        server.env["FORUM_INSTANCE"] = str(elsewhere)
        again(server)
        page = server.ask("GET", f"/t/{server.thread}", who="p0").text
        missing = [one for one, body in before.items() if body not in page]
        check(not missing, f"not in the copy: {missing[:3]}")
        server.stop()
    return f"{len(before)} posts sent before the backup, all served from the copy; the record verifies"


def f15(folder: Path) -> str:
    """Take words back, wipe: no file, no backup holds them."""
    words = "zirconiumcanary told in confidence"
    with site(folder) as server:
        answer = server.send(f"/t/{server.thread}/posts", {"body": words, "client_id": "canary"}, who="p0")
        check(answer.status == 303, f"it was answered with {answer.status}")
        (post_id,) = rows(server, "SELECT public_id FROM post WHERE client_id = 'canary'")[0]
        check(b"zirconiumcanary" in server.files(), "the canary was never written")
        check(server.send(f"/p/{post_id}/delete", {}, who="p0").status == 303, "it could not be taken back")
        done = command(server, "purge")
        check(done.returncode == 0, f"the purge failed: {done.stdout[-200:]}{done.stderr[-200:]}")
        check(b"zirconiumcanary" not in server.files(), "the words are still in a file")
        check(command(server, "backup", str(folder / "copy.backup")).returncode == 0, "the backup failed")
        check(b"zirconiumcanary" not in server.files(), "the words are in the backup")
    return "gone from database, log, index, server log and the next backup"


def f16(folder: Path) -> str:
    """Damage pages, cut the log, take it away or protect it: one clear line or read-only, never an empty forum."""
    said = []
    with site(folder) as server:
        sent = Sent()
        post(server, "p0", token_of(server, "p0"), "Before the damage.", "before", sent)
        kill(server)
        file, whole = folder / "forum.db", folder.parent / f"{folder.name}-whole"
        for tail in ("", "-wal"):
            if (folder / f"forum.db{tail}").exists():
                shutil.copy(folder / f"forum.db{tail}", f"{whole}{tail}")
        for name in ("header", "pages", "wal", "missing", "readonly"):
            _damage(file, whole, name)
            said.append(f"{name}: {_what_happens(server, name)}")
            kill(server)
    return "; ".join(said)


def _damage(file: Path, whole: Path, how: str) -> None:
    for tail in ("", "-wal", "-shm"):
        Path(f"{file}{tail}").unlink(missing_ok=True)
        if Path(f"{whole}{tail}").exists():
            shutil.copy(f"{whole}{tail}", f"{file}{tail}")
    raw = bytearray(file.read_bytes())
    if how == "header":
        file.write_bytes(b"\0" * 100 + raw[100:])
    elif how == "pages":
        for start in range(4096 * 3, len(raw), 4096 * 4):
            raw[start : start + 512] = os.urandom(512)
        file.write_bytes(raw)
    elif how == "wal":
        log = Path(f"{file}-wal")
        if log.exists():
            log.write_bytes(log.read_bytes()[: log.stat().st_size // 2])
    elif how == "missing":
        for tail in ("", "-wal", "-shm"):
            Path(f"{file}{tail}").unlink(missing_ok=True)
    elif how == "readonly":
        file.chmod(0o400)


def _what_happens(server: Live, how: str) -> str:
    log = server.instance / "server.log"
    start = log.stat().st_size
    try:
        server.start()
    except TimeoutError:
        last = log.read_text()[start:].strip().splitlines()[-1]
        check("Traceback" not in log.read_text()[start:], f"{how}: a traceback instead of a line")
        return f"refused to start ({last[:90]})"
    ready = server.ask("GET", "/readyz")
    page = server.ask("GET", f"/t/{server.thread}")
    check(page.status != 404 or how == "missing", f"{how}: an empty forum is served")
    check(server.ask("GET", "/help").status == 200, f"{how}: the help page is gone")
    if how == "missing":
        check(ready.status == 503, "missing: an empty database was made and called ready")
    return f"page {page.status}, ready {ready.status}"
