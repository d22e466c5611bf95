"""One's own staff account, and what admins do to others': password, second factor, sessions, each seen by admins."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from sqlalchemy import select, update

from forum.core.clock import utcnow
from forum.core.db import db
from forum.identity import operations, passwords, totp
from forum.identity.models import LoginSession, RecoveryCode, Staff
from forum.identity.roles import ROLES
from forum.moderation import audit
from forum.moderation.models import AccessEntry, AuditEntry, Sanction
from forum.web.current import config
from tests.console.test_desk import a_case, url
from tests.factories import make_staff

GOOD = "seven quiet herons cross the frozen car park"


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


def stale(desk: Any) -> None:
    old = utcnow() - timedelta(minutes=11)
    db.session.execute(update(LoginSession).where(LoginSession.staff_id == desk.id).values(stepped_up_at=old))
    db.session.commit()


def actions() -> list[str]:
    return list(db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.seq)))


def test_a_new_password_opens_and_everywhere_else_one_is_signed_out(
    enter: Callable[..., Any], sign_in_as: Callable[..., Any]
) -> None:
    mo = enter()
    elsewhere = sign_in_as(db.session.get_one(Staff, mo.id))
    assert mo.post("/mod/account/password", {"password": GOOD, "password_again": GOOD}).status_code == 303
    person = db.session.get_one(Staff, mo.id)
    assert operations.check_password(person.name, GOOD) is not None
    assert elsewhere.get("/mod/").status_code == 303
    assert mo.get("/mod/").status_code == 200
    assert actions() == ["staff.password"]
    assert GOOD not in json.dumps([str(vars(entry)) for entry in audit.each_entry()])


@pytest.mark.parametrize(
    ("first", "again", "said"),
    [(GOOD, "another", "differ"), ("short", "short", "15 characters"), ("password password 1", None, "guesser")],
)
def test_a_password_that_will_not_do_changes_nothing(
    enter: Callable[..., Any], first: str, again: str | None, said: str
) -> None:
    mo = enter()
    form = {"password": first, "password_again": first if again is None else again}
    assert said in text(mo.post("/mod/account/password", form), 400)
    assert db.session.get_one(Staff, mo.id).password_hash == "not a hash"
    assert actions() == []


@pytest.mark.parametrize("path", ["/mod/account/password", "/mod/account/codes", "/mod/account/second-factor"])
def test_nothing_of_ones_account_is_changed_without_password_and_code(enter: Callable[..., Any], path: str) -> None:
    mo = enter()
    stale(mo)
    assert mo.post(path, {"password": GOOD, "password_again": GOOD}).status_code == 403
    assert actions() == []


def test_asking_for_the_page_leads_to_password_and_code_and_back(enter: Callable[..., Any]) -> None:
    mo = enter()
    stale(mo)
    answer = mo.get("/mod/account/second-factor")
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/mod/step-up?next=/mod/account/second-factor"


def test_another_second_factor_counts_once_it_has_shown_a_code_and_admins_see_it(enter: Callable[..., Any]) -> None:
    mo, ada = enter(), enter("admin")
    totp.store_seed(db.session.get_one(Staff, mo.id), old := totp.new_seed(), config().keys.totp_key)
    db.session.commit()
    shown = text(mo.get("/mod/account/second-factor"))
    seed = re.findall(r"<code>([A-Z2-7]{32})</code>", shown)[0]
    text(mo.post("/mod/account/second-factor", {"code": "000000"}), 400)
    assert totp.use_code(db.session.get_one(Staff, mo.id), pyotp.TOTP(old).now(), config().keys.totp_key, utcnow())
    codes = text(mo.post("/mod/account/second-factor", {"code": (shown_code := pyotp.TOTP(seed).now())}))
    assert not totp.use_code(db.session.get_one(Staff, mo.id), shown_code, config().keys.totp_key, utcnow())
    assert len(re.findall(r"<code>([a-z0-9-]{19})</code>", codes)) == 10
    person = db.session.get_one(Staff, mo.id)
    assert not totp.use_code(
        person, pyotp.TOTP(old).at(utcnow() + timedelta(seconds=30)), config().keys.totp_key, utcnow()
    )
    assert len(db.session.scalars(select(RecoveryCode)).all()) == 10
    assert actions() == ["staff.totp"]
    for page in ("/mod/staff", "/mod/"):
        assert "Somebody changed their second factor" in text(ada.get(page))
    assert "second factor" not in text(mo.get("/mod/")).split("<main")[1]


@pytest.mark.parametrize("role", ROLES)
def test_only_admins_sign_others_out(enter: Callable[..., Any], role: str) -> None:
    desk, other = enter(role), enter("helper")
    expected = 303 if role == "admin" else 404
    assert desk.post(f"/mod/staff/{other.person.public_id}/sessions").status_code == expected
    assert other.get("/mod/").status_code == (303 if role == "admin" else 200)
    assert actions() == (["staff.sessions"] if role == "admin" else [])


def test_signing_others_out_asks_for_password_and_code(enter: Callable[..., Any]) -> None:
    ada, mo = enter("admin"), enter()
    stale(ada)
    assert ada.post(f"/mod/staff/{mo.person.public_id}/sessions").status_code == 403
    assert mo.get("/mod/").status_code == 200


# ── Other grave things ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_ban_takes_password_and_code_of_both_people(enter: Callable[..., Any]) -> None:
    mo, mia, case = enter(), enter(), a_case()
    form = {"version": case.version, "limit": "ban", "reason_code": "threat_or_hate", "facts": "You sent threats."}
    stale(mo)
    shown = text(mo.post(url(case, "sanction"), form), 400)
    assert "show your password and a code first" in shown
    assert "You sent threats." not in shown or shown.count("You sent threats.") >= 1
    assert db.session.scalar(select(Sanction.id)) is None
    db.session.execute(update(LoginSession).values(stepped_up_at=utcnow()))
    assert mo.post(url(case, "sanction"), form).status_code == 303
    limit = db.session.scalars(select(Sanction)).one().public_id
    stale(mia)
    assert "show password and code first" in text(mia.get("/mod/appeals"))
    assert mia.post(f"/mod/limits/{limit}/confirm").status_code == 403
    db.session.execute(update(LoginSession).values(stepped_up_at=utcnow()))
    assert mia.post(f"/mod/limits/{limit}/confirm").status_code == 303
    assert db.session.scalars(select(Sanction.state)).one() == "active"


def test_the_record_is_handed_over_filtered_and_that_is_written_into_it(enter: Callable[..., Any]) -> None:
    lea, mo, case = enter("lead"), enter(), a_case()
    assert mo.post("/mod/audit/export").status_code == 404
    stale(lea)
    assert lea.post("/mod/audit/export").status_code == 403
    db.session.execute(update(LoginSession).values(stepped_up_at=utcnow()))
    lines = text(lea.post("/mod/audit/export", {"case": case.public_id})).splitlines()
    assert [json.loads(line)["action"] for line in lines] == ["case.opened"]
    everything = text(lea.post("/mod/audit/export")).splitlines()
    assert json.loads(everything[0])["action"] == "audit.exported"
    assert [row.kind for row in db.session.scalars(select(AccessEntry))] == ["export", "export"]
    assert audit.verify().is_whole


def test_passwords_that_were_hashed_here_can_be_checked_here() -> None:
    assert passwords.verify_password(passwords.hash_password(GOOD), GOOD)
