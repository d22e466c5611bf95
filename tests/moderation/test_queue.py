from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from forum.core.db import db
from forum.core.errors import BadInput, RateLimited
from forum.moderation import actions, audit, followups, intake, leases, queue, reports
from forum.moderation.actors import Actor
from forum.moderation.models import CATEGORIES, Case, CaseSignal, Report
from forum.moderation.priority import BOOST_CAP, Waiting, boosts_for
from forum.moderation.verdict import Finding
from tests.moderation.board import Note
from tests.moderation.conftest import Cast
from tests.moderation.test_actions import note, open_case
from tests.moderation.test_cases import CRISIS, INSULT, PHONE, verdict

MINUTE = timedelta(minutes=1)


def order(cast: Cast, now: datetime, tab: queue.Tab = "read") -> list[int]:
    return [case.id for case in queue.list_cases(tab, actor=cast.mo, now=now).cases]


def test_ten_reports_never_outrank_one_emergency(cast: Cast, now: datetime) -> None:
    loud = cast.note(cast.member("Loud Kettle 22"), "an annoying opinion")
    for n in range(10):
        reports.file_report(reporter=cast.member(f"R {n}"), target=loud, category="harassment", text="", now=now)
    _, quiet = open_case(cast, now + timedelta(hours=1), "T0", body="i have it lined up")
    loudest = db.session.scalars(select(Case).where(Case.reporter_count == 10)).one()
    assert loudest.effective_at < quiet.effective_at
    assert order(cast, now) == [quiet.id, loudest.id]


def test_within_a_lane_the_longest_waiting_comes_first_and_boosts_move_it(cast: Cast, now: datetime) -> None:
    _, early = open_case(cast, now, "T2", body="a")
    _, held = open_case(cast, now + 10 * MINUTE, "T2", visibility="held", body="b")
    _, late = open_case(cast, now + 15 * MINUTE, "T2", body="c")
    assert order(cast, now) == [held.id, early.id, late.id]
    assert {"code": "author_waits", "minutes": 20} in held.boosts


def test_pages_neither_skip_nor_repeat(cast: Cast, now: datetime) -> None:
    wanted = []
    for n in range(23):
        lane = f"T{(n * 3) % 4}"
        wanted.append(open_case(cast, now + (n % 5) * MINUTE, lane, body=f"text {n}")[1])
    wanted.sort(key=lambda case: (case.lane, case.effective_at, case.id))
    seen, after = [], None
    while True:
        page = queue.list_cases("read", actor=cast.mo, now=now, after=after, limit=5)
        seen += [case.id for case in page.cases]
        if page.next is None:
            break
        after = queue.Cursor.parse(str(page.next))
    assert seen == [case.id for case in wanted]


@pytest.mark.parametrize("text", ["", "1.2", "a.b.c", "1.2.3.4", "-1.2.3"])
def test_a_broken_place_is_the_beginning(text: str) -> None:
    assert queue.Cursor.parse(text) is None


def test_tabs_and_their_numbers_agree(cast: Cast, now: datetime) -> None:
    open_case(cast, now, "T0", body="a")
    open_case(cast, now, "T2", visibility="held", body="b")
    greeting = cast.note(cast.member("Green Apple 17"), "hi")
    intake.record_verdict(greeting, verdict("T3"), now=now)
    reports.file_report(reporter=cast.member("R"), target=greeting, category="spam", text="", now=now)
    numbers = queue.counts(actor=cast.mo, now=now)
    for tab in ("read", "safety", "reported", "held", "first"):
        assert numbers[tab] == len(order(cast, now, tab)), tab
    assert numbers == {"read": 3, "safety": 1, "reported": 1, "held": 1, "first": 1, "appeals": 0, "look": 0, "mine": 0}


def test_not_me_not_tonight_hides_it_from_one_person_only_and_is_not_recorded(cast: Cast, now: datetime) -> None:
    _, case = open_case(cast, now)
    before = len(list(audit.each_entry()))
    followups.skip(case, actor=cast.mo)
    followups.skip(case, actor=cast.mo)
    assert order(cast, now) == []
    assert [c.id for c in queue.list_cases("read", actor=cast.mia, now=now).cases] == [case.id]
    assert len(list(audit.each_entry())) == before


