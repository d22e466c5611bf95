"""Keeping posts, following threads, quoting, and putting hints away."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from forum.core.text import shorten
from forum.discussions import operations
from forum.identity.models import Member
from tests import factories
from tests.conftest import NOW, Browser

SignIn = Callable[..., Browser]


@pytest.fixture
def alice(database: None) -> Member:
    return factories.make_member()


def test_a_kept_post_is_found_again_and_let_go(alice: Member, sign_in_as: SignIn) -> None:
    thread = factories.make_thread(factories.make_member())
    post = factories.make_post(thread, factories.make_member(), "Worth keeping.")
    browser = sign_in_as(alice)
    assert browser.post(f"/p/{post.public_id}/bookmark").status_code == 303
    assert "Worth keeping." in browser.get("/me/kept").text
    assert "Don’t keep this" in browser.get(f"/t/{thread.public_id}").text
    browser.post(f"/p/{post.public_id}/bookmark")
    assert "Worth keeping." not in browser.get("/me/kept").text


@pytest.mark.parametrize("visibility", ["hidden", "held", "author_deleted"])
def test_a_kept_post_that_is_gone_is_not_shown(alice: Member, sign_in_as: SignIn, visibility: str) -> None:
    post = factories.make_post(factories.make_thread(factories.make_member()), factories.make_member(), "Gone since.")
    browser = sign_in_as(alice)
    browser.post(f"/p/{post.public_id}/bookmark")
    operations.set_visibility(post, visibility, NOW)
    assert "Gone since." not in browser.get("/me/kept").text


def test_held_posts_of_others_cannot_be_kept(alice: Member, sign_in_as: SignIn) -> None:
    thread = factories.make_thread(factories.make_member())
    post = factories.make_post(thread, factories.make_member(), "Held.", visibility="held")
    assert sign_in_as(alice).post(f"/p/{post.public_id}/bookmark").status_code == 404


def test_following_and_stopping(alice: Member, sign_in_as: SignIn) -> None:
    thread = factories.make_thread(factories.make_member(), "Long walks")
    browser = sign_in_as(alice)
    browser.post(f"/t/{thread.public_id}/follow")
    assert "Long walks" in browser.get("/me/kept").text
    assert "Stop following" in browser.get(f"/t/{thread.public_id}").text
    browser.post(f"/t/{thread.public_id}/follow")
    assert "Long walks" not in browser.get("/me/kept").text


def test_quoting_begins_the_reply_without_scripts(alice: Member, sign_in_as: SignIn) -> None:
    thread = factories.make_thread(factories.make_member())
    post = factories.make_post(thread, factories.make_member(), "First line.\n\n</textarea><b>second</b>")
    page = sign_in_as(alice).get(f"/t/{thread.public_id}?reply_to={post.public_id}&quote=1").text
    assert "&gt; First line.\n&gt; &lt;/textarea&gt;&lt;b&gt;second&lt;/b&gt;\n" in page


def test_a_quotation_holds_what_others_read(alice: Member, sign_in_as: SignIn) -> None:
    thread = factories.make_thread(factories.make_member())
    post = factories.make_post(thread, factories.make_member(), "Call me on 555 0100.")
    post.masked_body = "Call me on …"
    page = sign_in_as(alice).get(f"/t/{thread.public_id}?reply_to={post.public_id}&quote=1").text
    assert "&gt; Call me on …" in page


def test_what_cannot_be_read_cannot_be_quoted(alice: Member, sign_in_as: SignIn) -> None:
    thread = factories.make_thread(factories.make_member())
    held = factories.make_post(thread, factories.make_member(), "Held words.", visibility="held")
    page = sign_in_as(alice).get(f"/t/{thread.public_id}?reply_to={held.public_id}&quote=1").text
    assert "Held words." not in page


@pytest.mark.parametrize(
    ("text", "cut"), [("short", "short"), ("one two three", "one two …"), ("x" * 30, "x" * 9 + " …")]
)
def test_texts_are_cut_between_words(text: str, cut: str) -> None:
    assert shorten(text, 9) == cut


def test_hints_can_be_put_away_and_brought_back(alice: Member, sign_in_as: SignIn) -> None:
    thread = factories.make_thread(factories.make_member())
    browser, path = sign_in_as(alice), f"/t/{thread.public_id}"
    assert "What helps to say" in browser.get(path).text
    assert browser.post("/me/hints", {"thread": thread.public_id}).location == f"{path}#reply"
    assert "What helps to say" not in browser.get(path).text
    browser.post("/me/hints", {"show": "1", "thread": "//evil.example"})
    assert "What helps to say" in browser.get(path).text
