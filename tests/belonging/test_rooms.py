"""Rooms as homes: doors, homes, regulars, weeks, daily threads, questions to the host, stories."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from forum.belonging.models import HostWeek, RoomPlace
from forum.core.db import db
from forum.discussions import daily
from forum.discussions.models import Post, Room, Thread
from forum.identity.models import Member
from tests import factories
from tests.conftest import Browser
from tests.discussions.test_live import Line

SignIn = Callable[..., Browser]
SECRET = "Something said between women."


@pytest.fixture
def women(database: None) -> Room:
    return factories.a_room("women")


@pytest.fixture
def inside(women: Room) -> Thread:
    """A thread in the women's room by somebody who said that she belongs."""
    author = factories.make_member()
    return factories.make_thread(author, title="Behind the door", body=SECRET, room=women)


# ── Rooms with a door ───────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_said_inside_is_nowhere_for_people_who_have_not_said_that_they_belong(
    app: Flask, women: Room, inside: Thread, sign_in_as: SignIn, browser: Browser
) -> None:
    post = db.session.scalars(select(Post).where(Post.thread_id == inside.id)).one()
    outside = sign_in_as(factories.make_member())
    for reader in (outside, browser):
        assert reader.get(f"/t/{inside.public_id}").status_code == 404
        assert reader.get(f"/t/{inside.public_id}/events?after=0").status_code == 404
        assert reader.get(f"/t/{inside.public_id}/read").status_code == 404
        for page in (f"/r/{women.public_id}", "/rooms", "/search?q=women", "/stories"):
            assert SECRET not in reader.get(page).text, page
            assert "Behind the door" not in reader.get(page).text, page
        line = Line(app, reader)
        assert line.ask("thread:join", {"thread": inside.public_id, "after": 0})["error"]["code"] == "not_found"
    for path in (f"/p/{post.public_id}/bookmark", f"/p/{post.public_id}/react", f"/t/{inside.public_id}/posts"):
        assert outside.post(path, {"kind": "hear", "body": "x", "client_id": "1"}).status_code == 404
    assert outside.get(f"/r/{women.public_id}/new").status_code == 404
    refused = outside.post(f"/r/{women.public_id}/threads", {"body": "Hello.", "client_id": "2"})
    assert refused.status_code == 403
    assert "for people who say that they belong" in refused.text


def test_saying_so_opens_the_door_and_nobody_asks_for_proof(women: Room, inside: Thread, sign_in_as: SignIn) -> None:
    her = factories.make_member()
    as_her = sign_in_as(her)
    door = as_her.get(f"/r/{women.public_id}").text
    assert "I’m a woman." in door
    assert "Nobody asks for proof" in door
    assert as_her.post(f"/r/{women.public_id}/enter").status_code == 303
    assert "Behind the door" in as_her.get(f"/r/{women.public_id}").text
    assert SECRET in as_her.get(f"/t/{inside.public_id}").text
    assert "women" in as_her.get("/search?q=between").text
    as_her.post(f"/r/{women.public_id}/leave")
    assert as_her.get(f"/t/{inside.public_id}").status_code == 404
    assert db.session.query(RoomPlace).filter_by(member_id=her.id).count() == 0


# ── Home and regulars ───────────────────────────────────────────────────────────────────────────────────────────


def test_one_home_at_most_and_a_name_only_where_it_was_asked_for(sign_in_as: SignIn, browser: Browser) -> None:
    me = factories.make_member("Early Wren 21")
    as_me, first, second = sign_in_as(me), factories.a_room("newcomers"), factories.a_room("alcohol")
    as_me.post(f"/r/{first.public_id}/home", {"deed": "home"})
    assert "Early Wren 21" not in browser.get(f"/r/{first.public_id}").text
    as_me.post(f"/r/{first.public_id}/home", {"deed": "named"})
    assert "Early Wren 21" in browser.get(f"/r/{first.public_id}").text
    as_me.post(f"/r/{second.public_id}/home", {"deed": "home"})
    assert "Early Wren 21" not in browser.get(f"/r/{first.public_id}").text
    homes = db.session.scalars(select(RoomPlace.room_id).where(RoomPlace.member_id == me.id, RoomPlace.is_home)).all()
    assert homes == [second.id]
    page = as_me.get("/rooms").text
    assert page.index("Your home room") < page.index("A place to begin")


