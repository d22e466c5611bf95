"""Training at the desk: the pages, the forms, who sees what; the practice queue by keyboard in a browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect
from sqlalchemy import func, select

from forum.core.db import db
from forum.identity.roles import ROLES, may
from forum.moderation import learning
from forum.moderation.models import AuditEntry, Case, PracticeCase, TrainingResult
from tests.browser.conftest import Visitor
from tests.browser.server import Server
from tests.console.test_desk_browser import come_in
from tests.factories import make_staff

Open = Callable[..., Visitor]


def text(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status
    return str(answer.get_data(as_text=True))


@pytest.fixture
def mo(sign_in_as: Callable[..., Any]) -> Any:
    person = make_staff()
    desk = sign_in_as(person)
    desk.id = person.id
    return desk


@pytest.mark.parametrize("role", ROLES)
def test_everybody_learns_leads_sign_readers_practise(sign_in_as: Callable[..., Any], role: str) -> None:
    desk, other = sign_in_as(make_staff(role=role)), make_staff().public_id
    shown = text(desk.get("/mod/training"))
    assert ("Go and practise" in shown) is may(role, "queue.read")
    assert ("Somebody sat beside me" in shown) is may(role, "case.decide")
    assert ("never scores" in shown) is may(role, "training.signoff")
    expected = 400 if may(role, "training.signoff") else 404
    assert desk.post(f"/mod/training/people/{other}/sign").status_code == expected


def test_a_module_is_read_tested_and_talked_about(mo: Any) -> None:
    module = learning.modules()["listening"]
    shown = text(mo.get("/mod/training/modules/listening"))
    assert module.scenarios[0].options[0].why not in shown
    some = {"q0": str(module.scenarios[0].right)}
    again = text(mo.post("/mod/training/modules/listening", some), 400)
    assert "Every scene needs an answer" in again
    assert f'value="{module.scenarios[0].right}" checked' in again
    answers = {f"q{n}": str(scene.right) for n, scene in enumerate(module.scenarios)}
    done = text(mo.post("/mod/training/modules/listening", answers))
    assert "Passed, for a year" in done
    assert module.scenarios[0].options[0].why in done
    assert "passed, until" in text(mo.get("/mod/training"))
    wrong = {name: str((int(value) + 1) % 3) for name, value in answers.items()}
    assert "Not passed yet" in text(mo.post("/mod/training/modules/listening", wrong))
    assert db.session.scalar(select(func.count(TrainingResult.id))) == 2
    assert mo.get("/mod/training/modules/nonsense").status_code == 404


def practice(mo: Any) -> dict[str, PracticeCase]:
    assert mo.post("/mod/training/practice").status_code == 303
    return {row.scenario: row for row in db.session.scalars(select(PracticeCase))}


def test_practice_looks_and_refuses_like_the_desk_and_touches_nothing_real(mo: Any) -> None:
    rows = practice(mo)
    shown = text(mo.get("/mod/training/practice"))
    assert shown.index("T0 ·") < shown.index("T2 ·") < shown.index("T4 ·")
    assert "lined up on the table" not in shown
    here = f"/mod/training/practice/{rows['lined-up'].public_id}"
    assert "lined up on the table" not in text(mo.get(here))
    open_page = text(mo.get(f"{here}?show=text"))
    assert "<mark>all lined up on the table</mark>" in open_page
    assert 'action="/mod/cases/' not in open_page
    assert "Limit the account" not in open_page
    short = text(mo.post(f"{here}/support", {"version": "1", "template": "", "personal": "hi"}), 400)
    assert "a few words of your own" in short
    sent = {"version": "1", "template": "", "personal": "I read every word and I am here."}
    assert mo.post(f"{here}/support", sent).status_code == 303
    after = text(mo.get("/mod/training/practice"))
    assert "A lead would have done the same." in after
    assert "the emergency number, and call the lead" in after
    assert mo.post(f"{here}/support", sent).status_code == 409
    assert mo.post(f"{here}/undo").status_code == 303
    assert mo.post(f"{here}/nonsense").status_code == 404
    assert db.session.scalar(select(Case.id)) is None
    assert db.session.scalar(select(AuditEntry.id)) is None


def test_a_colleague_who_is_faster_is_shown_with_what_was_typed(mo: Any) -> None:
    row = practice(mo)["blood"]
    here = f"/mod/training/practice/{row.public_id}/limit"
    shown = text(mo.post(here, {"version": "1", "note": "speaks of a hospital night"}), 409)
    assert "Nothing was done." in shown
    assert "speaks of a hospital night" in shown
    assert f"/mod/training/practice/{row.public_id}" in shown
    assert mo.post(here, {"version": "2", "note": "speaks of a hospital night"}).status_code == 303


def test_a_skipped_one_comes_last(mo: Any) -> None:
    row = practice(mo)["lined-up"]
    assert mo.post(f"/mod/training/practice/{row.public_id}/skip").status_code == 303
    ids = re.findall(r'data-case="(\w+)"', text(mo.get("/mod/training/practice")))
    assert ids[-1] == row.public_id


def test_nobody_opens_somebody_elses_practice(mo: Any, sign_in_as: Callable[..., Any]) -> None:
    row, mia = practice(mo)["soup"], sign_in_as(make_staff())
    assert mia.get(f"/mod/training/practice/{row.public_id}").status_code == 404
    assert mia.post(f"/mod/training/practice/{row.public_id}/approve", {"version": "1"}).status_code == 404


def test_sitting_beside_somebody_is_noted_and_odd_days_come_back(mo: Any) -> None:
    learner = make_staff()
    today = text(mo.get("/mod/training")).split('name="day" value="')[1][:10]
    assert mo.post("/mod/training/shadow", {"person": learner.public_id, "day": today}).status_code == 303
    assert mo.post("/mod/training/shadow", {"person": learner.public_id, "day": today}).status_code == 409
    assert "read that day" in text(mo.post("/mod/training/shadow", {"person": learner.public_id, "day": "soon"}), 400)


@pytest.mark.browser
def test_a_round_of_practice_by_keyboard_alone(visitor: Open, forum: Server) -> None:
    ash = visitor(viewport={"width": 1280, "height": 900})
    come_in(ash, forum, "Ash Learner")
    page = ash.go("/mod/training/practice")
    page.get_by_role("button", name="Lay out a fresh round").press("Enter")
    expect(page.locator("[data-case]")).to_have_count(12)
    page.wait_for_load_state()  # of the new page: before it the keys are nobody's
    page.keyboard.press("j")
    expect(page.locator("[data-detail] [data-yours]")).to_be_visible()
    page.keyboard.press("v")
    expect(page.locator("[data-quote] .says")).to_contain_text("lined up on the table")
    page.keyboard.press("s")
    page.keyboard.press("Tab")
    page.locator("#s-personal").focus()
    page.keyboard.type("I read every word, and I am here until six.")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Send", exact=True).press("Enter")
    expect(page.locator("[data-toast-text]")).to_contain_text("A lead would have done the same.")
    expect(page.locator("[data-case]")).to_have_count(11)
    page.keyboard.press("u")
    expect(page.locator("[data-toast-text]")).to_contain_text("Taken back.")
    expect(page.locator("[data-case]")).to_have_count(12)
    assert ash.complaints == []
