"""What was found by reading the code as an attacker would: each a way words reached somebody they were not for."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from forum.core.clock import utcnow
from forum.core.db import db
from forum.core.errors import Forbidden
from forum.discussions import operations, posting, refusing, team
from forum.discussions.drafts import read_draft
from forum.discussions.models import Post
from forum.discussions.submission import text_of
from forum.home import export
from forum.identity import operations as identity
from forum.identity import passwords
from forum.identity.models import LoginSession
from forum.moderation import appeals, approvals, sanctions
from forum.moderation import team as team_of_staff
from forum.moderation.actors import Actor
from forum.moderation.deciding import SelfReview
from forum.moderation.models import Case, Decision, Sanction
from forum.moderation.phases.repeats import fingerprint
from tests import factories
from tests.conftest import Browser
from tests.discussions.test_live import PILLS, Line

SECRET = "Only for you: we read this together."


def test_the_teams_answer_to_one_member_is_in_nobody_elses_replay(
    app: Flask, sign_in_as: Callable[..., Browser]
) -> None:
    """A reaction to it used to be an event of the thread, and replay showed the post that event was about."""
    alice, bob = factories.make_member(), factories.make_member()
    thread = factories.make_thread(bob)
    held = factories.make_post(thread, alice, "Held words.", visibility="held")
    answer = team.post_as_team(held, staff=factories.make_staff(), body=SECRET, client_id="team-x", now=utcnow())
    own, other = sign_in_as(alice), sign_in_as(bob)
    assert own.post(f"/p/{answer.public_id}/react", {"kind": "thanks"}).status_code == 303
    operations.record_event(thread, "react", answer, utcnow())  # as older versions wrote it down
    for reader in (other, Browser(app)):
        assert SECRET not in reader.get(f"/t/{thread.public_id}/events?after=0").text
        assert answer.public_id not in reader.get(f"/t/{thread.public_id}/events?after=0").text
    joined = Line(app, other).ask("thread:join", {"thread": thread.public_id, "after": 0})
    assert SECRET not in str(joined)


@pytest.mark.parametrize("visibility", ["hidden", "held"])
def test_a_title_taken_down_is_in_nobody_elses_space_or_copy(
    app: Flask, sign_in_as: Callable[..., Browser], visibility: str
) -> None:
    title = "Margaret Whitfield of Elm Street"
    author, bob = factories.make_member(), factories.make_member()
    thread = factories.make_thread(author, title)
    factories.make_post(thread, bob, "What is this?")
    opening = db.session.scalars(select(Post).where(Post.thread_id == thread.id, Post.is_opening)).one()
    operations.set_visibility(opening, visibility, utcnow())
    assert title not in sign_in_as(bob).get("/me/posts").text
    assert title not in json.dumps(export.gather(bob, utcnow()))
    assert title in json.dumps(export.gather(author, utcnow()))


def test_a_path_that_begins_with_two_slashes_is_never_gone_back_to(browser: Browser) -> None:
    for path in ("//evil.example", "///evil.example", "/\\evil.example", "/\\/evil.example"):
        answer = browser.post("/theme", {"theme": "dark"}, headers={"Referer": f"http://127.0.0.1:5000{path}"})
        assert answer.location == "/evil.example", path


def test_the_hash_of_what_was_sent_means_nothing_without_the_key(app: Flask, database: None) -> None:
    """Short words can be guessed from a plain hash; with a key outside the database they can't."""
    alice = factories.make_member()
    outcome = posting.reply(read_draft("Day 3", "c"), author=alice, thread=factories.make_thread(alice), now=utcnow())
    assert outcome.post.digest != hashlib.sha256(b"\x1fDay 3\x1f\x1f").digest()
    assert len(outcome.post.digest) == 32


def test_nothing_made_of_words_taken_back_stays(app: Flask, database: None) -> None:
    alice = factories.make_member()
    thread = factories.make_thread(factories.make_member())
    words = "seven quite different words stand here together tonight"
    draft = read_draft(words, "sent-1", content_note="my own note")
    post = posting.reply(draft, author=alice, thread=thread, now=utcnow()).post
    assert post.fingerprint == fingerprint(text_of(post)) != ""
    operations.take_back(post, utcnow())
    assert (post.digest, post.explanation, post.content_note) == (bytes(32), "", "")
    again = posting.reply(draft, author=alice, thread=thread, now=utcnow())  # a late retry is still the same post
    assert (again.post.id, again.duplicate) == (post.id, True)
    assert operations.forget_fingerprints(utcnow()) == 0  # a wave of copies must still be seen today
    assert operations.forget_fingerprints(utcnow() + operations.FORGOTTEN_AFTER) == 1
    db.session.refresh(post)
    assert post.fingerprint == ""


