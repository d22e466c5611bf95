"""One application on a real database, each test in a transaction that is rolled back, and a small cast of people."""

from __future__ import annotations

import contextvars
import itertools
import os
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_sqlalchemy.session import _app_ctx_id
from sqlalchemy.orm import scoped_session, sessionmaker
from werkzeug.test import TestResponse

from forum import create_app
from forum.config import Config, load_config
from forum.core.db import db
from tests import factories

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
LOCAL = "http://127.0.0.1:5000"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest: side by side, what begins last is what everybody waits for."""
    long = {item.path for item in items if any(item.iter_markers("slow")) or any(item.iter_markers("browser"))}
    items.sort(key=lambda item: item.path not in long)


def local_config(instance: Path, **env: str) -> Config:
    """Return settings of a throw-away local instance."""
    return load_config({"FORUM_INSTANCE": str(instance), "FORUM_SCORER": "off", **env})


@pytest.fixture(scope="session")
def app() -> Iterator[Flask]:
    """One application with all tables and rooms, on SQLite in a temporary directory."""
    with tempfile.TemporaryDirectory() as folder:
        made = create_app(local_config(Path(folder)), TESTING=True, WTF_CSRF_ENABLED=False, LIMIT_RULES=_no_limits())
        with made.app_context():
            db.create_all()
            from forum.discussions.seeding import seed_rooms

            seed_rooms()
            db.session.commit()
            db.session.remove()
        yield made
        with made.app_context():
            db.engine.dispose()


def _no_limits() -> dict[str, Any]:
    """Limits have their own tests; elsewhere they would make the order of tests matter."""
    from forum.web.limits import RULES, Rule

    return {name: Rule() for name in RULES}


@pytest.fixture
def database(app: Flask) -> Iterator[None]:
    """Run the test in one outer transaction: commits inside become savepoints, and all is rolled back at the end.

    Flask-SQLAlchemy ignores a session's `bind`, so the connection takes the engine's place.
    """
    with app.app_context():
        engine = db.engine
        connection = engine.connect()
        outer = connection.begin()
        engines = db._app_engines[app]
        engines[None] = connection  # type: ignore[assignment]
        kept = db.session
        db.session = scoped_session(  # type: ignore[assignment]
            sessionmaker(class_=kept.session_factory.class_, db=db, join_transaction_mode="create_savepoint"),
            scopefunc=_app_ctx_id,
        )
        try:
            yield
        finally:
            db.session.remove()
            db.session = kept
            outer.rollback()
            connection.close()
            engines[None] = engine


class Browser:
    """A test client that runs each request in a fresh context, so that a missing commit is noticed."""

    def __init__(self, app: Flask, base: str = LOCAL) -> None:
        self.client: FlaskClient = app.test_client()
        self.base = base

    def _run(self, call: Callable[..., TestResponse], *args: Any, **kwargs: Any) -> TestResponse:
        kwargs.setdefault("base_url", self.base)
        db.session.commit()  # what the test made must be there for the request's own session
        answer = contextvars.Context().run(call, *args, **kwargs)
        db.session.expire_all()
        return answer

    def get(self, path: str, **kwargs: Any) -> TestResponse:
        """GET a page."""
        return self._run(self.client.get, path, **kwargs)

    def post(self, path: str, data: dict[str, Any] | None = None, **kwargs: Any) -> TestResponse:
        """POST a form."""
        return self._run(self.client.post, path, data=data or {}, **kwargs)


@pytest.fixture
def browser(app: Flask, database: None) -> Browser:
    """A guest's browser."""
    return Browser(app)


@pytest.fixture
def open_browser(app: Flask, database: None) -> Callable[[], Browser]:
    """Open further browsers."""
    return lambda: Browser(app)


@pytest.fixture
def now() -> datetime:
    """Three in the morning."""
    return NOW


_numbers = itertools.count()


@pytest.fixture
def sign_in_as(app: Flask, database: None) -> Callable[..., Browser]:
    """Return a browser signed in as a member or a staff account."""

    def sign_in(who: Any) -> Browser:
        return factories.signed_in(Browser(app), app, who)

    return sign_in


def pytest_configure() -> None:
    """Keep every test off the network and off the owner's instance."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.pop("FORUM_INSTANCE", None)


__all__ = ["LOCAL", "NOW", "Browser", "local_config", "timedelta"]
