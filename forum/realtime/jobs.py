"""The scheduler of the embedded default: one thread runs what Celery beat runs when scaled out."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask

from forum.core import events
from forum.core.db import db

log = logging.getLogger(__name__)
TICK_SECONDS = 1.0


@dataclass(slots=True)
class Job:
    """Something done again and again; safe to run twice, or late."""

    name: str
    every_seconds: float
    run: Callable[[], object]
    next_at: float = 0.0


JOBS: dict[str, Job] = {}
OWN_JOBS: dict[str, Job] = {}
"""What every serving process does for itself, however many there are."""


def every(seconds: float, name: str) -> Callable[[Callable[[], object]], Callable[[], object]]:
    """Register a periodic job: it runs inside an application context, and its transaction is committed."""

    def register(function: Callable[[], object]) -> Callable[[], object]:
        JOBS[name] = Job(name, seconds, function)
        return function

    return register


def every_process(seconds: float, name: str) -> Callable[[Callable[[], object]], Callable[[], object]]:
    """Register something each serving process does for what it holds itself (its sockets)."""

    def register(function: Callable[[], object]) -> Callable[[], object]:
        OWN_JOBS[name] = Job(name, seconds, function)
        return function

    return register


def run_job(app: Flask, job: Job) -> None:
    """Run one job once; a failure is logged by name and never stops the others."""
    with app.app_context():
        try:
            job.run()
            events.commit()
        except Exception as error:
            events.rollback()
            log.error("job failed", extra={"job": job.name, "error": type(error).__name__})
        finally:
            db.session.remove()


def start(app: Flask, *, own_only: bool = False) -> threading.Event:
    """Start the scheduler thread; set the returned event to stop it. `own_only` where a worker does the rest."""
    stop = threading.Event()

    def loop() -> None:
        while not stop.wait(TICK_SECONDS):
            now = time.monotonic()
            for job in [*OWN_JOBS.values(), *([] if own_only else JOBS.values())]:
                if now >= job.next_at:
                    job.next_at = now + job.every_seconds
                    run_job(app, job)

    threading.Thread(target=loop, name="scheduler", daemon=True).start()
    return stop