def test_nobody_is_named_in_a_room_that_is_not_their_home(sign_in_as: SignIn, browser: Browser) -> None:
    me, room = factories.make_member("Early Wren 21"), factories.a_room("newcomers")
    sign_in_as(me).post(f"/r/{room.public_id}/home", {"deed": "named"})
    assert "Early Wren 21" not in browser.get(f"/r/{room.public_id}").text


# ── The day's thread ────────────────────────────────────────────────────────────────────────────────────────────


def daily_of(room: Room) -> list[Thread]:
    query = select(Thread).where(Thread.room_id == room.id, Thread.purpose == "daily").order_by(Thread.day)
    return list(db.session.scalars(query))


def test_a_thread_a_day_however_often_the_scheduler_looks(database: None) -> None:
    room, first = factories.a_room("alcohol"), datetime(2026, 11, 20, 0, 1, tzinfo=UTC)
    assert daily.open_due(first) == 4
    assert daily.open_due(first + timedelta(hours=5)) == 0
    assert daily.open_due(first + timedelta(days=1)) == 4
    db.session.expire_all()
    assert [(thread.title, thread.pinned) for thread in daily_of(room)] == [
        ("Today I will, 20 November", False),
        ("Today I will, 21 November", True),
    ]


def test_members_write_in_it_and_it_never_waits_for_an_answer(sign_in_as: SignIn, browser: Browser) -> None:
    daily.open_due(datetime.now(UTC))
    room = factories.a_room("alcohol")
    (thread,) = daily_of(room)
    assert "Today I will" not in browser.get(f"/r/{room.public_id}?view=waiting").text
    page = browser.get(f"/t/{thread.public_id}").text
    assert "One line for today" in page
    assert "Former member" not in page
    me = factories.make_member("Early Wren 21")
    sign_in_as(me).post(f"/t/{thread.public_id}/posts", {"body": "Soup and an early night.", "client_id": "1"})
    assert "Soup and an early night." in browser.get(f"/t/{thread.public_id}").text
    db.session.expire_all()
    assert thread.reply_count == 1


def test_a_week_belongs_to_who_takes_it_first_and_goes_back_in_one_tap(sign_in_as: SignIn, browser: Browser) -> None:
    room = factories.a_room("alcohol")
    alice, bob, ned = (
        factories.make_member("Early Wren 21"),
        factories.make_member("Late Heron 30"),
        factories.make_member(age_days=3),
    )
    path = f"/r/{room.public_id}/week"
    sign_in_as(ned).post(path, {"deed": "now"})
    assert db.session.query(HostWeek).count() == 0
    as_alice, as_bob = sign_in_as(alice), sign_in_as(bob)
    as_alice.post(path, {"deed": "now"})
    as_bob.post(path, {"deed": "now"})
    assert [row.member_id for row in db.session.query(HostWeek)] == [alice.id]
    assert "Somebody else has that week." in as_bob.get(f"/r/{room.public_id}").text
    assert "Early Wren 21" in browser.get(f"/r/{room.public_id}").text
    as_bob.post(path, {"deed": "next"})
    as_alice.post(path, {"deed": "back"})
    assert [row.member_id for row in db.session.query(HostWeek)] == [bob.id]


def test_the_host_of_the_week_keeps_a_thread_at_the_top_and_nobody_else_does(sign_in_as: SignIn) -> None:
    room, alice, bob = factories.a_room("alcohol"), factories.make_member(), factories.make_member()
    thread = factories.make_thread(bob, room=room)
    as_alice, as_bob = sign_in_as(alice), sign_in_as(bob)
    assert as_bob.post(f"/t/{thread.public_id}/pin").status_code == 403
    as_alice.post(f"/r/{room.public_id}/week", {"deed": "now"})
    assert as_alice.post(f"/t/{thread.public_id}/pin").status_code == 303
    db.session.expire_all()
    assert thread.pinned
    elsewhere = factories.make_thread(bob, room=factories.a_room("benzos"))
    assert as_alice.post(f"/t/{elsewhere.public_id}/pin").status_code == 403


# ── Questions and stories ───────────────────────────────────────────────────────────────────────────────────────


