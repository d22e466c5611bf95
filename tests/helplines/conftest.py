"""A small application with no database, no store and no worker: what the help pages may lean on, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from forum import helplines
from forum.config import Config, Secrets
from forum.helplines import registry
from forum.identity import context
from forum.web import assets, csrf, errors, filters, locale
from forum.web.current import KEY

NIGHT = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
"""A Sunday, three in the morning in London."""


def make_app(default_country: str = "") -> Flask:
    root = Path(helplines.__file__).resolve().parents[1]
    app = Flask("forum_help", root_path=str(root), template_folder="templates", static_folder=None)
    app.secret_key = "only for tests, long enough to sign with"
    keys = Secrets("s" * 32, "t" * 32, {"1": "p" * 32}, "k" * 32, "m" * 32)
    app.extensions[KEY] = Config(Path("/nonexistent"), "sqlite://", keys, default_country=default_country)
    for part in (assets, csrf, errors, filters, locale, context):
        part.init_app(app)
    helplines.init_app(app)
    registry.use_instance(None)
    return app


@pytest.fixture(scope="session")
def app() -> Flask:
    return make_app()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def speaking(app: Flask) -> Iterator[None]:
    """A request, so that words have a language."""
    with app.test_request_context("/help"):
        yield


@pytest.fixture(autouse=True)
def packaged() -> Iterator[None]:
    registry.use_instance(None)
    yield
    registry.use_instance(None)
