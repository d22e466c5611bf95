"""Beside a meeting: asking its host quietly, and lines for its card that their authors agreed to."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask

from forum.core.db import db
from forum.core.events import commit
from forum.discussions.models import Post, Thread
from forum.meetings import asides, retention
from forum.meetings.aside_models import Question, Quote
from forum.moderation.models import Case
from tests import factories
from tests.conftest import Browser
from tests.discussions.test_live import Line
from tests.meetings.conftest import Room

SignIn = Callable[..., Browser]
PLAN = "i have the pills lined up on the table. not scared anymore"


@pytest.fixture
def cast(live_room: Room, sign_in_as: SignIn) -> SimpleNamespace:
    ann = factories.make_member("Amber Heron 4")
    path = f"/m/{live_room.series.public_id}"
    return SimpleNamespace(
        room=live_room,
        ann=ann,
        member=sign_in_as(ann),
        host=sign_in_as(live_room.host),
        path=path,
        desk=f"/mod/meetings/series/{live_room.series.public_id}",
    )


def ask(cast: SimpleNamespace, body: str = "Do I have to speak?") -> Any:
    return cast.member.post(f"{cast.path}/ask", {"body": body, "client_id": f"q-{body[:20]}"})


def leave(cast: SimpleNamespace, who: Browser, body: str, **more: str) -> Any:
    return who.post(f"{cast.path}/line", {"body": body, "client_id": f"l-{body[:20]}", "agreed": "yes", **more})


def choose(cast: SimpleNamespace, body: str, on: str = "yes") -> Any:
    page = cast.host.get(cast.desk).text
    place = page.index(body)
    quote = re.search(r'name="quote" value="(\w+)"', page[place:])
    assert quote is not None
    return cast.host.post(f"{cast.desk}/line", {"quote": quote[1], "on": on})


# ── Asking ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_host_reads_a_question_without_the_name_and_the_answer_is_for_its_author_alone(
    cast: SimpleNamespace, sign_in_as: SignIn, browser: Browser
) -> None:
    assert ask(cast).status_code == 303
    for page in (cast.host.get(cast.desk).text, cast.host.get(f"/mod/meetings/{cast.room.session.public_id}").text):
        assert "Do I have to speak?" in page
        assert "Amber Heron" not in page
    question = db.session.query(Question).one()
    sent = {"question": question.public_id, "body": "Not at all. Listening is plenty.", "client_id": "a-1"}
    assert cast.host.post(f"{cast.desk}/answer", sent).status_code == 303
    assert cast.host.post(f"{cast.desk}/answer", sent).status_code == 303  # a double click answers once
    assert cast.member.get(cast.path).text.count("Listening is plenty.") == 1
    assert "A host answered you." in cast.member.get("/notifications").text
    for other in (sign_in_as(factories.make_member()), browser):
        page = other.get(cast.path).text
        assert "Do I have to speak?" not in page
        assert "Listening is plenty." not in page
    assert "Not answered yet" not in cast.host.get(cast.desk).text
    assert ask(cast, "And if I cry?").status_code == 303
    assert "Not answered yet" in cast.host.get(cast.desk).text


def test_another_facilitator_reads_nothing(cast: SimpleNamespace, sign_in_as: SignIn) -> None:
    ask(cast)
    stranger = sign_in_as(factories.make_staff(role="facilitator"))
    question = db.session.query(Question).one()
    sent = {"question": question.public_id, "body": "Hello.", "client_id": "x"}
    assert stranger.post(f"{cast.desk}/answer", sent).status_code == 404
    assert stranger.get(cast.desk).status_code == 404


def test_a_question_of_somebody_in_danger_gets_the_card_and_a_moderator(cast: SimpleNamespace) -> None:
    assert ask(cast, PLAN).status_code == 303
    assert "care" in cast.member.get(cast.path).text.split('id="ask"')[0]
    post = db.session.query(Post).filter_by(body=PLAN).one()
    assert db.session.query(Case).filter_by(target_id=post.id).one().lane == 0


def test_refused_words_come_back_with_the_card(cast: SimpleNamespace) -> None:
    answer = ask(cast, PLAN + " " + "x" * 9000)
    assert answer.status_code in (400, 413)
    assert "lined up on the table" in answer.text
    assert 'class="care' in answer.text


def test_an_open_desk_hears_of_it_at_once(app: Flask, cast: SimpleNamespace) -> None:
    desk = Line(app, cast.host)
    assert desk.ask("meeting:join", {"session": cast.room.session.public_id, "desk": True})["ok"]
    own = Line(app, cast.member)
    ask(cast)
    (shown,) = desk.heard("meeting:asked")
    assert "Do I have to speak?" in shown["html"]
    assert "Amber Heron" not in shown["html"]
    sent = {"question": shown["question"], "body": "No.", "client_id": "a"}
    cast.host.post(f"{cast.desk}/answer", sent)
    assert [told["kind"] for told in own.heard("meeting:told")] == ["answer"]


def test_exchanges_are_forgotten_after_two_quiet_weeks(cast: SimpleNamespace) -> None:
    ask(cast)
    now = cast.room.now
    assert asides.purge_questions(now + timedelta(days=13)) == 0
    assert asides.purge_questions(now + timedelta(days=15)) == 1
    commit()
    assert db.session.query(Question).count() == 0
    assert db.session.query(Post).filter_by(body="Do I have to speak?").count() == 0


def test_an_exchange_with_an_open_case_waits_for_it(cast: SimpleNamespace) -> None:
    ask(cast, PLAN)
    assert asides.purge_questions(cast.room.now + timedelta(days=15)) == 0
    assert db.session.query(Post).filter_by(body=PLAN).count() == 1
    assert retention.purge(cast.room.now) == 0


def test_words_of_somebody_who_left_are_not_kept_where_nobody_reads_them(cast: SimpleNamespace) -> None:
    ask(cast)
    now = cast.room.now + timedelta(hours=2)
    assert asides.purge_orphans(now) == 0
    db.session.delete(db.session.query(Question).one())
    commit()
    assert asides.purge_orphans(now) == 1
    assert asides.purge_orphans(now) == 0
    assert db.session.query(Post).filter_by(body="Do I have to speak?").count() == 0


def test_nobody_writes_in_somebody_elses_exchange(app: Flask, cast: SimpleNamespace, sign_in_as: SignIn) -> None:
    ask(cast)
    thread = db.session.get_one(Thread, db.session.query(Question).one().thread_id).public_id
    other = sign_in_as(factories.make_member())
    assert other.get(f"/t/{thread}").status_code == 404
    sent = {"thread": thread, "body": "Me too.", "client_id": "m"}
    assert Line(app, other).ask("post:create", sent)["error"]["code"] == "not_found"


# ── Lines for the card ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_line_stands_on_the_card_once_its_author_agreed_and_the_host_chose_it(
    cast: SimpleNamespace, browser: Browser
) -> None:
    assert leave(cast, cast.member, "I only listened, for weeks.", agreed="").status_code == 400
    assert leave(cast, cast.member, "I only listened, for weeks.").status_code == 303
    assert "I only listened" not in browser.get(cast.path).text
    assert choose(cast, "I only listened, for weeks.").status_code == 303
    card = browser.get(cast.path).text
    assert "I only listened, for weeks." in card
    assert "Somebody who comes here" in card
    assert "Amber Heron" not in card
    assert cast.member.post(f"{cast.path}/line", {"back": "1"}).status_code == 303
    assert "I only listened" not in browser.get(cast.path).text
    assert "I only listened" not in cast.host.get(cast.desk).text


def test_a_name_stands_under_it_only_where_its_author_wants_that(cast: SimpleNamespace, browser: Browser) -> None:
    leave(cast, cast.member, "Nobody asked me anything.", with_name="yes")
    choose(cast, "Nobody asked me anything.")
    assert "Amber Heron 4" in browser.get(cast.path).text


def test_two_lines_fit_and_one_can_be_taken_off(cast: SimpleNamespace, sign_in_as: SignIn, browser: Browser) -> None:
    lines = ("A quiet hour with kind people.", "Short, and it never runs late.", "I laughed for once.")
    for body in lines:
        leave(cast, sign_in_as(factories.make_member()), body)
    assert [choose(cast, body).status_code for body in lines] == [303, 303, 400]
    assert choose(cast, lines[0], on="no").status_code == 303
    assert choose(cast, lines[2]).status_code == 303
    card = browser.get(cast.path).text
    assert [body in card for body in lines] == [False, True, True]


def test_a_line_that_is_held_stands_nowhere(cast: SimpleNamespace, browser: Browser) -> None:
    leave(cast, cast.member, "Text me on 07700 900123 if you want to know.")
    quote = db.session.query(Quote).one()
    post = db.session.query(Post).filter_by(thread_id=quote.thread_id).one()
    assert post.visibility == "held"
    assert "07700" not in cast.host.get(cast.desk).text
    sent = {"quote": quote.public_id, "on": "yes"}
    assert cast.host.post(f"{cast.desk}/line", sent).status_code == 404
    assert "07700" not in browser.get(cast.path).text
    assert "It isn’t up yet" in cast.member.get(cast.path).text


def test_hosts_write_the_cards_answers_and_add_a_step(cast: SimpleNamespace, browser: Browser) -> None:
    page = cast.host.get(cast.desk).text
    assert "card_host" in page
    steps = [row for row in cast.room.series.steps if row["kind"] != "closing"]
    form = {
        "name": "Night shift", "summary": "Short shares.", "format": "share_circle", "first_on": "2026-11-20",
        "local_time": cast.room.series.local_time, "zone": "UTC", "rule": "FREQ=DAILY", "minutes": "60",
        "capacity": "24", "share_minutes": "4", "host_name": "Corner Shop",
        "host_kind": "peer", "audience": "everyone", "pathway": "any",
        "topic": "open", "cross_talk": "after", "calling": "host", "history": "yes",
        "card_host": "A peer, trained for 30 hours; here on Mondays.",
    }  # fmt: skip
    rows = [*steps, cast.room.series.steps[-1], {"name": "Tea", "kind": "talk", "minutes": 3, "words": "Fetch one."}]
    for number, row in enumerate(rows):
        form |= {f"step-{number}-{key}": str(row[key]) for key in ("name", "kind", "minutes", "words")}
    assert cast.host.post(cast.desk, form).status_code == 303
    card = browser.get(cast.path).text
    assert "trained for 30 hours" in card
    assert "Fetch one." in card
    assert [row["name"] for row in cast.room.series.steps][-2:] == ["Tea", "Closing"]


def test_a_line_changed_after_it_was_chosen_is_off_the_card_until_chosen_again(cast: SimpleNamespace) -> None:
    """Its author can edit it, or send another into its thread: neither may stand where the host put the first."""
    leave(cast, cast.member, "Somebody knew my name here.")
    choose(cast, "Somebody knew my name here.")
    assert "Somebody knew my name here." in cast.host.get(cast.path).text
    post = db.session.query(Post).filter_by(thread_id=db.session.query(Quote).one().thread_id).one()
    reader = Browser(cast.host.client.application)
    cast.member.post(f"/p/{post.public_id}/edit", {"body": "Read my page elsewhere instead."})
    assert "Read my page elsewhere" not in reader.get(cast.path).text
    choose(cast, "Read my page elsewhere instead.")
    assert "Read my page elsewhere" in reader.get(cast.path).text
    sent = {"body": "And one more thing, unasked.", "client_id": "unasked"}
    cast.member.post(f"/t/{post.thread.public_id}/posts", sent)
    assert "unasked" not in reader.get(cast.path).text
