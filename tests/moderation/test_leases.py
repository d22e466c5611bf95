from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from forum.core.db import db
from forum.core.errors import NotFound
from forum.moderation import actions, audit, leases
from forum.moderation.leases import AlreadyLeased
from forum.moderation.models import CaseLease
from tests.moderation.conftest import Cast
from tests.moderation.test_actions import open_case

MINUTE = timedelta(minutes=1)


def test_one_case_one_holder_until_it_runs_out(cast: Cast, now: datetime) -> None:
    _, case = open_case(cast, now)
    leases.claim(case, actor=cast.mo, now=now)
    with pytest.raises(AlreadyLeased, match="Mo has this one now"):
        leases.claim(case, actor=cast.mia, now=now + 9 * MINUTE)
    leases.claim(case, actor=cast.mia, now=now + 10 * MINUTE)
    assert [h.alias for h in leases.holders_of([case.id], now + 11 * MINUTE)[case.id]] == ["Mia"]


def test_taking_holding_losing_and_giving_back_leave_no_trace_in_the_record(cast: Cast, now: datetime) -> None:
    _, case = open_case(cast, now)
    before = len(list(audit.each_entry()))
    leases.claim(case, actor=cast.mo, now=now)
    leases.heartbeat(case.id, actor=cast.mo, now=now + MINUTE, active=True)
    leases.claim(case, actor=cast.mia, now=now + 30 * MINUTE)
    leases.release(case, actor=cast.mia)
    assert len(list(audit.each_entry())) == before
    assert case.version == 1


def test_opening_it_again_renews(cast: Cast, now: datetime) -> None:
    _, case = open_case(cast, now)
    leases.claim(case, actor=cast.mo, now=now)
    again = leases.claim(case, actor=cast.mo, now=now + 8 * MINUTE)
    assert again.expires_at == now + 18 * MINUTE
    assert again.acquired_at == now


def test_a_closed_tab_frees_the_case_after_three_minutes(cast: Cast, now: datetime) -> None:
    _, case = open_case(cast, now)
    leases.claim(case, actor=cast.mo, now=now)
    held = leases.heartbeat(case.id, actor=cast.mo, now=now + MINUTE, active=False)
    assert held is not None
    assert held.expires_at == now + 4 * MINUTE
    assert leases.heartbeat(case.id, actor=cast.mo, now=now + 5 * MINUTE, active=True) is None


def test_a_browser_left_open_does_not_hold_a_case_for_ever(cast: Cast, now: datetime) -> None:
    _, case = open_case(cast, now)
    leases.claim(case, actor=cast.mo, now=now)
    for minute in range(1, 10):
        leases.heartbeat(case.id, actor=cast.mo, now=now + minute * MINUTE, active=False)
    assert leases.heartbeat(case.id, actor=cast.mo, now=now + 10 * MINUTE, active=False) is None


def test_a_second_moderator_may_join_only_where_somebody_is_in_danger(cast: Cast, now: datetime) -> None:
    _, danger = open_case(cast, now, "T0", body="a")
    leases.claim(danger, actor=cast.mo, now=now)
    assert leases.claim(danger, actor=cast.mia, now=now, join=True).seat == 1
    with pytest.raises(AlreadyLeased):
        leases.claim(danger, actor=cast.lea, now=now, join=True)
    actions.support(danger.id, actor=cast.mia, version=1, now=now, message="I am here as well.")
    _, other = open_case(cast, now, "T1", body="b")
    leases.claim(other, actor=cast.mo, now=now)
    with pytest.raises(AlreadyLeased):
        leases.claim(other, actor=cast.mia, now=now, join=True)


def test_a_closed_case_cannot_be_claimed_and_closing_frees_it(cast: Cast, now: datetime) -> None:
    _, case = open_case(cast, now)
    leases.claim(case, actor=cast.mo, now=now)
    actions.approve(case.id, actor=cast.mo, version=1, now=now)
    assert db.session.scalar(select(func.count()).select_from(CaseLease)) == 0
    with pytest.raises(NotFound):
        leases.claim(case, actor=cast.mia, now=now)


def test_going_off_gives_everything_back(cast: Cast, now: datetime) -> None:
    for body in ("a", "b", "c"):
        leases.claim(open_case(cast, now, body=body)[1], actor=cast.mo, now=now)
    assert leases.release_all(actor=cast.mo) == 3
    assert leases.release_all(actor=cast.mo) == 0
