"""Search finds what the reader may read, never what they may not, whatever is typed."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import text, update

from forum.boundaries import operations as boundaries
from forum.core.clock import utcnow
from forum.core.db import db
from forum.core.errors import RateLimited
from forum.discussions import operations
from forum.discussions.models import Post, Thread
from forum.identity.models import Member
from forum.search import finding, index
from forum.search.asking import EVERYWHERE, read_question
from forum.search.finding import find
from forum.search.index import read_candidates
from forum.search.marking import mark, snippet
from forum.web import limits
from tests import factories
from tests.conftest import NOW, Browser

SignIn = Callable[..., Browser]


@pytest.fixture
def bob(database: None) -> Member:
    return factories.make_member("Late Heron 30")


@pytest.fixture
def thread(bob: Member) -> Thread:
    return factories.make_thread(bob, "Quiet mornings", "Coffee before the lanterns go out.")


def found(words: str, reader: Member | None = None) -> list[str]:
    db.session.commit()
    return [post.body for post in find(read_question(words), reader).posts]


def candidates(words: str) -> list[int]:
    """Return what the index offers, before anybody asks whether it may be read."""
    return read_candidates(db.session.connection(), read_question(words), EVERYWHERE, before=None, limit=10)


def indexed(words: str) -> int:
    """Count in the index itself, whatever the page would show."""
    db.session.commit()
    sql = "SELECT count(*) FROM post_search WHERE post_search MATCH :words"
    return int(db.session.execute(text(sql), {"words": words}).scalar_one())


# ── What is found ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("typed", "hit"),
    [
        ("lanterns", True), ("LANTERN", True), ("quiet", True), ("coffee lanterns", True), ("coffee tea", False),
        ('"the lanterns go"', True), ('"lanterns the"', False), ("co", False), ("go", True), ("coffée", True),
    ],
)  # fmt: skip
def test_words_titles_beginnings_and_phrases(thread: Thread, typed: str, hit: bool) -> None:
    assert bool(found(typed)) is hit


def test_newest_first_page_by_page(thread: Thread, bob: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "PAGE", 3)
    for number in range(5):
        factories.make_post(thread, bob, f"Lantern {number}")
    db.session.commit()
    question = read_question("lantern")
    first = find(question, None)
    second = find(question, None, before=first.older)
    assert [p.body for p in first.posts] == ["Lantern 4", "Lantern 3", "Lantern 2"]
    assert [p.body for p in second.posts][:2] == ["Lantern 1", "Lantern 0"]


def test_rooms_and_times_narrow(thread: Thread, bob: Member, sign_in_as: SignIn, browser: Browser) -> None:
    other = factories.make_thread(bob, "Elsewhere", "A lantern there.", room=factories.a_room("night"))
    old = factories.make_post(thread, bob, "An old lantern.")
    db.session.execute(update(Post).where(Post.id == old.id).values(created_at=utcnow() - timedelta(days=60)))
    assert other.room
    there = browser.get(f"/search?q=lantern&room={other.room.public_id}").text
    assert "Elsewhere" in there
    assert "Quiet mornings" not in there
    assert "An old" in browser.get("/search?q=lantern").text
    assert "An old" not in browser.get("/search?q=lantern&when=month").text
    assert browser.get("/search?q=lantern&room=nonsense&when=nonsense&before=x").status_code == 200


# ── What must not be found ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("visibility", ["hidden", "held", "checking"])
def test_words_leave_the_index_with_the_visibility(thread: Thread, bob: Member, visibility: str) -> None:
    post = factories.make_post(thread, bob, "Zanzibar")
    assert indexed("zanzibar") == 1
    operations.set_visibility(post, visibility, NOW)
    assert indexed("zanzibar") == 0
    operations.set_visibility(post, "limited", NOW)
    assert indexed("zanzibar") == 1


def test_the_index_follows_the_transaction_not_the_commit(thread: Thread, bob: Member) -> None:
    post = factories.make_post(thread, bob, "Zanzibar")
    db.session.commit()
    assert found("zanzibar") == ["Zanzibar"]
    operations.set_visibility(post, "hidden", NOW)
    assert candidates("zanzibar") == []
    db.session.rollback()
    assert candidates("zanzibar") == [post.id]


def test_a_change_past_our_sessions_is_out_of_sight_at_once(thread: Thread, bob: Member) -> None:
    post = factories.make_post(thread, bob, "Zanzibar")
    db.session.commit()
    db.session.connection().exec_driver_sql(f"UPDATE post SET visibility = 'hidden' WHERE id = {post.id}")
    assert candidates("zanzibar") == []
    assert indexed("zanzibar") == 0


def test_taken_back_changed_and_deleted_words_are_gone(thread: Thread, bob: Member) -> None:
    taken, changed, deleted = (factories.make_post(thread, bob, word) for word in ("Zanzibar", "Yokohama", "Xalapa"))
    operations.take_back(taken, NOW)
    operations.change_body(changed, body="Somewhere", content_note="", now=NOW)
    db.session.execute(text("DELETE FROM thread_event WHERE post_id = :id"), {"id": deleted.id})
    db.session.execute(text("DELETE FROM post WHERE id = :id"), {"id": deleted.id})
    assert [indexed(word) for word in ("zanzibar", "yokohama", "xalapa", "somewhere")] == [0, 0, 0, 1]


def test_a_title_goes_with_its_opening(bob: Member) -> None:
    thread = factories.make_thread(bob, "Zanzibar", "Opening.")
    opening = db.session.query(Post).filter_by(thread_id=thread.id).one()
    thread.title = "Yokohama"
    assert [indexed("zanzibar"), indexed("yokohama")] == [0, 1]
    operations.set_visibility(opening, "hidden", NOW)
    assert indexed("yokohama") == 0


def test_answers_for_one_reader_and_other_kinds_of_threads_are_not_indexed(thread: Thread, bob: Member) -> None:
    factories.make_post(thread, factories.make_member(), "Zanzibar", only_for=bob)
    thread.kind = "meeting"
    db.session.flush()
    factories.make_post(thread, bob, "Zanzibar")
    assert indexed("zanzibar") == 0


def test_nothing_held_in_the_thread_around_it_is_shown(bob: Member, browser: Browser) -> None:
    thread = factories.make_thread(bob, "Zanzibar", "Opening words.")
    factories.make_post(thread, bob, "Lantern.")
    opening = db.session.query(Post).filter_by(thread_id=thread.id, is_opening=True).one()
    operations.set_visibility(opening, "held", NOW)
    assert "lantern.</mark>" not in browser.get("/search?q=lantern").text.lower()
    operations.set_visibility(opening, "hidden", NOW)
    page = browser.get("/search?q=lantern").text
    assert "<mark>Lantern</mark>" in page
    assert "Zanzibar" not in page


def test_boundaries_hold_in_search(thread: Thread, bob: Member, sign_in_as: SignIn) -> None:
    alice = factories.make_member()
    assert found("lanterns", alice)
    boundaries.block(alice, bob.id, NOW)
    assert found("lanterns", alice) == []
    factories.make_thread(alice, "Mine", "Zanzibar")
    assert found("zanzibar", bob) == []
    assert "Mine" not in sign_in_as(bob).get("/search?q=zanzibar").text


def test_a_content_note_folds_the_hit(thread: Thread, bob: Member, browser: Browser) -> None:
    factories.make_post(thread, bob, "Zanzibar", content_note="A slip")
    page = browser.get("/search?q=zanzibar").text
    assert page.index("A slip") < page.index("<mark>Zanzibar</mark>")
    assert '<details class="cw">' in page


# ── Whatever is typed ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "typed",
    [
        '"', "'", "*", 'a"b', "NEAR(a b)", "body:x", "{title} : x", "^x", "a AND", "NOT", "--", "; DROP TABLE post",
        "') OR 1=1 --", "%", "_", "\x00", "\\", "<script>alert(1)</script>", "🙂", "a" * 5_000, '"' * 99, "room1",
        "place:room1", "x NEAR/5 y", "(", ")", "+", "-x", "\u202e", "' | 'room:1", "post_search MATCH",
    ],
)  # fmt: skip
def test_nothing_typed_is_an_operator_or_markup(thread: Thread, browser: Browser, typed: str) -> None:
    for answer in (browser.get("/search", query_string={"q": typed}), browser.post("/search", {"q": typed})):
        assert answer.status_code == 200
        assert "<script>alert" not in answer.text


def test_common_words_match_whole_and_rare_ones_as_beginnings(
    thread: Thread, bob: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        factories.make_post(thread, bob, f"Plum {number}")
    factories.make_post(thread, bob, "Plums")
    assert len(found("plum")) == 4
    monkeypatch.setattr(index, "_PROBE", index._PROBE.replace("OFFSET 2000", "OFFSET 2"))
    assert len(found("plum")) == 3
    assert len(found("plu")) == 4
    assert len(found("plums")) == 1


def test_a_room_is_no_word(thread: Thread) -> None:
    assert found(f"room{thread.room_id}") == []


def test_hits_are_marked_and_everything_else_is_escaped() -> None:
    question = read_question("day")
    assert mark("<b>Days & days</b>", question) == "&lt;b&gt;<mark>Days</mark> &amp; <mark>days</mark>&lt;/b&gt;"
    long = "word " * 100 + "day " + "more " * 100
    assert "<mark>day</mark>" in snippet(long, question)
    assert len(snippet(long, question)) < 300


def test_questions_are_short_and_plain() -> None:
    assert read_question('Not  "two Words" a_b').terms == (("not",), ("two", "words"), ("a",), ("b",))
    assert len(read_question(" ".join(f"w{n}" for n in range(40))).terms) == 8
    assert not read_question('"" ** --')


def test_searching_is_limited() -> None:
    limiter = limits.Limiter("")
    for _ in range(30):
        limiter.hit("search", member="m")
    with pytest.raises(RateLimited):
        limiter.hit("search", member="m")


def test_the_form_keeps_words_out_of_the_address(browser: Browser) -> None:
    page = browser.get("/search").text
    assert re.search(r'<form [^>]*class="card stack" action="/search" method="post"', page)
    assert 'href="/search"' in browser.get("/rooms").text
