"""The eight modules and the invented cases, as files and as rules."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from forum.core.db import db
from forum.core.errors import BadInput, Conflict, Forbidden, NotFound
from forum.core.settings import write_setting
from forum.identity.models import Staff
from forum.moderation import actions, audit, followups, learning, practice
from forum.moderation.actors import Actor
from forum.moderation.learning import HOLDS
from forum.moderation.models import PracticeCase, SignOff
from forum.moderation.reasons import reasons
from forum.moderation.words import REASONS
from tests.moderation.conftest import Cast
from tests.moderation.test_actions import open_case

DAY = timedelta(days=1)
BEST = {
    "lined-up": ("support", ""),
    "snoring": ("support", ""),
    "general": ("support", ""),
    "cruel": ("hide", "threat_or_hate"),
    "phone": ("ask_edit", "identifies_someone"),
    "broker": ("hide", "selling"),
    "dose": ("ask_edit", "amounts_or_methods"),
    "idiot": ("approve", ""),
    "soup": ("approve", ""),
    "museum": ("approve", ""),
    "blood": ("limit", ""),
    "again": ("hide", "repeated"),
}
FORM = {"message": "the number, please", "note": "a hard night"}


def test_there_are_eight_modules_in_order_each_with_scenes_and_a_pass_mark() -> None:
    found = learning.modules()
    assert list(found) == ["role", "listening", "suicide", "harm", "bodies", "boundaries", "words", "yourself"]
    for module in found.values():
        assert len(module.scenarios) >= 5
        assert 0.6 <= module.pass_mark <= 1
        assert len(module.learn) >= 4
        for scene in module.scenarios:
            assert 0 <= scene.right < len(scene.options) == 3
            assert all(option.why for option in scene.options)


def test_the_words_of_the_training_are_calm_and_the_right_place_varies() -> None:
    for module in learning.modules().values():
        said = " ".join([module.title, *module.learn, *(s.scene + s.ask for s in module.scenarios)])
        assert "!" not in said
    places = [scene.right for module in learning.modules().values() for scene in module.scenarios]
    assert max(places.count(place) for place in range(3)) < 0.7 * len(places)


def test_every_invented_case_can_be_drawn_and_decided_well() -> None:
    for one in practice.invented().values():
        assert one.reason in REASONS
        assert set(one.reasons) <= set(reasons())
        assert all(mark in one.body for mark in one.marks)
        assert one.judge(*BEST[one.key]) == "good"
    assert set(BEST) == set(practice.invented())
    assert practice.invented()["lined-up"].judge("approve", "") == "other"
    assert practice.invented()["cruel"].judge("hide", "repeated") == "other"


def pass_all(actor: Actor, now: datetime) -> None:
    for key, module in learning.modules().items():
        assert learning.answer(key, [scene.right for scene in module.scenarios], actor=actor, now=now).passed


def practise(actor: Actor, now: datetime, *, spoil: int = 0) -> None:
    practice.begin(actor=actor, now=now)
    for row in practice.of_round(actor.staff_id, practice.current_round(actor.staff_id)):
        action, code = BEST[row.scenario]
        if spoil > 0 and row.lane >= 3:
            action, code, spoil = "watch", "", spoil - 1
        form = {**FORM, "reason_code": code}
        try:
            practice.decide(row, action, form, version=row.version, now=now)
        except practice.Changed as changed:
            practice.decide(row, action, form, version=changed.version, now=now)


def sit_beside(learner: Actor, mentor: Actor, now: datetime) -> None:
    for days in (1, 2):
        learning.note_shadow(learner.staff_id, day=(now - days * DAY).date(), actor=mentor, now=now)


def test_a_test_needs_every_answer_and_the_pass_mark(cast: Cast, now: datetime) -> None:
    right = [scene.right for scene in learning.modules()["role"].scenarios]
    with pytest.raises(BadInput):
        learning.answer("role", [*right[:-1], None], actor=cast.mo, now=now)
    wrong = [(place + 1) % 3 for place in right]
    assert not learning.answer("role", [*right[:3], *wrong[3:]], actor=cast.mo, now=now).passed
    assert learning.passes(cast.mo.staff_id, now) == {}
    assert learning.answer("role", [*right[:4], *wrong[4:]], actor=cast.mo, now=now).passed
    assert learning.passes(cast.mo.staff_id, now) == {"role": now + HOLDS}
    with pytest.raises(NotFound):
        learning.answer("nonsense", [], actor=cast.mo, now=now)


def test_a_pass_holds_for_a_year(cast: Cast, now: datetime) -> None:
    pass_all(cast.mo, now)
    assert len(learning.passes(cast.mo.staff_id, now + HOLDS - DAY)) == 8
    assert learning.passes(cast.mo.staff_id, now + HOLDS) == {}


def test_practice_asks_for_what_the_desk_asks_for(cast: Cast, now: datetime) -> None:
    assert practice.MIN_NOTE_CHARS == followups.MIN_NOTE_CHARS
    practice.begin(actor=cast.mo, now=now)
    rows = practice.of_round(cast.mo.staff_id, 1)
    assert [row.lane for row in rows] == sorted(row.lane for row in rows)
    first = rows[0]
    for action, form in (
        ("hide", {}),
        ("limit", {}),
        ("escalate", {"note": "short"}),
        ("ask_edit", {"reason_code": "selling"}),
    ):
        with pytest.raises(BadInput):
            practice.decide(first, action, form, version=1, now=now)
    practice.decide(first, "support", {}, version=1, now=now)
    with pytest.raises(practice.Changed):
        practice.decide(first, "approve", {}, version=1, now=now)
    practice.undo(first)
    assert (first.action, first.verdict, first.done_at) == ("", "", None)
    with pytest.raises(Conflict):
        practice.undo(first)


def test_a_colleague_changes_some_cases_once_and_nothing_is_done_then(cast: Cast, now: datetime) -> None:
    practice.begin(actor=cast.mo, now=now)
    row = next(one for one in practice.of_round(cast.mo.staff_id, 1) if one.scenario == "blood")
    with pytest.raises(practice.Changed) as seen:
        practice.decide(row, "limit", FORM, version=1, now=now)
    assert row.done_at is None
    assert practice.decide(row, "limit", FORM, version=seen.value.version, now=now).verdict == "good"


def test_somebody_elses_practice_is_not_there(cast: Cast, now: datetime) -> None:
    practice.begin(actor=cast.mo, now=now)
    with pytest.raises(NotFound):
        practice.get(practice.of_round(cast.mo.staff_id, 1)[0].public_id, actor=cast.mia)


@pytest.mark.parametrize(("spoil", "passed"), [(0, True), (3, True), (4, False)])
def test_three_of_four_decided_well_is_enough(cast: Cast, now: datetime, spoil: int, passed: bool) -> None:
    practise(cast.mo, now, spoil=spoil)
    assert practice.standing(cast.mo.staff_id).is_passed is passed
    assert practice.has_passed(cast.mo.staff_id, now - DAY) is passed
    assert not practice.has_passed(cast.mo.staff_id, now)


def test_a_lead_signs_when_all_of_it_is_there_and_never_for_themselves(cast: Cast, now: datetime) -> None:
    with pytest.raises(BadInput):
        learning.sign(cast.mo.staff_id, actor=cast.lea, now=now)
    pass_all(cast.mo, now)
    practise(cast.mo, now)
    sit_beside(cast.mo, cast.mia, now)
    with pytest.raises(Forbidden):
        learning.sign(cast.mo.staff_id, actor=cast.mia, now=now)
    learning.sign(cast.mo.staff_id, actor=cast.lea, now=now + DAY)
    assert learning.signed_until(cast.mo.staff_id, now + DAY) == now + HOLDS
    assert learning.signed_until(cast.mo.staff_id, now + HOLDS) is None
    pass_all(cast.lea, now)
    practise(cast.lea, now)
    sit_beside(cast.lea, cast.mia, now)
    with pytest.raises(Forbidden):
        learning.sign(cast.lea.staff_id, actor=cast.lea, now=now)
    assert db.session.scalars(select(SignOff.by_id)).all() == [cast.lea.staff_id]
    assert audit.verify().is_whole


def test_shifts_beside_somebody_are_noted_by_the_other_one_day_each(cast: Cast, now: datetime) -> None:
    with pytest.raises(Forbidden):
        learning.note_shadow(cast.mo.staff_id, day=now.date(), actor=cast.mo, now=now)
    with pytest.raises(Forbidden):
        learning.note_shadow(cast.mo.staff_id, day=now.date(), actor=cast.hal, now=now)
    with pytest.raises(BadInput):
        learning.note_shadow(cast.mo.staff_id, day=(now + DAY).date(), actor=cast.mia, now=now)
    learning.note_shadow(cast.mo.staff_id, day=now.date(), actor=cast.mia, now=now)
    with pytest.raises(Conflict):
        learning.note_shadow(cast.mo.staff_id, day=now.date(), actor=cast.lea, now=now)
    assert learning.progress_of(db.session.get_one(Staff, cast.mo.staff_id), now).shadow == 1


def test_where_the_site_asks_for_it_nobody_decides_calm_cases_unsigned_and_everybody_urgent_ones(
    cast: Cast, now: datetime
) -> None:
    write_setting("training_required", True)
    _target, calm = open_case(cast, now)
    with pytest.raises(Forbidden):
        actions.approve(calm.id, actor=cast.mo, version=1, now=now)
    _target, urgent = open_case(cast, now, "T0", body="i have it lined up")
    actions.support(urgent.id, actor=cast.mo, version=1, now=now, message="We are here, and we read it.")
    actions.approve(calm.id, actor=cast.lea, version=1, now=now)
    assert not db.session.scalars(select(PracticeCase.id)).all()
