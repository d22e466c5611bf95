"""Count answers as they go out: by route template and status, never by path, person or network."""

from __future__ import annotations

import time

from flask import Flask, Response, current_app, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram

KEY = "forum.metrics"


class Counted:
    """The counters of one application, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.answers = Counter(
            "smallhours_responses", "Answers by route and status.", ("route", "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "smallhours_response_seconds",
            "How long answers took.",
            buckets=(0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0),
            registry=self.registry,
        )


def counted() -> Counted:
    """Return the counters of the current application."""
    found: Counted = current_app.extensions[KEY]
    return found


def _begin() -> None:
    g.began = time.perf_counter()


def _end(response: Response) -> Response:
    route = request.url_rule.rule if request.url_rule is not None else "none"
    counted().answers.labels(route, str(response.status_code)).inc()
    if "began" in g:
        counted().seconds.observe(time.perf_counter() - g.began)
    return response


def init_app(app: Flask) -> None:
    """Count every answer of the application."""
    app.extensions[KEY] = Counted()
    app.before_request_funcs.setdefault(None, []).insert(0, _begin)
    app.after_request(_end)
