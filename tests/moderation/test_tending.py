"""Looking after the team: what goes to others first, buddies, talking about it; reading again, blind; collisions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from forum.core.db import db
from forum.core.errors import BadInput, Conflict, NotFound
from forum.core.settings import write_setting
from forum.identity.models import Staff
from forum.moderation import actions, audit, blind, care, debriefs, duty, figures, optouts, queue, routing, tallies
from forum.moderation.actors import Actor
from forum.moderation.deciding import SelfReview
from forum.moderation.models import BlindSample, Case, Debrief, Decision
from tests.moderation.conftest import Cast
from tests.moderation.test_actions import open_case

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def on(*people: Actor, now: datetime) -> None:
    for actor in people:
        duty.go_on(actor=actor, now=now)
    db.session.flush()


def read_by(actor: Actor, now: datetime) -> list[int]:
    stay = routing.aside(actor, now).only
    return [case.id for case in queue.list_cases("read", actor=actor, now=now, only=stay).cases]


def answered_danger(cast: Cast, actor: Actor, now: datetime) -> None:
    _target, case = open_case(cast, now, "T0", body=f"{actor.alias} it is lined up")
    actions.support(case.id, actor=actor, version=1, now=now, message="We are here, and we read it.")


# ── What goes to others first ───────────────────────────────────────────────────────────────────────────────────


def test_after_an_emergency_the_next_goes_to_somebody_else_who_is_on(cast: Cast, now: datetime) -> None:
    on(cast.mo, cast.mia, now=now)
    answered_danger(cast, cast.mo, now)
    _target, danger = open_case(cast, now + MINUTE, "T0", body="it is all lined up")
    _target, calm = open_case(cast, now + MINUTE, body="calm words")
    assert read_by(cast.mo, now + 2 * MINUTE) == [calm.id]
    assert read_by(cast.mia, now + 2 * MINUTE) == [danger.id, calm.id]


@pytest.mark.parametrize(
    ("what", "later", "mia_is_on", "mia_rests"),
    [
        ("nobody else is on", 2, False, False),
        ("everybody else rests, too", 2, True, True),
        ("its answer is due", 7, True, False),
        ("half an hour has passed", 40, True, False),
    ],
)
def test_but_never_so_that_nobody_reads_it(
    cast: Cast, now: datetime, what: str, later: int, mia_is_on: bool, mia_rests: bool
) -> None:
    on(*([cast.mo, cast.mia] if mia_is_on else [cast.mo]), now=now)
    answered_danger(cast, cast.mo, now)
    if mia_rests:
        answered_danger(cast, cast.mia, now)
    opened = now + MINUTE if later < 30 else now + timedelta(minutes=later - 1)
    _target, danger = open_case(cast, opened, "T0", body="it is all lined up")
    for minutes in range(0, later + 1, 4):
        for actor in (cast.mo, cast.mia):
            duty.heartbeat(staff_id=actor.staff_id, now=now + timedelta(minutes=minutes))
    duty.heartbeat(staff_id=cast.mia.staff_id, now=now + timedelta(minutes=later))
    assert danger.id in read_by(cast.mo, now + timedelta(minutes=later)), what


def test_after_many_hard_texts_t0_and_t1_go_to_others_first(cast: Cast, now: datetime) -> None:
    on(cast.mo, cast.mia, now=now)
    write_setting("reveal_cap", 2)
    for n in range(2):
        _target, case = open_case(cast, now, "T1", body=f"a hard night {n}")
        audit.note_access("reveal", actor=cast.mo, now=now, case=case)
    _target, calm = open_case(cast, now, body="calm words")
    assert care.of(cast.mo.staff_id, now).is_much
    assert read_by(cast.mo, now + MINUTE) == [calm.id]
    assert len(read_by(cast.mia, now + MINUTE)) == 3


def test_what_is_too_near_goes_to_others_and_nobody_is_told(cast: Cast, now: datetime) -> None:
    on(cast.mo, cast.mia, now=now)
    optouts.choose(cast.mo.staff_id, ["hate", "nonsense"])
    assert optouts.of(cast.mo.staff_id) == ("hate",)
    _target, cruel = open_case(cast, now, body="cruel words")
    cruel.lane_reason = "targeted_abuse"
    db.session.flush()
    assert read_by(cast.mo, now + MINUTE) == []
    assert read_by(cast.mia, now + MINUTE) == [cruel.id]
    optouts.choose(cast.mo.staff_id, [])
    assert read_by(cast.mo, now + MINUTE) == [cruel.id]
    assert "hate" not in {entry.reason_code for entry in audit.each_entry()}


def test_every_choice_leaves_something_out_and_none_is_named_twice() -> None:
    assert set(optouts.GROUPS) == set(optouts.NAMES)
    codes = [code for group in optouts.GROUPS.values() for code in group]
    assert len(codes) == len(set(codes))


# ── Talking about it ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_buddy_and_the_leads_hear_that_somebody_would_like_to_talk(cast: Cast, now: datetime) -> None:
    with pytest.raises(BadInput):
        debriefs.name_buddy(public_id(cast.mia), actor=cast.mo, now=now)
    on(cast.mo, now=now)
    with pytest.raises(BadInput):
        debriefs.name_buddy(public_id(cast.mo), actor=cast.mo, now=now)
    debriefs.name_buddy(public_id(cast.mia), actor=cast.mo, now=now)
    assert debriefs.names_me(cast.mia.staff_id, now) == ["Mo"]
    asked = debriefs.ask(actor=cast.mo, now=now)
    assert debriefs.ask(actor=cast.mo, now=now).id == asked.id
    for listener in (cast.mia, cast.lea):
        assert [one.name for one in debriefs.waiting_for(listener, now)] == ["Mo"]
    assert debriefs.waiting_for(cast.hal, now) == []
    assert debriefs.waiting_for(cast.mo, now) == []
    with pytest.raises(NotFound):
        debriefs.done(asked.public_id, actor=cast.hal, now=now)
    debriefs.done(asked.public_id, actor=cast.mia, now=now)
    assert debriefs.waiting_for(cast.lea, now) == []
    assert [entry.action for entry in audit.each_entry()] == []


def public_id(actor: Actor) -> str:
    return db.session.get_one(Staff, actor.staff_id).public_id


def test_the_day_after_an_emergency_its_moderator_is_asked_once(cast: Cast, now: datetime) -> None:
    answered_danger(cast, cast.mo, now)
    assert not debriefs.is_the_day_after(cast.mo.staff_id, now + HOUR)
    assert debriefs.is_the_day_after(cast.mo.staff_id, now + 24 * HOUR)
    assert not debriefs.is_the_day_after(cast.mia.staff_id, now + 24 * HOUR)
    debriefs.ask(actor=cast.mo, now=now + 24 * HOUR)
    assert not debriefs.is_the_day_after(cast.mo.staff_id, now + 25 * HOUR)
    assert db.session.scalars(select(Debrief.staff_id)).all() == [cast.mo.staff_id]


# ── Blind ───────────────────────────────────────────────────────────────────────────────────────────────────────


def decided(cast: Cast, now: datetime, action: Callable[..., Decision], **more: str) -> Decision:
    _target, case = open_case(cast, now, body=f"{now:%H:%M} words {more}")
    return action(case.id, actor=cast.mo, version=1, now=now, **more)


@pytest.fixture
def all_drawn(cast: Cast) -> None:
    write_setting("blind_sample_pct", 50.0)
    blind.settings.blind_sample_pct()


def draw_everything(monkeypatch: pytest.MonkeyPatch, now: datetime) -> int:
    monkeypatch.setattr(blind, "is_drawn", lambda _public_id, _percent: True)
    return blind.draw(now)


def test_two_in_a_hundred_are_drawn_by_their_random_ids() -> None:
    drawn = [n for n in range(20_000) if blind.is_drawn(f"d{n}", 2.0)]
    assert 300 < len(drawn) < 500
    assert not any(blind.is_drawn(f"d{n}", 0.0) for n in range(2_000))


def test_a_closed_case_is_read_again_by_somebody_else_who_is_told_nothing(
    cast: Cast, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    decided(cast, now, actions.approve)
    open_case(cast, now, "T0", body="lined up")
    assert draw_everything(monkeypatch, now + HOUR) == 1
    assert draw_everything(monkeypatch, now + HOUR) == 0
    assert blind.next_for(cast.mo, now) is None
    found = blind.next_for(cast.mia, now)
    assert found is not None
    with pytest.raises(NotFound):
        blind.answer(found.id, "approve", actor=cast.mo, now=now)
    with pytest.raises(BadInput):
        blind.answer(found.id, "support", actor=cast.mia, now=now)
    assert blind.answer(found.id, "approve", actor=cast.mia, now=now) is True
    with pytest.raises(Conflict):
        blind.answer(found.id, "hide", actor=cast.lea, now=now)
    assert db.session.get_one(Case, found.case.id).state == "resolved"
    assert audit.verify().is_whole


@pytest.mark.parametrize(
    ("first", "second", "agrees"),
    [("hide", "ask_edit", True), ("hide", "approve", False), ("limit", "approve", False), ("limit", "limit", True)],
)
def test_what_counts_as_the_same(
    cast: Cast, now: datetime, monkeypatch: pytest.MonkeyPatch, first: str, second: str, agrees: bool
) -> None:
    if first == "hide":
        decided(cast, now, actions.hide, reason_code="selling")
    else:
        decided(cast, now, actions.add_content_note, note="a hard night")
    draw_everything(monkeypatch, now)
    found = blind.next_for(cast.mia, now)
    assert found is not None
    assert blind.answer(found.id, second, actor=cast.mia, now=now) is agrees


def test_nobody_reads_again_what_concerns_themselves(
    cast: Cast, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id = decided(cast, now, actions.approve).case_id
    draw_everything(monkeypatch, now)
    author = db.session.get_one(Case, case_id).author_id
    own = Actor(cast.mia.staff_id, "moderator", "Mia", own_member_id=author)
    sample = db.session.scalars(select(BlindSample.public_id)).one()
    assert blind.next_for(own, now) is None
    with pytest.raises(SelfReview):
        blind.answer(sample, "approve", actor=own, now=now)


def test_more_than_a_fifth_seen_another_way_asks_for_a_talk(
    cast: Cast, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(10):
        decided(cast, now + n * MINUTE, actions.approve)
    draw_everything(monkeypatch, now + HOUR)
    for n in range(10):
        found = blind.next_for(cast.mia, now)
        assert found is not None
        blind.answer(found.id, "hide" if n < 3 else "approve", actor=cast.mia, now=now + HOUR)
    seen = figures.team(now, now + 2 * HOUR).blind
    assert (seen.read, seen.differ, seen.asks_for_talk) == (10, 0.3, True)


# ── Numbers ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_collisions_are_counted_by_day_and_set_against_decisions(cast: Cast, now: datetime) -> None:
    for n in range(4):
        decided(cast, now + n * MINUTE, actions.approve)
    tallies.add(tallies.COLLISION, now)
    tallies.add(tallies.COLLISION, now)
    tallies.add(tallies.COLLISION, now - timedelta(days=9))
    found = figures.team(now - HOUR, now + HOUR)
    assert (found.decided, found.collisions, found.collisions_per_100) == (4, 2, 50.0)


def test_ones_own_numbers_are_ones_own(cast: Cast, now: datetime) -> None:
    on(cast.mo, now=now)
    decided(cast, now, actions.approve)
    duty.heartbeat(staff_id=cast.mo.staff_id, now=now + 4 * MINUTE)
    mine, hers = (figures.own(one.staff_id, now - HOUR, now + HOUR) for one in (cast.mo, cast.mia))
    assert (mine.decided, hers.decided) == (1, 0)
    assert round(duty.hours_of(now, now + HOUR) * 60) == 9
