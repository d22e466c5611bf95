"""Formats, agendas, the demo's week, and what the clock asks for as a pure function."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forum.core.db import db
from forum.core.errors import BadInput
from forum.meetings import queries
from forum.meetings.formats import KINDS, check_steps, formats, get_format, timed_steps
from forum.meetings.models import CALLING, CROSS_TALK, Series
from forum.meetings.moves import Limits, Room, Speaking, next_move
from forum.meetings.seeding import seed_demo
from tests import factories
from tests.meetings.conftest import tick

START = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


def test_all_eight_formats_are_whole() -> None:
    wanted = {"share_circle", "check_in", "workshop", "step_study", "topic", "newcomer", "silent_company", "family"}
    assert set(formats()) == wanted
    for one in formats().values():
        assert one.cross_talk in CROSS_TALK
        assert one.calling in CALLING
        assert all(step.kind in KINDS for step in one.steps)
        timed = timed_steps(check_steps(one.as_rows(), one.minutes), one.minutes)
        assert sum(step["minutes"] for step in timed) == one.minutes
        assert timed[0]["words"]
        assert timed[-1]["words"]


def test_an_agenda_must_make_sense() -> None:
    rows = get_format("topic").as_rows()
    for wrong in ([], rows[:-1], [*rows[:-1], {**rows[-1], "kind": "party"}], [{**rows[0], "minutes": 99}, rows[-1]]):
        with pytest.raises(BadInput):
            check_steps(wrong, 45)


def test_the_demo_has_a_week_and_one_meeting_whose_doors_are_open(database: None) -> None:
    now = datetime.now(UTC)
    host = factories.make_staff(role="facilitator")
    assert seed_demo(host, now) == 7
    assert seed_demo(host, now) == 0
    soonest = queries.list_sessions(now - timedelta(hours=1), now + timedelta(days=7))
    assert len(soonest) > 20
    assert tick(soonest[0], now) == ["open_doors"]
    assert db.session.query(Series).filter_by(host_id=None).one().name == "Wind-down"


STEPS = timed_steps(get_format("share_circle").as_rows(), 45)
OPEN = Room("open", START, START + timedelta(minutes=45), STEPS, 2, START + timedelta(minutes=7))


@pytest.mark.parametrize(
    ("room", "minutes", "move"),
    [
        (replace(OPEN, status="scheduled"), -10, "open_doors"),
        (replace(OPEN, status="scheduled"), -11, None),
        (replace(OPEN, status="scheduled"), 45, "miss"),
        (replace(OPEN, status="lobby", lost_for=None), 0, None),
        (replace(OPEN, status="lobby", lost_for=None), 5, "late"),
        (replace(OPEN, status="lobby", lost_for=None, is_told_late=True), 5, None),
        (replace(OPEN, status="lobby", lost_for=None, is_told_late=True), 10, "give_up"),
        (replace(OPEN, status="lobby", lost_for=None), 10, "give_up"),
        (replace(OPEN, lost_for=None), 10, "pause"),
        (replace(OPEN, status="paused", pause_kind="host"), 20, None),
        (replace(OPEN, status="paused", pause_kind="unattended"), 20, "resume"),
        (replace(OPEN, status="paused", pause_kind="host"), 45, "close"),
        (OPEN, 40, "next_step"),
        (replace(OPEN, speaking=Speaking(START + timedelta(minutes=41), START + timedelta(minutes=40))), 40, None),
        (replace(OPEN, status="closed"), 99, None),
        (replace(OPEN, status="cancelled"), 99, None),
    ],
)
def test_what_is_due(room: Room, minutes: int, move: str | None) -> None:
    assert next_move(room, START + timedelta(minutes=minutes), Limits()) == move


@settings(deadline=None)
@given(
    status=st.sampled_from(["scheduled", "lobby", "open", "paused", "closing", "closed", "cancelled"]),
    minutes=st.integers(-30, 90),
    lost=st.none() | st.integers(0, 600),
    step=st.integers(0, 3),
    calling=st.sampled_from(CALLING),
    waiting=st.integers(0, 3),
)
def test_after_the_end_every_room_closes_and_a_closed_one_stays_so(
    status: str, minutes: int, lost: int | None, step: int, calling: str, waiting: int
) -> None:
    room = replace(
        OPEN, status=status, step=step, calling=calling, waiting=waiting,
        lost_for=None if lost is None else timedelta(seconds=lost),
    )  # fmt: skip
    move = next_move(room, START + timedelta(minutes=minutes), Limits())
    if status in ("closed", "cancelled"):
        assert move is None
    if minutes >= 56 and status != "cancelled" and status != "closed":
        assert move in ("miss", "start", "give_up", "close", "pause", "slow", "unslow", "resume")
