"""Logging: one JSON line per event, by name; nothing in it can identify a member or quote one.

Only the fields listed here pass. A message with parameters is written as its template, because parameters may be
somebody's words; the text of an exception is left out for the same reason.
"""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime

from flask import Flask

ALLOWED = frozenset(
    {"phase", "error", "where", "handler", "subscriber", "job", "scorer", "detail", "count", "status", "duration_ms",
     "route", "request_id", "part", "seconds", "port", "address", "version", "incident"}
)  # fmt: skip
HANDLER = "forum-json"


class JsonLines(logging.Formatter):
    """Format a record as one JSON line of allowed fields."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; time is cut to the minute."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%MZ"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": str(record.msg),
        }
        line |= {name: value for name, value in vars(record).items() if name in ALLOWED}
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
        return json.dumps(line, default=str)


def init_app(app: Flask) -> None:
    """Send everything through the JSON formatter, once per process."""
    root = logging.getLogger()
    if not any(handler.get_name() == HANDLER for handler in root.handlers):
        handler = logging.StreamHandler(sys.stderr)
        handler.set_name(HANDLER)
        handler.setFormatter(JsonLines())
        root.addHandler(handler)
    root.setLevel(logging.INFO)
    for noisy in ("werkzeug", "engineio", "socketio", "httpx", "urllib3", "alembic"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    app.logger.propagate = True