def test_a_question_to_the_host_is_asked_without_ones_name(sign_in_as: SignIn, browser: Browser) -> None:
    room, me = factories.a_room("faith"), factories.make_member("Early Wren 21")
    form = {"body": "Is this for people who doubt?", "client_id": "1", "purpose": "question"}
    sign_in_as(me).post(f"/r/{room.public_id}/threads", form)
    page = browser.get(f"/r/{room.public_id}").text
    assert "Is this for people who doubt?" in page
    assert "For the host" in page
    assert "Early Wren 21" not in page


def story(author: Member, told_from: str, title: str, sign_in: SignIn) -> Thread:
    form = {"title": title, "body": f"{title}: it began long ago.", "client_id": title, "purpose": "story"}
    path = f"/r/{factories.a_room('milestones').public_id}/threads"
    assert sign_in(author).post(path, form | {"story_from": told_from}).status_code == 303
    return db.session.scalars(select(Thread).where(Thread.title == title)).one()


def test_stories_are_listed_across_rooms_and_by_how_far_on_they_are_told(sign_in_as: SignIn, browser: Browser) -> None:
    author = factories.make_member(trust=2)
    early, late = story(author, "months", "Ninety evenings", sign_in_as), story(author, "five", "A tree", sign_in_as)
    everything, later = browser.get("/stories").text, browser.get("/stories?from=year").text
    assert "Ninety evenings" in everything
    assert "A tree" in everything
    assert "Ninety evenings" not in later
    assert "A tree" in later
    quiet = browser.get(f"/t/{late.public_id}/read").text
    assert "it began long ago" in quiet
    assert "<textarea" not in quiet
    assert "<script" not in quiet.split("<main")[1].split("</main>")[0]
    assert browser.get(f"/t/{early.public_id}/read").status_code == 200
    assert browser.get(f"/t/{factories.make_thread(author).public_id}/read").status_code == 404


def test_a_story_that_is_held_or_hidden_has_no_quiet_page(sign_in_as: SignIn, browser: Browser) -> None:
    author = factories.make_member(trust=2)
    told = story(author, "year", "A tree", sign_in_as)
    post = db.session.scalars(select(Post).where(Post.thread_id == told.id)).one()
    from forum.discussions import operations

    operations.set_visibility(post, "hidden", datetime.now(UTC))
    assert browser.get(f"/t/{told.public_id}/read").status_code == 404
    assert "A tree" not in browser.get("/stories").text


def test_an_unknown_purpose_is_refused_with_the_words_kept(sign_in_as: SignIn) -> None:
    form = {"body": "My own words.", "client_id": "1", "purpose": "daily"}
    answer = sign_in_as(factories.make_member()).post(f"/r/{factories.a_room().public_id}/threads", form)
    assert answer.status_code == 400
    assert "My own words." in answer.text


# ── Something attached ──────────────────────────────────────────────────────────────────────────────────────────


def test_something_from_our_lists_stands_under_a_post(sign_in_as: SignIn, browser: Browser) -> None:
    thread = factories.make_thread(factories.make_member())
    me = sign_in_as(factories.make_member(country="GB"))
    page = me.get(f"/t/{thread.public_id}").text
    assert 'value="resource:smart"' in page
    assert 'value="line:gb-samaritans' in page
    for number, key in enumerate(("resource:smart", "line:gb-samaritans")):
        form = {"body": f"This helped me once, number {number}.", "client_id": f"a{number}", "attached": key}
        assert me.post(f"/t/{thread.public_id}/posts", form).status_code == 303
    shown = browser.get(f"/t/{thread.public_id}").text
    assert "https://www.smartrecovery.org/" in shown
    assert "tel:116123" in shown


def test_what_is_in_none_of_our_lists_cannot_be_attached(sign_in_as: SignIn) -> None:
    thread = factories.make_thread(factories.make_member())
    form = {"body": "Ring this.", "client_id": "1", "attached": "line:gb-somebody"}
    answer = sign_in_as(factories.make_member()).post(f"/t/{thread.public_id}/posts", form)
    assert answer.status_code == 400
    assert "Ring this." in answer.text


def test_an_entry_taken_off_the_list_is_gone_from_old_posts(browser: Browser) -> None:
    thread = factories.make_thread(factories.make_member())
    factories.make_post(thread, factories.make_member(), "Look at this.", attached="resource:long-gone")
    page = browser.get(f"/t/{thread.public_id}").text
    assert "Look at this." in page
    assert "Attached from our lists" not in page
