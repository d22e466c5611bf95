"""The pages of meetings by plain forms: everything a phone without JavaScript can do."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from forum.core.db import db
from forum.core.events import commit
from forum.discussions.models import Post
from forum.meetings import controls, queries, queue, seats
from forum.meetings.models import Mood, Reminder
from tests import factories
from tests.conftest import Browser
from tests.meetings.conftest import Room, first_session, make_series


@pytest.fixture
def alice(live_room: Room) -> Any:
    return live_room.sit("Alice Wren").member


def path(room: Room, rest: str = "") -> str:
    return f"/s/{room.session.public_id}{rest}"


def test_an_instance_without_meetings_says_so(browser: Browser) -> None:
    page = browser.get("/meetings")
    assert page.status_code == 200
    assert "No meetings yet" in page.text


def test_guests_see_the_timetable_and_the_card_but_no_room(live_room: Room, browser: Browser) -> None:
    page = browser.get("/meetings").text
    assert "Night shift" in page
    assert "here" in page
    card = browser.get(f"/m/{live_room.series.public_id}").text
    for question in ("What kind of support", "Which way of going about it", "When", "How many", "How to leave"):
        assert question in card
    door = browser.get(path(live_room)).text
    assert "choose a name" in door.lower()
    assert "data-meeting" not in door
    assert browser.get(f"/t/{live_room.session.thread.public_id}").status_code == 404


@pytest.mark.parametrize(
    "view", ["", "?view=week", "?audience=families&view=week", "?format=workshop", "?topic=nonsense"]
)
def test_filters(live_room: Room, browser: Browser, view: str) -> None:
    page = browser.get(f"/meetings{view}")
    assert page.status_code == 200
    assert ("Night shift" in page.text) is (view in ("", "?view=week", "?audience=families&view=week"))


def test_times_are_shown_where_the_reader_is(database: None, browser: Browser) -> None:
    now = datetime.fromisoformat("2026-11-20T03:00:00+00:00")
    series = make_series(factories.make_staff(role="facilitator"), datetime.now(now.tzinfo))
    local = first_session(series, datetime.now(now.tzinfo)).starts_at
    answer = browser.post("/meetings/zone", {"zone": "Asia/Tokyo", "next": "/meetings"})
    assert answer.status_code == 303
    from zoneinfo import ZoneInfo

    shown = f"{local.astimezone(ZoneInfo('Asia/Tokyo')):%H:%M}".removeprefix("0")
    page = browser.get("/meetings?view=week").text
    assert f">{shown}</time>" in page
    assert "Tokyo" in page
    assert browser.post("/meetings/zone", {"zone": "Mars/Olympus"}).status_code == 400


def test_the_norms_are_shown_and_asked_for_once(live_room: Room, sign_in_as: Callable[..., Browser]) -> None:
    ned = factories.make_member("Ned Reed", trust=0, accepted_posts=0, age_days=0)
    mine = sign_in_as(ned)
    assert "Before your first meeting" in mine.get(path(live_room)).text
    refused = mine.post(path(live_room, "/join"))
    assert refused.status_code == 403
    assert "read how meetings go" in refused.text
    assert mine.post(path(live_room, "/join"), {"norms": "yes", "listen": "yes", "mood": "low"}).status_code == 303
    room = mine.get(path(live_room)).text
    assert "data-meeting" in room
    assert db.session.query(Mood).one().before == "low"
    assert mine.post(path(live_room, "/leave")).status_code == 303
    again = mine.get(path(live_room)).text
    assert "Before your first meeting" not in again
    assert "Take a seat" in again


def test_without_javascript_one_raises_a_hand_shares_and_leaves(
    live_room: Room, alice: Any, sign_in_as: Callable[..., Browser]
) -> None:
    mine = sign_in_as(alice)
    page = mine.get(path(live_room)).text
    assert '<noscript><meta http-equiv="refresh" content="15"></noscript>' in page
    assert "Stop refreshing" in page
    assert "http-equiv" not in mine.get(path(live_room, "?hold=1")).text
    assert mine.post(path(live_room, "/hand"), {"up": "yes"}).status_code == 303
    assert "You’re next" in mine.get(path(live_room)).text
    queue.call(session=live_room.session, seat=None, actor=live_room.actor, now=datetime.now(live_room.now.tzinfo))
    commit()
    called = mine.get(path(live_room)).text
    assert "http-equiv" not in called  # nobody loses a half-written line to a refresh
    assert "It’s your turn" in called
    client_id = re.search(r'name="client_id" value="([^"]+)"', called)
    assert client_id
    said = mine.post(path(live_room, "/say"), {"body": "So this is me.", "client_id": client_id[1]})
    assert said.status_code == 303
    assert "So this is me." in mine.get(path(live_room)).text
    assert mine.post(path(live_room, "/done")).status_code == 303
    page = mine.get(path(live_room)).text
    assert "Earlier in this meeting" in page
    left = mine.post(path(live_room, "/leave")).location
    assert left == path(live_room, "/left")
    calm = mine.get(left).text
    assert "nobody was told" in calm
    for way in ("/me/journey/breathe", "/rooms?area=own", "/help", path(live_room)):
        assert f'href="{way}"' in calm
    assert "data-meeting" not in mine.get(path(live_room)).text


def test_an_exclamation_mark_raises_a_hand(live_room: Room, alice: Any, sign_in_as: Callable[..., Browser]) -> None:
    mine = sign_in_as(alice)
    assert mine.post(path(live_room, "/say"), {"body": " ! ", "client_id": "c"}).status_code == 303
    assert [one.person.handle for one in live_room.state.queue] == ["Alice Wren"]
    assert db.session.query(Post).count() == 0


def test_a_refused_line_comes_back_with_the_words_in_it(
    live_room: Room, alice: Any, sign_in_as: Callable[..., Browser]
) -> None:
    mine = sign_in_as(alice)
    controls.pause(session=live_room.session, actor=live_room.actor, now=live_room.now)
    commit()
    refused = mine.post(path(live_room, "/say"), {"body": "Toast was made.", "client_id": "c-1"})
    assert refused.status_code == 403
    assert "Toast was made." in refused.text
    assert "/help" in refused.text


def test_the_help_card_shows_in_the_room(live_room: Room, alice: Any, sign_in_as: Callable[..., Browser]) -> None:
    mine = sign_in_as(alice)
    body = "I am going to kill myself tonight, I have the pills here."
    assert mine.post(path(live_room, "/say"), {"body": body, "client_id": "c-1"}).status_code == 303
    page = mine.get(path(live_room)).text
    assert "data-card" in page
    other = sign_in_as(live_room.sit("Bob Finch").member)
    assert "data-card data-level" not in other.get(path(live_room)).text


def test_the_generic_way_in_keeps_turns_too(live_room: Room, alice: Any, sign_in_as: Callable[..., Browser]) -> None:
    mine = sign_in_as(alice)
    thread = live_room.session.thread.public_id
    assert mine.get(f"/t/{thread}").location == path(live_room)
    controls.set_mode(session=live_room.session, mode="off", actor=live_room.actor, now=live_room.now)
    commit()
    assert mine.post(f"/t/{thread}/posts", {"body": "Out of turn.", "client_id": "c"}).status_code == 403
    stranger = sign_in_as(factories.make_member())
    assert stranger.post(f"/t/{thread}/posts", {"body": "Hello.", "client_id": "c"}).status_code == 404
    assert stranger.get(f"/t/{thread}/events").status_code == 404


def test_every_chair_taken_names_another_meeting(
    make_room: Callable[..., Room], sign_in_as: Callable[..., Browser]
) -> None:
    from datetime import UTC, timedelta

    now = datetime.now(UTC)
    room = make_room(now=now - timedelta(minutes=61), capacity=2)
    room.now = now
    room.beat()
    room.tick()
    room.sit(), room.sit()
    make_series(room.host, now, name="First cup")
    commit()
    late = factories.make_member()
    seats.acknowledge(late, now)
    answer = sign_in_as(late).post(path(room, "/join"))
    assert answer.status_code == 409
    assert "Every chair is taken" in answer.text
    assert "First cup" in answer.text
    assert "/help" in answer.text


def test_after_the_end_nothing_can_be_read(live_room: Room, alice: Any, sign_in_as: Callable[..., Browser]) -> None:
    mine = sign_in_as(alice)
    mine.post(path(live_room, "/say"), {"body": "A secret of mine.", "client_id": "c-1"})
    seats.note_mood(live_room.session, alice, before="heavy", now=live_room.now)
    for _ in range(2):
        controls.end(session=live_room.session, actor=live_room.actor, now=live_room.now)
    commit()
    page = mine.get(path(live_room)).text
    assert "A secret of mine." not in page
    assert "isn’t kept" in page
    assert "Heavy" in page
    assert mine.post(path(live_room, "/mood"), {"mood": "steady"}).status_code == 303
    assert db.session.query(Mood).one().after == "steady"
    assert mine.post(path(live_room, "/mood"), {"forget": "1"}).status_code == 303
    assert db.session.query(Mood).count() == 0
    assert mine.get(f"/t/{live_room.session.thread.public_id}").status_code == 404


def test_reminders_are_a_switch(live_room: Room, alice: Any, sign_in_as: Callable[..., Browser]) -> None:
    mine = sign_in_as(alice)
    for left in (1, 0):
        assert mine.post(f"/m/{live_room.series.public_id}/remind", {"next": "//evil.example"}).location.startswith(
            "/m/"
        )
        assert db.session.query(Reminder).count() == left


def test_late_comers_read_from_their_coming_where_the_room_says_so(
    make_room: Callable[..., Room], sign_in_as: Callable[..., Browser]
) -> None:
    from datetime import UTC, timedelta

    now = datetime.now(UTC)
    room = make_room(now=now - timedelta(minutes=61), history=False)
    room.now = now
    room.beat()
    room.tick()
    early = room.sit()
    commit()
    assert (
        sign_in_as(early.member).post(path(room, "/say"), {"body": "Said early.", "client_id": "c"}).status_code == 303
    )
    room.now = datetime.now(UTC)
    late = room.sit()
    commit()
    assert "Said early." not in sign_in_as(late.member).get(path(room)).text
    assert "Said early." in sign_in_as(early.member).get(path(room)).text


def test_nobody_learns_of_others_in_the_room_from_outside(live_room: Room, alice: Any, browser: Browser) -> None:
    for where in ("/meetings", f"/m/{live_room.series.public_id}", path(live_room)):
        assert "Alice Wren" not in browser.get(where).text


def test_a_cancelled_session_says_why(live_room: Room, browser: Browser) -> None:
    from forum.meetings import timetable

    later = next(s for s in queries.next_sessions(live_room.series, live_room.now) if s.status == "scheduled")
    timetable.cancel(session=later, why="Corner Shop is ill.", actor=live_room.actor, now=live_room.now)
    commit()
    assert (
        "Corner Shop is ill." in browser.get(path(live_room).replace(live_room.session.public_id, later.public_id)).text
    )
    assert "Corner Shop is ill." in browser.get("/meetings?view=week").text


def test_the_card_tells_how_many_came_lately(live_room: Room, browser: Browser) -> None:
    card = f"/m/{live_room.series.public_id}"
    later = queries.next_sessions(live_room.series, live_room.now, limit=4)[1:]
    for number, came in ((0, 9), (1, 4)):
        later[number].status, later[number].came = "closed", came
    assert "came lately" not in browser.get(card).text
    later[2].status, later[2].came = "closed", 12
    assert "About 9 came lately." in browser.get(card).text
