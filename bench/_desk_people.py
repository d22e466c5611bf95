"""Invented people at the real desk, for `bench.queue_order`: when cases come, how long they take, who notices what."""

from __future__ import annotations

import heapq
import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update

from bench._desk_day import (
    CASES_PER_DAY,
    HEARD,
    LATE,
    LATE_ON_CALL,
    MEDIAN_MINUTES,
    MIX,
    NOTICE_MINUTES,
    NOTICED,
    ON_CALL,
    OURS,
    SHIFTS,
    SPREAD,
    START,
    THERE_MINUTES,
    Tally,
    Way,
    is_staffed,
)
from forum.core.db import db
from forum.identity.models import Staff
from forum.moderation import duty, emergencies, jobs, leases, paging, queue, routing
from forum.moderation.actors import Actor
from forum.moderation.cases import due_of
from forum.moderation.models import AccessEntry, Case, CaseLease, DutyShift
from forum.moderation.priority import Waiting, boosts_for


@dataclass(slots=True)
class Person:
    """One moderator."""

    name: str
    actor: Actor
    case: int | None = None
    lane: int = 9
    job: int = 0
    """Grows with every case; what was planned for an earlier one is void."""
    since: datetime = START
    is_on: bool = False


@dataclass(order=True, slots=True)
class Event:
    """Something at a time; `number` keeps the order of what happens at once."""

    at: datetime
    number: int
    what: str = field(compare=False)
    about: Any = field(compare=False, default=None)
    job: int = field(compare=False, default=0)


