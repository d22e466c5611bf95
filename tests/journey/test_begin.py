"""The first visit: three rooms for any answers, families and members apart, nothing stored, nothing in an address."""

from __future__ import annotations

import itertools

import pytest
from flask import Flask
from sqlalchemy import select

from forum.core.db import db
from forum.discussions import next_meeting
from forum.discussions.models import Room
from forum.discussions.next_meeting import NextMeeting
from forum.journey import begin_words, suggesting
from forum.journey.suggesting import THINGS, WANTS, WAYS, WHO, Answers, read_answers, suggest
from tests.conftest import Browser


@pytest.fixture
def rooms(database: None) -> dict[str, Room]:
    """All seeded rooms by key."""
    return {room.key: room for room in db.session.scalars(select(Room))}


def test_every_pair_of_answers_gets_three_rooms_that_exist(rooms: dict[str, Room]) -> None:
    for who, thing, way, want in itertools.product(WHO, (None, *THINGS), WAYS, (None, *WANTS)):
        answers = Answers(who, (thing,) if thing else (), way, "english", (want,) if want else ())
        found = suggest(answers, rooms)
        assert len({one.room for one in found}) == 3, answers
        assert {one.room for one in found} <= set(rooms), answers


def test_families_and_members_are_never_sent_to_each_others_rooms(rooms: dict[str, Room]) -> None:
    for who, thing, want in itertools.product(WHO, THINGS, WANTS):
        groups = {rooms[one.room].group for one in suggest(Answers(who, (thing,), "any", "english", (want,)), rooms)}
        assert who == "both" or (groups == {"love"} if who == "love" else "love" not in groups)


def test_what_was_named_comes_first_and_each_answer_has_a_room(rooms: dict[str, Room]) -> None:
    found = suggest(Answers("me", ("gambling",), "secular", "english", ("night",)), rooms)
    assert [(one.room, one.why) for one in found] == [("gambling", "thing"), ("night", "want"), ("secular", "way")]


def test_nothing_said_leads_to_places_to_begin(rooms: dict[str, Room]) -> None:
    assert [one.room for one in suggest(Answers(), rooms)] == ["newcomers", "night", "everyday"]


def test_a_room_that_is_closed_is_not_suggested(rooms: dict[str, Room]) -> None:
    del rooms["gambling"]
    assert "gambling" not in {one.room for one in suggest(Answers("me", ("gambling",)), rooms)}


def test_what_is_none_of_ours_counts_as_not_said() -> None:
    assert read_answers("boss", ["x", "alcohol"], "best", "latin", ["y"]) == Answers(things=("alcohol",))


def test_the_page_says_why_and_keeps_nothing(browser: Browser) -> None:
    form = {"who": "me", "things": ["alcohol", "both"], "way": "tools", "wants": ["listen"], "language": "other"}
    answer = browser.post("/begin", form)
    assert answer.status_code == 200
    assert answer.text.count('class="door"') == 3
    assert "Because you named it." in answer.text
    assert "Listening is a full membership" in answer.text
    assert "The rooms are in English so far." in answer.text
    for word in (*suggesting.THINGS, "tools"):
        assert f"={word}" not in answer.text.replace('value="', "")
    kept = [cookie for cookie in answer.headers.getlist("Set-Cookie") if "alcohol" in cookie]
    assert kept == []


def test_a_first_visit_without_answers_is_fine(browser: Browser) -> None:
    assert browser.get("/begin").text.count("<fieldset") == 5
    assert browser.post("/begin").text.count('class="door"') == 3


def test_the_next_meeting_is_named_where_somebody_knows_it(app: Flask, browser: Browser) -> None:
    kept = app.extensions.get(next_meeting.KEY)
    next_meeting.show_next_meeting(app, lambda _now, _area: NextMeeting("/s/abc", "First cup", "3:00"))
    try:
        page = browser.post("/begin").text
        assert "Next meeting: First cup" in page
        assert 'href="/s/abc"' in page
        assert "First cup" not in browser.get("/begin").text
    finally:
        if kept is None:
            del app.extensions[next_meeting.KEY]
        else:
            app.extensions[next_meeting.KEY] = kept


def test_every_reason_has_words(app: Flask) -> None:
    with app.test_request_context("/begin"):
        for why in ("thing", "want", "way", "love", "loss", "start"):
            words = begin_words.why_words(suggesting.Suggestion("newcomers", why))  # type: ignore[arg-type]
            assert words.endswith(".")