def test_the_id_of_words_that_could_not_be_posted_goes_with_them(app: Flask, database: None) -> None:
    alice = factories.make_member()
    thread = factories.make_thread(alice)
    refusing.keep_refused(read_draft(PILLS, "x"), author=alice, room=None, thread=thread, now=utcnow())
    post = db.session.scalars(select(Post).where(Post.reason_code == "not_posted")).one()
    assert post.client_id.startswith(operations.REFUSED_ID)
    operations.take_back(post, utcnow())
    assert post.client_id == f"gone-{post.public_id}"


def test_a_title_and_its_text_are_compared_as_one(app: Flask, database: None) -> None:
    """Twenty accounts opening the same thread are a wave, title or no title."""
    draft = read_draft("message me for a quiet place by the lake", "c", title="Wonderful affordable treatment centre")
    seen = []
    for _ in range(5):
        ned = factories.make_member(trust=0, accepted_posts=0, age_days=0)
        post = posting.start_thread(draft, author=ned, room=factories.a_room(), now=utcnow()).post
        seen.append(post.visibility)
    assert seen[2:] == ["held"] * 3


def test_waking_with_the_pin_leaves_no_sleeping_session_behind(app: Flask, sign_in_as: Callable[..., Browser]) -> None:
    alice = factories.make_member(pin_verifier=passwords.hash_password("4711"))
    signed = sign_in_as(alice)
    assert signed.get("/exit").status_code == 303
    assert signed.post("/wake", {"pin": "4711"}).status_code == 303
    rows = db.session.scalars(select(LoginSession).where(LoginSession.member_id == alice.id)).all()
    assert [row.asleep for row in rows] == [False]


def test_two_of_one_kind_at_the_same_moment_are_a_conflict_and_no_crash(
    app: Flask, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def twice() -> str:
        raise IntegrityError("INSERT", {}, Exception("UNIQUE constraint failed"))

    monkeypatch.setitem(app.view_functions, "home.about", twice)
    assert browser.get("/about").status_code == 409


# ── moderators about themselves ──────────────────────────────────────────────────────────────────────────────────


def test_nobody_answers_their_own_question_or_lifts_their_own_limit(app: Flask, database: None) -> None:
    now, me = utcnow(), factories.make_member()
    mo, mia = factories.make_staff("Mo Own"), factories.make_staff("Mia Own")
    post = factories.make_post(factories.make_thread(me), me)
    case = Case(
        target_type="post", target_id=post.id, lane=3, lane_reason="x", state="open", author_id=me.id, opened_at=now,
        queued_at=now, effective_at=now, due_first_at=now, due_resolve_at=now,
    )  # fmt: skip
    db.session.add(case)
    db.session.flush()
    decision = Decision(
        case_id=case.id, case_version=1, author_id=me.id, scope="account", action="sanction", from_visibility="live",
        to_visibility="live", decided_by_id=mia.id, decided_at=now, appeal_until=now + timedelta(days=5),
    )  # fmt: skip
    db.session.add(decision)
    db.session.flush()
    appeal = appeals.file_appeal(decision=decision, member=me, text="Please look again.", now=now)
    limit = Sanction(
        member_id=me.id, kind="read_only", case_id=case.id, decision_id=decision.id, state="active",
        proposed_by_id=mia.id, hours=24, created_at=now, starts_at=now, ends_at=now + timedelta(hours=24),
    )  # fmt: skip
    db.session.add(limit)
    db.session.flush()
    own = Actor(mo.id, "moderator", "Mo", own_member_id=me.id)
    with pytest.raises(SelfReview):
        appeals.decide_appeal(appeal.id, actor=own, version=appeal.version, state="upheld", reply="x" * 20, now=now)
    with pytest.raises(SelfReview):
        sanctions.lift(limit.id, actor=own, now=now)
    limit.state = "proposed"
    with pytest.raises(SelfReview):
        sanctions.refuse(limit.id, actor=own, now=now)
    other = Actor(mo.id, "moderator", "Mo", own_member_id=factories.make_member().id)
    assert sanctions.refuse(limit.id, actor=other, now=now).state == "refused"


def test_an_admin_can_not_invite_their_own_second_person(app: Flask, database: None) -> None:
    now, ada = utcnow(), factories.make_staff("Ada Alone", "admin")
    token = team_of_staff.invite("Sock Puppet", "lead", actor=Actor(ada.id, "admin", "Ada"), now=now)
    second = identity.accept_invitation(token, password="kestrel umber fallow tarn brisk oat nine", now=now)
    asked = approvals.propose_role(
        factories.make_staff("Mo Role").id, "lead", actor=Actor(ada.id, "admin", "Ada"), now=now
    )
    puppet = Actor(second.id, "lead", "Sock")
    with pytest.raises(Forbidden, match="less than a week"):
        approvals.approve(asked.id, actor=puppet, now=now + timedelta(hours=1))
    proposed = approvals.list_open(now)
    assert [row.id for row in proposed] == [asked.id]
    asked.expires_at = now + timedelta(days=9)
    assert approvals.approve(asked.id, actor=puppet, now=now + timedelta(days=8)).state == "approved"
