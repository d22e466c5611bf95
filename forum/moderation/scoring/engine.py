"""The one inference thread of the scorer process: a bounded queue, small batches, the fast model always first."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from forum.moderation.scoring.models import Models
from forum.moderation.verdict import Scores

QUEUE_LIMIT = 64
BATCH_SIZE = 8
SHORT_CHARS = 400
"""Longer texts are scored alone, so that nobody's sentence waits for somebody's essay inside one batch."""


@dataclass(eq=False, slots=True)
class Job:
    """One text on its way through the models."""

    text: str
    until: float
    """Monotonic time after which nobody waits for the answer."""
    born: float = field(default_factory=time.monotonic)
    best: Scores | None = None
    """What is known so far: the built-in scores, while Detoxify has not spoken."""
    failed: bool = False
    done: threading.Event = field(default_factory=threading.Event)

    def wait(self) -> Scores | None:
        """Wait for the full answer until the deadline; return the best there is then."""
        self.done.wait(max(0.0, self.until - time.monotonic()))
        return replace(self.best, ms=self._age_ms()) if self.best else None

    def _age_ms(self) -> float:
        return round((time.monotonic() - self.born) * 1000, 2)


Step = Callable[[list[Job]], None]


class Engine:
    """Feeds texts to the models, one batch at a time, in a thread of its own."""

    def __init__(self, models: Models, limit: int = QUEUE_LIMIT) -> None:
        self._models = models
        self._limit = limit
        self._fresh: deque[Job] = deque()
        self._halfway: deque[Job] = deque()
        self._wake = threading.Condition()
        self._busy_since: float | None = None

    def start(self) -> None:
        """Start the inference thread."""
        threading.Thread(target=self._run, name="inference", daemon=True).start()

    def use(self, models: Models) -> None:
        """Put other models in use from the next batch on."""
        self._models = models

    def submit(self, text: str, seconds: float) -> Job | None:
        """Queue one text; None when the queue is full."""
        job = Job(text, time.monotonic() + seconds)
        with self._wake:
            if len(self._fresh) + len(self._halfway) >= self._limit:
                return None
            self._fresh.append(job)
            self._wake.notify()
        return job

    def busy_seconds(self) -> float:
        """Return how long the running batch has taken so far; 0.0 when idle."""
        since = self._busy_since
        return time.monotonic() - since if since is not None else 0.0

    def _run(self) -> None:
        while True:
            step, batch = self._next()
            self._busy_since = time.monotonic()
            _try(step, batch)
            self._busy_since = None

    def _next(self) -> tuple[Step, list[Job]]:
        """Wait for work. New texts go first: the built-in scores of all take less time than one Detoxify batch."""
        with self._wake:
            while not self._fresh and not self._halfway:
                self._wake.wait()
            if self._fresh:
                return self._first, _take(self._fresh)
            return self._second, _take(self._halfway)

    def _first(self, batch: list[Job]) -> None:
        models = self._models
        batch = _awaited(batch)
        for job, scores in zip(batch, models.first([job.text for job in batch]), strict=True):
            job.best = scores if scores.labels else None
        if models.detoxify:
            with self._wake:
                self._halfway.extend(batch)
        else:
            _finish(batch)

    def _second(self, batch: list[Job]) -> None:
        models = self._models
        batch = _awaited(batch)
        known = [job.best or Scores(scorer="off", labels={}) for job in batch]
        for job, scores in zip(batch, models.second([job.text for job in batch], known), strict=True):
            job.best = scores
        _finish(batch)


def _take(queue: deque[Job]) -> list[Job]:
    """Take the next text, and up to seven more while all of them are short."""
    batch = [queue.popleft()]
    while queue and len(batch) < BATCH_SIZE and max(len(batch[-1].text), len(queue[0].text)) <= SHORT_CHARS:
        batch.append(queue.popleft())
    return batch


def _awaited(batch: list[Job]) -> list[Job]:
    """Leave out texts nobody waits for any more."""
    now = time.monotonic()
    return [job for job in batch if job.until > now]


def _finish(batch: list[Job]) -> None:
    for job in batch:
        job.done.set()


def _try(step: Step, batch: list[Job]) -> None:
    """Run a step; if it raises, run it for each text alone, so that one text cannot take seven others with it."""
    try:
        step(batch)
    except Exception:  # the thread must outlive whatever a model does; `Job.failed` tells the caller
        if len(batch) > 1:
            for job in batch:
                _try(step, [job])
            return
        for job in batch:
            job.failed = True
        _finish(batch)
