"""Figures: right by hand-counted examples, of the team only, and nothing small in public."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from forum.console.charts import Bar, waits_chart
from forum.console.dashboard_routes import language_name
from forum.core import events
from forum.core.clock import utcnow
from forum.core.db import db
from forum.identity.roles import ROLES, may
from forum.moderation import actions, figures, language
from forum.moderation.actors import Actor
from forum.moderation.models import Appeal, Case, Decision
from tests.console.test_desk import a_case
from tests.factories import make_staff


def text(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status
    return str(answer.get_data(as_text=True))


def answered(minutes: int, lane: str = "T2", *, hide: bool = False) -> Case:
    person, case, now = make_staff(), a_case(lane), utcnow()
    case.queued_at = now - timedelta(minutes=minutes)
    actor = Actor(person.id, "moderator", person.name)
    if hide:
        actions.hide(case.id, actor=actor, version=case.version, now=now, reason_code="threat_or_hate")
    else:
        actions.approve(case.id, actor=actor, version=case.version, now=now)
    events.commit()
    return case


@pytest.mark.parametrize(("share", "expected"), [(0.5, 3), (0.9, 5), (0.0, 1), (1.0, 5)])
def test_nearest_rank(share: float, expected: int) -> None:
    assert figures.percentile([5, 1, 4, 2, 3], share) == expected


def test_waits_are_what_they_were(database: None) -> None:
    for minutes in (10, 20, 30, 40, 100):
        answered(minutes)
    found = figures.team(utcnow() - timedelta(days=1), utcnow() + timedelta(minutes=1))
    wait = next(wait for wait in found.waits if wait.lane == 2)
    assert (wait.count, round(wait.p50), round(wait.p90), wait.target) == (5, 30, 100, 60)
    assert found.cover == 0.0
    assert found.overturned is None


def week() -> tuple[datetime, datetime]:
    return utcnow() - timedelta(days=1), utcnow() + timedelta(minutes=1)


def test_agreement_is_how_often_people_acted_and_needs_ten(database: None) -> None:
    for number in range(9):
        answered(5, hide=number < 2)
    assert figures.team(*week()).rules == []
    answered(5)
    found = figures.team(*week()).rules
    assert [(row.name, row.agreed.whole, row.agreed.value) for row in found] == [("toxicity: insult", 10, 0.2)]
    assert [share.value for share in found[0].shares[1:]] == [None, None]


def test_what_was_held_and_let_go_and_taken_back_by_rule_and_language(database: None) -> None:
    for number in range(10):
        case = a_case("T2")
        auto = Decision(
            case_id=case.id, case_version=1, action="hold", automated_decision=True, automated_detection=True,
            decided_at=utcnow(), from_visibility="checking", to_visibility="held",
        )  # fmt: skip
        db.session.add(auto)
        ruled(case, hide=number < 4)
        if number < 4:
            continue
        case = a_case("T2")
        decision = ruled(case, hide=True)
        decider = decision.decided_by_id
        times = {name: utcnow() for name in ("filed_at", "due_first_at", "due_resolve_at", "decided_at")}
        state = "overturned" if number < 6 else "upheld"
        db.session.add(Appeal(decision_id=decision.id, state=state, decider_id=decider, **times))
    db.session.commit()
    (rule,) = figures.team(*week()).rules
    assert (rule.let_go.part, rule.let_go.value) == (6, 0.6)
    assert (rule.overturned.whole, rule.overturned.value) == (6, None)
    (language,) = figures.team(*week()).languages
    assert (language.name, language.agreed.whole, language.let_go.value) == ("en", 16, 0.6)


def ruled(case: Case, *, hide: bool) -> Decision:
    person, now = make_staff(), utcnow()
    actor = Actor(person.id, "moderator", person.name)
    version = db.session.get_one(Case, case.id, populate_existing=True).version
    if hide:
        return actions.hide(case.id, actor=actor, version=version, now=now, reason_code="threat_or_hate")
    return actions.approve(case.id, actor=actor, version=version, now=now)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("I have not slept and the night is long, but it is quiet", "en"),
        ("No sé qué hacer, mi hermana está enferma y yo no puedo más", "es"),
        ("Je ne sais pas quoi faire, ma mère est malade et je suis seul", "fr"),
        ("Ich weiß nicht, was ich machen soll, und es ist so still", "de"),
        ("Я не знаю, что делать", "und-Cyrl"),
        ("眠れない夜が続いています", "ja"),
        ("ok", "und"),
        ("", "und"),
        ("12345 !!!", "und"),
    ],
)
def test_a_language_is_guessed_and_too_little_is_said_to_be_too_little(words: str, code: str) -> None:
    assert language.guess(words) == code
    assert len(language.guess(words)) <= 8


def test_a_language_has_a_name() -> None:
    assert [language_name(code) for code in ("en", "und-Cyrl", "und")] == [
        "English",
        "Cyrillic",
        "Too short to tell",
    ]


def test_a_counter_stands_for_its_elements() -> None:
    assert figures.percentile(Counter({1.0: 8, 90.0: 2}), 0.9) == 90.0
    assert figures.percentile(Counter({1.0: 9, 90.0: 1}), 0.9) == 1.0


@pytest.mark.parametrize("role", ROLES)
def test_who_sees_the_figures(sign_in_as: Callable[..., Any], role: str) -> None:
    desk = sign_in_as(make_staff(role=role))
    expected = 200 if may(role, "dashboard.team") else 404
    assert desk.get("/mod/dashboard").status_code == expected
    assert desk.get("/mod/dashboard.csv").status_code == expected


def test_the_page_draws_and_says_the_same_and_names_nobody(sign_in_as: Callable[..., Any]) -> None:
    answered(30)
    desk = sign_in_as(make_staff(role="lead"))
    shown = text(desk.get("/mod/dashboard?days=30"))
    assert 'role="img" aria-label="T2: half within 30 minutes' in shown
    assert "style=" not in shown
    assert "Mo " not in shown.split("<main")[1]
    rows = list(csv.reader(io.StringIO(text(desk.get("/mod/dashboard.csv")))))
    assert rows[1][:6] == ["first_answer", "T2", "1", "30.0", "30.0", "60"]


def test_an_empty_dashboard_says_so(sign_in_as: Callable[..., Any]) -> None:
    assert "Not enough yet to draw" in text(sign_in_as(make_staff(role="admin")).get("/mod/dashboard?days=999"))


def test_a_drawing_escapes_and_stays_within_its_frame() -> None:
    drawn = str(waits_chart([Bar("<b>", 0, 0, 0), Bar("T1", 5, 50, 15)], 'a "quoted" sentence'))
    assert "<b>" not in drawn
    assert "&#34;quoted&#34;" in drawn


# ── In public ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_whole_months_only_newest_first() -> None:
    now = datetime(2026, 3, 31, 12, tzinfo=UTC)
    months = figures.months_before(now, 3)
    assert [(start.month, start.day, end.month) for start, end in months] == [(2, 1, 3), (1, 1, 2), (12, 1, 1)]


@pytest.mark.parametrize(("number", "shown"), [(0, None), (9, None), (10, 10)])
def test_nothing_below_ten_is_shown(database: None, number: int, shown: int | None) -> None:
    start, end = figures.months_before(utcnow(), 1)[0]
    case = a_case()
    for _count in range(number):
        db.session.add(Decision(case_id=case.id, case_version=1, action="hide", decided_at=start))
    db.session.flush()
    assert figures.month_counts(start, end)["taken_down"] == shown


def test_everybody_can_read_it_without_signing_in(browser: Any) -> None:
    shown = text(browser.get("/transparency"))
    assert "What moderators did" in shown
    assert shown.count("fewer than 10") > 10
