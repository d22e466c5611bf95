"""Deleted words leave the file: FTS5 keeps them in its pages until it is optimised (security.md M8)."""

from __future__ import annotations

from pathlib import Path

from forum import create_app
from forum.core import backup, events
from forum.core.clock import utcnow
from forum.core.db import db
from forum.discussions import operations
from forum.discussions.seeding import seed_rooms
from forum.search.asking import read_question
from forum.search.finding import find
from tests import factories
from tests.conftest import local_config

CANARY = "zanzibarcanary"


def test_no_file_of_the_database_holds_deleted_words(tmp_path: Path) -> None:
    app = create_app(local_config(tmp_path), TESTING=True)
    with app.app_context():
        db.create_all()
        seed_rooms()
        bob = factories.make_member()
        thread = factories.make_thread(bob)
        posts = [factories.make_post(thread, bob, f"{CANARY} {number}") for number in range(20)]
        events.commit()
        assert len(find(read_question(CANARY), None).posts) == 20
        assert _holds_canary(tmp_path)
        for post in posts:
            operations.take_back(post, utcnow())
        events.commit()
        db.session.remove()
        assert backup.wipe_free_space()
        assert not _holds_canary(tmp_path)
        assert find(read_question(CANARY), None).posts == ()
        db.session.remove()
        db.engine.dispose()


def _holds_canary(folder: Path) -> bool:
    return any(CANARY.encode() in file.read_bytes().lower() for file in folder.rglob("*") if file.is_file())
