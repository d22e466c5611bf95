"""Logging: one JSON line per event, by name; nothing in it can identify a member or quote one.

Only the fields listed here pass. A message of ours is written as its template, because parameters may be somebody's
words; the text of an exception is left out for the same reason. Of a library's message only the place is written: it
may have been put together before it came here.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
from datetime import UTC, datetime

from flask import Flask

log = logging.getLogger(__name__)
ALLOWED = frozenset(
    {"phase", "error", "where", "handler", "subscriber", "job", "scorer", "detail", "count", "status", "duration_ms",
     "route", "request_id", "part", "seconds", "port", "version", "incident"}
)  # fmt: skip
HANDLER = "forum-json"
OURS = ("forum", "wsgi")


class JsonLines(logging.Formatter):
    """Format a record as one JSON line of allowed fields."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; time is cut to the minute."""
        ours = record.name.split(".", 1)[0] in OURS
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%MZ"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": str(record.msg) if ours else "a library reports something",
        }
        if not ours:
            line["where"] = f"{record.filename}:{record.lineno}"
        line |= {name: value for name, value in vars(record).items() if name in ALLOWED}
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
        return json.dumps(line, default=str)


def place_of(error: BaseException | None) -> str:
    """Return file:line of the innermost frame of our own code."""
    found, frame = "", error.__traceback__ if error is not None else None
    while frame is not None:
        name = frame.tb_frame.f_code.co_filename
        if "forum/" in name:
            found = f"{name.rsplit('forum/', 1)[-1]}:{frame.tb_lineno}"
        frame = frame.tb_next
    return found


def speak_for_threads() -> None:
    """Log what ends a thread by its name and place; Python's own way prints the message, which may quote somebody."""

    def report(args: threading.ExceptHookArgs) -> None:
        log.error("a thread ended", extra={"error": args.exc_type.__name__, "where": place_of(args.exc_value)})

    threading.excepthook = report


def init_app(app: Flask) -> None:
    """Send everything through the JSON formatter, once per process."""
    root = logging.getLogger()
    if not any(handler.get_name() == HANDLER for handler in root.handlers):
        handler = logging.StreamHandler(sys.stderr)
        handler.set_name(HANDLER)
        handler.setFormatter(JsonLines())
        root.addHandler(handler)
    root.setLevel(logging.INFO)
    for noisy in ("werkzeug", "engineio", "socketio", "httpx", "urllib3", "alembic", "flask_wtf"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    app.logger.propagate = True
