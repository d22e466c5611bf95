"""One text becomes one post, whatever the network does; refused text comes back, and distress is never overlooked."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from forum.core.db import db
from forum.discussions.models import Post, Revision, Thread, ThreadEvent
from forum.moderation.models import Case
from tests import factories
from tests.conftest import Browser

PILLS = "i have the pills lined up on the table. not scared anymore"
SignIn = Callable[..., Browser]


def _reply(browser: Browser, thread: Thread, body: str, client_id: str = "c-1", **more: str):
    return browser.post(f"/t/{thread.public_id}/posts", {"body": body, "client_id": client_id, **more})


def _posts(body: str) -> list[Post]:
    return list(db.session.scalars(select(Post).where(Post.body == body)))


def test_the_same_client_id_is_the_same_post(sign_in_as: SignIn) -> None:
    alice = factories.make_member("Early Wren 10")
    thread = factories.make_thread(alice)
    browser = sign_in_as(alice)
    first, again = _reply(browser, thread, "Still here."), _reply(browser, thread, "Still here.")
    assert (first.status_code, again.status_code) == (303, 303)
    assert first.location == again.location
    assert len(_posts("Still here.")) == 1


def test_the_same_client_id_with_other_words_is_refused_and_the_words_come_back(sign_in_as: SignIn) -> None:
    alice = factories.make_member("Early Wren 11")
    thread = factories.make_thread(alice)
    browser = sign_in_as(alice)
    _reply(browser, thread, "First words.")
    refused = _reply(browser, thread, "Quite other words.")
    assert refused.status_code == 409
    assert "Quite other words." in refused.text
    assert not _posts("Quite other words.")


def test_client_ids_of_two_members_do_not_meet(sign_in_as: SignIn) -> None:
    alice, bob = factories.make_member("Early Wren 12"), factories.make_member("Late Heron 12")
    thread = factories.make_thread(alice)
    _reply(sign_in_as(alice), thread, "From alice.", "same")
    _reply(sign_in_as(bob), thread, "From bob.", "same")
    assert len(_posts("From alice.")) == len(_posts("From bob.")) == 1


@pytest.mark.parametrize(
    ("form", "status", "sentence"),
    [
        ({"body": "   ", "client_id": "c"}, 400, "There&#39;s nothing here yet. One line is fine."),
        ({"body": "x" * 8001, "client_id": "c"}, 413, "1 characters more than fits"),
        ({"body": "hello", "client_id": ""}, 400, "Something is missing from this form."),
        ({"body": "hello", "client_id": "c" * 65}, 400, "Something is missing from this form."),
        ({"body": "hello", "client_id": "c", "content_note": "n" * 81}, 413, "at most 80 characters"),
        ({}, 400, "Something is missing from this form."),
    ],
)
def test_what_cannot_be_posted_says_why_and_keeps_the_words(
    sign_in_as: SignIn, form: dict[str, str], status: int, sentence: str
) -> None:
    alice = factories.make_member()
    thread = factories.make_thread(alice)
    answer = sign_in_as(alice).post(f"/t/{thread.public_id}/posts", form)
    assert answer.status_code == status
    assert sentence in answer.text
    assert form.get("body", "").strip() in answer.text
    assert db.session.scalar(select(func.count()).select_from(Post).where(Post.thread_id == thread.id)) == 1


def test_an_unknown_thread_answers_404_and_keeps_the_words(sign_in_as: SignIn) -> None:
    answer = sign_in_as(factories.make_member()).post("/t/nowhere/posts", {"body": "My words.", "client_id": "c"})
    assert answer.status_code == 404
    assert "My words." in answer.text


def test_a_guest_gets_the_words_back(browser: Browser) -> None:
    thread = factories.make_thread(factories.make_member())
    answer = _reply(browser, thread, "I have no name yet.")
    assert answer.status_code == 403
    assert "I have no name yet." in answer.text


def test_a_crisis_post_is_up_at_once_with_the_card_and_a_case_on_top(sign_in_as: SignIn) -> None:
    bob = factories.make_member(country="GB")
    thread = factories.make_thread(factories.make_member())
    browser = sign_in_as(bob)
    assert _reply(browser, thread, PILLS).status_code == 303
    page = browser.get(f"/t/{thread.public_id}").text
    assert 'data-level="3"' in page
    assert 'href="tel:999"' in page
    (post,) = _posts(PILLS)
    assert (post.visibility, post.support_level) == ("live", 3)
    assert db.session.scalar(select(Case.lane).where(Case.target_id == post.id, Case.target_type == "post")) == 0


@pytest.mark.parametrize("client_id", ["", "c" * 65])
def test_distress_in_a_refused_text_still_brings_the_card_and_a_case(sign_in_as: SignIn, client_id: str) -> None:
    bob = factories.make_member(country="GB")
    thread = factories.make_thread(factories.make_member())
    answer = _reply(sign_in_as(bob), thread, PILLS, client_id)
    assert answer.status_code == 400
    assert 'data-level="3"' in answer.text
    assert 'href="tel:999"' in answer.text
    assert PILLS in answer.text
    (kept,) = _posts(PILLS)
    assert (kept.visibility, kept.reason_code) == ("held", "not_posted")
    assert db.session.scalar(select(Case.lane).where(Case.target_id == kept.id)) == 0


@pytest.mark.parametrize("words", [PILLS, "my brother has blue lips and will not wake up"])
def test_a_text_too_long_is_read_for_distress_too(sign_in_as: SignIn, words: str) -> None:
    thread = factories.make_thread(factories.make_member())
    answer = _reply(sign_in_as(factories.make_member()), thread, words + ". " + "and then " * 1000)
    assert answer.status_code == 413
    assert 'data-level="3"' in answer.text


def test_an_edit_is_screened_like_a_post(sign_in_as: SignIn) -> None:
    bob = factories.make_member()
    thread = factories.make_thread(factories.make_member())
    post = factories.make_post(thread, bob, "A quiet day.")
    browser = sign_in_as(bob)
    assert browser.post(f"/p/{post.public_id}/edit", {"body": PILLS}).status_code == 303
    assert 'data-level="3"' in browser.get(f"/t/{thread.public_id}").text
    db.session.refresh(post)
    assert (post.body, post.support_level) == (PILLS, 3)
    assert db.session.scalar(select(Revision.body).where(Revision.post_id == post.id)) == "A quiet day."
    assert db.session.scalar(select(Case.lane).where(Case.target_id == post.id)) == 0


def test_a_title_is_screened_with_the_body(sign_in_as: SignIn) -> None:
    bob = factories.make_member()
    browser = sign_in_as(bob)
    room = factories.a_room()
    answer = browser.post(f"/r/{room.public_id}/threads", {"title": PILLS, "body": "thank you", "client_id": "t"})
    assert answer.status_code == 303
    assert 'data-level="3"' in browser.get(answer.location.split("#")[0]).text


def test_cruelty_is_held_and_only_its_author_sees_it(sign_in_as: SignIn, browser: Browser) -> None:
    alice, bob = factories.make_member("Patient Fern 20"), factories.make_member()
    thread = factories.make_thread(alice)
    cruel = "go die, nobody wants you here, Patient Fern 20"
    author = sign_in_as(bob)
    assert _reply(author, thread, cruel).status_code == 303
    (post,) = _posts(cruel)
    assert post.visibility == "held"
    own = author.get(f"/t/{thread.public_id}").text
    assert "nobody wants you here" in own
    assert "not up yet" in own
    for other in (browser, sign_in_as(alice)):
        assert "nobody wants you here" not in other.get(f"/t/{thread.public_id}").text
        assert "nobody wants you here" not in other.get(f"/t/{thread.public_id}/events?after=0").text
        assert post.public_id not in other.get(f"/t/{thread.public_id}/events?after=0").text
    assert db.session.scalar(select(Case.held).where(Case.target_id == post.id)) is True


def test_swearing_at_oneself_opens_no_case(sign_in_as: SignIn) -> None:
    bob = factories.make_member()
    thread = factories.make_thread(factories.make_member())
    text = "I'm such a fucking idiot, 3 days clean"
    _reply(sign_in_as(bob), thread, text)
    (post,) = _posts(text)
    assert post.visibility == "live"
    assert db.session.scalar(select(Case.id).where(Case.target_id == post.id)) is None


def test_a_post_cut_off_before_its_check_is_finished_by_the_sweep(app, database: None) -> None:
    from datetime import timedelta

    from forum.core.clock import utcnow
    from forum.discussions.jobs import finish_stuck

    bob = factories.make_member()
    thread = factories.make_thread(factories.make_member())
    post = factories.make_post(thread, bob, "Cut off.", visibility="checking", now=utcnow() - timedelta(minutes=1))
    assert post.visibility == "checking"
    assert finish_stuck() == 1
    db.session.refresh(post)
    assert (post.visibility, post.seq is not None) == ("live", True)


def test_numbers_of_a_thread_have_no_gap_whatever_is_held(sign_in_as: SignIn) -> None:
    alice, bob = factories.make_member("Patient Fern 21"), factories.make_member()
    thread = factories.make_thread(alice)
    author = sign_in_as(bob)
    _reply(author, thread, "One kind line.", "a")
    _reply(author, thread, "go die, nobody wants you here, Patient Fern 21", "b")
    _reply(author, thread, "Another kind line.", "c")
    numbers = list(db.session.scalars(select(ThreadEvent.seq).where(ThreadEvent.thread_id == thread.id)))
    assert sorted(numbers) == list(range(1, len(numbers) + 1)) == [1, 2, 3]


def test_taking_back_removes_the_words_everywhere(sign_in_as: SignIn, browser: Browser) -> None:
    bob = factories.make_member()
    thread = factories.make_thread(factories.make_member())
    post = factories.make_post(thread, bob, "I regret this sentence.")
    mine = sign_in_as(bob)
    mine.post(f"/p/{post.public_id}/edit", {"body": "I regret that sentence as well."})
    assert mine.post(f"/p/{post.public_id}/delete").status_code == 303
    for reader in (mine, browser):
        page = reader.get(f"/t/{thread.public_id}").text
        assert "regret" not in page
        assert "has taken it back" in page
    assert "regret" not in browser.get(f"/t/{thread.public_id}/events?after=0").text
    assert not list(db.session.scalars(select(Revision).where(Revision.post_id == post.id)))


@pytest.mark.parametrize("visibility", ["held", "hidden", "checking"])
def test_what_others_may_not_read_is_on_no_page_of_theirs(
    sign_in_as: SignIn, browser: Browser, visibility: str
) -> None:
    bob = factories.make_member()
    canary = "Quartz jellyfish umbrella"
    thread = factories.make_thread(bob, title=canary, body=f"{canary}.", visibility=visibility)
    reader = sign_in_as(factories.make_member())
    room = factories.a_room()
    for who in (browser, reader):
        for path in ("/", "/rooms", f"/r/{room.public_id}", f"/r/{room.public_id}?view=waiting", "/me"):
            assert canary not in who.get(path, follow_redirects=True).text, path
        for path in (f"/t/{thread.public_id}", f"/t/{thread.public_id}/events?after=0"):
            answer = who.get(path)
            assert answer.status_code == 404
            assert canary not in answer.text
    assert canary in sign_in_as(bob).get(f"/t/{thread.public_id}").text


def test_absent_hidden_and_foreign_things_look_the_same(sign_in_as: SignIn) -> None:
    bob = factories.make_member()
    held = factories.make_thread(bob, visibility="held")
    reader = sign_in_as(factories.make_member())
    answers = [reader.get(f"/t/{name}") for name in (held.public_id, "nowhere", "x" * 26)]
    assert {answer.status_code for answer in answers} == {404}
    bodies = {_without_tokens(answer.text) for answer in answers}
    assert len(bodies) == 1


def _without_tokens(page: str) -> str:
    import re

    return re.sub(r'(nonce|value)="[^"]+"', "", page)


def test_in_a_crisis_what_identifies_is_covered_and_nothing_waits(sign_in_as: SignIn, browser: Browser) -> None:
    bob = factories.make_member()
    thread = factories.make_thread(factories.make_member())
    author = sign_in_as(bob)
    text = f"{PILLS}. ring me if you like, my number is 07700 900 123"
    assert _reply(author, thread, text).status_code == 303
    (post,) = _posts(text)
    assert post.visibility in ("live", "limited")
    for reader in (browser, author):
        page = reader.get(f"/t/{thread.public_id}").text
        assert "ring me if you like" in page
        assert "07700" not in page
    assert "We covered what could say" in author.get(f"/t/{thread.public_id}").text
    assert "07700" not in browser.get(f"/t/{thread.public_id}/events?after=0").text


def test_a_title_made_of_covered_words_is_covered_too(sign_in_as: SignIn, browser: Browser) -> None:
    bob = factories.make_member()
    author = sign_in_as(bob)
    room = factories.a_room()
    body = "07700 900 123 is my number. I have the pills lined up on the table. I'm going to take them tonight."
    answer = author.post(f"/r/{room.public_id}/threads", {"title": "", "body": body, "client_id": "t"})
    assert answer.status_code == 303
    assert "07700" not in browser.get(f"/r/{room.public_id}").text
    assert "07700" not in browser.get(answer.location.split("#")[0]).text
