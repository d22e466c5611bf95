"""The landing page: works empty, names the next meeting once there is one, leads to the door."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask

from forum.core.clock import utcnow
from forum.core.db import db
from forum.home.coming import coming_meetings, next_meeting
from tests import factories
from tests.conftest import Browser
from tests.meetings.conftest import first_session, make_series


def test_without_meetings_nothing_is_promised(browser: Browser) -> None:
    page = browser.get("/").text
    assert "Next meeting" not in page
    assert 'href="/join"' in page
    assert 'href="/begin"' in page


def test_the_next_meeting_is_named_with_its_time(app: Flask, browser: Browser) -> None:
    now = utcnow()
    series = make_series(factories.make_staff(role="facilitator"), now)
    session = first_session(series, now)
    session.starts_at, session.ends_at = now + timedelta(hours=5), now + timedelta(hours=6)
    db.session.commit()
    with app.test_request_context("/"):
        found, offer = coming_meetings(now), next_meeting(now, "own")
    assert found is not None
    assert found.first == series.name
    assert series.name in browser.get("/").text
    assert offer is not None
    assert offer.path == f"/s/{session.public_id}"


def test_families_and_members_are_offered_their_own_meetings(app: Flask, sign_in_as) -> None:
    now = utcnow()
    series = make_series(factories.make_staff(role="facilitator"), now, name="Families circle", audience="families")
    db.session.commit()
    with app.test_request_context("/"):
        assert next_meeting(now, "own") is None
        offer = next_meeting(now, "family")
    assert offer is not None
    assert offer.name == series.name
    mother, walker = (sign_in_as(factories.make_member(about=about)) for about in ("love", "me"))
    for path in ("/rooms", "/meetings?view=week"):
        assert "Families circle" in mother.get(path).text
        assert "Families circle" not in walker.get(path).text
    assert "Families circle" in walker.get("/meetings?view=week&audience=all").text


def test_my_space_leads_to_its_parts(sign_in_as) -> None:
    page = sign_in_as(factories.make_member()).get("/me").text
    for path in (
        "/me/journey",
        "/me/words",
        "/me/letters",
        "/notifications",
        "/me/kept",
        "/me/boundaries",
        "/me/export",
        "/me/delete",
    ):
        assert f'href="{path}"' in page, path


def test_a_mistyped_phrase_comes_back_and_saving_settings_leaves_the_appearance_alone(sign_in_as) -> None:
    me = sign_in_as(factories.make_member())
    page = me.post("/me/words", {"phrase": "harbour violin"})
    assert page.status_code == 400
    assert 'value="harbour violin"' in page.text
    me.client.set_cookie("theme", "dark", domain="127.0.0.1")
    assert me.post("/me/settings", {"country": "GB"}).status_code == 303
    assert 'data-theme="dark"' in me.get("/me").text


def test_whoever_is_here_for_somebody_they_love_finds_what_is_for_them_first(sign_in_as) -> None:
    mother, walker = (sign_in_as(factories.make_member(about=about)) for about in ("love", "me"))
    heads = ("For families and friends</h2>", "Groups of people who have been there</h2>")
    for reader, is_first in ((mother, True), (walker, False)):
        shown = reader.get("/resources").text
        assert (shown.index(heads[0]) < shown.index(heads[1])) is is_first
    assert "How strong is the pull?" not in mother.get("/me/journey").text
    assert "How strong is the pull?" in walker.get("/me/journey").text
