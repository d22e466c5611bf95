"""The same promises on PostgreSQL, in a database of its own that is dropped afterwards."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from sqlalchemy import func, select, text

from forum import create_app
from forum.boundaries import operations as boundaries
from forum.boundaries.reading import boundaries_of
from forum.core.clock import utcnow
from forum.core.db import db
from forum.discussions import operations, queries
from forum.discussions.models import Post, Thread, ThreadEvent
from forum.discussions.seeding import seed_rooms
from forum.home import export, leaving
from forum.identity.models import Member
from forum.search.asking import Where, read_question
from forum.search.finding import find
from forum.search.index import install, uninstall
from tests import factories
from tests.conftest import local_config

pytestmark = pytest.mark.postgres
SERVER = os.environ.get("FORUM_TEST_POSTGRESQL", "postgresql://postgres@127.0.0.1")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Make an empty database."""
    name = f"forum_search_{os.getpid()}"
    try:
        server = psycopg.connect(f"{SERVER}/postgres", autocommit=True, connect_timeout=2)
    except psycopg.OperationalError:
        if os.environ.get("FORUM_REQUIRE_SERVICES"):
            raise
        pytest.skip("no PostgreSQL answers")
    with server:
        server.execute(f"CREATE DATABASE {name}")
        try:
            yield f"{SERVER}/{name}"
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")
    server.close()


@pytest.fixture(scope="module")
def pg(url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """An application on it."""
    settings = local_config(Path(tmp_path_factory.mktemp("pg")), FORUM_DATABASE_URL=url)
    app = create_app(settings, TESTING=True, WTF_CSRF_ENABLED=False)
    with app.app_context():
        db.create_all()
        seed_rooms()
        db.session.commit()
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def bob(pg: Flask) -> Member:
    return factories.make_member()


def found(words: str, reader: Member | None = None) -> list[str]:
    return [post.body for post in find(read_question(words), reader).posts]


def test_words_come_and_go_with_the_visibility(bob: Member) -> None:
    thread = factories.make_thread(bob, "Quiet mornings", "Coffee before the lanterns go out.")
    assert found("lantern") == found("quiet") == found('"lanterns go"') == ["Coffee before the lanterns go out."]
    assert found("tea") == found('"go lanterns"') == []
    post = factories.make_post(thread, bob, "Zanzibar")
    db.session.commit()
    operations.set_visibility(post, "hidden", utcnow())
    stored = text("SELECT count(*) FROM post_search WHERE post_id = :id")
    assert db.session.execute(stored, {"id": post.id}).scalar_one() == 0
    db.session.rollback()
    assert db.session.execute(stored, {"id": post.id}).scalar_one() == 1
    thread.title = "Renamed"
    db.session.flush()
    assert (found("quiet"), len(found("renamed"))) == ([], 1)


def test_rooms_narrow_and_are_no_words(bob: Member) -> None:
    thread = factories.make_thread(bob, "Here", "Pomegranate.")
    question = read_question("pomegranate")
    assert len(find(question, None, where=Where((thread.room.id,))).posts) == 1
    night = factories.a_room("night").id
    assert find(question, None, where=Where((night,))).posts == ()
    assert len(find(question, None, where=Where((night,), is_outside=True)).posts) == 1
    assert find(question, None, where=Where((night, thread.room.id), is_outside=True)).posts == ()
    assert found(f"room:{thread.room_id}") == []


def test_a_rooms_figures_are_the_same_here(bob: Member) -> None:
    thread = factories.make_thread(bob, "Here", "Pomegranate.", room=factories.a_room("faith"))
    found_here = queries.room_figures(utcnow(), thread.room)[thread.room.id]
    assert (found_here.waiting, found_here.lately, found_here.last) == (1, 1, thread.bumped_at)


@pytest.mark.parametrize(
    "typed", ['"', "' | 'room:1", "a & b", "!x", ":*", "<->", "\\", "%", "x:*A", "(", "DROP", "a_b"]
)
def test_nothing_typed_is_an_operator(bob: Member, typed: str) -> None:
    assert isinstance(found(typed), list)


def test_an_index_can_be_made_over_what_is_there(bob: Member) -> None:
    factories.make_thread(bob, "Persimmon", "There before the index.")
    factories.make_post(factories.make_thread(bob), bob, "Persimmon in hiding", visibility="hidden")
    db.session.commit()
    uninstall(db.session.connection())
    install(db.session.connection())
    db.session.commit()
    assert found("persimmon") == ["There before the index."]


def test_boundaries_read_alike(bob: Member) -> None:
    alice = factories.make_member()
    factories.make_thread(bob, "Quince", "Quince.")
    boundaries.block(alice, bob.id, utcnow())
    boundaries.cover_word(alice, "plum", "hide")
    assert boundaries_of(alice).blocked == {bob.id}
    assert found("quince", alice) == []


@pytest.mark.parametrize(("keep", "word"), [(True, "Medlar"), (False, "Loquat")])
def test_going_for_good(pg: Flask, bob: Member, keep: bool, word: str) -> None:
    other = factories.make_member()
    own, theirs = factories.make_thread(bob, word, f"{word} tart."), factories.make_thread(other)
    for _ in range(3):
        factories.make_post(theirs, bob, f"{word} jam")
        factories.make_post(theirs, other)
    db.session.commit()
    assert export.gather(bob, utcnow())["sections"]["What you wrote"]
    leaving.delete_member(bob, keep_posts=keep, keys=pg.extensions["forum.config"].keys, now=utcnow())
    db.session.commit()
    assert len(found(word)) == (4 if keep else 0)
    seqs = list(db.session.scalars(select(ThreadEvent.seq).where(ThreadEvent.thread_id == theirs.id)))
    assert sorted(seqs) == list(range(1, db.session.get_one(Thread, theirs.id).seq + 1))
    assert db.session.get_one(Thread, own.id).author_id is None
    left = select(func.count()).select_from(Post).where(Post.body.contains(word))
    assert bool(db.session.scalar(left)) is keep
