"""Two moderators at once, in threads, on a real database file: each with its own connection, as in the server."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from forum.core import events
from forum.core.db import db
from forum.core.errors import Conflict, ForumError
from forum.moderation import actions, audit, followups, intake, leases, reversals
from forum.moderation.actors import Actor
from forum.moderation.leases import AlreadyLeased
from forum.moderation.models import AuditEntry, Case, CaseLease, CaseSignal, Decision
from forum.moderation.verdict import Finding
from tests.moderation.board import Note
from tests.moderation.conftest import Cast
from tests.moderation.test_actions import open_case
from tests.moderation.test_cases import INSULT, verdict


def together(app: Flask, *jobs: Callable[[], Any]) -> list[Any]:
    """Run the jobs at the same moment, each in its own thread and session; return results and refusals in order."""
    barrier, results = threading.Barrier(len(jobs)), [None] * len(jobs)

    def run(place: int, job: Callable[[], Any]) -> None:
        with app.app_context():
            barrier.wait()
            try:
                results[place] = job()
                events.commit()
            except Exception as refusal:
                events.rollback()
                results[place] = refusal
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(place, job)) for place, job in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.session.expire_all()
    return results


def count(query: Any) -> int:
    return db.session.scalar(query) or 0


def test_two_moderators_at_once_one_decides_one_is_told(board_app: Flask, cast: Cast, now: datetime) -> None:
    for turn in range(10):
        target, case = open_case(cast, now, body=f"turn {turn}")
        db.session.commit()
        number, before = case.id, count(select(func.count(AuditEntry.id)))
        results = together(
            board_app,
            partial(actions.hide, number, actor=cast.mo, version=1, now=now, reason_code="selling"),
            partial(actions.approve, number, actor=cast.mia, version=1, now=now),
        )
        refused = [result for result in results if isinstance(result, Conflict)]
        assert len(refused) == 1, results
        done = db.session.scalars(select(Decision.action).where(Decision.case_id == number)).one()
        assert count(select(func.count(AuditEntry.id))) == before + 1
        shown = db.session.get_one(Note, target.id).visibility
        assert shown == {"hide": "hidden", "approve": "live"}[done]
    assert audit.verify().is_whole


def test_one_lease_for_many_hands(board_app: Flask, cast: Cast, now: datetime) -> None:
    _, case = open_case(cast, now)
    people = [cast.mo, cast.mia, cast.lea, cast.hal]
    db.session.commit()
    number = case.id

    def claim(actor: Actor) -> Callable[[], int]:
        return lambda: leases.claim(db.session.get_one(Case, number), actor=actor, now=now).holder_id

    results = together(board_app, *(claim(actor) for actor in people))
    winners = [result for result in results if isinstance(result, int)]
    assert len(winners) == 1
    assert sum(isinstance(result, AlreadyLeased) for result in results) == 3
    assert db.session.scalars(select(CaseLease.holder_id)).all() == winners


def test_everything_noticed_at_once_lands_in_one_case(board_app: Flask, cast: Cast, now: datetime) -> None:
    target = cast.note(cast.member("Corner Shop 55"), "words")
    db.session.commit()

    def notice(number: int) -> Callable[[], Any]:
        found = Finding("community_rules", f"rule_{number}", rule=f"r{number}")
        lane = "T3" if number else "T1"
        return lambda: intake.record_verdict(target, verdict(lane, found), now=now)

    results = together(board_app, *(notice(number) for number in range(8)))
    assert not [result for result in results if isinstance(result, Exception)], results
    (case,) = db.session.scalars(select(Case)).all()
    assert (case.lane, case.version) == (1, 8)
    assert count(select(func.count(CaseSignal.id))) == 8
    assert audit.verify() == audit.Check(8)


def test_an_edit_and_a_decision_at_once_are_put_in_order(board_app: Flask, cast: Cast, now: datetime) -> None:
    target, case = open_case(cast, now)
    db.session.commit()
    number = case.id
    results = together(
        board_app,
        lambda: actions.approve(number, actor=cast.mo, version=1, now=now).action,
        lambda: intake.record_verdict(target, verdict("T1", Finding("crisis", "c", level=2)), now=now, edited=True),
    )
    case = db.session.get_one(Case, number)
    assert case.state == "open", "either the decision came too late, or the edit opened the case again"
    assert not isinstance(results[1], Exception)
    assert results[0] == "approve" or isinstance(results[0], Conflict)
    assert audit.verify().is_whole


def test_a_decision_is_taken_back_once_by_two_at_once(board_app: Flask, cast: Cast, now: datetime) -> None:
    _, case = open_case(cast, now)
    number = actions.hide(case.id, actor=cast.mo, version=1, now=now, reason_code="selling").id
    db.session.commit()
    results = together(
        board_app,
        lambda: reversals.reverse(number, actor=cast.mo, now=now),
        lambda: reversals.reverse(number, actor=cast.mia, now=now),
    )
    assert sum(isinstance(result, Conflict) for result in results) == 1
    assert count(select(func.count(Decision.id)).where(Decision.action == "restore")) == 1


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["mo", "mia"]),
        st.integers(0, 4),
        st.sampled_from(["look", "claim", "approve", "hide", "limit", "lane", "second", "signal", "reverse"]),
    ),
    max_size=30,
)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(steps=STEPS)
def test_however_two_people_interleave_nothing_is_decided_twice(
    board_app: Flask, cast: Cast, now: datetime, steps: list[tuple[str, int, str]]
) -> None:
    world = World(cast, now)
    for who, place, what in steps:
        world.step(who, place, what)
    world.check()


class World:
    """Five cases and what each moderator last saw of them. They decide on what they saw, stale or not."""

    def __init__(self, cast: Cast, now: datetime) -> None:
        self.cast, self.now, self.done = cast, now, Counter[int]()
        tag = count(select(func.count(Case.id)))
        self.pairs = [open_case(cast, now, body=f"text {tag} {number}") for number in range(5)]
        self.ids = [case.id for _, case in self.pairs]
        db.session.commit()
        self.seen = {(who, place): 1 for who in ("mo", "mia") for place in range(5)}

    def step(self, who: str, place: int, what: str) -> None:
        actor, number, version = getattr(self.cast, who), self.ids[place], self.seen[who, place]
        try:
            getattr(self, what)(who, place, actor, number, version)
            db.session.commit()
        except ForumError:
            db.session.rollback()

    def look(self, who: str, place: int, _actor: Actor, number: int, _version: int) -> None:
        self.seen[who, place] = db.session.get_one(Case, number, populate_existing=True).version

    def claim(self, _who: str, _place: int, actor: Actor, number: int, _version: int) -> None:
        leases.claim(db.session.get_one(Case, number, populate_existing=True), actor=actor, now=self.now)

    def approve(self, _who: str, _place: int, actor: Actor, number: int, version: int) -> None:
        actions.approve(number, actor=actor, version=version, now=self.now)
        self.done[number] += 1

    def hide(self, _who: str, _place: int, actor: Actor, number: int, version: int) -> None:
        actions.hide(number, actor=actor, version=version, now=self.now, reason_code="selling")
        self.done[number] += 1

    def limit(self, _who: str, _place: int, actor: Actor, number: int, version: int) -> None:
        actions.add_content_note(number, actor=actor, version=version, now=self.now, note="a note")
        self.done[number] += 1

    def lane(self, _who: str, place: int, actor: Actor, number: int, version: int) -> None:
        followups.change_lane(number, actor=actor, version=version, now=self.now, lane=place, note="a good reason")

    def second(self, _who: str, _place: int, actor: Actor, number: int, version: int) -> None:
        followups.ask_second(number, actor=actor, version=version, now=self.now, note="what do you think?")

    def signal(self, _who: str, place: int, _actor: Actor, number: int, version: int) -> None:
        more = Finding("community_rules", f"rule_{version}", rule=str(number))
        intake.record_verdict(self.pairs[place][0], verdict("T2", INSULT, more), now=self.now)

    def reverse(self, _who: str, _place: int, actor: Actor, number: int, _version: int) -> None:
        newest = select(Decision.id).where(Decision.case_id == number).order_by(Decision.id.desc()).limit(1)
        reversals.reverse(db.session.scalar(newest) or 0, actor=actor, now=self.now)
        self.done[number] -= 1

    def check(self) -> None:
        """A case is decided exactly as often as its record says, and is open if and only if nothing stands."""
        db.session.expire_all()
        assert audit.verify().is_whole
        for number in self.ids:
            case = db.session.get_one(Case, number)
            standing = count(
                select(func.count(Decision.id)).where(
                    Decision.case_id == number, Decision.reversed_at.is_(None), Decision.action != "restore"
                )
            )
            assert standing == self.done[number]
            assert standing == (1 if case.state == "resolved" else 0)
            entries = count(
                select(func.count(AuditEntry.id)).where(
                    AuditEntry.case_id == number,
                    AuditEntry.action.in_(("decide.approve", "decide.hide", "decide.limit")),
                )
            )
            assert entries == count(
                select(func.count(Decision.id)).where(Decision.case_id == number, Decision.action != "restore")
            )
