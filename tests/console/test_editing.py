"""Rooms, helplines and messages in the console: checked, looked at first, kept as differences, never half done."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import DatabaseError

from forum.core.clock import utcnow
from forum.core.db import db
from forum.discussions import daily
from forum.discussions.models import Room, Thread
from forum.discussions.seeding import seed_rooms
from forum.helplines import registry
from forum.identity.models import LoginSession
from forum.identity.roles import ROLES, may
from forum.moderation import actions, audit, edits, leases, rule_trials, rulebook, templates
from forum.moderation.actors import Actor
from forum.moderation.models import AuditEntry, Case, ConfigChange
from tests.factories import a_room, make_member, make_staff, make_thread


def page(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status, answer.get_data(as_text=True)[-3000:]
    return str(answer.get_data(as_text=True))


@pytest.fixture
def lea(sign_in_as: Callable[..., Any]) -> Any:
    return sign_in_as(make_staff(role="lead"))


def form_of(shown: str) -> dict[str, str]:
    """Read the values of the last form with fields, as a browser would send them."""
    found = dict(re.findall(r'<input type="(?:text|hidden|date)"[^>]*?name="(\w+)"[^>]*?value="([^"]*)"', shown))
    found |= dict(re.findall(r'<textarea id="f-\w+" name="(\w+)"[^>]*>([^<]*)<', shown))
    for name, options in re.findall(r'<select id="f-\w+" name="(\w+)"[^>]*>(.*?)</select>', shown, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        found[name] = chosen[1] if chosen else ""
    return {name: value.replace("&#39;", "'").replace("&#34;", '"') for name, value in found.items()}


PLACES = {
    "rooms": "rooms.change",
    "helplines": "helplines.change",
    "messages": "messages.change",
    "rules": "rules.change",
}


@pytest.mark.parametrize("role", ROLES)
def test_who_may_edit_what(sign_in_as: Callable[..., Any], role: str) -> None:
    desk = sign_in_as(make_staff(role=role))
    for place, permission in PLACES.items():
        expected = 200 if may(role, permission) else 404  # type: ignore[arg-type]
        assert desk.get(f"/mod/{place}").status_code == expected
        assert desk.get(f"/mod/{place}/new").status_code == expected


# ── Rooms ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_room_is_looked_at_then_changed_and_both_values_are_kept(lea: Any) -> None:
    room = a_room("alcohol")
    here, before = f"/mod/rooms/{room.public_id}", room.summary
    form = {**form_of(page(lea.get(here))), "summary": "Beer, wine and what comes after."}
    looked = page(lea.post(here, {**form, "what": "look"}))
    assert "Not saved yet." in looked
    assert db.session.get_one(Room, room.id).summary == before
    assert lea.post(here, {**form, "what": "save"}).status_code == 303
    assert db.session.get_one(Room, room.id).summary == "Beer, wine and what comes after."
    change = db.session.scalars(select(ConfigChange)).one()
    assert (change.kind, change.field, change.before, change.after) == ("room", "summary", before, form["summary"])
    entry = db.session.get_one(AuditEntry, change.event_id)
    assert (entry.action, entry.rule_ref) == ("room.changed", "summary")
    assert form["summary"] not in json.dumps([str(value) for value in vars(entry).values()])
    assert edits.problems() == []
    assert audit.verify().is_whole
    assert "Beer, wine" in page(lea.get(f"/r/{room.public_id}"))
    assert "What was changed before (1)" in page(lea.get(here))


def test_seeding_leaves_alone_what_the_team_changed(lea: Any) -> None:
    here = f"/mod/rooms/{a_room('alcohol').public_id}"
    form = {**form_of(page(lea.get(here))), "name": "The bar stool"}
    assert lea.post(here, form).status_code == 303
    db.session.execute(update(Room).where(Room.key == "night").values(name="Somebody's SQL prompt"))
    seed_rooms()
    assert (a_room("alcohol").name, a_room("night").name) == ("The bar stool", "The 3 a.m. room")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "x" * 81),
        ("card_who", ""),
        ("group", "nowhere"),
        ("position", "-1"),
        ("name", "The 3 a.m. room"),
    ],
)
def test_a_room_that_does_not_fit_comes_back_as_typed(lea: Any, field: str, value: str) -> None:
    here = f"/mod/rooms/{a_room('alcohol').public_id}"
    form = {**form_of(page(lea.get(here))), "summary": "Kept as typed.", field: value}
    assert "Kept as typed." in page(lea.post(here, form), 400)
    assert db.session.scalar(select(AuditEntry.id)) is None


def test_the_door_and_the_days_thread_are_edited_like_every_field(lea: Any, browser: Any) -> None:
    room, now = a_room("older"), utcnow()
    here = f"/mod/rooms/{room.public_id}"
    make_thread(make_member(), "Sixty candles", "At sixty-one.", room=room)
    assert "Sixty candles" in page(browser.get(f"/r/{room.public_id}"))
    form = {**form_of(page(lea.get(here))), "declares": "I’m sixty or over.", "daily": "pledge"}
    looked = page(lea.post(here, {**form, "what": "look"}))
    assert "A door: “I’m sixty or over.”" in looked
    assert "a promise for today" in looked
    assert lea.post(here, form).status_code == 303
    kept = {(row.field, row.before, row.after) for row in db.session.scalars(select(ConfigChange))}
    assert kept == {("declares", "", "I’m sixty or over."), ("daily", "", "pledge")}
    assert audit.verify().is_whole
    assert "I’m sixty or over." in page(browser.get(f"/r/{room.public_id}"))
    assert "Sixty candles" not in page(browser.get(f"/r/{room.public_id}"))
    daily.open_due(now)
    opened = db.session.scalars(select(Thread).where(Thread.room_id == room.id, Thread.purpose == "daily")).one()
    lea.post(here, {**form_of(page(lea.get(here))), "daily": "checkin"})
    assert daily.kind_of(opened) == "pledge"  # what people answered stays what they were asked
    assert "Please choose one of these." in page(lea.post(here, {**form, "daily": "hourly"}), 400)
    assert "At most 200" in page(lea.post(here, {**form, "declares": "I" * 201}), 400)


def test_a_door_people_wrote_behind_is_never_taken_away(lea: Any, browser: Any) -> None:
    full, bare = a_room("women"), a_room("men")
    make_thread(make_member(), "Behind the door", "Said between us.", room=full)
    for room, status in ((full, 400), (bare, 303)):
        here = f"/mod/rooms/{room.public_id}"
        answer = lea.post(here, {**form_of(page(lea.get(here))), "declares": " "})
        assert answer.status_code == status
    assert "Behind the door" not in page(browser.get(f"/r/{full.public_id}"))
    here = f"/mod/rooms/{full.public_id}"
    assert lea.post(here, {**form_of(page(lea.get(here))), "declares": "I’m a woman, trans or not."}).status_code == 303


def test_the_list_of_what_is_missing_names_each_field(lea: Any) -> None:
    shown = page(lea.post("/mod/rooms/new", {"what": "save"}), 400)
    listed = shown.split('id="form-errors"')[1].split("</ul>")[0]
    assert "Name: This needs a few words." in listed
    assert "When: This needs a few words." in listed


def test_a_new_room_opens_and_closes(lea: Any) -> None:
    empty = form_of(page(lea.get("/mod/rooms/new")))
    form = {
        **empty,
        "name": "Night shifts",
        "summary": "Working while others sleep.",
    }
    form |= {name: "As it comes." for name in empty if name.startswith("card_")}
    assert lea.post("/mod/rooms/new", {**form, "group": "start"}).status_code == 303
    room = db.session.scalars(select(Room).where(Room.name == "Night shifts")).one()
    assert (room.key, room.is_open) == ("night_shifts", True)
    assert "Night shifts" in page(lea.get("/rooms"))
    closing = {**form_of(page(lea.get(f"/mod/rooms/{room.public_id}"))), "is_open": "no"}
    assert lea.post(f"/mod/rooms/{room.public_id}", closing).status_code == 303
    assert not db.session.get_one(Room, room.id).is_open


def test_distress_in_a_rooms_words_brings_the_card_and_a_case_whoever_wrote_it(lea: Any) -> None:
    here = f"/mod/rooms/{a_room('alcohol').public_id}"
    form = {**form_of(page(lea.get(here))), "summary": "i have the pills lined up on the table. not scared anymore"}
    shown = page(lea.post(here, form))
    assert 'class="care' in shown
    case = db.session.scalars(select(Case)).one()
    assert (case.target_type, case.lane, case.held) == ("room", 0, False)
    opened = page(lea.get(f"/mod/cases/{case.public_id}?show=text"))
    assert "lined up on the table" in re.sub(r"</?mark>", "", opened)
    mo = make_staff()
    leases.release_all(actor=Actor(case.author_staff_id or 0, "lead", "Lea"))
    acting = Actor(mo.id, "moderator", mo.name)
    actions.hide(case.id, actor=acting, version=case.version, now=utcnow(), reason_code="graphic_detail")
    assert not a_room("alcohol").is_open


# ── Helplines ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def own_data(app: Flask, tmp_path: Path) -> Iterator[None]:
    """An instance folder of this test's own: files are not rolled back with the database."""
    kept = dict(registry._place)
    registry.use_instance(tmp_path)
    yield
    registry._place.clear()
    registry._place.update(kept)


