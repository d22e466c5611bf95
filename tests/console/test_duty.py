"""Duty: the rota and its gaps, the hand-over, stepping back, honest hours for members, calls that say nothing."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from sqlalchemy import select

from forum.console import jobs as console_jobs
from forum.console.calling import call_key
from forum.core.clock import utcnow
from forum.core.db import db
from forum.core.settings import write_setting
from forum.moderation import audit, duty, leases, paging, rota
from forum.moderation.actors import Actor
from forum.moderation.models import Case, CaseLease, DutyShift, HandOver, OnCallPage, RotaShift
from tests.console.test_desk import CRISIS, a_case
from tests.factories import make_member, make_post, make_staff, make_thread


@pytest.fixture
def enter(sign_in_as: Callable[..., Any]) -> Callable[..., Any]:
    def enter(role: str = "moderator", name: str = "") -> Any:
        person = make_staff(name, role)
        desk = sign_in_as(person)
        desk.actor = Actor(person.id, role, person.name)
        return desk

    return enter


def text(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status
    return str(answer.get_data(as_text=True))


def plan(actor: Actor, begins_in: float, hours: int = 2) -> RotaShift:
    now = utcnow()
    start = now + timedelta(hours=begins_in)
    row = rota.add(actor=actor, starts_at=start, ends_at=start + timedelta(hours=hours), now=now)
    db.session.commit()
    return row


# ── Rota ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_shift_is_put_down_seen_by_all_and_taken_off_by_its_owner(enter: Callable[..., Any]) -> None:
    mo, mia = enter(name="Mo Duty"), enter(name="Mia Duty")
    day = (utcnow() + timedelta(days=2)).strftime("%Y-%m-%d")
    form = {"day": day, "time": "18:00", "hours": "2"}
    assert mo.post("/mod/duty/shifts", form).status_code == 303
    again = text(mo.post("/mod/duty/shifts", form), 400)
    assert "You are down for part of that time already." in again
    shown = text(mia.get("/mod/duty"))
    assert "Mo Duty" in shown
    assert "Take off" not in shown
    shift = db.session.scalars(select(RotaShift)).one().public_id
    assert mia.post(f"/mod/duty/shifts/{shift}/remove").status_code == 403
    assert mo.post(f"/mod/duty/shifts/{shift}/remove").status_code == 303
    assert db.session.scalar(select(RotaShift.id)) is None


def test_a_lead_takes_anybodys_shift_off(enter: Callable[..., Any]) -> None:
    mo, lea = enter(), enter("lead")
    shift = plan(mo.actor, 5).public_id
    assert lea.post(f"/mod/duty/shifts/{shift}/remove").status_code == 303


@pytest.mark.parametrize(
    "form",
    [
        {"day": "x", "time": "18:00", "hours": "2"},
        {"day": "2020-01-01", "time": "18:00", "hours": "2"},
        {"day": "2999-01-01", "time": "18:00", "hours": "2"},
        {"day": "", "time": "", "hours": "9"},
    ],
)
def test_what_cannot_be_is_refused_with_what_was_typed(enter: Callable[..., Any], form: dict[str, str]) -> None:
    shown = text(enter().post("/mod/duty/shifts", form), 400)
    assert "Everything you wrote is still here" in shown
    assert db.session.scalar(select(RotaShift.id)) is None


def test_gaps_are_what_nobody_has_taken(database: None) -> None:
    now = utcnow()
    mo, mia = (Actor(make_staff().id, "moderator", name) for name in ("Mo", "Mia"))
    plan(mo, 2)
    plan(mia, 3)
    planned = rota.list_between(now, now + timedelta(hours=8))
    gaps = rota.gaps_in(planned, now, now + timedelta(hours=8))
    hours = [(round((a - now).total_seconds() / 3600), round((b - now).total_seconds() / 3600)) for a, b in gaps]
    assert hours == [(0, 2), (5, 8)]


def test_until_when_is_said_only_if_it_is_known(database: None) -> None:
    now, mo = utcnow(), Actor(make_staff().id, "moderator", "Mo")
    assert rota.next_on(now) is None
    shift = plan(mo, 3)
    assert rota.next_on(now) == shift.starts_at
    plan(Actor(make_staff().id, "moderator", "Mia"), -0.5)
    assert rota.next_on(utcnow()) is None


def test_members_read_until_when_nobody_is_on(sign_in_as: Callable[..., Any]) -> None:
    alice = make_member()
    thread = make_thread(make_member())
    make_post(thread, alice, "Held words", visibility="held")
    browser = sign_in_as(alice)
    assert "No moderator is on just now" in text(browser.get(f"/t/{thread.public_id}"))
    start = plan(Actor(make_staff().id, "moderator", "Mo"), 3).starts_at
    assert f"{start:%H:%M} UTC</b>" in text(browser.get(f"/t/{thread.public_id}"))
    danger = {"body": "i have the pills lined up and i will take them tonight", "client_id": "d1"}
    shown = text(browser.post(f"/t/{thread.public_id}/posts", danger, follow_redirects=True))
    assert "No moderator is on until" in shown


# ── Coming on, going off ────────────────────────────────────────────────────────────────────────────────────────


def test_going_off_leaves_a_hand_over_the_next_one_ticks(enter: Callable[..., Any]) -> None:
    mo, mia = enter(name="Mo Hands"), enter(name="Mia Hands")
    case = a_case("T0", CRISIS, level=3)
    mo.post("/mod/duty", {"status": "on"})
    mo.get(f"/mod/cases/{case.public_id}")
    mo.post("/mod/duty", {"status": "off", "note": "The kettle is broken."})
    left = db.session.scalars(select(HandOver)).one()
    assert left.facts["urgent"][0]["case"] == case.public_id
    assert left.facts["released"] == 1
    assert "lined up" not in json.dumps(left.facts)
    assert "The last shift left you something to read." in text(mia.get("/mod/"))
    assert "The last shift left you something to read." not in text(mo.get("/mod/"))
    assert "The kettle is broken." in text(mia.get("/mod/duty"))
    assert mo.post(f"/mod/duty/handover/{left.public_id}/read").status_code == 404
    assert mia.post(f"/mod/duty/handover/{left.public_id}/read").status_code == 303
    assert "left you something" not in text(mia.get("/mod/"))
    assert mia.post(f"/mod/duty/handover/{left.public_id}/read").status_code == 409


def test_a_break_is_no_hand_over(enter: Callable[..., Any]) -> None:
    mo = enter()
    mo.post("/mod/duty", {"status": "on"})
    mo.post("/mod/duty", {"status": "break"})
    mo.post("/mod/duty", {"status": "off"})
    assert db.session.scalar(select(HandOver.id)) is None


def test_stepping_back_asks_nothing_and_gives_everything_back(enter: Callable[..., Any]) -> None:
    mo, case = enter(), a_case("T0", CRISIS, level=3)
    mo.post("/mod/duty", {"status": "on"})
    mo.get(f"/mod/cases/{case.public_id}")
    assert mo.post("/mod/duty", {"status": "step_back"}).status_code == 303
    assert db.session.scalar(select(CaseLease.case_id)) is None
    assert db.session.scalars(select(DutyShift)).one().status == "off"
    assert duty.coverage(utcnow()) == 0


def test_after_an_emergency_somebody_else_is_named_and_nothing_is_blocked(enter: Callable[..., Any]) -> None:
    mo, mia = enter(), enter(name="Mia Cares")
    first, second = a_case("T0", CRISIS, level=3), a_case("T0", CRISIS, level=3)
    for desk in (mo, mia):
        desk.post("/mod/duty", {"status": "on"})
    mo.post(f"/mod/cases/{first.public_id}/support", {"version": 1, "template": "", "personal": "I am here with you."})
    shown = text(mo.get("/mod/"))
    assert "Mia Cares is on as well" in shown
    assert "is on as well" not in text(mo.get("/mod/?care=on"))
    assert "is on as well" not in text(mia.get("/mod/"))
    assert "Yours for 10 min" in text(mo.get(f"/mod/cases/{second.public_id}"))


def test_many_hard_texts_are_counted_for_oneself_alone(enter: Callable[..., Any]) -> None:
    mo = enter()
    for _number in range(6):
        audit.note_access("reveal", actor=mo.actor, now=utcnow(), case=a_case("T1", CRISIS, level=2))
    db.session.commit()
    assert "You’ve read 6 hard texts in two hours." in text(mo.get("/mod/"))
    assert "You’ve read 6" not in text(enter("lead").get("/mod/duty"))


@pytest.mark.parametrize("role", ["facilitator", "peer_supporter"])
def test_who_cannot_read_the_queue_is_no_cover(enter: Callable[..., Any], role: str) -> None:
    desk = enter(role, f"Nobody {role}")
    desk.post("/mod/duty", {"status": "on"})
    assert [person.alias for person in duty.list_on(utcnow())] == [f"Nobody {role}"]
    assert duty.coverage(utcnow()) == 0
    plan(desk.actor, 3)
    assert rota.next_on(utcnow()) is None


@pytest.mark.parametrize("role", ["facilitator", "peer_supporter"])
def test_who_has_no_queue_has_duty_all_the_same(enter: Callable[..., Any], role: str) -> None:
    desk = enter(role)
    text(desk.get("/mod/duty"))
    assert desk.post("/mod/duty", {"status": "on"}).location.endswith("/mod/duty")


# ── Calling ─────────────────────────────────────────────────────────────────────────────────────────────────────


class Receiver:
    """A real server on loopback that keeps what it is sent."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, dict[str, str], bytes]] = []
        self.status = 200
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.heard.append((self.path, dict(self.headers), body))
                self.send_response(outer.status)
                if outer.status == 302:
                    self.send_header("Location", "/elsewhere")
                self.end_headers()

            def log_message(self, *_args: Any) -> None:
                """Stay quiet."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def receiver(database: None) -> Iterator[Receiver]:
    made = Receiver()
    write_setting("paging_webhook_url", f"{made.url}/hook")
    write_setting("paging_ntfy_url", f"{made.url}/topic")
    write_setting("paging_admin_ntfy_url", f"{made.url}/admins")
    db.session.commit()
    yield made
    made.server.shutdown()
    made.server.server_close()


def waiting_for(minutes: float) -> Case:
    case = a_case("T0", CRISIS, level=3)
    case.queued_at = utcnow() - timedelta(minutes=minutes)
    db.session.commit()
    return case


def test_a_call_is_signed_and_says_a_number_and_nothing_else(receiver: Receiver) -> None:
    case = waiting_for(0.1)
    console_jobs.call_out()
    by_path = {path: (headers, body) for path, headers, body in receiver.heard}
    assert set(by_path) == {"/hook", "/topic"}
    headers, body = by_path["/hook"]
    assert json.loads(body) == {"kind": "urgent", "count": 1, "step": 0}
    expected = hmac.new(call_key().encode(), headers["X-Forum-Timestamp"].encode() + b"." + body, hashlib.sha256)
    assert headers["X-Forum-Signature"] == f"sha256={expected.hexdigest()}"
    assert by_path["/topic"][1] == b"1 urgent item"
    everything = repr(receiver.heard)
    for secret in ("lined up", case.public_id, "Day nine", "plan_intent"):
        assert secret not in everything


@pytest.mark.parametrize(
    ("minutes", "steps", "admins"), [(1, [0], 0), (6, [0, 5], 0), (11, [0, 5, 10], 0), (16, [0, 5, 10, 15], 1)]
)
def test_it_climbs_at_0_5_10_and_15_minutes_and_each_step_is_sent_once(
    receiver: Receiver, minutes: int, steps: list[int], admins: int
) -> None:
    waiting_for(minutes)
    console_jobs.call_out()
    sent = len(receiver.heard)
    console_jobs.call_out()
    assert len(receiver.heard) == sent
    assert sorted(db.session.scalars(select(OnCallPage.step))) == steps
    assert sum(path == "/admins" for path, _headers, _body in receiver.heard) == admins


@pytest.mark.parametrize("why", ["answered", "being read", "not an emergency", "an hour old"])
def test_nobody_is_called_when(receiver: Receiver, why: str) -> None:
    case = waiting_for(61 if why == "an hour old" else 3)
    if why == "answered":
        case.first_human_at = utcnow()
    elif why == "being read":
        person = make_staff()
        leases.claim(case, actor=Actor(person.id, "moderator", person.name), now=utcnow())
    elif why == "not an emergency":
        case.lane = 1
    db.session.commit()
    console_jobs.call_out()
    assert receiver.heard == []


@pytest.mark.parametrize("status", [500, 302])
def test_a_call_that_did_not_get_through_is_tried_three_times_and_followed_nowhere(
    receiver: Receiver, status: int
) -> None:
    receiver.status = status
    write_setting("paging_ntfy_url", "")
    waiting_for(1)
    for _number in range(5):
        console_jobs.call_out()
    assert [path for path, _headers, _body in receiver.heard] == ["/hook"] * paging.MAX_TRIES
    assert paging.unsent(utcnow()) == 1


def test_without_an_address_nothing_is_written_down(database: None) -> None:
    waiting_for(1)
    console_jobs.call_out()
    assert db.session.scalar(select(OnCallPage.id)) is None


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://127.0.0.1/x", "nonsense"])
def test_only_web_addresses_are_called(database: None, url: str) -> None:
    with_failure = paging.deliver(paging.Call(1, 0), {"ntfy": url}, "k", utcnow()) if "://" in url else False
    assert with_failure is False


def test_a_lead_can_send_a_test_call(enter: Callable[..., Any], receiver: Receiver) -> None:
    assert enter().post("/mod/duty/call-test").status_code == 404
    lea = enter("lead")
    assert lea.post("/mod/duty/call-test").status_code == 303
    assert {path for path, _headers, _body in receiver.heard} == {"/hook", "/topic", "/admins"}
    assert "It got through." in text(lea.get("/mod/duty"))
