"""News: told once, to whom it concerns, as they chose; never anybody's words, never what may not be read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, func, select

from forum.boundaries import operations as boundaries
from forum.core import events
from forum.core.clock import utcnow
from forum.core.db import db
from forum.core.errors import BadInput
from forum.discussions import keeping, operations
from forum.discussions.judging import target_of
from forum.discussions.models import Post, Thread
from forum.identity.models import Member
from forum.journey import zones
from forum.journey.events import ReminderDue
from forum.moderation import actions
from forum.moderation.actors import Actor
from forum.moderation.cases import Incoming, open_or_merge
from forum.moderation.events import AppealDecided, ReportAnswered
from forum.moderation.leases import claim
from forum.moderation.models import Case, Report
from forum.moderation.signals import from_system
from forum.notifications import jobs, queries
from forum.notifications.hours import Hours, due_at, is_quiet
from forum.notifications.models import KINDS, Notification
from forum.notifications.operations import News, choose, notify
from forum.notifications.wording import sentence
from tests import factories
from tests.conftest import Browser
from tests.discussions.test_live import Line

SignIn = Callable[..., Browser]
NOW_WAYS = dict.fromkeys(KINDS, "now")


@pytest.fixture
def alice(database: None) -> Member:
    return factories.make_member("Early Wren 21")


@pytest.fixture
def bob(database: None) -> Member:
    return factories.make_member("Late Heron 30")


@pytest.fixture
def thread(alice: Member) -> Thread:
    return factories.make_thread(alice, "Quiet mornings")


def news_of(member: Member) -> list[tuple[str, int]]:
    db.session.expire_all()
    return [(line.kind, line.count) for line in queries.list_news(member)]


def reply(browser: Browser, thread: Thread, body: str, to: Post | None = None) -> None:
    form = {"body": body, "client_id": f"c{hash(body)}", "reply_to": to.public_id if to else ""}
    assert browser.post(f"/t/{thread.public_id}/posts", form).status_code == 303


# ── Who is told ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_each_is_told_once_the_nearest_reason_first(
    alice: Member, bob: Member, thread: Thread, sign_in_as: SignIn
) -> None:
    carol, dan = factories.make_member(), factories.make_member()
    asked = factories.make_post(thread, carol, "What helps?")
    for follower in (alice, bob, carol, dan):
        keeping.toggle_follow(follower, thread, utcnow())
    reply(sign_in_as(bob), thread, "Walking helps me.", asked)
    assert (news_of(alice), news_of(carol), news_of(dan), news_of(bob)) == (
        [("reply", 1)], [("answer", 1)], [("followed", 1)], [],
    )  # fmt: skip


def test_what_belongs_together_is_one_line_until_it_is_read(
    alice: Member, bob: Member, thread: Thread, sign_in_as: SignIn
) -> None:
    for number in range(3):
        reply(sign_in_as(bob), thread, f"Line {number}.")
    assert news_of(alice) == [("reply", 3)]
    browser = sign_in_as(alice)
    page = browser.get("/notifications").text
    assert "3 replies in your thread “Quiet mornings”" in page
    assert "Line 2." not in page
    line = db.session.scalars(select(Notification)).one()
    answer = browser.get(f"/notifications/{line.public_id}")
    newest = db.session.scalars(select(Post).order_by(Post.id.desc())).first()
    assert newest
    assert answer.location == f"/t/{thread.public_id}#p-{newest.public_id}"
    reply(sign_in_as(bob), thread, "Another.")
    assert news_of(alice) == [("reply", 1), ("reply", 3)]


def test_held_words_are_no_news_until_they_are_up(alice: Member, bob: Member, thread: Thread) -> None:
    post = factories.make_post(thread, bob, "Held.", visibility="held")
    events.commit()
    assert news_of(alice) == []
    operations.set_visibility(post, "live", utcnow())
    events.commit()
    assert news_of(alice) == [("reply", 1)]


@pytest.mark.parametrize("visibility", ["hidden", "author_deleted", "held"])
def test_news_of_what_is_gone_is_gone(
    alice: Member, bob: Member, thread: Thread, sign_in_as: SignIn, visibility: str
) -> None:
    reply(sign_in_as(bob), thread, "Soon gone.")
    post = db.session.scalars(select(Post).where(Post.body == "Soon gone.")).one()
    operations.set_visibility(post, visibility, utcnow())
    assert news_of(alice) == []


def test_boundaries_keep_news_away_both_ways(alice: Member, bob: Member, thread: Thread, sign_in_as: SignIn) -> None:
    carol, dan = factories.make_member(), factories.make_member()
    for follower in (carol, dan):
        keeping.toggle_follow(follower, thread, utcnow())
    boundaries.mute(alice, bob.id, utcnow())
    boundaries.block(bob, carol.id, utcnow())
    boundaries.mute_room(dan, thread.room_id or 0, utcnow())
    reply(sign_in_as(bob), thread, "Hello.")
    assert [news_of(member) for member in (alice, carol, dan)] == [[], [], []]


# ── Moderators' letters and the rest ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("taken_down", "words"), [(True, "taken something you wrote down"), (False, "What you wrote")])
def test_a_decision_reaches_its_author_where_it_changed_something(
    alice: Member, thread: Thread, sign_in_as: SignIn, taken_down: bool, words: str
) -> None:
    post = factories.make_post(thread, alice, "Something to look at.")
    staff = factories.make_staff()
    actor = Actor(staff.id, staff.role, staff.name)
    remark = from_system("look", "Somebody should look.", key=1)
    case = open_or_merge(target_of(post), Incoming(lane=2, reason="look", signals=(remark,)), now=utcnow())
    claim(case, actor=actor, now=utcnow())
    if taken_down:
        actions.hide(case.id, actor=actor, version=case.version, now=utcnow(), reason_code="threat_or_hate")
    else:
        actions.approve(case.id, actor=actor, version=case.version, now=utcnow())
    events.commit()
    assert news_of(alice) == ([("letter", 1)] if taken_down else [])
    page = sign_in_as(alice).get("/notifications").text
    assert (words in page) is taken_down
    assert "Something to look at." not in page


@pytest.mark.parametrize("fact", [ReminderDue(0, "abc"), AppealDecided(1, 0, "overturned")])
def test_other_news_is_neutral(alice: Member, fact: Any, sign_in_as: SignIn) -> None:
    events.announce(replace(fact, member_id=alice.id))
    events.commit()
    (line,) = queries.list_news(alice)
    assert sentence(line) in ("You have a note for now.", "We got that one wrong. What you wrote is back up.")


def test_every_sentence_is_known_or_plain() -> None:
    for kind in KINDS:
        assert sentence(queries.Line("p", kind, "nonsense", 2, None, utcnow(), True))


def test_an_answered_report_is_told(alice: Member, thread: Thread, app: Flask) -> None:
    case = Case(
        target_type="post", target_id=1, lane=2, lane_reason="x", opened_at=utcnow(), queued_at=utcnow(),
        effective_at=utcnow(), due_first_at=utcnow(), due_resolve_at=utcnow(),
    )  # fmt: skip
    db.session.add(case)
    db.session.flush()
    report = Report(
        reporter_id=alice.id, case_id=case.id, target_type="post", target_id=1, category="spam", weight=0.5,
        outcome="acted", created_at=utcnow(),
    )  # fmt: skip
    db.session.add(report)
    db.session.flush()
    events.announce(ReportAnswered(report.id, alice.id))
    events.commit()
    (line,) = queries.list_news(alice)
    with app.test_request_context():
        assert "did something about it" in sentence(line)


# ── As they chose ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("hour", "way", "hours", "due"),
    [
        (14, "now", Hours(), (20, 14)),
        (23, "now", Hours(quiet_from=22, quiet_to=7), (21, 7)),
        (3, "now", Hours(quiet_from=22, quiet_to=7), (20, 7)),
        (3, "now", Hours(quiet_from=1, quiet_to=5), (20, 5)),
        (14, "digest", Hours(digest_hour=9), (21, 9)),
        (7, "digest", Hours(digest_hour=9), (20, 9)),
        (7, "digest", Hours(digest_hour=9, quiet_from=8, quiet_to=12), (20, 12)),
        (20, "now", Hours(zone="Australia/Sydney", quiet_from=22, quiet_to=8), (20, 21)),
    ],
)
def test_quiet_hours_and_digests(hour: int, way: str, hours: Hours, due: tuple[int, int]) -> None:
    found = due_at(datetime(2026, 11, 20, hour, tzinfo=UTC), way, hours)
    assert (found.day, found.hour) == due


def test_quiet_over_midnight_and_never() -> None:
    assert [h for h in range(24) if is_quiet(h, Hours(quiet_from=22, quiet_to=2))] == [0, 1, 22, 23]
    assert not any(is_quiet(h, Hours(quiet_from=5, quiet_to=5)) for h in range(24))


def test_off_is_off_and_waiting_news_is_listed_but_not_counted(alice: Member) -> None:
    choose(alice, NOW_WAYS | {"reply": "off", "answer": "digest"}, Hours("", None, 8, 9))
    now = datetime(2026, 11, 20, 14, tzinfo=UTC)
    for kind in ("reply", "answer"):
        notify([alice.id], News(kind, "x", link="/me"), now)
    assert news_of(alice) == [("answer", 1)]
    assert queries.count_unread(alice.id, now) == 0
    assert queries.count_unread(alice.id, now + timedelta(days=1)) == 1


def test_the_settings_page_keeps_what_was_chosen(alice: Member, sign_in_as: SignIn) -> None:
    browser = sign_in_as(alice)
    form = {f"way_{kind}": "digest" for kind in KINDS} | {
        "quiet": "yes", "quiet_from": "23", "quiet_to": "6", "digest_hour": "18", "zone": "Europe/Lisbon",
    }  # fmt: skip
    assert browser.post("/notifications/settings", form).status_code == 303
    assert queries.choices_of(alice) == dict.fromkeys(KINDS, "digest")
    assert (queries.hours_row(alice).quiet_from, zones.zone_of(alice)) == (23, "Europe/Lisbon")
    assert browser.post("/notifications/settings", form | {"quiet_to": "24"}).status_code == 400
    with pytest.raises(BadInput):
        choose(alice, {"reply": "by e-mail"}, Hours())


# ── The number ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_number_is_in_the_menu_and_goes_with_reading(
    alice: Member, bob: Member, thread: Thread, sign_in_as: SignIn
) -> None:
    reply(sign_in_as(bob), thread, "Hello.")
    browser = sign_in_as(alice)
    assert "<span data-n>1</span>" in browser.get("/rooms").text
    browser.get(f"/t/{thread.public_id}")
    assert "<span data-n></span>" in browser.get("/rooms").text
    reply(sign_in_as(bob), thread, "Hello again.")
    browser.post("/notifications")
    assert queries.count_unread(alice.id, utcnow()) == 0
    assert "<span data-n></span>" in browser.get("/help").text


def test_the_live_number_holds_no_words(
    app: Flask, alice: Member, bob: Member, thread: Thread, sign_in_as: SignIn
) -> None:
    line = Line(app, sign_in_as(alice))
    reply(sign_in_as(bob), thread, "Hello.")
    assert line.heard("news:count") == [{"count": 1}]


def test_news_that_becomes_due_is_told_then(app: Flask, alice: Member, sign_in_as: SignIn) -> None:
    line = Line(app, sign_in_as(alice))
    db.session.add(
        Notification(
            member_id=alice.id, kind="reply", subject="x", link="/me", updated_at=utcnow() - timedelta(hours=2),
            due_at=utcnow() - timedelta(seconds=5),
        )
    )  # fmt: skip
    db.session.flush()
    assert jobs.tell_due() == 1
    events.commit()
    assert line.heard("news:count") == [{"count": 1}]


def test_old_news_is_forgotten(alice: Member) -> None:
    for days, read in ((31, True), (31, False), (91, False)):
        at = utcnow() - timedelta(days=days)
        row = Notification(
            member_id=alice.id, kind="reply", subject=f"{days}{read}", updated_at=at, due_at=at,
            read_at=at if read else None,
        )  # fmt: skip
        db.session.add(row)
    db.session.flush()
    assert jobs.forget_old() == 2


def test_nobody_opens_somebody_elses_news(alice: Member, bob: Member, thread: Thread, sign_in_as: SignIn) -> None:
    notify([alice.id], News("letter", "x", "hide", link="/me"), utcnow())
    line = db.session.scalars(select(Notification)).one()
    assert sign_in_as(bob).get(f"/notifications/{line.public_id}").status_code == 404
    db.session.refresh(line)
    assert line.read_at is None


# ── Many ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_many_followers_cost_few_statements(bob: Member) -> None:
    members = [factories.make_member().id for _ in range(600)]
    db.session.flush()
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        seen.append(statement)

    engine = db.session.connection().engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        assert notify(members, News("followed", "thread:1", link="/me"), utcnow()) == 600
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert len(seen) <= 8
    assert db.session.scalar(select(func.count()).select_from(Notification)) == 600


def test_the_list_does_not_ask_line_by_line(alice: Member, bob: Member, sign_in_as: SignIn) -> None:
    for _ in range(12):
        thread = factories.make_thread(alice)
        post = factories.make_post(thread, bob)
        notify([alice.id], News("reply", f"thread:{thread.id}", thread_id=thread.id, post_id=post.id), utcnow())
    db.session.commit()
    db.session.expire_all()
    alice.id  # noqa: B018 - load it before counting
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        seen.append(statement)

    engine = db.session.connection().engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        assert len(queries.list_news(alice)) == 12
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert len(seen) <= 5
