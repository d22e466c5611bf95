"""F7, F8, F9: PostgreSQL, Redis and the scorer die, hang or forget. Own servers, on ports of their own."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench._faults.site import Fault, Sent, again, check, post, site, token_of, writing
from tests.browser.server import free_port
from tests.security.live import Live

PILLS = "i have the pills lined up on the table. not scared anymore"


# ── Redis ───────────────────────────────────────────────────────────────────────────────────────────────────────


@contextlib.contextmanager
def redis_server() -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Run a Redis of one's own."""
    port, tool = free_port(), shutil.which("redis-server")
    check(tool is not None, "redis-server is not installed")
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    process = subprocess.Popen([str(tool), *options], stdout=subprocess.DEVNULL)
    try:
        yield f"redis://127.0.0.1:{port}/0", process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGCONT)
            process.kill()
        process.wait(10)


def f8(folder: Path, *, people: int = 8) -> str:
    """Redis forgets everything, hangs, is killed: posts go on, the slowest of twenty takes under two seconds."""
    said = []
    with redis_server() as (url, process), site(folder, people, FORUM_REDIS_URL=url) as server:
        for number in range(people):
            post(server, f"p{number}", token_of(server, f"p{number}"), f"Before, {number}.", f"before-{number}", Sent())
        for fault in ("flush", "hang", "kill"):
            if fault == "flush":
                subprocess.run(["redis-cli", "-p", url.rsplit(":", 1)[1].split("/")[0], "flushall"], check=False)
            else:
                process.send_signal(signal.SIGSTOP if fault == "hang" else signal.SIGKILL)
            sent = Sent()
            for number in range(people):
                who = f"p{number}"
                post(server, who, token_of(server, who), f"During {fault}, {number}.", f"{fault}-{number}", sent)
            check(set(sent.statuses) == {303}, f"{fault}: answered {sent.statuses}")
            check(max(sent.seconds) < 3.0, f"{fault}: a post took {max(sent.seconds):.1f} s")
            _limits_hold(server, fault)
            check(server.ask("GET", "/help").status == 200, f"{fault}: no help page")
            said.append(f"{fault} p95 {sent.p95():.2f} s")
    return ", ".join(said) + "; limits hold, no server error"


def _limits_hold(server: Live, fault: str) -> None:
    """Send twelve against "five in twenty seconds": counting in the process lets twice as many by at most."""
    sent, who = Sent(), "alice"
    token = token_of(server, who)
    codes = [post(server, who, token, f"Much, {fault} {n}.", f"much-{fault}-{n}", sent) for n in range(12)]
    check(codes.count(303) <= 10, f"{fault}: {codes.count(303)} of 12 passed a limit of five")
    check(set(codes) <= {303, 429}, f"{fault}: answered {codes}")


# ── The scorer ──────────────────────────────────────────────────────────────────────────────────────────────────


def f9(folder: Path) -> str:
    """The scorer is killed and hangs: the help card comes all the same, posts take no longer than their deadline."""
    said = []
    with site(folder, 8, FORUM_SCORER="embedded") as server:
        for _ in range(60):
            if _scorer(server):
                break
            time.sleep(0.5)
        post(server, "p7", token_of(server, "p7"), "A first one.", "warm", Sent())
        for place, fault in enumerate((signal.SIGKILL, signal.SIGSTOP)):
            sent = Sent()
            pid = _scorer(server)
            check(bool(pid), "there is no scorer")
            os.kill(pid, fault)
            for number in range(3):
                who = f"p{place * 3 + number}"
                post(server, who, token_of(server, who), f"An ordinary evening {number}.", f"{fault}-{number}", sent)
                form = {"body": f"{PILLS} {number}", "client_id": f"pills-{fault}-{number}"}
                check(server.send(f"/t/{server.thread}/posts", form, who=who).status == 303, "a cry was refused")
                page = server.ask("GET", f"/t/{server.thread}", who=who).text
                check("data-card" in page, "no help card")
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
            check(set(sent.statuses) == {303}, f"answered {sent.statuses}")
            check(max(sent.seconds) < 3.0, f"a post took {max(sent.seconds):.1f} s")
            said.append(f"{signal.Signals(fault).name} slowest {max(sent.seconds):.2f} s")
            time.sleep(2)
    return ", ".join(said) + "; the card came every time"


