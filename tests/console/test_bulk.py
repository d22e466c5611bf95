"""Several at once, moving, filters: only what is not urgent, only what was shown, and all of it can be taken back."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from forum.core.db import db
from forum.discussions.models import Thread
from forum.moderation import audit, intake
from forum.moderation.models import AuditEntry, Case, Decision
from tests.console.test_desk import CRISIS, a_case, post_of, url
from tests.factories import a_room, make_staff


@pytest.fixture
def mo(sign_in_as: Callable[..., Any]) -> Any:
    return sign_in_as(make_staff("Mo Bulk"))


def text(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status
    return str(answer.get_data(as_text=True))


def shown_by(desk: Any) -> str:
    found = re.search(r'name="shown" value="([^"]+)"', text(desk.get("/mod/bulk")))
    assert found is not None
    return found[1]


def send(desk: Any, cases: list[Case], shown: str) -> Any:
    return desk.post("/mod/bulk", {"shown": shown, "case": [case.public_id for case in cases]})


def states(cases: list[Case]) -> list[str]:
    db.session.expire_all()
    return [db.session.get_one(Case, case.id).state for case in cases]


def test_many_are_left_up_under_one_entry_and_taken_back_as_one(mo: Any) -> None:
    cases = [a_case("T3", body=f"a plain hello number {n}") for n in range(3)]
    assert send(mo, cases, shown_by(mo)).status_code == 303
    assert states(cases) == ["resolved"] * 3
    parent = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "bulk.approve")).one()
    children = db.session.scalars(select(AuditEntry).where(AuditEntry.bulk_parent_id == parent.id)).all()
    assert [entry.action for entry in children] == ["decide.approve"] * 3
    handle = re.search(r'name="batch" value="(\w+)"', text(mo.get("/mod/bulk")))
    assert handle is not None
    assert mo.post("/mod/bulk/undo", {"batch": handle[1]}).status_code == 303
    assert states(cases) == ["open"] * 3
    undone = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "bulk.reversed")).one()
    assert undone.reverses_id == parent.id
    assert mo.post("/mod/bulk/undo", {"batch": handle[1]}).status_code == 409
    assert audit.verify().is_whole


@pytest.mark.parametrize("kind", ["urgent", "held", "not shown", "too long to be shown whole", "a forged page"])
def test_what_was_not_calmly_read_on_this_screen_is_refused_and_nothing_is_done(mo: Any, kind: str) -> None:
    fine, shown = a_case("T3", body="a plain hello"), shown_by(mo) if kind == "not shown" else ""
    if kind == "urgent":
        other = a_case("T0", CRISIS, level=3)
    elif kind == "held":
        other = a_case("T3", visibility="held")
    else:
        other = a_case("T3", body="word " * (60 if kind.startswith("too long") else 2))
    sealed = "forged" if kind == "a forged page" else shown or shown_by(mo)
    text(send(mo, [fine, other], sealed), 400)
    assert states([fine, other]) == ["open", "open"]
    assert db.session.scalar(select(AuditEntry.id).where(AuditEntry.action == "bulk.approve")) is None


def test_somebody_elses_page_is_not_mine(mo: Any, sign_in_as: Callable[..., Any]) -> None:
    case, mia = a_case("T3", body="a plain hello"), sign_in_as(make_staff())
    text(send(mo, [case], shown_by(mia)), 400)


def test_one_that_became_urgent_since_stops_the_whole(mo: Any) -> None:
    cases = [a_case("T3", body=f"a plain hello number {n}") for n in range(2)]
    shown = shown_by(mo)
    raised = db.session.get_one(Case, cases[1].id)
    raised.lane, raised.version = 1, raised.version + 1
    db.session.commit()
    text(send(mo, cases, shown), 400)
    assert states(cases) == ["open", "open"]


def test_one_that_changed_since_is_left_alone_and_said(mo: Any) -> None:
    cases = [a_case("T3", body=f"a plain hello number {n}") for n in range(2)]
    shown = shown_by(mo)
    db.session.get_one(Case, cases[1].id).version += 1
    db.session.commit()
    assert send(mo, cases, shown).status_code == 303
    assert states(cases) == ["resolved", "open"]
    assert "1 had changed meanwhile and was left alone." in text(mo.get("/mod/bulk"))


def test_never_more_than_the_limit(mo: Any) -> None:
    from forum.core.settings import write_setting

    cases = [a_case("T3", body=f"a plain hello number {n}") for n in range(2)]
    shown = shown_by(mo)
    write_setting("bulk_max", 1)
    text(send(mo, cases, shown), 400)


def test_helpers_leave_nothing_up(sign_in_as: Callable[..., Any]) -> None:
    assert sign_in_as(make_staff(role="helper")).get("/mod/bulk").status_code == 404


# ── Another room ────────────────────────────────────────────────────────────────────────────────────────────────


def opening_case() -> tuple[Case, Thread]:
    from forum.core.clock import utcnow
    from forum.discussions import judging
    from forum.discussions.models import Post
    from forum.moderation.verdict import Verdict
    from tests.console.test_desk import RUDE
    from tests.factories import make_member, make_thread

    thread = make_thread(make_member(), room=a_room())
    post = db.session.scalars(select(Post).where(Post.thread_id == thread.id)).one()
    case = intake.record_verdict(judging.target_of(post), Verdict("live", 0, "T3", (RUDE,)), now=utcnow())
    assert case is not None
    db.session.commit()
    return case, thread


def other_room(thread: Thread) -> Any:
    from forum.discussions.models import Room

    return db.session.scalars(select(Room).where(Room.id != thread.room_id).order_by(Room.position)).first()


def test_a_thread_moves_its_author_is_told_and_it_moves_back(mo: Any, sign_in_as: Callable[..., Any]) -> None:
    case, thread = opening_case()
    before, room = thread.room_id, other_room(thread)
    author = sign_in_as(thread.author)
    assert "Another room" in text(mo.get(url(case)))
    assert mo.post(url(case, "move"), {"version": case.version, "room": room.public_id}).status_code == 303
    db.session.expire_all()
    assert db.session.get_one(Thread, thread.id).room_id == room.id
    assert db.session.get_one(Case, case.id).outcome == "moved"
    assert "Your thread is in another room now" in text(author.get("/me/letters"))
    moved = db.session.scalars(select(Decision).where(Decision.action == "move")).one()
    assert mo.post(f"/mod/decisions/{moved.public_id}/reverse").status_code == 303
    db.session.expire_all()
    assert db.session.get_one(Thread, thread.id).room_id == before


def test_an_answer_alone_does_not_move(mo: Any) -> None:
    case = a_case("T3")
    room = other_room(post_of(case).thread).public_id
    assert "Another room" not in text(mo.get(url(case)))
    text(mo.post(url(case, "move"), {"version": case.version, "room": room}), 400)
    assert states([case]) == ["open"]


def test_what_was_said_behind_a_door_does_not_move_out_of_it(mo: Any) -> None:
    case, thread = opening_case()
    women = a_room("women")
    thread.room_id = case.room_id = women.id
    db.session.commit()
    shown = text(mo.post(url(case, "move"), {"version": case.version, "room": a_room().public_id}), 400)
    assert "stays behind it" in shown
    assert db.session.get_one(Thread, thread.id).room_id == women.id


def test_it_does_not_move_to_nowhere(mo: Any) -> None:
    case, _thread = opening_case()
    text(mo.post(url(case, "move"), {"version": case.version, "room": "nowhere"}), 400)


# ── Filters ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_list_narrows_by_lane_and_room(mo: Any) -> None:
    first, second = a_case("T2", body="the first one"), a_case("T3", body="the second one")
    room = post_of(first).thread.room.public_id
    assert "the second one" not in text(mo.get("/mod/?lane=2"))
    assert "the first one" not in text(mo.get("/mod/?lane=3"))
    both = text(mo.get(f"/mod/?room={room}"))
    assert "the first one" in both
    assert "the second one" in both
    elsewhere = other_room(post_of(second).thread).public_id
    assert "the first one" not in text(mo.get(f"/mod/?room={elsewhere}"))
    assert "the first one" in text(mo.get("/mod/?room=x&lane=9"))
