"""An emergency in the middle of something else: said everywhere at the desk, taken with one tap, called for in time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from forum.core.clock import utcnow
from forum.core.db import db
from forum.moderation import emergencies, followups, leases, paging, routing, signals
from forum.moderation.actors import Actor
from forum.moderation.cases import Incoming, Target, open_or_merge
from forum.moderation.models import Case, CaseLease
from forum.moderation.verdict import Verdict
from tests.console.test_care import answered_danger, enter, text
from tests.console.test_desk import CRISIS, a_case, url

__all__ = ["enter"]
SAID = "emergency waits, nobody has it"


def actor_of(desk: Any) -> Actor:
    return Actor(desk.id, desk.person.role, desk.person.name)


def held_by(desk: Any) -> set[int]:
    return set(db.session.scalars(select(CaseLease.case_id).where(CaseLease.holder_id == desk.id)))


@pytest.mark.parametrize("page", ["/mod/", "/mod/duty", "/mod/audit", "/mod/appeals", "/mod/bulk", "/mod/account"])
def test_every_page_of_the_desk_says_that_an_emergency_waits(enter: Callable[..., Any], page: str) -> None:
    mo = enter()
    assert SAID not in text(mo.get(page))
    a_case("T0", CRISIS, level=3)
    said = text(mo.get(page))
    assert SAID in said
    assert "without what you typed" not in said


def test_in_the_middle_of_a_case_it_is_said_and_one_tap_changes_over(enter: Callable[..., Any]) -> None:
    mo, small = enter(), a_case("T3")
    text(mo.get(url(small)))
    danger = a_case("T0", CRISIS, level=3)
    said = text(mo.get(url(small)))
    assert SAID in said
    assert "without what you typed" in said
    assert held_by(mo) == {small.id}
    answer = mo.post("/mod/emergency")
    assert (answer.status_code, answer.headers["Location"]) == (303, url(danger))
    assert held_by(mo) == {danger.id}
    assert SAID not in text(mo.get(url(danger)))


def test_an_emergency_in_hand_is_not_given_back_for_another(enter: Callable[..., Any]) -> None:
    mo, first = enter(), a_case("T0", CRISIS, level=3)
    text(mo.get(url(first)))
    second = a_case("T0", CRISIS, level=3)
    mo.post("/mod/emergency")
    assert held_by(mo) == {first.id, second.id}


def test_when_somebody_was_faster_nothing_is_given_back(enter: Callable[..., Any]) -> None:
    mo, mia, small, danger = enter(), enter(), a_case("T3"), a_case("T0", CRISIS, level=3)
    text(mo.get(url(small)))
    text(mia.get(url(danger)))
    answer = mo.post("/mod/emergency")
    assert answer.headers["Location"] == "/mod/"
    assert "Somebody has it already" in text(mo.get("/mod/"))
    assert held_by(mo) == {small.id}


def test_two_at_once_get_one_each(enter: Callable[..., Any]) -> None:
    mo, mia = enter(), enter()
    wanted = {a_case("T0", CRISIS, level=3).id for _number in range(2)}
    taken = {emergencies.take_next(actor=actor_of(desk), now=utcnow()) for desk in (mo, mia)}
    assert {case.id for case in taken if case} == wanted


def test_the_piece_of_a_page_is_for_the_desk_only(enter: Callable[..., Any]) -> None:
    a_case("T0", CRISIS, level=3)
    assert SAID in text(enter("helper").get("/mod/emergency"))
    fay = enter("facilitator")
    assert fay.get("/mod/emergency").status_code == 404
    assert fay.post("/mod/emergency").status_code == 404
    assert SAID not in text(fay.get("/mod/duty"))


def test_the_wish_to_hear_it_lasts_from_page_to_page(enter: Callable[..., Any]) -> None:
    mo = enter()
    assert "data-ring" not in text(mo.get("/mod/duty"))
    mo.post("/mod/emergency/sound", {"on": "yes"})
    assert "data-ring" in text(mo.get("/mod/duty"))
    mo.post("/mod/emergency/sound", {"on": ""})
    assert "data-ring" not in text(mo.get("/mod/duty"))


def test_a_colleague_who_is_at_an_emergency_cannot_take_the_next(enter: Callable[..., Any]) -> None:
    mo, mia = enter(), enter()
    for desk in (mo, mia):
        desk.post("/mod/duty", {"status": "on"})
    answered_danger(mo)
    first, second = a_case("T0", CRISIS, level=3), a_case("T0", CRISIS, level=3)
    assert second.public_id not in text(mo.get("/mod/?tab=safety"))
    text(mia.get(url(first)))
    assert second.public_id in text(mo.get("/mod/?tab=safety"))
    assert routing.aside(actor_of(mo), utcnow()).conditions == ()


def test_what_becomes_an_emergency_late_is_called_for_from_then(enter: Callable[..., Any]) -> None:
    mo, case, now = enter(), a_case("T2"), utcnow()
    db.session.execute(Case.__table__.update().values(queued_at=now - timedelta(hours=3), first_human_at=now))
    db.session.commit()
    before = db.session.get_one(Case, case.id, populate_existing=True)
    note = "She says when and how."
    followups.change_lane(case.id, actor=actor_of(mo), version=before.version, now=now, lane=0, note=note)
    leases.release(before, actor=actor_of(mo))
    assert [page.step for page in paging.take_due(now)] == [0]
    assert [page.step for page in paging.take_due(now + timedelta(minutes=6)) if page.tries == 0 and page.step] == [5]
    raised = db.session.get_one(Case, case.id, populate_existing=True)
    assert now < raised.due_first_at <= now + timedelta(minutes=15)
    assert raised.first_human_at is None


def test_moving_it_down_gives_the_time_of_the_new_lane(enter: Callable[..., Any]) -> None:
    mo, case, now = enter(), a_case("T1", CRISIS, level=2), utcnow()
    note = "A lyric, nothing behind it."
    followups.change_lane(case.id, actor=actor_of(mo), version=case.version, now=now, lane=3, note=note)
    moved = db.session.get_one(Case, case.id, populate_existing=True)
    assert moved.due_first_at - moved.queued_at == timedelta(hours=4)


def test_what_a_machine_raises_to_an_emergency_is_called_for_too(database: None) -> None:
    case, now = a_case("T3"), utcnow()
    db.session.execute(Case.__table__.update().values(queued_at=now - timedelta(hours=3)))
    target = Target(case.target_type, case.target_id, author_id=case.author_id)
    sign = signals.from_verdict(Verdict("live", 3, "T0", (CRISIS,)), revision_id=1, late=False)
    raised = open_or_merge(target, Incoming(0, "plan", sign, support_level=3), now=now)
    assert (raised.id, raised.queued_at) == (case.id, now)
    assert [page.step for page in paging.take_due(now)] == [0]


@pytest.mark.parametrize(("role", "steps"), [("helper", [0, 5, 10, 15]), ("moderator", [15])])
def test_who_reads_and_says_nothing_silences_the_first_calls_and_a_helper_none(
    enter: Callable[..., Any], role: str, steps: list[int]
) -> None:
    desk, case = enter(role), a_case("T0", CRISIS, level=3)
    text(desk.get(url(case)))
    db.session.execute(update(CaseLease).values(expires_at=utcnow() + timedelta(hours=1)))
    now = case.queued_at
    called = [page.step for minute in range(16) for page in paging.take_due(now + timedelta(minutes=minute))]
    assert sorted(set(called)) == steps
