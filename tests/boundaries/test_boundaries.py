"""Keeping people, rooms and words away: for oneself, both ways for blocks, and nobody is told."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import event, func, select

from forum.boundaries import operations as boundaries
from forum.boundaries.models import MemberBlock, MemberMute, RoomMute, WordRule
from forum.boundaries.reading import are_apart, boundaries_of, fold
from forum.core.db import db
from forum.core.errors import BadInput
from forum.discussions.models import Post
from forum.identity.models import Member
from tests import factories
from tests.conftest import NOW, Browser
from tests.discussions.test_live import Line

SignIn = Callable[..., Browser]


@pytest.fixture
def alice(database: None) -> Member:
    return factories.make_member("Early Wren 21")


@pytest.fixture
def carol(database: None) -> Member:
    return factories.make_member("Salt Marsh 31")


@pytest.fixture
def bob(database: None) -> Member:
    return factories.make_member("Late Heron 30")


def test_both_stop_reading_each_other_and_one_is_not_told(
    alice: Member, carol: Member, bob: Member, sign_in_as: SignIn, browser: Browser
) -> None:
    thread = factories.make_thread(bob)
    theirs = factories.make_post(thread, carol, "Carol was here.")
    factories.make_post(thread, alice, "Alice was here.", reply_to=theirs)
    as_alice, as_carol = sign_in_as(alice), sign_in_as(carol)
    assert as_alice.post(f"/p/{theirs.public_id}/block").status_code == 303
    hers, carols = as_alice.get(f"/t/{thread.public_id}").text, as_carol.get(f"/t/{thread.public_id}").text
    assert "Carol was here." not in hers
    assert "Somebody you blocked wrote here." in hers
    assert "In answer to Salt Marsh 31" not in hers
    assert "Alice was here." not in carols
    assert "Early Wren 21" not in carols
    assert "blocked" not in carols
    everybody = browser.get(f"/t/{thread.public_id}").text
    assert "Alice was here." in everybody
    assert "Carol was here." in everybody


def test_what_the_blocked_do_with_the_blockers_post_is_not_found(
    alice: Member, carol: Member, bob: Member, sign_in_as: SignIn
) -> None:
    thread = factories.make_thread(bob)
    hers = factories.make_post(thread, alice, "Alice was here.")
    boundaries.block(alice, carol.id, NOW)
    as_carol = sign_in_as(carol)
    for action, form in [("react", {"kind": "hear"}), ("report", {}), ("bookmark", {}), ("mute", {}), ("block", {})]:
        assert as_carol.post(f"/p/{hers.public_id}/{action}", form).status_code == 404, action
    as_carol.post(f"/t/{thread.public_id}/posts", {"body": "Hello.", "client_id": "c", "reply_to": hers.public_id})
    assert db.session.scalars(select(Post).where(Post.body == "Hello.")).one().reply_to_id is None


def test_threads_are_out_of_lists_both_ways_and_closed_to_the_blocked(
    alice: Member, carol: Member, sign_in_as: SignIn
) -> None:
    hers, carols = factories.make_thread(alice, "Alice asks"), factories.make_thread(carol, "Carol asks")
    boundaries.block(alice, carol.id, NOW)
    room = f"/r/{hers.room.public_id}" if hers.room else ""
    as_alice, as_carol = sign_in_as(alice), sign_in_as(carol)
    for path in (room, "/rooms"):
        assert "Carol asks" not in as_alice.get(path).text
        assert "Alice asks" not in as_carol.get(path).text
        assert "Alice asks" in as_alice.get(path).text
    assert as_carol.get(f"/t/{hers.public_id}").status_code == 404
    mine = as_alice.get(f"/t/{carols.public_id}").text
    assert "Carol asks" not in mine
    assert "Somebody you blocked wrote here." in mine


def test_the_blocker_can_still_ask_a_moderator_to_look(alice: Member, carol: Member, sign_in_as: SignIn) -> None:
    thread = factories.make_thread(factories.make_member())
    theirs = factories.make_post(thread, carol, "Carol was here.")
    boundaries.block(alice, carol.id, NOW)
    browser = sign_in_as(alice)
    assert f'href="/p/{theirs.public_id}/report"' in browser.get(f"/t/{thread.public_id}").text
    sent = browser.post(f"/p/{theirs.public_id}/report", {"category": "harassment", "text": ""})
    assert sent.status_code == 303


def test_muting_folds_for_one_reader_alone(alice: Member, carol: Member, bob: Member, sign_in_as: SignIn) -> None:
    thread = factories.make_thread(bob)
    post = factories.make_post(thread, carol, "Carol was here.")
    sign_in_as(alice).post(f"/p/{post.public_id}/mute")
    assert '<details class="cw"><summary>' in sign_in_as(alice).get(f"/t/{thread.public_id}").text
    assert "Somebody you muted" in sign_in_as(alice).get(f"/t/{thread.public_id}").text
    assert "Somebody you muted" not in sign_in_as(bob).get(f"/t/{thread.public_id}").text


@pytest.mark.parametrize(
    ("word", "text", "covered"),
    [
        ("Drink", "I was DRINKING again", True),
        ("drink", "a soft-drink", True),
        ("rink", "I was drinking", False),
        ("my  dad", "It was my dad's house", True),
        ("<b>", "bold", True),
        ("réve", "RÉVEIL", True),
    ],
)
def test_words_cover_longer_words_that_begin_so(
    alice: Member, bob: Member, sign_in_as: SignIn, word: str, text: str, covered: bool
) -> None:
    thread = factories.make_thread(bob)
    factories.make_post(thread, bob, text)
    answer = sign_in_as(alice).post("/me/boundaries/words", {"word": word, "effect": "cover"})
    if fold(word) == "b":
        assert answer.status_code == 400
        return
    assert ("You asked to have this covered" in sign_in_as(alice).get(f"/t/{thread.public_id}").text) is covered


def test_a_hidden_word_takes_threads_out_of_lists(alice: Member, bob: Member, sign_in_as: SignIn) -> None:
    thread = factories.make_thread(bob, "About wine", "Hm.")
    room = f"/r/{thread.room.public_id}" if thread.room else ""
    boundaries.cover_word(alice, "wine", "cover")
    assert "About wine" in sign_in_as(alice).get(room).text
    boundaries.cover_word(alice, "wine", "hide")
    assert "About wine" not in sign_in_as(alice).get(room).text
    assert "About wine" not in sign_in_as(alice).get("/rooms").text
    assert "About wine" in sign_in_as(bob).get(room).text


def test_a_muted_room_leaves_the_lists_and_comes_back(alice: Member, bob: Member, sign_in_as: SignIn) -> None:
    thread = factories.make_thread(bob, "In a muted room")
    assert thread.room
    path, browser = f"/r/{thread.room.public_id}", sign_in_as(alice)
    browser.post(f"{path}/mute")
    listed = browser.get("/rooms").text
    assert f'href="{path}"' not in listed
    assert "In a muted room" not in listed
    assert "In a muted room" in browser.get(path).text
    browser.post(f"{path}/mute")
    assert f'href="{path}"' in browser.get("/rooms").text


def test_everything_can_be_taken_back_in_one_place(alice: Member, carol: Member, sign_in_as: SignIn) -> None:
    room = factories.a_room()
    boundaries.block(alice, carol.id, NOW)
    boundaries.mute(alice, carol.id, NOW)
    boundaries.mute_room(alice, room.id, NOW)
    boundaries.cover_word(alice, "wine", "cover")
    browser = sign_in_as(alice)
    page = browser.get("/me/boundaries").text
    word = db.session.scalars(select(WordRule)).one().public_id
    for undo in (
        f"block:{carol.public_id}",
        f"mute:{carol.public_id}",
        f"room:{room.public_id}",
        f"word:{word}",
    ):
        assert f'value="{undo}"' in page
        assert browser.post("/me/boundaries", {"undo": undo}).status_code == 303
    for table in (MemberBlock, MemberMute, RoomMute, WordRule):
        assert db.session.scalar(select(func.count()).select_from(table)) == 0
    assert browser.post("/me/boundaries", {"undo": "block:nobody"}).status_code == 303


def test_nobody_undoes_somebody_elses(alice: Member, carol: Member, bob: Member, sign_in_as: SignIn) -> None:
    boundaries.block(alice, carol.id, NOW)
    boundaries.cover_word(alice, "wine", "cover")
    word = db.session.scalars(select(WordRule)).one().public_id
    for undo in (f"block:{carol.public_id}", f"word:{word}"):
        sign_in_as(bob).post("/me/boundaries", {"undo": undo})
    assert are_apart(alice.id, carol.id)
    assert are_apart(carol.id, alice.id)
    assert boundaries_of(alice).words == (("wine", "cover"),)
    assert "Salt Marsh 31" not in sign_in_as(bob).get("/me/boundaries").text


def test_nobody_blocks_themselves_and_lists_have_an_end(alice: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadInput):
        boundaries.block(alice, alice.id, NOW)
    monkeypatch.setattr(boundaries, "MAX_ROWS", 1)
    boundaries.cover_word(alice, "wine", "cover")
    with pytest.raises(BadInput, match="full"):
        boundaries.cover_word(alice, "beer", "cover")


@pytest.mark.parametrize(
    ("notes", "first", "reply"), [("fold", False, True), ("open", False, False), ("cover", True, True)]
)
def test_content_notes_read_as_chosen(
    alice: Member, bob: Member, sign_in_as: SignIn, notes: str, first: bool, reply: bool
) -> None:
    thread = factories.make_thread(bob, body="Opening.", content_note="A slip")
    factories.make_post(thread, bob, "Answer.", content_note="A slip")
    browser = sign_in_as(alice)
    browser.post("/me/notes", {"notes": notes})
    items = browser.get(f"/t/{thread.public_id}").text.split('<li id="p-')[1:]
    assert [('<details class="cw">' in item) for item in items] == [first, reply]


# ── Live ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_live_words_of_somebody_blocked_reach_neither_page(
    app: Flask, alice: Member, carol: Member, bob: Member, sign_in_as: SignIn
) -> None:
    thread = factories.make_thread(bob)
    boundaries.block(alice, carol.id, NOW)
    lines = {who.handle: Line(app, sign_in_as(who)) for who in (alice, carol, bob)}
    for line in lines.values():
        line.ask("thread:join", {"thread": thread.public_id, "after": 1})
    ack = lines[carol.handle].ask("post:create", {"thread": thread.public_id, "body": "By Carol.", "client_id": "c"})
    (plain,) = lines[bob.handle].heard("thread:event")
    assert "By Carol." in plain["html"]
    (nudge,) = lines[alice.handle].heard("thread:event")
    assert (nudge["kind"], nudge["html"], nudge["post"]) == ("ask", "", None)
    asked = lines[alice.handle].ask("thread:join", {"thread": thread.public_id, "after": 1})
    assert (asked["seq"], "By Carol." in str(asked), ack["ok"]) == (2, False, True)
    lines[alice.handle].ask("post:create", {"thread": thread.public_id, "body": "By Alice.", "client_id": "a"})
    assert "By Alice." not in str(lines[carol.handle].heard("thread:event"))
    again = lines[carol.handle].ask("thread:join", {"thread": thread.public_id, "after": 1})
    assert again["seq"] == 3
    assert "By Alice." not in str(again)
    assert "Early Wren" not in str(again)


def test_a_block_reaches_pages_that_are_open_already(
    app: Flask, alice: Member, carol: Member, bob: Member, sign_in_as: SignIn
) -> None:
    thread = factories.make_thread(bob)
    post = factories.make_post(thread, carol, "Before.")
    as_alice = sign_in_as(alice)
    line = Line(app, as_alice)
    line.ask("thread:join", {"thread": thread.public_id, "after": 2})
    as_alice.post(f"/p/{post.public_id}/block")
    assert line.heard("thread:again") == [{}]
    line.ask("thread:join", {"thread": thread.public_id, "after": 2})
    sign_in_as(carol).post(f"/t/{thread.public_id}/posts", {"body": "After.", "client_id": "c"})
    assert "After." not in str(line.heard("thread:event"))


def test_replay_by_page_keeps_the_same_distance(alice: Member, carol: Member, bob: Member, sign_in_as: SignIn) -> None:
    thread = factories.make_thread(bob)
    factories.make_post(thread, carol, "Carol was here.")
    factories.make_post(thread, alice, "Alice was here.")
    boundaries.block(alice, carol.id, NOW)
    path = f"/t/{thread.public_id}/events?after=1"
    hers, carols = sign_in_as(alice).get(path), sign_in_as(carol).get(path)
    assert "Carol was here." not in hers.text
    assert carols.json
    assert [event["seq"] for event in carols.json["events"]] == [2]
    assert carols.json["latest"] == 3


def test_boundaries_are_read_once_a_page(alice: Member, carol: Member) -> None:
    seen: list[str] = []
    boundaries.mute(alice, carol.id, NOW)
    db.session.info.pop("forum.boundaries", None)
    engine = db.session.connection().engine

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        for _ in range(3):
            boundaries_of(alice)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert sum("member_block" in statement for statement in seen) == 1
