"""Two moderators work off a queue of two hundred: in any order, and both at once. Nothing is decided twice or lost."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, func, select

from forum.core import events
from forum.core.db import db
from forum.core.errors import Conflict, NotFound
from forum.moderation import actions, audit, leases, queue
from forum.moderation.actors import Actor
from forum.moderation.cases import Incoming, open_or_merge
from forum.moderation.models import AuditEntry, Case, Decision
from tests.moderation.conftest import Cast

pytestmark = pytest.mark.slow

CASES = 200


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(board_app: Flask) -> Iterator[None]:
    """Hundreds of commits one after the other: whether each reached the platter is tested elsewhere."""

    def quick(connection: Any, _record: object, _proxy: object) -> None:
        connection.execute("PRAGMA synchronous=OFF")

    is_sqlite = db.engine.dialect.name == "sqlite"
    if is_sqlite:
        db.session.remove()
        event.listen(db.engine, "checkout", quick)
    yield
    if is_sqlite:
        event.remove(db.engine, "checkout", quick)


SOON = timedelta(seconds=20)


def two_hundred(cast: Cast, now: datetime) -> list[int]:
    """Open two hundred cases about notes of ten members, over all lanes."""
    people = [cast.member(f"Author {number} {count_cases()}") for number in range(10)]
    made = []
    for number in range(CASES):
        target = cast.note(people[number % 10], f"words {number}", visibility="held" if number % 7 == 0 else "live")
        made.append(open_or_merge(target, Incoming(lane=number % 5, reason="by_hand"), now=now).id)
    db.session.commit()
    return made


def count_cases() -> int:
    return db.session.scalar(select(func.count(Case.id))) or 0


def decide(case_id: int, version: int, actor: Actor, now: datetime, chance: random.Random) -> None:
    what = chance.choice(("approve", "hide", "limit", "support"))
    if what == "approve":
        actions.approve(case_id, actor=actor, version=version, now=now)
    elif what == "hide":
        actions.hide(case_id, actor=actor, version=version, now=now, reason_code="selling")
    elif what == "limit":
        actions.add_content_note(case_id, actor=actor, version=version, now=now, note="a hard night")
    else:
        actions.support(case_id, actor=actor, version=version, now=now, message="We are here, and we read it.")


def check(made: list[int]) -> None:
    """Every case was closed by exactly one decision, and the record has neither gap nor doublet."""
    db.session.expire_all()
    assert audit.verify().is_whole
    states = db.session.execute(select(Case.state, func.count()).where(Case.id.in_(made)).group_by(Case.state)).all()
    assert [(row[0], row[1]) for row in states] == [("resolved", CASES)]
    closing = select(Decision.case_id, func.count()).where(Decision.case_id.in_(made), ~kept_open())
    assert all(row[1] == 1 for row in db.session.execute(closing.group_by(Decision.case_id)))
    decided = db.session.scalar(select(func.count(Decision.id)).where(Decision.case_id.in_(made))) or 0
    entries = select(func.count(AuditEntry.id)).where(
        AuditEntry.case_id.in_(made), AuditEntry.action.startswith("decide.")
    )
    assert db.session.scalar(entries) == decided
    without = select(func.count(Decision.id)).where(Decision.case_id.in_(made), Decision.event_id.is_(None))
    assert db.session.scalar(without) == 0


def kept_open() -> object:
    """A kind word to the author of a held text leaves its case open."""
    return (Decision.action == "support") & (Decision.from_visibility == "held")


# ── In every order ──────────────────────────────────────────────────────────────────────────────────────────────


@settings(
    max_examples=2,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(seed=st.integers(0, 2**32))
def test_two_moderators_and_two_hundred_cases_in_any_order(
    board_app: Flask, cast: Cast, now: datetime, seed: int
) -> None:
    chance = random.Random(seed)
    made = two_hundred(cast, now)
    desks = [Desk(cast.mo, chance), Desk(cast.mia, chance)]
    for step in range(6 * CASES):
        if not chance.choice(desks).act(now + step * SOON):
            break
    # What the steps left over is closed in order, by whoever may.
    moment = now + 6 * CASES * SOON
    while (left := queue.list_cases("read", actor=cast.mo, now=moment).cases) and moment < now + timedelta(days=9):
        moment += timedelta(minutes=30)
        actions.approve(left[0].id, actor=cast.mo, version=left[0].version, now=moment)
        db.session.commit()
    check(made)
    assert sum(desk.refused for desk in desks) > 0, "the two never met: this shows nothing"


class Desk:
    """One moderator with a page that may be stale: looks, opens, walks away, decides on what was seen."""

    def __init__(self, actor: Actor, chance: random.Random) -> None:
        self.actor, self.chance = actor, chance
        self.page: list[tuple[int, int]] = []
        self.refused = 0

    def act(self, now: datetime) -> bool:
        """Do one thing; False once there is nothing to read."""
        if not self.page or self.chance.random() < 0.1:
            cases = queue.list_cases("read", actor=self.actor, now=now).cases
            self.page = [(case.id, case.version) for case in cases]
            return bool(self.page)
        number, version = self.page[self.chance.randrange(min(3, len(self.page)))]
        try:
            if self.chance.random() < 0.3:
                leases.claim(db.session.get_one(Case, number), actor=self.actor, now=now)
            else:
                decide(number, version, self.actor, now, self.chance)
                self.page.remove((number, version))
            db.session.commit()
        except (Conflict, NotFound):
            db.session.rollback()
            self.refused += 1
            self.page.remove((number, version))
        return True


# ── At the same time ────────────────────────────────────────────────────────────────────────────────────────────


def test_two_moderators_at_once_empty_a_queue_of_two_hundred(board_app: Flask, cast: Cast, now: datetime) -> None:
    made, barrier = two_hundred(cast, now), threading.Barrier(2)
    won: dict[str, list[int]] = {cast.mo.alias: [], cast.mia.alias: []}
    lost: list[int] = []

    def work(actor: Actor, seed: int) -> None:
        chance = random.Random(seed)
        with board_app.app_context():
            barrier.wait()
            while cases := queue.list_cases("read", actor=actor, now=now).cases:
                case = chance.choice(cases[:2])
                number, version = case.id, case.version
                db.session.commit()
                try:
                    actions.approve(number, actor=actor, version=version, now=now)
                    events.commit()
                    won[actor.alias].append(number)
                except Conflict:
                    events.rollback()
                    lost.append(number)
            db.session.remove()

    hands = [threading.Thread(target=work, args=(actor, n)) for n, actor in enumerate((cast.mo, cast.mia))]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join(120)
    assert sorted(won[cast.mo.alias] + won[cast.mia.alias]) == sorted(made)
    assert min(len(numbers) for numbers in won.values()) > 0, "one person did everything: this shows nothing"
    check(made)
