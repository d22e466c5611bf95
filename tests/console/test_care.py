"""What the desk does for its own people, as pages: others first, buddies, talking, reading again, own numbers."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from forum.core.clock import utcnow
from forum.core.db import db
from forum.moderation import actions, blind, tallies
from forum.moderation.actors import Actor
from forum.moderation.models import AccessEntry, BlindSample, Case, Debrief, Tally
from tests.console.test_desk import CRISIS, a_case, url
from tests.factories import make_staff


def text(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status
    return str(answer.get_data(as_text=True))


@pytest.fixture
def enter(sign_in_as: Callable[..., Any]) -> Callable[..., Any]:
    def enter(role: str = "moderator") -> Any:
        person = make_staff(role=role)
        desk = sign_in_as(person)
        desk.person, desk.id = person, person.id
        return desk

    return enter


def answered_danger(desk: Any) -> Case:
    case = a_case("T0", CRISIS, level=3)
    sent = {"version": case.version, "template": "", "personal": "I read every word, and I am here."}
    assert desk.post(url(case, "support"), sent).status_code == 303
    return case


def test_after_an_emergency_take_ten_talk_or_go_on_and_the_next_goes_to_others(enter: Callable[..., Any]) -> None:
    mo, mia = enter(), enter()
    for desk in (mo, mia):
        desk.post("/mod/duty", {"status": "on"})
    answered_danger(mo)
    danger = a_case("T0", CRISIS, level=3)
    shown = text(mo.get("/mod/"))
    for words in ("Take ten", "Talk about it", "I’m all right, go on"):
        assert words in shown
    assert danger.public_id not in shown
    assert "goes to others first" in shown
    assert danger.public_id in text(mia.get("/mod/"))
    assert danger.public_id in text(mo.get("/mod/?all=yes"))
    assert "Take ten" not in text(mo.get("/mod/?care=on"))
    assert "Take ten" not in text(mo.get("/mod/"))


def test_talking_about_it_reaches_the_buddy_and_ends_when_they_have(enter: Callable[..., Any]) -> None:
    mo, mia = enter(), enter()
    mo.post("/mod/duty", {"status": "on"})
    assert mo.post("/mod/duty/buddy", {"buddy": mia.person.public_id}).status_code == 303
    assert "named you as their buddy" in text(mia.get("/mod/duty"))
    text(mo.post("/mod/duty/buddy", {"buddy": "nobody"}), 400)
    assert mo.post("/mod/duty", {"status": "talk"}).status_code == 303
    assert "would like to talk" in text(mia.get("/mod/"))
    talk = db.session.scalars(select(Debrief.public_id)).one()
    assert mo.post(f"/mod/duty/talks/{talk}").status_code == 404
    assert mia.post(f"/mod/duty/talks/{talk}").status_code == 303
    assert "would like to talk" not in text(mia.get("/mod/"))


def test_what_is_too_near_is_kept_for_oneself(enter: Callable[..., Any]) -> None:
    mo = enter()
    assert mo.post("/mod/account/left-out", {"group": ["overdose", "nonsense"]}).status_code == 303
    shown = text(mo.get("/mod/account"))
    assert re.search(r'value="overdose" checked', shown)
    assert shown.count(" checked") == 1


def test_every_emergency_says_where_its_reader_finds_help(enter: Callable[..., Any]) -> None:
    mo = enter()
    assert "For you, too:" in text(mo.get(url(a_case("T0", CRISIS, level=3))))
    assert "For you, too:" not in text(mo.get(url(a_case("T3"))))


def test_one_is_shown_ones_own_numbers(enter: Callable[..., Any]) -> None:
    mo = enter()
    answered_danger(mo)
    assert "1 decided" in text(mo.get("/mod/duty"))
    assert "0 decided" in text(enter().get("/mod/duty"))


def drawn(decider: Any) -> str:
    case = a_case("T3")
    actor = Actor(decider.id, "moderator", decider.person.name)
    decision = actions.hide(
        case.id, actor=actor, version=case.version, now=utcnow(), reason_code="selling", facts="It was an advert."
    )
    db.session.add(
        BlindSample(
            case_id=case.id, decision_id=decision.id, decider_id=decider.id, first_action="hide", drawn_at=utcnow()
        )
    )
    db.session.commit()
    return db.session.scalars(select(BlindSample.public_id)).one()


def test_reading_again_shows_the_words_and_nothing_of_the_decision(enter: Callable[..., Any]) -> None:
    mo, mia = enter(), enter()
    sample = drawn(mo)
    assert "Nothing to read again" in text(mo.get("/mod/again"))
    assert "Read once more (1)" in text(mia.get("/mod/"))
    shown = text(mia.get("/mod/again"))
    assert "lined up on the table" in shown
    for hint in ("advert", "taken down", mo.person.name, "Taken down"):
        assert hint not in shown.split("<main")[1]
    text(mia.post(f"/mod/again/{sample}", {"action": ""}), 400)
    assert mia.post(f"/mod/again/{sample}", {"action": "approve"}).status_code == 303
    row = db.session.scalars(select(BlindSample)).one()
    assert (row.agrees, row.second_action, row.reader_id) == (False, "approve", mia.id)
    assert enter("helper").get("/mod/again").status_code == 404
    assert blind.KIND["hide"] == "down"


def test_covered_words_stay_covered_until_asked_for(enter: Callable[..., Any]) -> None:
    mo, mia = enter(), enter()
    drawn(mo)
    db.session.scalars(select(Case)).one().lane_reason = "sexual_violence"
    db.session.commit()
    assert "lined up on the table" not in text(mia.get("/mod/again"))
    assert "lined up on the table" in text(mia.get("/mod/again?show=text"))
    assert db.session.scalars(select(AccessEntry.kind)).one() == "reveal"


def test_two_at_one_case_are_counted_and_shown_as_a_figure_of_the_team(enter: Callable[..., Any]) -> None:
    mo, mia, lea, case = enter(), enter(), enter("lead"), a_case()
    for desk in (mo, mia):
        desk.post(url(case, "approve"), {"version": case.version})
    assert db.session.scalars(select(Tally.value).where(Tally.name == tallies.COLLISION)).one() == 1
    shown = text(lea.get("/mod/dashboard"))
    assert re.search(r"Two at one case, in a hundred decisions</dt><dd>100\.0", shown)
    assert "collisions,,1," in text(lea.get("/mod/dashboard.csv"))