def _scorer(server: Live) -> int:
    """Return the process id of the scorer: a child of gunicorn's worker."""
    worker = server.worker()
    children: list[int] = []
    for task in Path(f"/proc/{worker}/task").iterdir():
        children += [int(pid) for pid in (task / "children").read_text().split()]
    names = {pid: Path(f"/proc/{pid}/cmdline").read_bytes() for pid in children}
    return next((pid for pid, line in names.items() if b"scoring" in line or b"scorer" in line), 0)


# ── PostgreSQL ──────────────────────────────────────────────────────────────────────────────────────────────────


class Cluster:
    """A PostgreSQL of one's own, as the account `postgres`."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.bin = max(Path("/usr/lib/postgresql").glob("*/bin"), default=Path("/usr/lib/postgresql/none"))
        account = pwd.getpwnam("postgres")
        self.who = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        os.chown(folder, account.pw_uid, account.pw_gid)
        self._run("initdb", "-D", str(folder / "data"), "-A", "trust", "--no-sync")
        self.url = f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def _run(self, tool: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(self.bin / tool), *arguments], cwd="/", capture_output=True, check=False, **self.who  # type: ignore[call-overload]
        )  # fmt: skip
        check(done.returncode == 0, f"{tool}: {done.stderr.decode()[-300:]}")

    def start(self) -> None:
        """Start it and wait."""
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=on"
        log = str(self.folder / "log")
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-l", log, "-o", options, "-w", "start")

    def kill(self) -> None:
        """Kill the postmaster; its children follow when they notice."""
        pid = int((self.folder / "data" / "postmaster.pid").read_text().splitlines()[0])
        os.kill(pid, signal.SIGKILL)
        time.sleep(1.0)

    def restart_at_once(self) -> None:
        """Restart without a clean shutdown."""
        # Without a log of its own the new one would keep our end of the pipe, and we would wait for it for ever.
        log = str(self.folder / "log")
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-l", log, "-m", "immediate", "-w", "restart")

    def stop(self) -> None:
        """Stop it."""
        with contextlib.suppress(Fault):
            self._run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "-w", "stop")


def f7(folder: Path, *, people: int = 6) -> str:
    """PostgreSQL is killed and restarted under load: pages say so in time, posts come back, nothing sent is lost."""
    home = Path(tempfile.mkdtemp(prefix="cluster-"))
    cluster = Cluster(home)
    cluster.start()
    try:
        with site(folder, people, FORUM_DATABASE_URL=cluster.url) as server:
            with writing(server, people) as sent:
                time.sleep(4)
                cluster.kill()
                away = {
                    path: server.ask("GET", path, who="p0").status
                    for path in ("/rooms", "/help", f"/t/{server.thread}")
                }
                check(away["/help"] == 200, f"without a database: {away}")
                check(set(away.values()) <= {200, 503}, f"without a database: {away}")
                cluster.start()
                back = _until_answered(server)
                time.sleep(3)
                cluster.restart_at_once()
                back = max(back, _until_answered(server))
                time.sleep(3)
            check(not [code for code in sent.statuses if code == 500], f"answered {sent.statuses}")
            page = server.ask("GET", f"/t/{server.thread}/events?after=0", who="p0").text
            missing = [one for one, body in sent.acked.items() if page.count(body) != 1]
            check(not missing, f"lost or doubled: {missing[:3]}")
            check(back < 10, f"answered again only after {back:.1f} s")
    finally:
        cluster.stop()
        shutil.rmtree(home, ignore_errors=True)
    return f"{len(sent.acked)} sent, none lost or doubled; answered again within {back:.1f} s; {sent.statuses}"


def _until_answered(server: Live) -> float:
    started = time.monotonic()
    while time.monotonic() - started < 60:
        if server.ask("GET", "/rooms", who="p0").status == 200:
            return time.monotonic() - started
        time.sleep(0.2)
    raise Fault("it did not come back")


__all__ = ["again"]
