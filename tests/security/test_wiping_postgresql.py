"""Words taken back leave PostgreSQL's files too: dead rows, the search index, the planner's samples."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from flask import Flask

from forum.core import backup, events
from forum.core.clock import utcnow
from forum.core.db import db
from forum.discussions import operations
from forum.discussions.models import Post
from tests import factories
from tests.security.live import another_app
from tests.services import postgres_database

pytestmark = pytest.mark.postgres
CANARY = b"zanzibarcan"  # as the search index cuts it
FILES = """
    SELECT relname, pg_read_binary_file(pg_relation_filepath(oid)) FROM pg_class
    WHERE relkind IN ('r', 'i', 't', 'm') AND pg_relation_filepath(oid) IS NOT NULL
"""


@pytest.fixture
def app() -> Iterator[Flask]:
    with postgres_database() as url, another_app(FORUM_DATABASE_URL=url) as made, made.app_context():
        yield made


def holding(app: Flask) -> list[str]:
    """Name every table and index whose file holds the canary."""
    with psycopg.connect(
        "postgresql" + db.engine.url.render_as_string(hide_password=False)[len("postgresql+psycopg") :], autocommit=True
    ) as server:
        server.execute("CHECKPOINT")
        return sorted(name for name, raw in server.execute(FILES, binary=True).fetchall() if CANARY in raw)


def test_m8_deleted_words_are_gone_from_every_file_of_postgresql(app: Flask) -> None:
    """A plain VACUUM passes over them: they stay on the page, and in the samples drawn from it."""
    bob = factories.make_member()
    thread = factories.make_thread(bob)
    for number in range(12):
        factories.make_post(thread, bob, f"zanzibarcanary {number % 2}")
        factories.make_post(thread, bob, f"An ordinary evening {number}.")
    events.commit()
    with db.engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
        connection.commit()
    assert {"post", "post_search", "pg_statistic"} <= set(holding(app))
    for post in db.session.query(Post).filter(Post.body.contains("zanzibar")).all():
        operations.take_back(post, utcnow())
    db.session.execute(db.text("SELECT pg_stat_force_next_flush()"))  # else its counts may come seconds later
    events.commit()
    db.session.remove()
    assert backup.wipe_free_space()
    assert holding(app) == []


def test_what_is_read_or_large_is_left_for_another_time_and_it_says_so(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits longer than two seconds for the wiping."""
    post = factories.make_post(
        factories.make_thread(factories.make_member()), factories.make_member(), "zanzibarcanary"
    )
    events.commit()
    operations.take_back(post, utcnow())
    db.session.execute(db.text("SELECT pg_stat_force_next_flush()"))
    events.commit()
    db.session.remove()
    with psycopg.connect(
        "postgresql" + db.engine.url.render_as_string(hide_password=False)[len("postgresql+psycopg") :]
    ) as reader:
        reader.execute("SELECT count(*) FROM post")
        assert not backup.wipe_free_space()
        assert "post" in holding(app)
    with monkeypatch.context() as patch:
        patch.setattr(backup, "REWRITE_BYTES", 0)
        assert not backup.wipe_free_space()
        assert "post" in holding(app)
    assert backup.wipe_free_space(at_any_size=True)
    assert holding(app) == []
