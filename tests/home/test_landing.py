"""The landing page: works empty, names the next meeting once there is one, leads to the door."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask

from forum.core.clock import utcnow
from forum.core.db import db
from forum.home.coming import coming_meetings, next_meeting
from tests.conftest import Browser
from tests.meetings.conftest import first_session, make_series


def test_without_meetings_nothing_is_promised(browser: Browser) -> None:
    page = browser.get("/").text
    assert "Next meeting" not in page
    assert 'href="/join"' in page
    assert 'href="/begin"' in page


def test_the_next_meeting_is_named_with_its_time(app: Flask, browser: Browser) -> None:
    now = utcnow()
    series = make_series(None, now)
    session = first_session(series, now)
    session.starts_at, session.ends_at = now + timedelta(hours=5), now + timedelta(hours=6)
    db.session.commit()
    with app.test_request_context("/"):
        found, offer = coming_meetings(now), next_meeting(now)
    assert found is not None
    assert found.first == series.name
    assert series.name in browser.get("/").text
    assert offer is not None
    assert offer.path == f"/s/{session.public_id}"


def test_my_space_leads_to_its_parts(sign_in_as) -> None:
    from tests import factories

    page = sign_in_as(factories.make_member()).get("/me").text
    for path in (
        "/me/journey",
        "/me/letters",
        "/notifications",
        "/me/kept",
        "/me/boundaries",
        "/me/export",
        "/me/delete",
    ):
        assert f'href="{path}"' in page, path
