"""One's own copy holds everything one kept here and nothing of anybody else; going takes all of it away."""

from __future__ import annotations

import json
from collections.abc import Callable

from flask import Flask
from sqlalchemy import func, select

from forum.core.db import db
from forum.journey import data, models
from forum.moderation.models import Case
from tests import factories
from tests.conftest import Browser
from tests.journey.people import join, open_pages

SignIn = Callable[..., Browser]
TABLES = [
    table for table in vars(models).values()
    if isinstance(table, type) and getattr(table, "__tablename__", "").startswith("journey_")
]  # fmt: skip


def fill(browser: Browser, words: str, mark: str) -> None:
    """Write something with `mark` in it everywhere."""
    open_pages(browser, words)
    sent = (
        ("pages", {"body": f"page {mark}", "client_id": mark}),
        ("plan", {"ask": f"plan {mark}"}),
        ("check-ins", {"line": f"line {mark}", "mood": "3", "client_id": mark}),
        ("days", {"label": f"label {mark}", "day": "2026-01-01"}),
        ("aims", {"what": f"aim {mark}", "why": f"why {mark}", "rhythm": "daily"}),
        ("small", {"words": f"small {mark}"}),
        ("times", {"words": f"time {mark}", "clock": "23:59", "rhythm": "daily"}),
        ("midnight", {"zone": "Europe/London"}),
        ("ask", {"body": f"ask {mark}", "client_id": mark}),
    )
    for path, form in sent:
        assert browser.post(f"/me/journey/{path}", form).status_code == 303, path
    goal = db.session.scalars(select(models.Goal).order_by(models.Goal.id.desc()).limit(1)).one()
    look = {"how": "going", "note": f"look {mark}"}
    assert browser.post(f"/me/journey/aims/{goal.public_id}/look", look).status_code == 303


KINDS = ("page", "plan", "line", "label", "aim", "why", "small", "time", "ask", "look")


def test_the_copy_holds_everything_of_ones_own_and_nothing_else(app: Flask, sign_in_as: SignIn) -> None:
    (alice, words), (bob, bobs) = join(app), join(app)
    fill(sign_in_as(alice), words, "heron")
    fill(sign_in_as(bob), bobs, "otter")
    copied = json.dumps(data.export_of(alice, words))
    assert [kind for kind in KINDS if f"{kind} heron" not in copied] == []
    assert "otter" not in copied


def test_without_the_words_the_sealed_part_says_why_it_is_empty(app: Flask, sign_in_as: SignIn) -> None:
    alice, words = join(app)
    fill(sign_in_as(alice), words, "heron")
    for typed in ("", "other words"):
        found = data.export_of(alice, typed)
        assert found["sealed"] == {"pages": [], "plan": {}, "note": data.LOCKED}
        assert "page heron" not in json.dumps(found)


def test_somebody_without_a_journal_has_an_empty_sealed_part(app: Flask, database: None) -> None:
    alice, words = join(app)
    assert data.export_of(alice, words)["sealed"]["note"] == ""


def test_going_leaves_nothing_and_touches_nobody_else(app: Flask, sign_in_as: SignIn) -> None:
    (alice, words), (bob, bobs) = join(app), join(app)
    fill(sign_in_as(alice), words, "heron")
    fill(sign_in_as(bob), bobs, "otter")
    before = {table: db.session.scalar(select(func.count()).select_from(table)) for table in TABLES}
    assert all(before.values()), "each table must have rows, or this test looks at nothing"
    data.delete_of(alice)
    db.session.expire_all()
    after = {table: db.session.scalar(select(func.count()).select_from(table)) for table in TABLES}
    assert {table.__tablename__: after[table] for table in TABLES if after[table] * 2 != before[table]} == {}
    assert "page otter" in json.dumps(data.export_of(bob, bobs))
    data.delete_of(alice)  # once more does no harm


def test_a_call_nobody_answered_is_still_a_case_when_its_member_goes(app: Flask, sign_in_as: SignIn) -> None:
    alice, _ = join(app)
    sign_in_as(alice).post("/me/journey/ask", {"client_id": "a", "level": "3"})
    data.delete_of(alice)
    case = db.session.scalars(select(Case)).one()
    db.session.refresh(case)
    assert (case.state, case.limited_context) == ("open", True)


def test_nobody_elses_data_is_asked_for(app: Flask, database: None) -> None:
    assert data.export_of(factories.make_member())["check_ins"] == []
