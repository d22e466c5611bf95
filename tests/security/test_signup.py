"""Coming in: the trap field, the stamp, the work, and the way without scripts."""

from __future__ import annotations

import hashlib
import itertools
import re
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from forum.core.db import db
from forum.core.settings import write_setting
from forum.identity import newcomers, stamps
from forum.identity.models import Member
from forum.web import limits, pressure
from forum.web.limits import RULES, Limiter, Rule
from tests import factories
from tests.conftest import Browser

KEY = "a key for this test only, long enough"
NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
LATER = NOW + timedelta(seconds=10)


@pytest.fixture
def busy(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Limiter:
    """A night on which many came in already."""
    made = Limiter("", {**RULES, "join": Rule(), "join_unproved": Rule()})
    monkeypatch.setitem(app.extensions, limits.KEY, made)
    for _ in range(60):
        made.try_hit("join_busy")
    monkeypatch.setitem(pressure.BITS, "busy", 8)
    return made


def solve(stamp: str) -> str:
    _, _, bits, _, nonce, _ = stamp.split("|")
    for number in itertools.count():
        digest = hashlib.sha256(f"{nonce}:{number}".encode()).digest()
        if int.from_bytes(digest, "big") >> (256 - int(bits)) == 0:
            return str(number)
    raise AssertionError


def form_of(page: str) -> dict[str, str]:
    handle, stamp = re.search(r'name="handle" value="([^"]+)"', page), re.search(r'name="stamp" value="([^"]+)"', page)
    assert handle
    assert stamp
    return {"handle": handle[1], "stamp": stamp[1], "device": "shared", "adult": "yes"}


def newest() -> Member | None:
    return db.session.scalar(select(Member).order_by(Member.id.desc()).limit(1))


# ── the stamp ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_stamp_is_read_only_with_its_key_and_for_its_form() -> None:
    stamp = stamps.issue("join", 8, key=KEY, now=NOW)
    found = stamps.read(stamp, "join", key=KEY)
    assert found is not None
    assert found.is_fresh(LATER)
    assert found.is_done_by(solve(stamp))
    assert stamps.read(stamp, "other", key=KEY) is None
    assert stamps.read(stamp, "join", key=KEY + "x") is None


@pytest.mark.parametrize("part", range(6))
def test_no_part_of_a_stamp_can_be_changed_or_moved(part: int) -> None:
    """CVE-2025-68113: without separators one part's digits could be pushed into the next."""
    parts = stamps.issue("join", 16, key=KEY, now=NOW).split("|")
    for changed in ("", "0", parts[part] + "0", parts[part][:-1], "|", parts[part][::-1] + "x"):
        assert stamps.read("|".join([*parts[:part], changed, *parts[part + 1 :]]), "join", key=KEY) is None
    glued = [*parts]
    glued[part % 5 : part % 5 + 2] = ["".join(parts[part % 5 : part % 5 + 2])]
    assert stamps.read("|".join(glued), "join", key=KEY) is None


@pytest.mark.parametrize("text", ["", "|", "|" * 6, "1|join|8|0|x", "x" * 10_000, "1|join|8|0|n|", "ü|" * 5])
def test_nonsense_is_no_stamp(text: str) -> None:
    assert stamps.read(text, "join", key=KEY) is None


@pytest.mark.parametrize("work", ["", "x", "-1", "1e3", "٣", " 1", "9" * 17, "0x10"])
def test_nonsense_is_no_work(work: str) -> None:
    assert not stamps.Stamp("join", 1, 0, "nonce").is_done_by(work)


@pytest.mark.parametrize(
    ("seconds", "fresh"), [(0, False), (2, False), (3, True), (3600, True), (3601, False), (-5, False)]
)
def test_too_soon_and_too_late(seconds: int, fresh: bool) -> None:
    stamp = stamps.Stamp("join", 8, int(NOW.timestamp()), "n")
    assert stamp.is_fresh(NOW + timedelta(seconds=seconds)) is fresh


# ── the form ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_trap_field_makes_no_member_and_says_nothing(browser: Browser) -> None:
    form = form_of(browser.get("/join").text)
    before = newest()
    answer = browser.post("/join", {**form, "website": "https://spam.example"})
    assert (answer.status_code, answer.location) == (303, "/rooms")
    assert newest() == before


def test_on_a_quiet_night_anybody_comes_in_with_or_without_scripts(browser: Browser) -> None:
    assert browser.post("/join", form_of(browser.get("/join").text)).status_code == 200
    member = newest()
    assert member is not None
    assert (member.accepted_posts, newcomers.review_reason(member)) == (0, "")


def test_on_a_busy_night_work_done_counts_as_quiet(
    browser: Browser, busy: Limiter, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = form_of(browser.get("/join").text)
    form["work"] = solve(form["stamp"])
    monkeypatch.setattr(stamps, "HURRY_SECONDS", 0)
    assert browser.post("/join", form).status_code == 200
    member = newest()
    assert member is not None
    assert member.accepted_posts == 0


@pytest.mark.parametrize("how", ["no work", "too fast", "used twice", "no stamp"])
def test_on_a_busy_night_without_work_three_texts_are_read_first(
    browser: Browser, busy: Limiter, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    form = form_of(browser.get("/join").text)
    if how != "too fast":
        monkeypatch.setattr(stamps, "HURRY_SECONDS", 0)
    if how != "no work":
        form["work"] = solve(form["stamp"])
    if how == "used twice":
        busy.use_once(f"stamp:{form['stamp'].split('|')[4]}", 60)
    if how == "no stamp":
        form["stamp"] = ""
    assert browser.post("/join", form).status_code == 200  # nobody is shut out
    member = newest()
    assert member is not None
    assert (member.accepted_posts, newcomers.review_reason(member)) == (-3, "first_posts")


def test_each_text_let_through_takes_one_off_the_debt(browser: Browser, busy: Limiter) -> None:
    browser.post("/join", form_of(browser.get("/join").text))
    member = newest()
    assert member is not None
    thread = factories.make_thread(factories.make_member())
    for left in (-2, -1, 0):
        factories.make_post(thread, member)
        db.session.refresh(member)
        assert member.accepted_posts == left
    assert newcomers.review_reason(member) == ""


def test_in_raid_mode_every_newcomer_waits_and_members_do_not(browser: Browser, busy: Limiter) -> None:
    ned, alice = factories.make_member(trust=0, accepted_posts=1, age_days=0), factories.make_member()
    write_setting("raid_mode", "on")
    with browser.client.application.test_request_context("/"):
        assert newcomers.review_reason(ned) == "raid_mode"
        assert newcomers.review_reason(alice) == ""


def test_in_raid_mode_the_work_is_harder_and_the_door_narrower(
    browser: Browser, busy: Limiter, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_setting("raid_mode", "on")
    assert form_of(browser.get("/join").text)["stamp"].split("|")[2] == "20"
    busy.rules = {**busy.rules, "join_raid": Rule(site="2/hour")}
    codes = [browser.post("/join", form_of(browser.get("/join").text)).status_code for _ in range(1)]
    for _ in range(3):
        fresh = Browser(browser.client.application)
        codes.append(fresh.post("/join", form_of(fresh.get("/join").text)).status_code)
    assert codes == [200, 200, 429, 429]


def test_three_hundred_within_the_hour_switch_raid_mode_on(browser: Browser, busy: Limiter, app: Flask) -> None:
    busy.rules = {**busy.rules, "join": Rule(site="2/hour")}
    for _ in range(3):
        fresh = Browser(app)
        last = fresh.post("/join", form_of(fresh.get("/join").text))
    assert last.status_code == 429
    with app.test_request_context("/"):
        assert pressure.is_raid()
