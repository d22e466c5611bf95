"""`flask forum serve`: say where and how to become the first admin, then hand the process to gunicorn."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
import threading
import time

import click
from flask import Flask, current_app

from forum.cli import group
from forum.cli.instance import first_admin_link
from forum.config import ROOT
from forum.moderation import pipeline
from forum.moderation.phases import crisis_lexicon
from forum.web.current import config

SCORER_WAIT_SECONDS = 60.0
PAUSE_SECONDS, PAUSE_TIMES = 0.002, 3.0
"""After each rule it compiles, the process rests this long and three times as long as the rule took."""


@group.command("serve")
def serve() -> None:
    """Serve on HOST:PORT."""
    link = first_admin_link()
    if link:
        click.echo(f"\nNobody looks after this forum yet. Make the first admin account here (works once):\n  {link}\n")
    sys.stdout.flush()
    settings = config()
    if settings.async_mode == "eventlet":
        os.execv(sys.executable, [sys.executable, str(ROOT / "wsgi.py")])  # noqa: S606 - our own file
    command = [sys.executable, "-m", "gunicorn", "--config", str(ROOT / "gunicorn.conf.py")]
    os.execv(sys.executable, command)  # noqa: S606 - a fixed command, no shell


@group.command("worker")
@click.option("--concurrency", default=2, show_default=True, help="Tasks at once.")
def worker(concurrency: int) -> None:
    """Run Celery worker and beat: periodic work of scaled-out instances (needs FORUM_REDIS_URL)."""
    if not config().redis_url:
        click.echo("Set FORUM_REDIS_URL: without Redis the server does periodic work itself.", err=True)
        sys.exit(2)
    from forum.worker import make_worker

    celery = make_worker(current_app._get_current_object())  # type: ignore[attr-defined]
    celery.Worker(beat=True, concurrency=concurrency, pool="threads", loglevel="WARNING").start()


def start_background(app: Flask) -> threading.Event:
    """Start the scheduler and wake the scorer; called once in the process that serves."""
    from forum.core.logs import speak_for_threads
    from forum.realtime.jobs import start

    speak_for_threads()
    threading.Thread(target=_wake, args=(app,), name="wake", daemon=True).start()
    # Scaled out, one worker does periodic work for all instances (`flask forum worker`).
    return start(app, own_only=bool(app.extensions["forum.config"].redis_url))


def _wake(app: Flask) -> None:
    """Do what the first posts would otherwise wait for."""
    _wake_scorer(app)
    crisis_lexicon.compile_rest(lambda took: time.sleep(PAUSE_SECONDS + PAUSE_TIMES * took))
    gc.freeze()  # rules and models stay for good: looking through them again would stop everybody for a moment


def _wake_scorer(app: Flask) -> None:
    """Load the model before the first post needs it, and say once on the console how that went."""
    from forum.moderation.scoring.protocol import ScorerUnavailable

    pipeline.problems()  # reads the rules now, so that the first post does not wait for it
    scorer = app.extensions["forum.scorer"]
    until = time.monotonic() + SCORER_WAIT_SECONDS
    status = scorer.status()
    while status.state != "ready" and time.monotonic() < until:
        with contextlib.suppress(ScorerUnavailable):
            scorer.score("hello", deadline_seconds=5.0)
        status = scorer.status()
        if status.state == "off":
            break
        time.sleep(0.2)
    if status.state == "ready":
        click.echo(f"Scorer: {status.name} ({status.version}) is ready.")
    else:
        reason = status.detail or "it could not be loaded"
        click.echo(f"Scorer: running without ({reason}) Rules and people decide; posts are marked for another look.")
