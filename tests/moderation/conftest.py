"""A real SQLite file for each test of the moderation library, a small invented content feature, and a small cast."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from forum.core.db import db
from forum.identity.models import Member, Staff
from forum.moderation import subjects
from forum.moderation.actors import Actor
from forum.moderation.cases import Target
from tests.moderation.board import BoardBase, BoardSubject, Note

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


def make_app(url: str) -> Flask:
    """Return the smallest application that opens a database."""
    app = Flask("moderation-tests")
    waits = {"timeout": 20} if url.startswith("sqlite") else {"options": "-c timezone=utc"}
    app.config.update(SQLALCHEMY_DATABASE_URI=url, SQLALCHEMY_ENGINE_OPTIONS={"connect_args": waits})
    db.init_app(app)
    return app


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with all tables and no rows, copied for each test."""
    path = tmp_path_factory.mktemp("moderation") / "empty.db"
    app = make_app(f"sqlite:///{path}")
    with app.app_context():
        db.create_all()
        BoardBase.metadata.create_all(db.engine)
        db.session.remove()
        db.engine.dispose()
    return path


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A fresh SQLite file; with FORUM_TEST_POSTGRES set, that PostgreSQL database, emptied."""
    url = os.environ.get("FORUM_TEST_POSTGRES", "")
    if not url:
        shutil.copy(request.getfixturevalue("empty_file"), tmp_path / "forum.db")
        return f"sqlite:///{tmp_path / 'forum.db'}"
    app = make_app(url)
    with app.app_context():
        db.session.execute(text("DROP SCHEMA public CASCADE"))
        db.session.execute(text("CREATE SCHEMA public"))
        db.session.commit()
        db.create_all()
        BoardBase.metadata.create_all(db.engine)
        db.engine.dispose()
    return url


@pytest.fixture
def board_app(database_url: str) -> Iterator[Flask]:
    """An application on its own database, its context pushed."""
    app = make_app(database_url)
    before = dict(subjects._subjects)
    subjects.register("note", BoardSubject())
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()
    subjects._subjects.clear()
    subjects._subjects.update(before)


@pytest.fixture
def now() -> datetime:
    """Three in the morning."""
    return NOW


class Cast:
    """The people and texts of a test."""

    def __init__(self) -> None:
        self.mo, self.mia = self.staff("Mo"), self.staff("Mia")
        self.lea = self.staff("Lea", "lead")
        self.hal = self.staff("Hal", "helper")

    @staticmethod
    def staff(name: str, role: str = "moderator") -> Actor:
        row = Staff(name=name, role=role, password_hash="x", created_at=NOW)
        db.session.add(row)
        db.session.flush()
        return Actor(row.id, role, name)

    @staticmethod
    def member(handle: str, *, days: int = 30, trust: int = 1) -> Member:
        row = Member(
            handle=handle,
            pepper_id="p",
            verifier="x",
            trust=trust,
            created_day=(NOW - timedelta(days=days)).date(),
            created_at=NOW - timedelta(days=days),
        )
        db.session.add(row)
        db.session.flush()
        return row

    def note(self, author: Member, body: str, *, visibility: str = "live", thread: int = 1) -> Target:
        row = Note(author_id=author.id, body=body, visibility=visibility, thread_id=thread)
        db.session.add(row)
        db.session.flush()
        return Target("note", row.id, author_id=author.id, room_id=1, thread_id=thread, revision_id=row.revision)


@pytest.fixture
def cast(board_app: Flask) -> Cast:
    """Two moderators, a lead, a helper."""
    found = Cast()
    db.session.commit()
    return found
