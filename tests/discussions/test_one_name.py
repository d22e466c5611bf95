"""A name for one thread: nothing another member can see, receive, search, copy or keep away leads to who wears it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from forum.core import events
from forum.core.db import db
from forum.discussions import masks
from forum.discussions.models import Post, Thread, ThreadMask
from forum.identity.marks import mark_seed
from forum.identity.models import Member, RetiredHandle
from forum.identity.operations import is_handle_free
from forum.moderation import subjects
from forum.web.current import config
from tests import factories
from tests.conftest import Browser
from tests.discussions.test_live import Line

SignIn = Callable[..., Browser]
WORDS = "A quiet sentence about the orchard."


@pytest.fixture
def alice(database: None) -> Member:
    return factories.make_member("Early Wren 21")


@pytest.fixture
def carol(database: None) -> Member:
    return factories.make_member("Salt Marsh 31")


@pytest.fixture
def thread(carol: Member) -> Thread:
    return factories.make_thread(carol, title="Carol's evening", body="It is evening.")


@pytest.fixture
def masked(alice: Member, thread: Thread, sign_in_as: SignIn) -> Post:
    """What alice wrote in carol's thread under another name."""
    form = {"body": WORDS, "client_id": "m1", "one_name": "yes"}
    assert sign_in_as(alice).post(f"/t/{thread.public_id}/posts", form).status_code == 303
    return db.session.scalars(select(Post).where(Post.client_id == "m1")).one()


def name_of(post: Post) -> str:
    assert post.mask is not None
    return post.mask.handle


def betrays(alice: Member) -> list[str]:
    """Return everything that would say who it is."""
    return [alice.handle, alice.public_id, mark_seed("member", alice.id)]


def assert_says_nothing(text: str, alice: Member, where: str) -> None:
    for sign in betrays(alice):
        assert sign not in text, (where, sign)


# ── What others are shown ───────────────────────────────────────────────────────────────────────────────────────


def test_no_page_others_can_open_says_who_it_is(
    alice: Member, carol: Member, thread: Thread, masked: Post, sign_in_as: SignIn, browser: Browser
) -> None:
    as_carol, handle = sign_in_as(carol), name_of(masked)
    as_carol.post(f"/p/{masked.public_id}/bookmark")
    as_carol.post(
        f"/t/{thread.public_id}/posts", {"body": "Thank you.", "client_id": "c1", "reply_to": masked.public_id}
    )
    pages = [
        f"/t/{thread.public_id}",
        f"/t/{thread.public_id}?reply_to={masked.public_id}&quote=1",
        f"/t/{thread.public_id}/events?after=0",
        f"/p/{masked.public_id}/report",
        f"/r/{thread.room.public_id}",
        "/rooms",
        "/search?q=orchard",
        "/notifications",
        "/me",
        "/me/kept",
    ]
    for page in pages:
        for reader in (as_carol, browser):
            assert_says_nothing(reader.get(page).text, alice, page)
    for page in (pages[0], "/search?q=orchard", "/me/kept"):
        assert handle in as_carol.get(page).text, page
    assert f"In answer to {handle}" in browser.get(pages[0]).text


def test_a_thread_opened_under_such_a_name_is_listed_under_it(
    alice: Member, carol: Member, sign_in_as: SignIn, browser: Browser
) -> None:
    room = factories.a_room()
    form = {"title": "The orchard", "body": WORDS, "client_id": "t1", "one_name": "yes"}
    sign_in_as(alice).post(f"/r/{room.public_id}/threads", form)
    opened = db.session.scalars(select(Thread).where(Thread.title == "The orchard")).one()
    assert opened.mask is not None
    page = sign_in_as(carol).get(f"/r/{room.public_id}").text
    assert opened.mask.handle in page
    assert_says_nothing(page, alice, "the room")
    assert_says_nothing(browser.get(f"/t/{opened.public_id}").text, alice, "the thread")


def test_open_pages_and_replay_hear_nothing(
    app: Flask, alice: Member, carol: Member, thread: Thread, sign_in_as: SignIn, browser: Browser
) -> None:
    listening, guest = Line(app, sign_in_as(carol)), Line(app, browser)
    for one in (listening, guest):
        assert one.ask("thread:join", {"thread": thread.public_id, "after": 0})["ok"]
    speaking = Line(app, sign_in_as(alice))
    payload = {"thread": thread.public_id, "body": WORDS, "client_id": "s1", "one_name": True}
    answer = speaking.ask("post:create", payload)
    assert answer["ok"]
    post = db.session.scalars(select(Post).where(Post.client_id == "s1")).one()
    said = listening.heard("thread:event") + guest.heard("thread:event")
    assert [event["post"] for event in said] == [post.public_id] * 2
    replayed = listening.ask("thread:join", {"thread": thread.public_id, "after": 0})
    for what in (said, replayed):
        assert_says_nothing(str(what), alice, "the socket")
        assert name_of(post) in str(what)