def a_line(country: str = "GB") -> str:
    return next(line.id for line in registry.registry().lines if line.country == country and line.phone)


def number_of(line_id: str) -> str:
    return next(line.phone.display for line in registry.registry().lines if line.id == line_id and line.phone)


def test_a_number_is_changed_after_a_look_and_shown_at_once(lea: Any, own_data: None) -> None:
    line = a_line()
    here = f"/mod/helplines/{line}"
    form = {**form_of(page(lea.get(here))), "phone_display": "0800 111 222", "phone_dial": "0800111222"}
    looked = page(lea.post(here, {**form, "what": "look"}))
    assert 'href="tel:0800111222"' in looked
    before = number_of(line)
    assert before != "0800 111 222"
    assert lea.post(here, {**form, "what": "save"}).status_code == 303
    assert number_of(line) == "0800 111 222"
    assert "0800 111 222" in page(lea.get("/help/gb"))
    changed = {row.field: (row.before, row.after) for row in db.session.scalars(select(ConfigChange))}
    assert changed["phone_display"] == (before, "0800 111 222")


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("phone_dial", "0800111223", "differ"),
        ("phone_dial", "call us", "cannot be dialled"),
        ("site_url", "http://example.org", "is not https"),
        ("source_urls", "", "says no source"),
        ("topics", "", "has no topic"),
    ],
)
def test_a_line_nobody_could_rely_on_is_refused(lea: Any, own_data: None, field: str, value: str, said: str) -> None:
    line = a_line()
    here, before = f"/mod/helplines/{line}", number_of(a_line())
    form = {**form_of(page(lea.get(here))), "phone_display": "0800 111 222", "phone_dial": "0800111222", field: value}
    assert said in page(lea.post(here, form), 400)
    assert number_of(line) == before
    assert db.session.scalar(select(AuditEntry.id)) is None


