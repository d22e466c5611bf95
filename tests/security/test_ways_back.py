"""A form that says where to go back to leads to a page of this site, and breaks no header."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import select

from forum.core.db import db
from forum.core.ids import new_public_id
from forum.meetings import aside_routes
from forum.meetings.models import Series
from tests import factories
from tests.conftest import Browser
from tests.home import rows

ODD = ("\r\nSet-Cookie: a=b", "?a=\nb", "\x00", "\x7f", "\\evil.example", "@evil.example", "/../" * 200)


@pytest.fixture
def series(database: None) -> Series:
    known = {"zone": "UTC", "local_time": "20:00", "rule": "FREQ=WEEKLY;BYDAY=MO", "card": {}, "steps": []}
    rows.fill(db.metadata.tables["meeting_series"], known | {"public_id": new_public_id(10)})
    db.session.commit()
    return db.session.scalars(select(Series)).one()


@pytest.mark.parametrize("odd", ODD)
def test_no_form_leads_elsewhere_or_breaks(series: Series, sign_in_as: Callable[..., Browser], odd: str) -> None:
    member = sign_in_as(factories.make_member())
    forms = (
        ("/meetings/zone", {"zone": "Europe/London"}, ("/meetings", "/m/", "/s/")),
        (f"/m/{series.public_id}/remind", {"on": "yes"}, ("/meetings", "/m/", "/s/")),
        ("/help/country", {"country": "gb"}, ("/help",)),
        ("/me/journey/pages/open", {"phrase": "x"}, ("/me/journey/plan",)),
    )
    for path, form, begins in forms:
        for name in ("next", "then"):
            for begin in begins:
                answer = member.post(path, {**form, name: begin + odd})
                assert answer.status_code < 500, (path, begin)
                to = urlsplit(answer.headers.get("Location", "/"))
                assert (to.scheme, to.netloc, to.path.startswith("/")) == ("", "", True), (path, begin)
                assert "\n" not in answer.headers.get("Location", "")


@pytest.mark.parametrize("odd", [odd for odd in ODD if odd[0] not in "@?"] + ["?a=\nb"])
def test_no_form_of_the_desk_either(app: Flask, odd: str) -> None:
    with app.test_request_context("/", method="POST", data={"next": f"/mod/meetings/{odd}"}):
        assert aside_routes._back("/mod/meetings/series/x") == "/mod/meetings/series/x"
