"""Lines of the ASVS checklist that nothing else shows: words and sessions, passwords, downloads, first accounts."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import func, select

from forum.core.db import db
from forum.identity.models import Staff
from tests import factories
from tests.browser.server import ROOT
from tests.conftest import LOCAL, Browser
from tests.security.live import another_app

TEMPLATES = sorted((ROOT / "forum" / "templates").rglob("*.html"))
SECRET_FIELDS = re.compile(
    r"<input[^>]*(?:name=\"(?:password\w*|old|new|pin)\"|control\(errors, '(?:password\w*|pin)')[^>]*>"
)


def join(app: Flask) -> tuple[Browser, str]:
    """Come in as somebody new; return their browser and their words."""
    browser = Browser(app)
    page = browser.get("/join").text
    fields = dict(re.findall(r'name="(handle|stamp)" value="([^"]*)"', page)[::-1])
    joined = browser.post("/join", {**fields, "device": "own", "adult": "yes"}).text
    found = re.search(r'<output id="recovery-phrase"[^>]*>(.*?)</output>', joined, re.S)
    assert found
    return browser, re.sub(r"<[^>]+>|\s+", " ", found[1]).strip()


def test_new_words_need_the_old_ones_and_end_every_other_session(app: Flask, database: None) -> None:
    here, words = join(app)
    elsewhere = Browser(app)
    assert elsewhere.post("/return", {"phrase": words, "device": "own"}).status_code == 303
    wrong = here.post("/me/words", {"phrase": "abacus abdomen abdominal abide abiding ability"})
    assert wrong.status_code == 400
    assert elsewhere.get("/me").status_code == 200
    shown = here.post("/me/words", {"phrase": words})
    assert shown.status_code == 200
    assert here.get("/me").status_code == 200
    assert elsewhere.get("/me").status_code == 303
    assert Browser(app).post("/return", {"phrase": words}).status_code == 400


def test_somebody_elses_words_do_not_change_mine(app: Flask, database: None) -> None:
    mine, _ = join(app)
    _, theirs = join(app)
    assert mine.post("/me/words", {"phrase": theirs}).status_code == 400
    assert Browser(app).post("/return", {"phrase": theirs}).status_code == 303


def test_a_fresh_forum_has_no_account_and_its_first_link_works_once() -> None:
    with another_app(flask={"TESTING": True, "WTF_CSRF_ENABLED": False}) as app, app.test_request_context("/"):
        from forum.cli.instance import first_admin_link

        assert db.session.scalar(select(func.count(Staff.id))) == 0
        link = first_admin_link()
        db.session.commit()
        assert link
        path = "/mod/invite/" + link.rsplit("/", 1)[1]
        client = app.test_client()
        secret = {
            "password": "seven words that nobody would guess",
            "password_again": "seven words that nobody would guess",
        }
        assert client.post(path, data=secret, base_url=LOCAL).status_code == 303
        assert app.test_client().post(path, data=secret, base_url=LOCAL).status_code == 404
        assert app.test_client().get(path, base_url=LOCAL).status_code == 404


def test_passwords_are_masked_may_be_pasted_and_kept_by_a_manager() -> None:
    fields = [found for path in TEMPLATES for found in SECRET_FIELDS.findall(path.read_text(encoding="utf-8"))]
    assert len(fields) >= 4
    for field in fields:
        assert 'type="password"' in field, field
        assert "autocomplete=" in field, field
    scripts = "".join(path.read_text() for path in (ROOT / "forum" / "static" / "js").glob("*.js"))
    assert not re.search(r"""["']paste["']""", scripts)


@pytest.mark.parametrize("path", ["/mod/dashboard.csv", "/meetings.ics"])
def test_downloads_have_our_names(sign_in_as: Callable[..., Browser], path: str) -> None:
    answer = sign_in_as(factories.make_staff("Lea Files", "admin")).get(path)
    assert answer.status_code == 200
    assert re.fullmatch(r'(attachment|inline); filename="?[a-z-]+\.[a-z]+"?', answer.headers["Content-Disposition"])
    assert answer.headers["Cache-Control"] == "no-store"


def test_accounts_that_end_lose_their_sessions_at_the_next_request(
    app: Flask, sign_in_as: Callable[..., Browser]
) -> None:
    mo, wren = factories.make_staff(), factories.make_member()
    desk, visit = sign_in_as(mo), sign_in_as(wren)
    assert (desk.get("/mod/").status_code, visit.get("/me/settings").status_code) == (200, 200)
    mo.is_active, wren.state = False, "deleted"
    db.session.commit()
    assert desk.get("/mod/").headers["Location"].startswith("/mod/login")
    assert visit.get("/me/settings").status_code in (302, 303, 401, 403)