def test_two_people_at_one_line_the_second_is_told(lea: Any, own_data: None) -> None:
    line = a_line()
    here = f"/mod/helplines/{line}"
    form = form_of(page(lea.get(here)))
    assert lea.post(here, {**form, "notes": "first"}).status_code == 303
    assert "while you were looking" in page(lea.post(here, {**form, "notes": "second"}), 409)
    assert db.session.scalar(select(func.count(ConfigChange.id))) == 1


def test_a_line_is_added_and_taken_out_but_never_a_countrys_last(lea: Any, own_data: None) -> None:
    fresh = {
        **form_of(page(lea.get("/mod/helplines/new?country=GB"))),
        "country": "GB", "name": "The kettle line", "phone_display": "0800 111 222", "phone_dial": "0800111222",
        "topics": "crisis", "hours": "24/7", "source_urls": "https://example.org/number",
    }  # fmt: skip
    assert lea.post("/mod/helplines/new", fresh).status_code == 303
    added = next(line.id for line in registry.registry().lines if line.name == "The kettle line")
    stamp = form_of(page(lea.get(f"/mod/helplines/{added}")))["stamp"]
    assert lea.post(f"/mod/helplines/{added}/remove", {"stamp": stamp}).status_code == 303
    assert added not in {line.id for line in registry.registry().lines}
    alone = next(lines[0].id for lines in registry.registry().by_country.values() if len(lines) == 1)
    stamp = form_of(page(lea.get(f"/mod/helplines/{alone}")))["stamp"]
    assert "only line of its country" in page(lea.post(f"/mod/helplines/{alone}/remove", {"stamp": stamp}), 400)


