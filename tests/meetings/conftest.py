"""A weekly series, a session whose doors are open, and the people in it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from forum.core import events
from forum.core.db import db
from forum.identity.models import Staff
from forum.meetings import keeping, queries, running, seats, timetable
from forum.meetings.models import Seat, Series, Session
from forum.moderation.actors import Actor
from tests import factories

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


def actor(staff: Staff) -> Actor:
    return Actor(staff.id, staff.role, staff.name)


def make_series(host: Staff | None, now: datetime, **more: Any) -> Series:
    """A series whose first session starts an hour after `now`, on a UTC wall clock."""
    start = now + timedelta(hours=1)
    wish = timetable.Wish(
        **{
            "name": "Night shift", "summary": "Short shares, long silences.", "format": "share_circle",
            "rule": "FREQ=DAILY", "first_on": start.date(), "local_time": f"{start:%H:%M}", "zone": "UTC",
            "host_name": "Corner Shop", **more,
        }
    )  # fmt: skip
    maker = host or factories.make_staff(role="lead")
    return timetable.make_series(wish, actor=actor(maker), host_id=host.id if host else None, now=now)


def first_session(series: Series, now: datetime) -> Session:
    return queries.next_sessions(series, now)[0]


def tick(session: Session, now: datetime) -> list[str]:
    moves = running.advance(session.id, now)
    running.bring_up_to_date(session.id, now)
    events.commit()
    db.session.refresh(session)
    return list(moves)


class Room:
    """A running meeting with a clock one can move."""

    def __init__(self, now: datetime, **more: Any) -> None:
        self.host = factories.make_staff(role="facilitator")
        self.series = make_series(self.host, now, **more)
        self.session = first_session(self.series, now)
        self.now = self.session.starts_at
        self.actor = actor(self.host)
        tick(self.session, self.now - timedelta(minutes=5))

    def start(self, minutes: float = 8) -> Room:
        """Begin, and move on into the shares."""
        self.beat()
        self.tick()
        self.later(minutes * 60)
        return self

    def beat(self) -> None:
        keeping.heartbeat(self.session, self.host, self.now)

    def tick(self) -> list[str]:
        return tick(self.session, self.now)

    def later(self, seconds: float, *, beat: bool = True, step: float = 20) -> list[str]:
        """Let time pass second by second, as the scheduler sees it; everybody's browser says that it is there."""
        moves: list[str] = []
        end = self.now + timedelta(seconds=seconds)
        while self.now < end:
            self.now = min(end, self.now + timedelta(seconds=step))
            if beat:
                self.beat()
            for seat in db.session.query(Seat).filter_by(session_id=self.session.id):
                seats.seen(seat, self.now)
            moves += self.tick()
        return moves

    def sit(self, handle: str = "", **more: Any) -> Seat:
        member = factories.make_member(handle, **more)
        seats.acknowledge(member, self.now)
        return seats.join(session=self.session, member=member, now=self.now)

    @property
    def state(self) -> Any:
        from forum.meetings.state import state_of

        db.session.refresh(self.session)
        return state_of(self.session, self.now)


@pytest.fixture
def make_room(database: None) -> Callable[..., Room]:
    return lambda **more: Room(more.pop("now", NOW), **more)


@pytest.fixture
def room(make_room: Callable[..., Room]) -> Room:
    return make_room()


@pytest.fixture
def live_room(make_room: Callable[..., Room]) -> Room:
    """A room at the wall clock's time, for pages and sockets."""
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    made = make_room(now=now - timedelta(hours=1, minutes=8), minutes=60)
    made.start()
    made.now = datetime.now(UTC)
    made.beat()
    made.tick()
    db.session.commit()
    return made


__all__ = ["NOW", "Room", "SimpleNamespace"]