def test_what_i_asked_about_is_not_shown_to_me_and_the_leads_cases_only_to_leads(cast: Cast, now: datetime) -> None:
    _, second = open_case(cast, now, body="a")
    _, up = open_case(cast, now, body="b")
    followups.ask_second(second.id, actor=cast.mo, version=1, now=now, note="Is this one a song quote?")
    followups.escalate(up.id, actor=cast.mo, version=1, now=now, note="This needs the lead, I think.")
    assert order(cast, now) == []
    assert [c.id for c in queue.list_cases("read", actor=cast.mia, now=now).cases] == [second.id]
    assert {c.id for c in queue.list_cases("read", actor=cast.lea, now=now).cases} == {second.id, up.id}


def test_my_own_texts_are_not_in_my_queue(cast: Cast, now: datetime) -> None:
    target, case = open_case(cast, now)
    me = Actor(cast.mo.staff_id, "moderator", "Mo", own_member_id=target.author_id)
    assert queue.list_cases("read", actor=me, now=now).cases == []
    assert order(cast, now) == [case.id]


def test_mine_holds_what_i_have_open_and_what_i_closed_today(cast: Cast, now: datetime) -> None:
    _, one = open_case(cast, now, body="a")
    _, two = open_case(cast, now, body="b")
    leases.claim(one, actor=cast.mo, now=now)
    actions.approve(two.id, actor=cast.mo, version=1, now=now)
    assert set(order(cast, now, "mine")) == {one.id, two.id}
    assert order(cast, now + timedelta(days=2), "mine") == []


def test_boosts_are_capped_at_an_hour() -> None:
    everything = Waiting(True, True, True, True, (1.0,) * 5, 1.0, 4)
    boosts = boosts_for(everything)
    assert sum(boost.minutes for boost in boosts) == BOOST_CAP
    assert boosts[0].code == "author_waits"


# ── reports ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_several_settled_accounts_put_a_text_behind_a_note_and_never_take_it_down(cast: Cast, now: datetime) -> None:
    target = cast.note(cast.member("Corner Shop 55"), "you should have stopped by now")
    seen = []
    for n in range(6):
        reports.file_report(reporter=cast.member(f"R {n}"), target=target, category="harassment", text="", now=now)
        seen.append(note(target).visibility)
    assert seen == ["live", "live", "live", "limited", "limited", "limited"], "Σw ≥ 2.0 with weights of 0.5"
    entry = next(e for e in audit.each_entry() if e.action == "report.limited")
    assert entry.automated_decision


@pytest.mark.parametrize(("category", "days"), [("worried_about_member", 30), ("harassment", 0)])
def test_worry_and_new_accounts_limit_nothing(cast: Cast, now: datetime, category: str, days: int) -> None:
    target = cast.note(cast.member("Corner Shop 55"), "words")
    for n in range(8):
        reports.file_report(
            reporter=cast.member(f"R {n}", days=days), target=target, category=category, text="", now=now
        )
    assert note(target).visibility == "live"


def test_a_worried_report_goes_to_people_and_says_nothing_to_the_member(cast: Cast, now: datetime) -> None:
    target = cast.note(cast.member("Paper Boat 11"), "fine, thanks")
    heard: list[object] = db.session.info.setdefault("forum.events", [])
    report = reports.file_report(
        reporter=cast.member("R"), target=target, category="worried_about_member", text="", now=now
    )
    assert {type(fact).__name__ for fact in heard} == {"CaseOpened"}
    case = db.session.get_one(Case, report.case_id)
    assert (case.lane, case.lane_reason) == (1, "worried_about_member")
    assert db.session.scalars(select(Note).where(Note.staff_id.is_not(None))).all() == []


def test_the_same_report_twice_is_one(cast: Cast, now: datetime) -> None:
    target, reporter = cast.note(cast.member("A"), "words"), cast.member("R")
    first = reports.file_report(reporter=reporter, target=target, category="spam", text="", now=now)
    assert reports.file_report(reporter=reporter, target=target, category="spam", text="", now=now) is first
    assert db.session.scalars(select(CaseSignal)).one().reporter_id == reporter.id


@pytest.mark.parametrize(("category", "limit"), [("spam", 10), ("worried_about_member", 5)])
def test_too_many_reports_a_day_are_refused_with_when_to_come_back(
    cast: Cast, now: datetime, category: str, limit: int
) -> None:
    reporter = cast.member("R")
    for n in range(limit):
        target = cast.note(cast.member(f"A {n}"), "words")
        reports.file_report(reporter=reporter, target=target, category=category, text="", now=now)
    target = cast.note(cast.member("one more"), "words")
    with pytest.raises(RateLimited) as refused:
        reports.file_report(reporter=reporter, target=target, category=category, text="", now=now + timedelta(hours=20))
    assert refused.value.retry_after == 4 * 3600
    reports.file_report(reporter=reporter, target=target, category=category, text="", now=now + timedelta(hours=25))