class Desk:
    """The real desk with invented people at it."""

    def __init__(self, order: str, way: Way, chance: random.Random) -> None:
        self.order, self.way, self.chance = order, way, chance
        self.events: list[Event] = []
        self.number = self.made = 0
        self.people = {name: self._hired(name) for name in (*[shift[0] for shift in SHIFTS], ON_CALL)}
        self.tally = Tally()

    def _hired(self, name: str) -> Person:
        row = Staff(name=name, role="moderator", password_hash="-", created_at=START)
        db.session.add(row)
        db.session.flush()
        return Person(name, Actor(row.id, "moderator", name))

    def push(self, at: datetime, what: str, about: Any = None, job: int = 0) -> None:
        """Note something that will happen."""
        self.number += 1
        heapq.heappush(self.events, Event(at, self.number, what, about, job))

    def soon(self, median: float) -> timedelta:
        """Draw a time people take, in minutes."""
        return timedelta(minutes=median * self.chance.lognormvariate(0.0, SPREAD))

    def run(self, days: int) -> Tally:
        """Let all of it happen."""
        self._plan(days)
        while self.events:
            event = heapq.heappop(self.events)
            getattr(self, f"on_{event.what}")(event)
            self._beat(event.at)
            for person in self.people.values():
                if person.is_on and person.case is None:
                    self._take(person, event.at)
        return self.tally

    def _plan(self, days: int) -> None:
        at, end = START, START + timedelta(days=days)
        while (at := at + timedelta(days=self.chance.expovariate(CASES_PER_DAY))) < end:
            self.push(at, "case", self.chance.choices(range(5), MIX)[0])
        for day in range(days):
            for name, start, until in SHIFTS:
                self.push(START + timedelta(days=day, hours=start), "come", name)
                self.push(START + timedelta(days=day, hours=until), "go", name)
                self.tally.staffed += (until - start) * 60
            for half in range(48):
                self.push(START + timedelta(days=day, minutes=30 * half), "ageing")

    # ── what happens ────────────────────────────────────────────────────────────────────────────────────────────

    def on_case(self, event: Event) -> None:
        """A case comes; an emergency calls, and everybody on may notice."""
        self._insert(event.about, event.at)
        if event.about:
            return
        for minutes in (0, 5, 10, 15):
            self.push(event.at + timedelta(minutes=minutes, seconds=10), "call")
        for person in self.people.values():
            if self.way.interrupts and person.is_on and self.chance.random() < NOTICED:
                self.push(event.at + self.soon(NOTICE_MINUTES), "notice", person, person.job)

    def on_notice(self, event: Event) -> None:
        """Somebody sees that an emergency waits, and leaves what they have if it may be left."""
        person: Person = event.about
        least = 1 if self.way.leaves_t1 else 2
        if person.is_on and person.case is not None and person.lane >= least:
            self._take_emergency(person, event.at)

    def on_call(self, event: Event) -> None:
        """The steps that are due go out; each is heard or not."""
        for page in paging.take_due(event.at):
            page.sent_at = event.at
            if self.chance.random() < HEARD:
                self.push(event.at + self.soon(THERE_MINUTES), "arrive", self.people[ON_CALL])

    def on_arrive(self, event: Event) -> None:
        """Whoever is on call sits down; somebody may have been faster."""
        if event.about.case is None:
            self._take_emergency(event.about, event.at)

    def on_done(self, event: Event) -> None:
        """A case is closed."""
        person: Person = event.about
        if person.job == event.job and person.case is not None:
            self._close(person, event.at)
            if person.name == ON_CALL:
                self._take_emergency(person, event.at)

    def on_come(self, event: Event) -> None:
        """A shift begins."""
        person = self.people[event.about]
        person.is_on = True
        duty.go_on(actor=person.actor, now=event.at)

    def on_go(self, event: Event) -> None:
        """A shift ends; the case in hand is still finished."""
        person = self.people[event.about]
        person.is_on = False
        duty.go_off(actor=person.actor, now=event.at)

    def on_ageing(self, event: Event) -> None:
        """The job that moves up what has waited long."""
        jobs.age_cases(event.at)

    # ── hands on the real desk ──────────────────────────────────────────────────────────────────────────────────

    def _beat(self, now: datetime) -> None:
        """Everybody's browser says that it is there: duty and leases run on."""
        ids = [person.actor.staff_id for person in self.people.values() if person.is_on or person.case]
        if not ids:
            return
        until = now + timedelta(minutes=10)
        beat = update(DutyShift).where(DutyShift.staff_id.in_(ids), DutyShift.status == "on", DutyShift.ends_at > now)
        beat = beat.values(heartbeat_at=now, ends_at=now + duty.LONGEST)
        db.session.execute(beat.execution_options(synchronize_session=False))
        lease = update(CaseLease).where(CaseLease.holder_id.in_(ids)).values(expires_at=until)
        db.session.execute(lease.execution_options(synchronize_session=False))

    def _insert(self, lane: int, at: datetime) -> None:
        held = lane == 2 and self.chance.random() < 1 / 3
        reporters = (0.5, 0.5) if lane == 3 and self.chance.random() < 0.2 else ()
        boosts = boosts_for(Waiting(held=held, reporter_weights=reporters, first_post=lane == 3))
        self.made += 1
        db.session.add(
            Case(
                target_type="sim", target_id=self.made, lane=lane, lane_reason="by_hand", held=held, opened_at=at,
                queued_at=at, effective_at=at - timedelta(minutes=sum(b.minutes for b in boosts)),
                **due_of(lane, at, at),
            )
        )  # fmt: skip
        db.session.flush()

    def _take(self, person: Person, now: datetime) -> None:
        """Give somebody who is free what the queue says is next."""
        case = self._next(person, now)
        if case is not None:
            leases.claim(case, actor=person.actor, now=now)
            self._begin(person, case, now)

    def _next(self, person: Person, now: datetime) -> Case | None:
        free = queue.unclaimed(now)
        if self.order == OURS:
            only = [*free, *routing.aside(person.actor, now).only]
            return next(iter(queue.list_cases("read", actor=person.actor, now=now, limit=1, only=only).cases), None)
        by = {"newest first": Case.queued_at.desc(), "oldest first": Case.queued_at}[self.order]
        return db.session.scalar(select(Case).where(Case.state == "open", *free).order_by(by, Case.id).limit(1))

    def _take_emergency(self, person: Person, now: datetime) -> None:
        before = person.case
        case = emergencies.take_next(actor=person.actor, now=now)
        if case is None:
            return
        if before is not None:
            self.tally.worked += (now - person.since).total_seconds() / 60
        self._begin(person, case, now)

    def _begin(self, person: Person, case: Case, now: datetime) -> None:
        person.case, person.lane, person.since = case.id, case.lane, now
        person.job += 1
        if case.lane <= 1:
            entry = {"staff_id": person.actor.staff_id, "kind": "reveal", "case_id": case.id, "lane": case.lane}
            db.session.add(AccessEntry(**entry, at=now))
        if case.first_human_at is None:
            self._count(case, now)
            case.first_human_at = now
        db.session.flush()
        self.push(now + self.soon(MEDIAN_MINUTES[case.lane] * self.way.pace), "done", person, person.job)

    def _count(self, case: Case, now: datetime) -> None:
        waited = now - case.opened_at
        self.tally.by_lane[case.lane].append(waited.total_seconds() / 60)
        if case.lane == 0 and is_staffed(case.opened_at):
            self.tally.urgent += 1
            self.tally.late += waited > LATE
        elif case.lane == 0:
            self.tally.night += 1
            self.tally.night_late += waited > LATE_ON_CALL

    def _close(self, person: Person, now: datetime) -> None:
        case = db.session.get_one(Case, person.case)
        case.state, case.resolved_at, case.resolved_by_id = "resolved", now, person.actor.staff_id
        db.session.flush()
        db.session.execute(delete(CaseLease).where(CaseLease.case_id == person.case))
        if person.name != ON_CALL:
            self.tally.worked += (now - person.since).total_seconds() / 60
        person.case, person.lane = None, 9


def simulate(order: str, way: Way, *, days: int, seed: int) -> Tally:
    """Run one order; everything it wrote is rolled back."""

    chance = random.Random(seed)
    try:
        return Desk(order, way, chance).run(days)
    finally:
        db.session.rollback()
