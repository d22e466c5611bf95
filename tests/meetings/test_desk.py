"""The facilitator's desk: only in one's own meeting, everything logged, everybody told what concerns them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from forum.core.db import db
from forum.core.errors import Conflict
from forum.core.events import commit
from forum.discussions.models import Post
from forum.meetings import keeping, queries, queue, said
from forum.meetings.desk_acts import ACTS
from forum.meetings.models import Act, Keeper, Series, Session, SideRoom
from forum.moderation import audit
from forum.moderation.models import AuditEntry, Case
from tests import factories
from tests.conftest import Browser
from tests.meetings.conftest import Room, make_series

SignIn = Callable[..., Browser]


def desk(room: Room, rest: str = "") -> str:
    return f"/mod/meetings/{room.session.public_id}{rest}"


@pytest.fixture
def host(live_room: Room, sign_in_as: SignIn) -> Browser:
    return sign_in_as(live_room.host)


def act(browser: Browser, room: Room, do: str, **fields: Any) -> int:
    status = browser.post(desk(room, "/act"), {"do": do, **fields}).status_code
    db.session.refresh(room.session)
    return status


PAGES = ("/mod/meetings", "/mod/meetings/new")


@pytest.mark.parametrize("role", ["facilitator", "moderator", "lead", "admin"])
def test_who_may_hold_meetings(live_room: Room, sign_in_as: SignIn, role: str) -> None:
    browser = sign_in_as(factories.make_staff(role=role))
    assert [browser.get(page).status_code for page in PAGES] == [200, 200]
    assert browser.get(desk(live_room)).status_code == (404 if role == "facilitator" else 200)


@pytest.mark.parametrize("role", ["helper", "peer_supporter"])
def test_who_may_not(live_room: Room, sign_in_as: SignIn, role: str) -> None:
    browser = sign_in_as(factories.make_staff(role=role))
    assert [browser.get(page).status_code for page in (*PAGES, desk(live_room))] == [404] * 3


def test_members_and_guests_have_no_desk(live_room: Room, browser: Browser, sign_in_as: SignIn) -> None:
    for visitor in (browser, sign_in_as(factories.make_member())):
        assert visitor.get(desk(live_room)).status_code == 303
        assert visitor.post(desk(live_room, "/act"), {"do": "pause"}).status_code == 403


def test_another_facilitator_can_do_nothing_here(live_room: Room, sign_in_as: SignIn) -> None:
    other = sign_in_as(factories.make_staff(role="facilitator"))
    seat = live_room.sit()
    for do in ACTS:
        assert act(other, live_room, do, member=seat.public_id) == 404
    for rest in ("/say", "/note", "/plan", "/take"):
        assert other.post(desk(live_room, rest), {"body": "x", "note": "x", "why": "x"}).status_code == 404
    assert other.post("/mod/meetings/pause-all").status_code == 404
    assert live_room.session.status == "open"


def test_every_act_is_logged_and_none_carries_words(live_room: Room, host: Browser) -> None:
    seat = live_room.sit("Bob Finch")
    queue.raise_hand(session=live_room.session, seat=seat, now=datetime.now(UTC))
    commit()
    assert act(host, live_room, "call", member=seat.public_id) == 303
    for do in ("extend", "thank", "pause", "resume", "lock", "unlock"):
        assert act(host, live_room, do) == 303, do
    assert act(host, live_room, "slow", seconds="30") == 303
    assert act(host, live_room, "mode", mode="on") == 303
    assert act(host, live_room, "step", n="1") == 303
    assert act(host, live_room, "timeout", member=seat.public_id, words="Please breathe first.") == 303
    kinds = [row.kind for row in db.session.scalars(select(Act).order_by(Act.id))]
    for kind in (
        "call",
        "extend",
        "thank",
        "pause",
        "resume",
        "door_closed",
        "door_open",
        "slow_mode",
        "mode",
        "step",
        "timeout",
    ):
        assert kind in kinds
    entries = list(db.session.scalars(select(AuditEntry).where(AuditEntry.action.like("meeting.%"))))
    assert {f"meeting.{kind}" for kind in kinds} <= {entry.action for entry in entries}
    assert "breathe" not in repr([vars(entry) for entry in entries])
    assert audit.verify().is_whole
    assert "asked you to pause" in _room_of(seat, live_room)


def _room_of(seat: Any, room: Room) -> str:
    from forum.meetings import words

    return " ".join(
        words.told(one.kind, room.session.host_name, one.detail) for one in said.acts_of(room.session, seat)
    )


def test_wrong_values_are_refused_in_words(live_room: Room, host: Browser) -> None:
    for do, fields in (("slow", {"seconds": "7"}), ("mode", {"mode": "loud"}), ("step", {"n": "99"}), ("fly", {})):
        answer = host.post(desk(live_room, "/act"), {"do": do, **fields})
        assert answer.status_code == 400, do
    assert act(host, live_room, "call") == 400
    assert act(host, live_room, "welcome", member="nobody") == 404
    assert act(host, live_room, "remove", post="nope", reason="selling") == 404


def test_a_line_taken_down_is_gone_for_everybody_and_a_moderator_looks_again(
    live_room: Room, host: Browser, sign_in_as: SignIn
) -> None:
    ann, bob = live_room.sit("Ann Lark"), live_room.sit("Bob Finch")
    commit()
    hers = sign_in_as(ann.member)
    hers.post(f"/s/{live_room.session.public_id}/say", {"body": "You should just stop.", "client_id": "c"})
    post = db.session.scalars(select(Post)).one()
    assert act(host, live_room, "remove", post=post.public_id, reason="tells_what_to_do") == 303
    assert "just stop" not in sign_in_as(bob.member).get(f"/s/{live_room.session.public_id}").text
    own = hers.get(f"/s/{live_room.session.public_id}").text
    assert "just stop" in own
    assert "Taken down" in own
    case = db.session.scalars(select(Case).where(Case.target_id == post.id)).one()
    assert case.live


def test_a_welcome_is_read_by_one_person_only(live_room: Room, host: Browser, sign_in_as: SignIn) -> None:
    ned, bob = live_room.sit("Ned Reed"), live_room.sit("Bob Finch")
    commit()
    assert act(host, live_room, "welcome", member=ned.public_id, words="Good that you came, Ned.") == 303
    url = f"/s/{live_room.session.public_id}"
    assert "Good that you came, Ned." in sign_in_as(ned.member).get(url).text
    assert "Good that you came, Ned." not in sign_in_as(bob.member).get(url).text


def test_a_side_room_needs_two_of_the_team(live_room: Room, host: Browser, sign_in_as: SignIn) -> None:
    ned, bob = live_room.sit("Ned Reed"), live_room.sit("Bob Finch")
    now = datetime.now(UTC)
    with pytest.raises(Conflict):
        keeping.open_side_room(session=live_room.session, seat=ned, second=None, actor=live_room.actor, now=now)
    mo = factories.make_staff(role="moderator")
    keeping.heartbeat(live_room.session, mo, now)
    commit()
    assert act(host, live_room, "side", member=ned.public_id) == 303
    room = db.session.scalars(select(SideRoom)).one()
    assert {room.opened_by_id, room.second_id} == {live_room.host.id, mo.id}
    side = f"/s/{live_room.session.public_id}/side"
    his = sign_in_as(ned.member)
    assert his.post(side, {"body": "It is a bad night.", "client_id": "c"}).status_code == 303
    for watching in (his, host, sign_in_as(mo)):
        where = side if watching is his else desk(live_room, f"/side/{room.id}")
        assert "It is a bad night." in watching.get(where).text
    other = sign_in_as(bob.member)
    assert other.get(side).status_code == 404
    assert "bad night" not in other.get(f"/s/{live_room.session.public_id}").text
    assert other.get(f"/t/{room.thread.public_id}").status_code == 404
    assert host.post(desk(live_room, f"/side/{room.id}"), {"close": "yes"}).status_code == 303
    assert his.post(side, {"body": "Hello?", "client_id": "d"}).status_code == 404


def test_a_moderator_sees_an_alarm_with_what_was_said_before(
    live_room: Room, host: Browser, sign_in_as: SignIn
) -> None:
    ann, bob = live_room.sit("Ann Lark"), live_room.sit("Bob Finch")
    commit()
    url = f"/s/{live_room.session.public_id}/say"
    sign_in_as(bob.member).post(url, {"body": "The bus was late.", "client_id": "c"})
    sign_in_as(ann.member).post(
        url, {"body": "I am going to kill myself tonight, I have the pills here.", "client_id": "c"}
    )
    page = host.get(desk(live_room)).text
    alarm = page[page.index("data-alarm=") : page.index("Ask them into a side room")]
    assert "Ann Lark" in alarm
    assert "The bus was late." in alarm


def test_a_meeting_whose_host_is_away_can_be_taken_over(live_room: Room, sign_in_as: SignIn) -> None:
    helper = factories.make_staff(role="facilitator")
    browser = sign_in_as(helper)
    assert browser.post(desk(live_room, "/take")).status_code == 404
    db.session.query(Keeper).update({"heartbeat_at": datetime.now(UTC) - timedelta(seconds=90)})
    commit()
    assert browser.post(desk(live_room, "/take")).status_code == 303
    db.session.refresh(live_room.session)
    assert live_room.session.host_id == helper.id
    assert browser.get(desk(live_room)).status_code == 200


def test_handing_over_and_co_hosts(live_room: Room, host: Browser, sign_in_as: SignIn) -> None:
    ben, pam = factories.make_staff(role="facilitator"), factories.make_staff(role="peer_supporter")
    assert act(host, live_room, "cohost", staff=pam.public_id) == 400
    assert act(host, live_room, "cohost", staff=ben.public_id) == 303
    assert sign_in_as(ben).get(desk(live_room)).status_code == 200
    assert act(host, live_room, "handover", staff=ben.public_id, host_name="Salt Marsh") == 303
    assert (live_room.session.host_id, live_room.session.host_name) == (ben.id, "Salt Marsh")
    assert host.get(desk(live_room)).status_code == 200


def test_moderators_can_pause_everything(live_room: Room, sign_in_as: SignIn) -> None:
    mo = sign_in_as(factories.make_staff(role="moderator"))
    assert mo.post("/mod/meetings/pause-all").status_code == 303
    db.session.refresh(live_room.session)
    assert (live_room.session.status, live_room.session.pause_kind) == ("paused", "team")
    live_room.beat()
    assert live_room.tick() == []


def test_the_next_host_finds_a_note(live_room: Room, host: Browser) -> None:
    assert host.post(desk(live_room, "/note"), {"note": "Ask Bob how the move went."}).status_code == 303
    later = queries.next_sessions(live_room.series, datetime.now(UTC))[1]
    assert "how the move went" in host.get(f"/mod/meetings/{later.public_id}").text


# ── Series ──────────────────────────────────────────────────────────────────────────────────────────────────────

FORM = {
    "name": "First cup", "summary": "A plan for the day.", "format": "check_in", "first_on": "2026-12-01",
    "local_time": "07:00",
    "zone": "Europe/London", "rule": "FREQ=DAILY", "minutes": "45", "capacity": "24", "share_minutes": "3",
    "host_name": "Early Wren", "host_kind": "peer", "audience": "everyone", "pathway": "any", "topic": "open",
    "cross_talk": "", "calling": "", "history": "yes",
}  # fmt: skip


def test_starting_adapting_and_ending_a_series(database: None, sign_in_as: SignIn) -> None:
    fay = factories.make_staff(role="facilitator")
    mine = sign_in_as(fay)
    made = mine.post("/mod/meetings/new", FORM)
    assert made.status_code == 303, made.text
    series = db.session.scalars(select(Series)).one()
    assert (series.cross_talk, series.calling, series.host_id) == ("on", "auto", fay.id)
    steps = {
        f"step-{n}-{key}": str(step[key])
        for n, step in enumerate(series.steps)
        for key in ("name", "kind", "minutes", "words")
    }
    changed = mine.post(made.location, {**FORM, **steps, "step-0-words": "Good morning.", "cross_talk": "after"})
    assert changed.status_code == 303, changed.text
    db.session.refresh(series)
    assert (series.steps[0]["words"], series.cross_talk) == ("Good morning.", "after")
    assert sign_in_as(factories.make_staff(role="facilitator")).get(made.location).status_code == 404
    assert mine.post(made.location, {**FORM, "stop": "yes"}).status_code == 303
    db.session.refresh(series)
    assert not series.is_running
    assert db.session.query(Session).count() == 0
    assert "ended for good" in mine.get(f"/m/{series.public_id}").text


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", ""), ("summary", ""), ("rule", "FREQ=SECONDLY"), ("zone", "Mars"), ("local_time", "7"),
     ("minutes", "500"),
     ("capacity", "x"), ("format", "opera"), ("audience", "cats"), ("first_on", "soon")],
)  # fmt: skip
def test_a_wrong_field_is_named_and_everything_typed_comes_back(
    database: None, sign_in_as: SignIn, field: str, value: str
) -> None:
    mine = sign_in_as(factories.make_staff(role="facilitator"))
    answer = mine.post("/mod/meetings/new", {**FORM, field: value})
    assert answer.status_code == 400
    assert f'id="e-{field}"' in answer.text
    assert "Early Wren" in answer.text
    assert db.session.query(Series).count() == 0


def test_cancelling_and_moving_one_session(database: None, sign_in_as: SignIn) -> None:
    now = datetime.now(UTC)
    fay = factories.make_staff(role="facilitator")
    series = make_series(fay, now)
    first, second = queries.next_sessions(series, now)[:2]
    mine = sign_in_as(fay)
    plan = f"/mod/meetings/{first.public_id}/plan"
    assert mine.post(plan, {"do": "cancel", "why": ""}).status_code == 400
    assert mine.post(plan, {"do": "cancel", "why": "Ill."}).status_code == 303
    moved = f"/mod/meetings/{second.public_id}/plan"
    assert mine.post(moved, {"do": "move", "starts_at": "tomorrow"}).status_code == 400
    target = (now + timedelta(days=3)).strftime("%Y-%m-%d 21:15")
    assert mine.post(moved, {"do": "move", "starts_at": target}).status_code == 303
    db.session.refresh(second)
    assert second.starts_at.strftime("%Y-%m-%d %H:%M") == target