def test_two_people_sign_that_a_line_was_checked_and_nobody_types_the_day(
    lea: Any, sign_in_as: Callable[..., Any], own_data: None
) -> None:
    line = a_line()
    here = f"/mod/helplines/{line}"
    form = form_of(page(lea.get(here)))
    assert "last_checked" not in form
    assert lea.post(here, {**form, "last_checked": "2026-11-28", "notes": "day"}).status_code == 303
    kept = checked_day(line)
    db.session.execute(text("DELETE FROM helpline_check"))
    stamp = form_of(page(lea.get(here)))["stamp"]
    assert lea.post(f"{here}/checked", {"stamp": stamp}).status_code == 303
    assert checked_day(line) == kept
    assert "somebody else has to check it too" in page(lea.get(here))
    assert "waits for a second" in page(lea.get("/mod/helplines"))
    assert lea.post(f"{here}/checked", {"stamp": stamp}).status_code == 403
    ada = sign_in_as(make_staff(role="admin"))
    assert "A second person is needed" in page(ada.get(here))
    assert "while you were looking" in page(ada.post(f"{here}/checked", {"stamp": "an older one"}), 409)
    assert ada.post(f"{here}/checked", {"stamp": stamp}).status_code == 303
    assert checked_day(line) == max(kept, utcnow().date())
    assert ada.post(f"{here}/checked", {"stamp": stamp}).status_code == 409
    assert sign_in_as(make_staff()).post(f"{here}/checked", {"stamp": stamp}).status_code == 404
    assert audit.verify().is_whole


def checked_day(line_id: str) -> date:
    return next(line.last_checked for line in registry.registry().lines if line.id == line_id)


def test_numbers_are_not_changed_without_password_and_code(lea: Any, own_data: None) -> None:
    db.session.execute(update(LoginSession).values(stepped_up_at=utcnow() - timedelta(minutes=11)))
    line = a_line()
    here, before = f"/mod/helplines/{line}", number_of(a_line())
    shown = page(lea.get(here))
    assert 'value="save"' not in shown
    form = {**form_of(shown), "phone_display": "0800 111 222", "phone_dial": "0800111222"}
    assert lea.post(here, {**form, "what": "save"}).status_code == 403
    assert number_of(line) == before


# ── Messages ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_message_is_changed_offered_and_restored(lea: Any) -> None:
    here, before = "/mod/messages/T8", templates.templates()["T8"].text
    form = {**form_of(page(lea.get(here))), "text": "You came here with it, {name}. What are the next ten minutes?"}
    looked = page(lea.post(here, {**form, "what": "look"}))
    assert "You came here with it, Plain Kettle 58." in looked
    assert templates.in_use()["T8"].text == before
    assert lea.post(here, {**form, "what": "save"}).status_code == 303
    assert templates.fill("T8", {"name": "Ash"}).startswith("You came here with it, Ash.")
    assert lea.post(f"{here}/restore").status_code == 303
    assert templates.in_use()["T8"].text == before
    assert db.session.scalar(select(func.count(ConfigChange.id)).where(ConfigChange.kind == "message")) == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("Call 116 123 tonight, they answer.", "only from the helplines"),
        ("You can do this! We believe in you.", "exclamation"),
        ("Please ring {sponsor} as soon as you can.", "There is no {sponsor}"),
        ("Please ring {line as soon as you can.", "no partner"),
        ("Too short.", "20 to 1500"),
    ],
)
def test_a_message_that_would_hurt_or_lie_is_refused(lea: Any, words: str, said: str) -> None:
    form = {**form_of(page(lea.get("/mod/messages/T8"))), "text": words}
    assert said in page(lea.post("/mod/messages/T8", form), 400).replace("&#39;", "'")
    assert db.session.scalar(select(AuditEntry.id)) is None


def test_a_message_of_the_teams_own_joins_the_list_and_the_automatic_one_is_not_touched(lea: Any) -> None:
    own = {
        "id": "own1",
        "title": "Tea",
        "text": "There is a kettle on here and nobody minds silence.",
        "is_offered": "yes",
    }
    assert lea.post("/mod/messages/new", own).status_code == 303
    assert [one.id for one in templates.suggest(0, [])].count("OWN1") == 1
    assert "has this name" in page(lea.post("/mod/messages/new", own), 400)
    assert lea.get("/mod/messages/T12").status_code == 404
    assert lea.post("/mod/messages/T12", own).status_code == 404