def test_other_needs_words_and_ones_own_cannot_be_reported(cast: Cast, now: datetime) -> None:
    author = cast.member("A")
    target = cast.note(author, "words")
    for reporter, category in ((cast.member("R"), "other"), (author, "spam"), (cast.member("S"), "nonsense")):
        with pytest.raises(BadInput):
            reports.file_report(reporter=reporter, target=target, category=category, text="", now=now)


def test_reporters_get_an_answer_and_their_weight_follows(cast: Cast, now: datetime) -> None:
    right, wrong = cast.member("right"), cast.member("wrong")
    for reporter, act in ((right, "hide"), (wrong, "approve")):
        target = cast.note(cast.member(f"about {act}"), "words")
        report = reports.file_report(reporter=reporter, target=target, category="harassment", text="", now=now)
        more = {"reason_code": "threat_or_hate"} if act == "hide" else {}
        getattr(actions, act)(report.case_id, actor=cast.mo, version=1, now=now, **more)
    answers = {report.reporter_id: report.outcome for report in db.session.scalars(select(Report))}
    assert answers == {right.id: "acted", wrong.id: "no_rule_broken"}
    assert reports.weight_of(right.id) == pytest.approx(3 / 5)
    assert reports.weight_of(wrong.id) == pytest.approx(2 / 5)


def test_worry_is_never_held_against_anybody(cast: Cast, now: datetime) -> None:
    reporter = cast.member("R")
    target = cast.note(cast.member("A"), "words")
    report = reports.file_report(reporter=reporter, target=target, category="worried_about_member", text="", now=now)
    actions.approve(report.case_id, actor=cast.mo, version=1, now=now)
    assert (report.outcome, report.agreed) == ("noted", None)
    assert reports.weight_of(reporter.id) == 0.5


def test_reports_of_a_kind_just_judged_are_attached_until_three_people_say_so(cast: Cast, now: datetime) -> None:
    target = cast.note(cast.member("A"), "words")
    first = reports.file_report(reporter=cast.member("R"), target=target, category="spam", text="", now=now)
    case = db.session.get_one(Case, first.case_id)
    actions.approve(case.id, actor=cast.mo, version=1, now=now)
    states = []
    for n in range(3):
        later = now + timedelta(hours=1 + n)
        report = reports.file_report(reporter=cast.member(f"S {n}"), target=target, category="spam", text="", now=later)
        states.append((case.state, report.outcome))
    assert states == [("resolved", "no_rule_broken"), ("resolved", "no_rule_broken"), ("open", "")]


def test_a_report_of_another_kind_is_read(cast: Cast, now: datetime) -> None:
    target = cast.note(cast.member("A"), "words")
    first = reports.file_report(reporter=cast.member("R"), target=target, category="spam", text="", now=now)
    case = db.session.get_one(Case, first.case_id)
    actions.approve(case.id, actor=cast.mo, version=1, now=now)
    reports.file_report(
        reporter=cast.member("S"), target=target, category="identity_exposed", text="", now=now + MINUTE
    )
    assert (case.state, case.lane) == ("open", 2)


def test_every_category_has_a_lane_and_words() -> None:
    from forum.moderation.words import REASONS

    assert set(reports.LANES) == set(CATEGORIES)
    assert set(CATEGORIES) <= set(REASONS)


def test_late_findings_never_let_go_of_a_hold(cast: Cast, now: datetime) -> None:
    target = cast.note(cast.member("A"), "words", visibility="held")
    case = intake.record_verdict(target, verdict("T2", PHONE, visibility="held", reason="identity_leak"), now=now)
    assert case is not None
    intake.record_verdict(target, verdict("T3", INSULT), now=now, late=True)
    assert case.held


def test_the_sure_detector_comes_first(cast: Cast, now: datetime) -> None:
    sure = Finding("toxicity", "insult", score=0.99, threshold=0.6)
    target = cast.note(cast.member("A"), "words", thread=7)
    case = intake.record_verdict(target, verdict("T3", sure), now=now)
    assert case is not None
    assert case.boosts == [{"code": "confident", "minutes": 10}]
    assert CRISIS.threshold is None
