"""The journal: only the six words open it, distress in it brings the card and nothing else, words are never lost."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import func, select

from forum.core.db import db
from forum.identity import operations
from forum.journey import journal
from forum.journey.models import JournalLock, JournalPage
from forum.moderation.models import Case, LookIn
from tests.conftest import Browser
from tests.journey.people import LOW, TROUBLE, join, level_of, open_pages

SignIn = Callable[..., Browser]
LINE = "The kettle, the window, the same song."
PAGES = "/me/journey/pages"


def kept() -> int:
    return db.session.scalar(select(func.count()).select_from(JournalPage)) or 0


def test_what_is_kept_comes_back(app: Flask, sign_in_as: SignIn) -> None:
    alice, words = join(app)
    browser = sign_in_as(alice)
    open_pages(browser, words)
    assert browser.post(PAGES, {"body": LINE, "client_id": "a"}).status_code == 303
    assert LINE in browser.get(PAGES).text


def test_without_the_words_the_page_asks_for_them(app: Flask, sign_in_as: SignIn) -> None:
    alice, words = join(app)
    browser = sign_in_as(alice)
    open_pages(browser, words)
    browser.post(PAGES, {"body": LINE, "client_id": "a"})
    other = sign_in_as(alice)
    closed = other.get(PAGES).text
    assert LINE not in closed
    assert "Your six words" in closed
    assert "Lose the words, lose the pages" not in closed  # said before the first page, and in full under "lost"
    assert "can’t be opened, by you or by us" in closed


def test_before_the_first_page_it_says_what_losing_the_words_means(app: Flask, sign_in_as: SignIn) -> None:
    text = sign_in_as(join(app)[0]).get(PAGES).text
    assert "Lose the words, lose the pages" in text
    assert "we can’t open your pages for you, ever" in text


@pytest.mark.parametrize(
    "typed", ["", "six words that are not right", "abacus abdomen abdominal abide abiding ability", "x" * 500]
)
def test_other_words_open_nothing(app: Flask, sign_in_as: SignIn, typed: str) -> None:
    alice, _ = join(app)
    browser = sign_in_as(alice)
    answer = browser.post(f"{PAGES}/open", {"phrase": typed})
    assert answer.status_code == 400
    assert not any("fj" in cookie for cookie in answer.headers.getlist("Set-Cookie"))
    assert db.session.scalar(select(func.count()).select_from(JournalLock)) == 0


def test_one_members_words_do_not_open_anothers(app: Flask, sign_in_as: SignIn) -> None:
    alice, words = join(app)
    _bob, bobs = join(app)
    open_pages(sign_in_as(alice), words)
    assert sign_in_as(alice).post(f"{PAGES}/open", {"phrase": bobs}).status_code == 400


def test_one_members_page_is_nowhere_for_another(app: Flask, sign_in_as: SignIn) -> None:
    alice, words = join(app)
    browser = sign_in_as(alice)
    open_pages(browser, words)
    browser.post(PAGES, {"body": LINE, "client_id": "a"})
    page = db.session.scalars(select(JournalPage)).one().public_id
    bob, bobs = join(app)
    other = sign_in_as(bob)
    open_pages(other, bobs)
    assert other.get(f"{PAGES}/{page}").status_code == 404
    assert other.post(f"{PAGES}/{page}", {"body": "mine now"}).status_code == 404
    assert other.post(f"{PAGES}/{page}/delete").status_code == 404
    assert LINE in browser.get(PAGES).text


def test_the_cookie_does_not_open_in_another_session(app: Flask, sign_in_as: SignIn) -> None:
    alice, words = join(app)
    browser = sign_in_as(alice)
    open_pages(browser, words)
    cookie = browser.client.get_cookie("fj", domain="127.0.0.1", path="/me/journey")
    assert cookie is not None
    assert (cookie.http_only, cookie.same_site, cookie.expires) == (True, "Strict", None)
    other = sign_in_as(alice)
    other.client.set_cookie("fj", cookie.value, domain="127.0.0.1", path="/me/journey")
    assert "Your six words" in other.get(PAGES).text


def test_leaving_closes_it(app: Flask, sign_in_as: SignIn) -> None:
    alice, words = join(app)
    browser = sign_in_as(alice)
    open_pages(browser, words)
    assert browser.post(f"{PAGES}/close").status_code == 303
    assert "Your six words" in browser.get(PAGES).text


def test_words_written_while_it_closed_are_still_there_and_the_phrase_keeps_them(
    app: Flask, sign_in_as: SignIn
) -> None:
    alice, words = join(app)
    browser = sign_in_as(alice)
    answer = browser.post(PAGES, {"body": LINE, "client_id": "a"})
    assert answer.status_code == 403
    assert LINE in answer.text
    assert kept() == 0
    assert browser.post(PAGES, {"body": LINE, "client_id": "a", "phrase": "wrong"}).status_code == 400
    assert browser.post(PAGES, {"body": LINE, "client_id": "a", "phrase": words}).status_code == 303
    assert LINE in browser.get(PAGES).text


def test_a_double_click_keeps_one_page(app: Flask, sign_in_as: SignIn) -> None:
    alice, words = join(app)
    browser = sign_in_as(alice)
    open_pages(browser, words)
    for _ in range(2):
        assert browser.post(PAGES, {"body": LINE, "client_id": "a"}).status_code == 303
    assert kept() == 1
    refused = browser.post(PAGES, {"body": "Other words.", "client_id": "a"})
    assert refused.status_code == 409
    assert "Other words." in refused.text


def test_pages_can_be_changed_and_thrown_away(app: Flask, sign_in_as: SignIn) -> None:
    alice, words = join(app)
    browser = sign_in_as(alice)
    open_pages(browser, words)
    browser.post(PAGES, {"body": LINE, "client_id": "a"})
    page = db.session.scalars(select(JournalPage)).one().public_id
    assert browser.post(f"{PAGES}/{page}", {"body": "Another song."}).status_code == 303
    shown = browser.get(PAGES).text
    assert "Another song." in shown
    assert LINE not in shown
    browser.post(f"{PAGES}/{page}/delete")
    assert kept() == 0


def test_older_pages_are_a_link_away(app: Flask, sign_in_as: SignIn) -> None:
    alice, words = join(app)
    browser = sign_in_as(alice)
    open_pages(browser, words)
    for number in range(12):
        browser.post(PAGES, {"body": f"Page number {number}.", "client_id": f"c{number}"})
    first = browser.get(PAGES).text
    assert "Page number 11." in first
    assert "Page number 1." not in first
    older = first.split("?before=")[1].split('"')[0]
    assert "Page number 1." in browser.get(f"{PAGES}?before={older}").text


@pytest.mark.parametrize(("body", "status"), [("   ", 400), ("x" * 8001, 413)])
def test_what_cannot_be_kept_comes_back(app: Flask, sign_in_as: SignIn, body: str, status: int) -> None:
    alice, words = join(app)
    browser = sign_in_as(alice)
    open_pages(browser, words)
    answer = browser.post(PAGES, {"body": body, "client_id": "a"})
    assert answer.status_code == status
    assert body.strip() in answer.text
    assert kept() == 0


# ── Distress ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("body", "level"), [(TROUBLE, 3), (LOW, 2), ("x " * 5000 + TROUBLE, 3)])
def test_distress_brings_the_card_whatever_becomes_of_the_page(
    app: Flask, sign_in_as: SignIn, body: str, level: int
) -> None:
    alice, words = join(app)
    browser = sign_in_as(alice)
    open_pages(browser, words)
    assert level_of(browser.post(PAGES, {"body": body, "client_id": "a"}).text) == level


def test_distress_brings_the_card_while_the_journal_is_closed(app: Flask, sign_in_as: SignIn) -> None:
    answer = sign_in_as(join(app)[0]).post(PAGES, {"body": TROUBLE, "client_id": "a"})
    assert (answer.status_code, level_of(answer.text)) == (403, 3)


def test_distress_in_the_plan_brings_the_card(app: Flask, sign_in_as: SignIn) -> None:
    alice, words = join(app)
    answer = sign_in_as(alice).post("/me/journey/plan", {"signs": TROUBLE, "phrase": words})
    assert level_of(answer.text) == 3


def test_the_card_of_a_page_says_nobody_was_told_and_nobody_was(app: Flask, sign_in_as: SignIn) -> None:
    alice, words = join(app)
    browser = sign_in_as(alice)
    open_pages(browser, words)
    answer = browser.post(PAGES, {"body": TROUBLE, "client_id": "a"})
    assert "No moderator has been told." in answer.text
    assert "called a moderator" not in answer.text
    for table in (Case, LookIn):
        assert db.session.scalar(select(func.count()).select_from(table)) == 0
    assert level_of(browser.get(PAGES).text) == 0  # nothing of it was kept


def test_the_scorer_is_never_asked_about_a_page(app: Flask, sign_in_as: SignIn) -> None:
    asked: list[str] = []

    class Listening:
        def score(self, text: str, *, deadline_seconds: float) -> None:
            asked.append(text)
            raise AssertionError

    alice, words = join(app)
    browser = sign_in_as(alice)
    real = app.extensions["forum.scorer"]
    app.extensions["forum.scorer"] = Listening()
    try:
        open_pages(browser, words)
        browser.post(PAGES, {"body": LINE, "client_id": "a"})
        browser.post("/me/journey/plan", {"signs": LINE})
        assert asked == []
        browser.post("/me/journey/check-ins", {"line": LINE, "client_id": "a"})
        assert asked == [LINE]
    finally:
        app.extensions["forum.scorer"] = real


# ── New words, lost words ───────────────────────────────────────────────────────────────────────────────────────


def test_pages_come_along_when_the_words_are_renewed(app: Flask, sign_in_as: SignIn) -> None:
    alice, words = join(app)
    browser = sign_in_as(alice)
    open_pages(browser, words)
    browser.post(PAGES, {"body": LINE, "client_id": "a"})
    shown = browser.post("/me/words", {"phrase": words}).text
    fresh = shown.split('id="recovery-phrase">')[1].split("<")[0]
    assert fresh != words
    again = sign_in_as(alice)
    assert again.post(f"{PAGES}/open", {"phrase": words}).status_code == 400
    open_pages(again, fresh)
    assert LINE in again.get(PAGES).text


def test_renewing_without_a_journal_makes_none(app: Flask, database: None) -> None:
    alice, words = join(app)
    keys = app.extensions["forum.config"].keys
    operations.renew_phrase(alice, old_words=words, keys=keys, keep_session=None)
    assert journal.find_lock(alice) is None


def test_a_journal_whose_words_are_lost_can_be_cleared_and_begun_anew(app: Flask, sign_in_as: SignIn) -> None:
    alice, words = join(app)
    browser = sign_in_as(alice)
    open_pages(browser, words)
    browser.post(PAGES, {"body": LINE, "client_id": "a"})
    assert browser.post(f"{PAGES}/erase").status_code == 303
    assert kept() == 1  # the box was not ticked
    browser.post(f"{PAGES}/erase", {"sure": "yes"})
    assert kept() == 0
    open_pages(browser, words)
    assert LINE not in browser.get(PAGES).text


def test_a_browser_with_the_key_of_a_cleared_journal_asks_for_the_words(app: Flask, sign_in_as: SignIn) -> None:
    alice, words = join(app)
    old, fresh = sign_in_as(alice), sign_in_as(alice)
    open_pages(old, words)
    fresh.post(f"{PAGES}/erase", {"sure": "yes"})
    open_pages(fresh, words)
    fresh.post(PAGES, {"body": LINE, "client_id": "a"})
    answer = old.get(PAGES)
    assert answer.status_code == 200
    assert "Your six words" in answer.text


def _two_journals(app: Flask, sign_in_as: SignIn) -> tuple[Browser, Browser, str]:
    """Return a browser with the key of a cleared journal, another one with the new journal open, and the words."""
    me, words = join(app)
    stale, fresh = sign_in_as(me), sign_in_as(me)
    open_pages(stale, words)
    stale.post(PAGES, {"body": "Of the first journal.", "client_id": "a"})
    fresh.post(f"{PAGES}/erase", {"sure": "yes"})
    open_pages(fresh, words)
    fresh.post(PAGES, {"body": "Of the second journal.", "client_id": "b"})
    return stale, fresh, words


def test_a_page_written_with_the_key_of_a_cleared_journal_shuts_nobody_out(app: Flask, sign_in_as: SignIn) -> None:
    stale, fresh, words = _two_journals(app, sign_in_as)
    answer = stale.post(PAGES, {"body": "Typed in the old tab.", "client_id": "c"})
    assert answer.status_code == 403
    assert "Typed in the old tab." in answer.text
    assert "Of the second journal." in fresh.get(PAGES).text
    kept = stale.post(PAGES, {"body": "Typed in the old tab.", "client_id": "c", "phrase": words})
    assert kept.status_code == 303
    assert "Typed in the old tab." in fresh.get(PAGES).text


def test_no_page_breaks_for_the_key_of_a_cleared_journal(app: Flask, sign_in_as: SignIn) -> None:
    stale, fresh, _words = _two_journals(app, sign_in_as)
    fresh.post("/me/journey/plan", {"ask": "Oleander"})
    page = re.findall(rf'href="({PAGES}/\w+)"', fresh.get(PAGES).text)[0]
    for path in (page, "/me/journey/plan", "/me/journey/plan/sheet"):
        assert stale.get(path).status_code == 200, path
        assert "Oleander" not in stale.get(path).text
    assert stale.post(page, {"body": "Changed."}).status_code == 403
    assert stale.post("/me/journey/plan", {"ask": "Rose"}).status_code == 400
    assert "Oleander" in fresh.get("/me/journey/plan").text


# ── The plan ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_plan_is_kept_sealed_and_prints(app: Flask, sign_in_as: SignIn) -> None:
    alice, words = join(app)
    browser = sign_in_as(alice)
    assert browser.post("/me/journey/plan", {"alone": LINE, "phrase": words}).status_code == 303
    assert LINE in browser.get("/me/journey/plan/sheet").text
    assert LINE not in sign_in_as(alice).get("/me/journey/plan/sheet").text
    assert all(LINE.encode() not in row.sealed for row in db.session.scalars(select(JournalPage)))


def test_a_plan_without_the_words_comes_back_and_is_not_kept(app: Flask, sign_in_as: SignIn) -> None:
    answer = sign_in_as(join(app)[0]).post("/me/journey/plan", {"alone": LINE})
    assert answer.status_code == 400
    assert LINE in answer.text
    assert kept() == 0


def test_a_plan_kept_earlier_is_named_and_an_unkept_one_is_not(app: Flask, sign_in_as: SignIn) -> None:
    alice, words = join(app)
    browser = sign_in_as(alice)
    open_pages(browser, words)
    closed = sign_in_as(alice)
    assert "What you kept earlier is sealed." not in closed.get("/me/journey/plan").text
    browser.post("/me/journey/plan", {"alone": LINE})
    assert "What you kept earlier is sealed." in closed.get("/me/journey/plan").text


def test_the_sheet_carries_the_numbers_of_the_chosen_country(app: Flask, sign_in_as: SignIn) -> None:
    alice, _ = join(app)
    browser = sign_in_as(alice)
    assert "999" not in browser.get("/me/journey/plan/sheet").text
    alice.country = "GB"
    assert "<b>999</b>" in browser.get("/me/journey/plan/sheet").text
