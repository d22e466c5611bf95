"""`/healthz` (the process is up) and `/readyz` (each part, by name). Features register their own probes."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, current_app, jsonify
from sqlalchemy import text

from forum.core.db import db
from forum.core.diskguard import disk
from forum.web.access import public
from forum.web.current import config

bp = Blueprint("health", __name__)
Probe = Callable[[], str]
"""Returns what is wrong in a few words, or nothing."""
_KEY = "forum.probes"


def add_probe(app: object, name: str, probe: Probe) -> None:
    """Add a part to `/readyz`; a probe that raises counts as failed."""
    getattr(app, "extensions").setdefault(_KEY, {})[name] = probe  # noqa: B009


@bp.get("/healthz")
@public
def healthz() -> Response:
    """Say that the process answers."""
    return jsonify({"ok": True})


@bp.get("/readyz")
@public
def readyz() -> tuple[Response, int]:
    """Say which parts are ready."""
    probes: dict[str, Probe] = {"database": _database, "migrations": _migrations}
    if config().redis_url:
        probes["redis"] = _redis
    probes |= current_app.extensions.get(_KEY, {})
    parts = {name: _run(probe) for name, probe in probes.items()}
    ready = all(not problem for problem in parts.values())
    body = {"ok": ready, "parts": {name: problem or "ok" for name, problem in parts.items()}}
    return jsonify(body), 200 if ready else 503


def _run(probe: Probe) -> str:
    try:
        return probe()
    except Exception as error:
        return type(error).__name__


def _database() -> str:
    db.session.execute(text("SELECT 1"))
    return disk.reason if disk.is_closed else ""


def _migrations() -> str:
    from forum.core.migrations import pending

    return pending()


def _redis() -> str:
    import redis

    redis.Redis.from_url(config().redis_url, socket_timeout=0.5, socket_connect_timeout=0.5).ping()
    return ""
