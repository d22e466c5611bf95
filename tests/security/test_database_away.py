"""The database is gone in mid-work: pages say so and when to come back, help goes on, words and card come back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from forum.core.db import db
from tests import factories
from tests.conftest import LOCAL
from tests.security.live import a_session, another_app

PILLS = "i have the pills lined up on the table. not scared anymore"


@pytest.fixture(scope="module")
def cut_off() -> Iterator[tuple[Flask, dict[str, str]]]:
    """An application with a member and a moderator signed in, whose database answers nothing any more."""

    def gone(*_arguments: object) -> None:
        raise OperationalError("SELECT", {}, Exception("connection refused"))

    more = {"PROPAGATE_EXCEPTIONS": False, "WTF_CSRF_ENABLED": False}
    with another_app(flask=more) as app:
        with app.app_context():
            people = {"member": factories.make_member(), "staff": factories.make_staff()}
            cookies = {name: a_session(app, person) for name, person in people.items()}
            db.session.commit()
            engine = db.engine
        for who, path in (("member", "/me"), ("staff", "/mod/")):
            client = app.test_client(use_cookies=False)
            assert client.get(path, base_url=LOCAL, headers={"Cookie": cookies[who]}).status_code == 200
        event.listen(engine, "before_cursor_execute", gone)
        yield app, cookies
        event.remove(engine, "before_cursor_execute", gone)


@pytest.mark.parametrize("path", ["/", "/rooms", "/me", "/t/nothing", "/search?q=x", "/mod/", "/mod/audit"])
def test_pages_say_that_it_is_away_and_for_how_long(cut_off: tuple[Flask, dict[str, str]], path: str) -> None:
    app, cookies = cut_off
    cookie = cookies["staff" if path.startswith("/mod") else "member"]
    answer = app.test_client(use_cookies=False).get(path, base_url=LOCAL, headers={"Cookie": cookie})
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert 'href="/help"' in answer.text


@pytest.mark.parametrize("path", ["/help", "/help/gb"])
def test_help_is_drawn_in_full_for_members_too(cut_off: tuple[Flask, dict[str, str]], path: str) -> None:
    app, cookies = cut_off
    answer = app.test_client(use_cookies=False).get(path, base_url=LOCAL, headers={"Cookie": cookies["member"]})
    assert answer.status_code == 200
    assert "<nav" in answer.text  # not the bare page, which is for when the frame itself is broken


def test_words_come_back_with_the_card(cut_off: tuple[Flask, dict[str, str]]) -> None:
    app, cookies = cut_off
    headers = {"Cookie": cookies["member"] + "; country=GB"}
    form = {"body": PILLS, "client_id": "away"}
    answer = app.test_client(use_cookies=False).post("/t/x/posts", data=form, base_url=LOCAL, headers=headers)
    assert answer.status_code == 503
    assert PILLS in answer.text
    assert 'data-card data-level="3"' in answer.text
