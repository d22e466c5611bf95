"""A stranger comes in, writes, and is answered; everything by plain forms."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from forum.core.db import db
from forum.discussions.models import Post
from tests import factories
from tests.conftest import Browser


def _join(browser: Browser) -> str:
    page = browser.get("/join").text
    handle = re.search(r'name="handle" value="([^"]+)"', page)
    assert handle
    answer = browser.post("/join", {"handle": handle[1], "about": "me", "device": "own", "adult": "yes"})
    assert answer.status_code == 200
    words = re.search(r'<output id="recovery-phrase"[^>]*>(.*?)</output>', answer.text, re.S)
    assert words
    return re.sub(r"<[^>]+>", "", words[1]).strip()


def test_joining_shows_six_words_that_open_the_door_again(browser: Browser, open_browser) -> None:
    words = _join(browser)
    assert len(words.split()) == 6
    elsewhere = open_browser()
    answer = elsewhere.post("/return", {"phrase": words.upper().replace(" ", "-"), "device": "shared"})
    assert answer.status_code == 303
    assert "My space" in elsewhere.get("/rooms").text


def test_a_thread_and_its_answer(browser: Browser, open_browser) -> None:
    _join(browser)
    room = factories.a_room()
    answer = browser.post(
        f"/r/{room.public_id}/threads", {"title": "Day four", "body": "Day four here, and tea.", "client_id": "c-1"}
    )
    assert answer.status_code == 303, answer.text
    page = browser.get(answer.location.split("#")[0])
    assert "Day four here, and tea." in page.text
    other = open_browser()
    _join(other)
    thread = db.session.scalars(select(Post)).all()[-1].thread
    again = other.post(f"/t/{thread.public_id}/posts", {"body": "I hear you.", "client_id": "c-2"})
    assert again.status_code == 303
    assert "I hear you." in browser.get(f"/t/{thread.public_id}").text


def test_whoever_comes_in_from_a_thread_is_led_back_to_it(browser: Browser) -> None:
    thread = factories.make_thread(factories.make_member(), room=factories.a_room("family"))
    db.session.commit()
    here = f"/t/{thread.public_id}"
    assert f'href="/join?to={here}&amp;area=family"' in browser.get(here).text
    door = browser.get(f"/join?to={here}&area=family").text
    assert f'name="to" value="{here}"' in door
    assert 'value="love" checked' in door
    again = browser.post("/join", {"reroll": "1", "to": here, "about": "love"}).text
    assert f'name="to" value="{here}"' in again
    handle = re.search(r'name="handle" value="([^"]+)"', again)
    assert handle is not None
    form = {"handle": handle[1], "about": "love", "device": "own", "adult": "yes", "to": here}
    assert f'href="{here}"' in browser.post("/join", form).text


@pytest.mark.parametrize("elsewhere", ["//evil.example", "https://evil.example/t/abcdefghi", "/mod/login", "/t/../me"])
def test_nobody_is_led_anywhere_else(browser: Browser, elsewhere: str) -> None:
    assert 'name="to"' not in browser.get(f"/join?to={elsewhere}").text
