"""Members' rooms and families' rooms: apart in lists, suggestions, search, stories and news; a door between them that
asks once; guests read both, because open rooms can be read without a name."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from forum.belonging.models import MemberRole
from forum.core.clock import utcnow
from forum.core.db import db
from forum.discussions.models import Room, Thread
from forum.discussions.seeding import group_names
from forum.identity.models import ABOUT, Member
from forum.notifications.models import Notification
from tests import factories
from tests.conftest import Browser
from tests.discussions.test_live import Line

SignIn = Callable[..., Browser]
OWN, FAMILY = "The cupboard again", "My son came home"
WORDS = {OWN: "I put the kettle on instead.", FAMILY: "I put the kettle on for two."}


@pytest.fixture
def threads(database: None) -> dict[str, Thread]:
    """One thread in each area, neither answered yet."""
    writers = {OWN: ("newcomers", "me"), FAMILY: ("family", "love")}
    return {
        title: factories.make_thread(
            factories.make_member(about=about), title, WORDS[title], room=factories.a_room(room)
        )
        for title, (room, about) in writers.items()
    }


@pytest.fixture
def of(sign_in_as: SignIn) -> Callable[[str], Browser]:
    return lambda about: sign_in_as(factories.make_member(about=about))


def first_lists(reader: Browser) -> str:
    """Return what a reader is shown without choosing anything."""
    searched = reader.post("/search", {"q": "kettle"}).text
    return "".join((reader.get("/rooms").text, reader.get("/rooms?view=waiting").text, searched))


@pytest.mark.parametrize(("about", "theirs", "others"), [("me", OWN, FAMILY), ("love", FAMILY, OWN)])
def test_nobody_is_shown_the_other_area_unasked(
    threads: dict[str, Thread], of: Callable[[str], Browser], about: str, theirs: str, others: str
) -> None:
    shown = first_lists(of(about))
    assert shown.count(theirs) == 3  # beside the rooms, among those that wait, found
    assert others not in shown


@pytest.mark.parametrize(("about", "theirs", "others"), [("me", OWN, FAMILY), ("love", FAMILY, OWN)])
def test_the_other_area_asks_once_whether_it_is_for_them_too(
    app: Flask, threads: dict[str, Thread], of: Callable[[str], Browser], about: str, theirs: str, others: str
) -> None:
    reader, thread = of(about), threads[others]
    path, room = f"/t/{thread.public_id}", factories.a_room("family" if about == "me" else "newcomers")
    for page in (path, f"/r/{room.public_id}"):
        door = reader.get(page)
        assert door.status_code == 200
        assert "Is this room for you, too?" in door.text
        assert WORDS[others] not in door.text
        assert others not in door.text
    assert others not in reader.post("/search", {"q": "kettle", "room": "all"}).text
    assert (
        Line(app, reader).ask("thread:join", {"thread": thread.public_id, "after": 0})["error"]["code"] == "not_found"
    )
    refused = reader.post(f"/r/{room.public_id}/threads", {"body": "Hello all.", "client_id": "1"})
    assert (refused.status_code, "Hello all." in refused.text) == (403, True)
    went = reader.post(f"/r/{room.public_id}/enter", {"thread": thread.public_id})
    assert went.location == path
    assert WORDS[others] in reader.get(path).text
    assert theirs in reader.get("/rooms").text
    assert others in reader.post("/search", {"q": "kettle", "room": "all"}).text


def test_guests_and_those_who_would_rather_not_say_find_no_door(
    threads: dict[str, Thread], of: Callable[[str], Browser], browser: Browser
) -> None:
    for reader in (browser, of("skip"), of("both")):
        for title, thread in threads.items():
            assert WORDS[title] in reader.get(f"/t/{thread.public_id}").text
        assert OWN in reader.get("/rooms").text
        assert FAMILY not in reader.get("/rooms").text
        assert FAMILY in reader.get("/rooms?area=family").text
        assert FAMILY in reader.post("/search", {"q": "kettle", "room": "family"}).text
        assert OWN not in reader.get("/rooms?area=family").text


def test_rooms_for_everyone_are_in_both_lists_and_have_no_door(of: Callable[[str], Browser]) -> None:
    kettle = factories.a_room("everyday")
    for about in ABOUT:
        reader = of(about)
        assert f'href="/r/{kettle.public_id}"' in reader.get("/rooms").text
        assert "Is this room for you" not in reader.get(f"/r/{kettle.public_id}").text


def test_every_group_of_rooms_is_in_an_area_and_each_area_has_a_night_room(database: None, browser: Browser) -> None:
    pages = {area: browser.get(f"/rooms?area={area}").text for area in ("own", "family")}
    for room in db.session.query(Room):
        assert room.group in group_names()
        assert any(f'href="/r/{room.public_id}"' in page for page in pages.values()), room.key
    both = [key for key in group_names() if all(f">{group_names()[key]}</h2>" in page for page in pages.values())]
    assert both == ["open"]


def test_what_brings_one_can_be_said_anew_at_any_time(threads: dict[str, Thread], sign_in_as: SignIn) -> None:
    me = factories.make_member(about="love")
    reader = sign_in_as(me)
    assert FAMILY in reader.get("/rooms").text
    reader.post("/me/settings", {"about": "me"})
    assert FAMILY not in reader.get("/rooms").text
    reader.post("/me/settings", {"about": "nonsense"})
    assert db.session.get_one(Member, me.id, populate_existing=True).about == "me"


def test_ones_own_words_behind_a_door_are_never_lost(threads: dict[str, Thread], sign_in_as: SignIn) -> None:
    me = factories.make_member(about="both")
    reader, women = sign_in_as(me), factories.a_room("women")
    reader.post(f"/r/{women.public_id}/enter")
    inside = factories.make_thread(factories.make_member(), "Behind the door", "Hello.", room=women)
    factories.make_post(inside, me, "I was here.")
    factories.make_post(threads[FAMILY], me, "Me too.")
    db.session.commit()
    assert reader.post(f"/r/{women.public_id}/leave").location == "/left"
    reader.post("/me/settings", {"about": "me"})
    for thread, question in ((inside, "This room has a door"), (threads[FAMILY], "Is this room for you, too?")):
        assert f'href="/t/{thread.public_id}#' in reader.get("/me/posts").text
        assert question in reader.get(f"/t/{thread.public_id}").text
    assert sign_in_as(factories.make_member()).get(f"/t/{inside.public_id}").status_code == 404


def test_greeters_hear_only_of_rooms_they_may_go_into(threads: dict[str, Thread]) -> None:
    from forum.belonging.events import FirstPostWaits
    from forum.notifications.listening import on_waiting

    greeters = {about: factories.make_member(about=about) for about in ("me", "love", "both")}
    for one in greeters.values():
        db.session.add(MemberRole(member_id=one.id, kind="greeter", state="active", modules=[], signed_at=utcnow()))
    db.session.flush()
    on_waiting(FirstPostWaits(threads[FAMILY].id))
    told = {row.member_id for row in db.session.query(Notification).filter_by(kind="greet")}
    assert told == {greeters["love"].id, greeters["both"].id}


def test_writing_leads_into_ones_own_area(of: Callable[[str], Browser], browser: Browser) -> None:
    for about, area, key in (("love", "", "family"), ("me", "", "newcomers"), ("both", "family", "family")):
        led = of(about).get(f"/write?area={area}").location
        assert led == f"/r/{factories.a_room(key).public_id}/new", about
    assert 'value="love" checked' in browser.get("/join?area=family").text


def test_a_room_is_lively_by_what_people_wrote_not_by_the_scheduler(browser: Browser) -> None:
    from datetime import timedelta

    from forum.discussions import daily, queries

    now, room = utcnow(), factories.a_room("alcohol")
    daily.open_due(now)
    db.session.commit()
    assert queries.room_figures(now, room)[room.id] == queries.RoomFigures()
    factories.make_thread(factories.make_member(), "Long ago", room=room, now=now - timedelta(days=3))
    factories.make_thread(factories.make_member(), "This morning", room=room)
    db.session.commit()
    found = queries.room_figures(utcnow(), room)[room.id]
    assert (found.waiting, found.lately) == (2, 1)
    assert ">1 today<" in browser.get("/rooms").text