# ── What was changed cannot be changed ──────────────────────────────────────────────────────────────────────────


def test_differences_are_append_only_and_a_forged_one_is_found(lea: Any) -> None:
    here = "/mod/messages/T8"
    form = {**form_of(page(lea.get(here))), "title": "Another title"}
    assert lea.post(here, form).status_code == 303
    for statement in ("UPDATE config_change SET after = 'x'", "DELETE FROM config_change"):
        with pytest.raises(DatabaseError), db.session.begin_nested():
            db.session.execute(text(statement))
    row = db.session.scalars(select(ConfigChange)).one()
    db.session.add(ConfigChange(event_id=row.event_id, kind="room", key="x", field="name", after="forged", at=utcnow()))
    db.session.flush()
    assert len(edits.problems()) == 1


# ── House rules ─────────────────────────────────────────────────────────────────────────────────────────────────

OWN = {"says": "It names the place behind the station.", "phrases": "behind the station at nine\nplatform nine tonight"}


def own_rule(lea: Any) -> str:
    assert lea.post("/mod/rules/new/words", OWN).status_code == 303
    return next(rule.id for rule in rulebook.list_rules() if rule.is_own)


def test_an_own_rule_begins_on_trial_is_tried_and_then_speaks(lea: Any) -> None:
    make_thread(make_member(), body="See you behind the station at nine, as ever.")
    db.session.commit()
    rule = own_rule(lea)
    shown = page(lea.get(f"/mod/rules/{rule}"))
    assert re.search(r'value="shadow" checked', shown)
    assert "last thirty days first" in page(lea.post(f"/mod/rules/{rule}/mode", {"mode": "hold"}), 409)
    assert lea.post(f"/mod/rules/{rule}/trial", {"what": "start"}).status_code == 303
    running = page(lea.get(f"/mod/rules/{rule}"))
    assert '<progress id="p-trial"' in running
    while rule_trials.advance(utcnow()):
        db.session.commit()
    db.session.commit()
    state = lea.get(f"/mod/rules/{rule}/trial").get_json()
    assert (state["state"], state["hits"]) == ("done", 1)
    done = page(lea.get(f"/mod/rules/{rule}"))
    assert "It would have spoken 1 time;" in done
    assert "See you behind the station" in done
    assert lea.post(f"/mod/rules/{rule}/mode", {"mode": "hold"}).status_code == 303
    assert rulebook.get_listed(rule).mode == "hold"


def test_the_words_of_an_own_rule_are_kept_before_and_after(lea: Any) -> None:
    rule = own_rule(lea)
    changed = {**OWN, "phrases": "behind the old station"}
    assert lea.post(f"/mod/rules/{rule}/words", changed).status_code == 303
    kept = [(row.field, row.after) for row in db.session.scalars(select(ConfigChange).order_by(ConfigChange.id))]
    assert kept[-1] == ("phrases", "behind the old station")
    assert edits.problems() == []
    assert "Kept as typed" in page(lea.post(f"/mod/rules/{rule}/words", {"says": "Kept as typed", "phrases": ""}), 400)
    assert lea.post(f"/mod/rules/{rule}/remove").status_code == 303
    assert lea.get(f"/mod/rules/{rule}").status_code == 404
    assert audit.verify().is_whole


def test_a_shipped_rule_is_switched_off_and_its_words_are_not_changed_here(lea: Any) -> None:
    rule = next(one.id for one in rulebook.list_rules() if one.code == "spam")
    assert "Its words" not in page(lea.get(f"/mod/rules/{rule}"))
    assert lea.post(f"/mod/rules/{rule}/words", OWN).status_code == 404
    assert lea.post(f"/mod/rules/{rule}/mode", {"mode": "off"}).status_code == 303
    assert rulebook.get_listed(rule).mode == "off"
    assert "changed here" in page(lea.get("/mod/rules?about=spam"))
    page(lea.post(f"/mod/rules/{rule}/mode", {"mode": "loud"}), 400)


def test_rules_are_not_changed_without_password_and_code(lea: Any) -> None:
    db.session.execute(update(LoginSession).values(stepped_up_at=utcnow() - timedelta(minutes=11)))
    assert lea.post("/mod/rules/new/words", OWN).status_code == 403
    assert not any(rule.is_own for rule in rulebook.list_rules())