def test_other_peoples_copies_do_not_say_it(
    app: Flask, alice: Member, carol: Member, masked: Post, sign_in_as: SignIn
) -> None:
    from forum.core.clock import utcnow
    from forum.home.export import make_zip

    as_carol = sign_in_as(carol)
    as_carol.post(f"/p/{masked.public_id}/bookmark")
    as_carol.post(f"/p/{masked.public_id}/report", {"category": "other", "text": "Something about it."})
    as_carol.post(f"/p/{masked.public_id}/block")
    with app.test_request_context():
        packed = zipfile.ZipFile(io.BytesIO(make_zip(carol, utcnow())))
        mine = zipfile.ZipFile(io.BytesIO(make_zip(alice, utcnow())))
    for name in packed.namelist():
        assert_says_nothing(packed.read(name).decode(), alice, name)
    assert name_of(masked) in packed.read("everything.json").decode()
    assert name_of(masked) in mine.read("everything.json").decode()


# ── Boundaries: what vanishes must not tell ─────────────────────────────────────────────────────────────────────


def test_blocking_the_member_does_not_reach_the_name_in_either_direction(
    alice: Member, carol: Member, thread: Thread, masked: Post, sign_in_as: SignIn
) -> None:
    elsewhere = factories.make_thread(factories.make_member())
    open_words = factories.make_post(elsewhere, alice, "Alice by her own name.")
    as_carol, as_alice = sign_in_as(carol), sign_in_as(alice)
    as_carol.post(f"/p/{open_words.public_id}/block")
    assert "Alice by her own name." not in as_carol.get(f"/t/{elsewhere.public_id}").text
    page = as_carol.get(f"/t/{thread.public_id}").text
    assert WORDS in page
    assert "Somebody you blocked" not in page
    assert "orchard" in as_carol.get("/search?q=orchard").text
    events_seen = as_carol.get(f"/t/{thread.public_id}/events?after=0").json
    assert masked.public_id in [event["post"] for event in events_seen["events"]]
    hers = factories.make_post(elsewhere, carol, "Carol by her own name.")
    as_alice.post(f"/p/{hers.public_id}/block")
    assert WORDS in as_carol.get(f"/t/{thread.public_id}").text


def test_news_of_an_answer_comes_although_the_member_is_blocked(
    alice: Member, carol: Member, sign_in_as: SignIn
) -> None:
    elsewhere = factories.make_thread(factories.make_member())
    followed = factories.make_thread(factories.make_member(), title="A third person's thread")
    as_carol = sign_in_as(carol)
    as_carol.post(f"/t/{followed.public_id}/follow")
    as_carol.post(f"/p/{factories.make_post(elsewhere, alice, 'By name.').public_id}/block")
    as_carol.get("/me")  # the page that says whom she has blocked
    form = {"body": WORDS, "client_id": "n1", "one_name": "yes"}
    sign_in_as(alice).post(f"/t/{followed.public_id}/posts", form)
    news = as_carol.get("/notifications").text
    assert "A reply in “A third person&#39;s thread”, which you follow" in news
    assert_says_nothing(news, alice, "the news")


@pytest.mark.parametrize("deed", ["block", "mute"])
def test_keeping_the_name_away_stays_in_its_thread(
    alice: Member, carol: Member, thread: Thread, masked: Post, sign_in_as: SignIn, deed: str
) -> None:
    elsewhere = factories.make_thread(factories.make_member())
    factories.make_post(elsewhere, alice, "Alice by her own name.")
    as_carol, as_alice = sign_in_as(carol), sign_in_as(alice)
    assert as_carol.post(f"/p/{masked.public_id}/{deed}").status_code == 303
    here = as_carol.get(f"/t/{thread.public_id}").text
    assert ("Somebody you blocked wrote here." in here) is (deed == "block")
    assert ("Somebody you muted" in here) is (deed == "mute")
    assert_says_nothing(here, alice, "the flash")
    assert "Alice by her own name." in as_carol.get(f"/t/{elsewhere.public_id}").text
    assert "It is evening." in as_alice.get(f"/t/{thread.public_id}").text, "the wearer notices nothing"
    listed = as_carol.get("/me/boundaries").text
    assert name_of(masked) in listed
    assert_says_nothing(listed, alice, "the boundaries")
    assert masked.mask is not None
    as_carol.post("/me/boundaries", {"undo": f"name:{masked.mask.public_id}"})
    assert "Somebody you" not in as_carol.get(f"/t/{thread.public_id}").text


