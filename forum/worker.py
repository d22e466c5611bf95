"""Celery for scaled-out instances: the same periodic functions the embedded scheduler runs, once for all instances."""

from __future__ import annotations

from celery import Celery
from flask import Flask

from forum.config import Config
from forum.realtime.jobs import JOBS, run_job


def make_worker(app: Flask) -> Celery:
    """Return a Celery application whose beat schedule is the table of jobs; results are not kept."""
    settings: Config = app.extensions["forum.config"]
    celery = Celery("forum", broker=settings.redis_url)
    celery.conf.update(
        task_ignore_result=True,
        task_acks_late=True,
        worker_hijack_root_logger=False,
        broker_connection_retry_on_startup=True,
        timezone="UTC",
        beat_schedule={
            job.name: {"task": _task_name(job.name), "schedule": job.every_seconds} for job in JOBS.values()
        },
        beat_schedule_filename=str(settings.instance / "celery-beat"),
    )
    for job in JOBS.values():
        celery.task(name=_task_name(job.name))(_runner(app, job.name))
    return celery


def _task_name(job: str) -> str:
    return "forum." + job.replace(" ", "_").replace("-", "_")


def _runner(app: Flask, name: str):  # type: ignore[no-untyped-def]  # Celery wants a plain function
    def run() -> None:
        run_job(app, JOBS[name])

    return run
