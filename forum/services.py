"""What the running application holds besides its features: the scorer, and what must work before it is ready."""

from __future__ import annotations

import atexit
import logging

from flask import Flask

from forum.config import Config
from forum.helplines import registry
from forum.moderation import pipeline
from forum.moderation.scoring.factory import make_scorer
from forum.web.health import add_probe

log = logging.getLogger(__name__)
SCORER = "forum.scorer"


def init_app(app: Flask, settings: Config) -> None:
    """Attach the scorer (it loads nothing before the first text) and the readiness probes."""
    registry.use_instance(settings.instance)
    settings.instance.mkdir(parents=True, exist_ok=True, mode=0o700)
    scorer = make_scorer(
        settings.scorer,  # type: ignore[arg-type]  # checked against the same words by load_config
        checkpoint=settings.detoxify_checkpoint or None,
        socket_dir=settings.instance,
        int8=settings.detoxify_int8,
    )
    app.extensions[SCORER] = scorer
    atexit.register(scorer.close)
    add_probe(app, "crisis_rules", crisis_rules_problem)


def crisis_rules_problem() -> str:
    """Return what keeps the crisis check from being trusted, or nothing."""
    return " ".join(pipeline.problems())