def test_a_kept_away_name_leaves_lists_and_a_blocked_member_does_not_take_it_along(
    alice: Member, carol: Member, sign_in_as: SignIn
) -> None:
    room, as_carol = factories.a_room(), sign_in_as(carol)
    form = {"title": "The orchard", "body": WORDS, "client_id": "t1", "one_name": "yes"}
    sign_in_as(alice).post(f"/r/{room.public_id}/threads", form)
    opened = db.session.scalars(select(Thread).where(Thread.title == "The orchard")).one()
    post = db.session.scalars(select(Post).where(Post.thread_id == opened.id)).one()
    as_carol.post(f"/p/{factories.make_thread(alice).public_id}/block")
    own = db.session.scalars(select(Post).where(Post.author_id == alice.id, Post.id != post.id)).one()
    as_carol.post(f"/p/{own.public_id}/block")
    assert "The orchard" in as_carol.get(f"/r/{room.public_id}").text
    as_carol.post(f"/p/{post.public_id}/block")
    assert "The orchard" not in as_carol.get(f"/r/{room.public_id}").text


# ── Wearing it ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_it_holds_for_everything_one_writes_there_and_only_there(
    alice: Member, thread: Thread, masked: Post, sign_in_as: SignIn
) -> None:
    as_alice = sign_in_as(alice)
    as_alice.post(f"/t/{thread.public_id}/posts", {"body": "And one more thing.", "client_id": "m2"})
    more = db.session.scalars(select(Post).where(Post.client_id == "m2")).one()
    assert name_of(more) == name_of(masked)
    other = factories.make_thread(factories.make_member())
    as_alice.post(f"/t/{other.public_id}/posts", {"body": "Here I am.", "client_id": "m3"})
    assert db.session.scalars(select(Post).where(Post.client_id == "m3")).one().mask is None
    assert f"In this thread you’re {name_of(masked)}" in as_alice.get(f"/t/{thread.public_id}").text


def test_who_has_shown_themselves_cannot_put_one_on_and_keeps_their_words(
    alice: Member, thread: Thread, sign_in_as: SignIn
) -> None:
    as_alice = sign_in_as(alice)
    as_alice.post(f"/t/{thread.public_id}/posts", {"body": "Here I am.", "client_id": "m1"})
    form = {"body": "i want to die and i have decided", "client_id": "m2", "one_name": "yes"}
    refused = as_alice.post(f"/t/{thread.public_id}/posts", form)
    assert refused.status_code == 400
    assert "already written here under your own name" in refused.text
    assert "i want to die" in refused.text
    assert "data-card " in refused.text, "a refused text is read for distress all the same"
    assert masks.mask_in(thread, alice) is None


def test_nobody_will_ever_be_given_that_name(masked: Post) -> None:
    assert db.session.query(RetiredHandle).count() == 1
    assert not is_handle_free(name_of(masked), config().keys)


def test_two_forms_at_once_make_one_name(alice: Member, thread: Thread) -> None:
    masks.put_on(thread, alice)
    masks.put_on(thread, alice)
    assert db.session.query(ThreadMask).count() == 1


# ── Moderators, and going ───────────────────────────────────────────────────────────────────────────────────────


def test_moderators_see_one_member_and_speak_to_the_name(
    alice: Member, masked: Post, sign_in_as: SignIn, thread: Thread, carol: Member
) -> None:
    quoted = subjects.subject_of("post").quote(masked.id)
    assert quoted is not None
    assert quoted.author_id == alice.id
    assert quoted.author_handle == f"Early Wren 21 (here: {name_of(masked)})"
    from forum.console.messages import values_for
    from forum.core.clock import utcnow
    from forum.moderation import context

    values = values_for(context.standing_of(alice.id, utcnow()), (), utcnow(), quoted.known_as)
    assert values["name"] == name_of(masked), "what the team writes in the thread is read by everybody"


def test_when_its_wearer_goes_the_name_goes_with_them(
    alice: Member, masked: Post, browser: Browser, thread: Thread
) -> None:
    from forum.core.clock import utcnow
    from forum.home.leaving import delete_member

    name = name_of(masked)
    delete_member(alice, keep_posts=True, keys=config().keys, now=utcnow())
    events.commit()
    page: Any = browser.get(f"/t/{thread.public_id}").text
    assert WORDS in page
    assert "Former member" in page
    assert name not in page
    assert db.session.query(ThreadMask).count() == 0
