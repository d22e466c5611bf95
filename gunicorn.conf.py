"""How gunicorn serves the forum: one process, threads for SQLite, gevent for PostgreSQL instances behind a proxy.

Used by `flask forum serve` (so by `make run`) and by deploy/systemd. The values come from the settings in
docs/settings.md. gunicorn reads every global here whose name it knows; `config` is such a name, hence `chosen`.
"""

from __future__ import annotations

import logging
import os
import socket
import sys
import traceback
from typing import Any

from gunicorn.glogging import Logger

from forum.config import RESERVED_THREADS, ConfigError, load_config

try:
    chosen = load_config()
except ConfigError as error:
    sys.exit(f"The forum can't start with these settings:\n{error}")
if chosen.async_mode == "eventlet":
    sys.exit("gunicorn has no eventlet worker any more. Run: FORUM_ASYNC_MODE=eventlet .venv/bin/python wsgi.py")

# A mode set in instance/.env must reach wsgi.py too, which patches the process before it can read any file.
os.environ["FORUM_ASYNC_MODE"] = chosen.async_mode

# Database, sockets and locks made while serving are for this account alone.
os.umask(0o077)

host = f"[{chosen.host}]" if ":" in chosen.host else chosen.host

wsgi_app = "wsgi:app"
bind = f"{host}:{chosen.port}"
# One process holds sockets, presence and the scheduler. For more people run more of them: docs/deploy/production.md.
workers = 1
# gunicorn's own workers wait for slow clients, ours do not (docs/decisions/0037).
_green = chosen.async_mode == "gevent"
worker_class = "forum.web.patience_green.PatientGreenWorker" if _green else "forum.web.patience.PatientWorker"
# A socket holds a thread for as long as it is open, so pages keep some that sockets can never take.
threads = chosen.max_sockets + RESERVED_THREADS
# gunicorn's default of 1,000 hangs the whole site at 1,000 sockets; our own cap lies well below this.
worker_connections = 10_000
# SIGTERM waits this long while sockets are open; browsers reconnect by themselves.
graceful_timeout = 3
timeout = 60
# With it Tor names the circuit of each connection in the PROXY protocol's first line; gunicorn reads that line once and
# forgets it before a second request on the same connection, so there each connection carries one.
proxy_protocol = "v1" if chosen.onion_circuits else "off"
proxy_allow_ips = "127.0.0.1,::1"
keepalive = 0 if chosen.onion_circuits else 5
# Who is asking is worked out once, in the app, from FORUM_TRUSTED_PROXIES; gunicorn itself believes no header.
forwarded_allow_ips = ""
limit_request_line = 4094
limit_request_fields = 60
# Nothing about who asked for what may reach a log.
accesslog = None
errorlog = "-"
loglevel = "warning"
# Runtime control is by signal; no extra socket in somebody's home directory.
control_socket_disable = True


class _NamesNobody(logging.Filter):
    """Take addresses, URLs and the texts of exceptions out of gunicorn's own messages.

    gunicorn logs "Invalid request from ip=…" and "Error handling request <method> <uri>"; an exception's text may quote
    what somebody wrote. What remains is enough to find the line of code.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record in place; never drop it."""
        message = str(record.msg)
        if message.startswith("Invalid request from ip="):
            record.msg, record.args = "A malformed request was refused.", ()
        elif message.startswith("Error handling request"):
            record.msg, record.args = "A request failed outside the application.", ()
        if record.exc_info and record.exc_info[0] is not None:
            kind, _, where = record.exc_info
            record.exc_text = "".join(traceback.format_tb(where)) + kind.__name__
            record.exc_info = None
        return True


class DiscreetLogger(Logger):
    """gunicorn's logger, with the filter above on everything it writes."""

    def setup(self, cfg: Any) -> None:
        """Set up as usual, then add the filter."""
        super().setup(cfg)
        self.error_log.addFilter(_NamesNobody())


logger_class = DiscreetLogger


def on_starting(server: Any) -> None:
    """Say in one sentence that the port is taken, instead of five retries and a traceback.

    Skipped when the socket is handed over (systemd, or a running gunicorn replacing itself): then it is rightly in use.
    """
    if "GUNICORN_PID" in os.environ or "LISTEN_PID" in os.environ:
        return
    family = socket.AF_INET6 if ":" in chosen.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((chosen.host, chosen.port))
        except OSError as error:
            sys.exit(f"Can't listen on {bind}: {error.strerror}. Try another port: make run PORT={chosen.port + 1}")


def post_worker_init(worker: Any) -> None:
    """Start what runs beside requests, in the process that serves: the scheduler, and waking the scorer."""
    from forum.cli.serving import start_background

    start_background(worker.wsgi)


def when_ready(server: Any) -> None:
    """Print the address, in the form a browser takes."""
    shown = "127.0.0.1" if chosen.host in ("0.0.0.0", "::") else host  # noqa: S104 - compared, not bound
    print(f"{chosen.name} is listening on http://{shown}:{chosen.port}", flush=True)  # noqa: T201 - the one line for a person
