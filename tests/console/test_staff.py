"""The team's own pages: who may invite, change and agree, and always with password and code shown lately."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from forum.core.clock import utcnow
from forum.core.db import db
from forum.identity.models import LoginSession, RecoveryCode, Staff
from forum.identity.roles import ROLES, may
from forum.moderation.models import Approval, AuditEntry
from tests.factories import make_staff


@pytest.fixture
def enter(sign_in_as: Callable[..., Any]) -> Callable[..., Any]:
    def enter(role: str, name: str = "") -> Any:
        person = make_staff(name, role)
        desk = sign_in_as(person)
        desk.person, desk.id = person, person.id
        return desk

    return enter


def stale(desk: Any) -> None:
    old = utcnow() - timedelta(minutes=11)
    db.session.execute(update(LoginSession).where(LoginSession.staff_id == desk.id).values(stepped_up_at=old))
    db.session.commit()


def text(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status
    return str(answer.get_data(as_text=True))


@pytest.mark.parametrize("role", ROLES)
def test_who_may_open_the_list(enter: Callable[..., Any], role: str) -> None:
    assert enter(role).get("/mod/staff").status_code == (200 if may(role, "staff.read") else 404)


@pytest.mark.parametrize("role", ROLES)
def test_everybody_has_their_own_account_page(enter: Callable[..., Any], role: str) -> None:
    assert "Here, now" in text(enter(role).get("/mod/account"))


@pytest.mark.parametrize("role", ROLES)
def test_only_admins_invite_and_change(enter: Callable[..., Any], role: str) -> None:
    desk, other = enter(role), make_staff().public_id
    expected = {True: (200, 303), False: (404, 404)}[role == "admin"]
    assert desk.post("/mod/staff/invite", {"name": f"New {role}", "role": "helper"}).status_code == expected[0]
    assert desk.post(f"/mod/staff/{other}/role", {"role": "helper"}).status_code == expected[1]


@pytest.mark.parametrize(
    "path", ["/mod/staff/invite", "/mod/staff/{other}/role", "/mod/staff/{other}/off", "/mod/account/codes"]
)
def test_nothing_is_changed_without_password_and_code_shown_lately(enter: Callable[..., Any], path: str) -> None:
    desk, other = enter("admin"), make_staff()
    stale(desk)
    form = {"name": "New One", "role": "helper"}
    assert desk.post(path.format(other=other.public_id), form).status_code == 403
    assert "show your password and a code first" in text(desk.get("/mod/staff"))
    assert db.session.scalar(select(AuditEntry.id)) is None


def test_an_invitation_is_shown_once_and_opens_the_door(enter: Callable[..., Any], browser: Any) -> None:
    ada = enter("admin")
    shown = text(ada.post("/mod/staff/invite", {"name": "Newt Test", "role": "moderator"}))
    link = re.search(r"/mod/invite/[\w-]+", shown)
    assert link is not None
    assert "/mod/invite/" not in text(ada.get("/mod/staff"))
    assert "Newt Test" in text(browser.get(link[0]))
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "staff.invited")).one()
    assert entry.to_state == "moderator"


def test_a_name_that_is_taken_comes_back_with_what_was_typed(enter: Callable[..., Any]) -> None:
    ada = enter("admin", "Ada Staff")
    shown = text(ada.post("/mod/staff/invite", {"name": "Ada Staff", "role": "lead"}), 409)
    assert 'value="Ada Staff"' in shown


def test_switching_off_ends_everything_at_once(enter: Callable[..., Any]) -> None:
    ada, mo = enter("admin"), enter("moderator")
    assert mo.get("/mod/").status_code == 200
    assert ada.post(f"/mod/staff/{mo.person.public_id}/off").status_code == 303
    assert mo.get("/mod/").status_code == 303
    assert not db.session.get_one(Staff, mo.id).is_active


def test_a_role_takes_two_people_not_two_browsers(enter: Callable[..., Any], sign_in_as: Callable[..., Any]) -> None:
    ada, lea, mo = enter("admin"), enter("lead"), enter("moderator")
    assert ada.post(f"/mod/staff/{mo.person.public_id}/role", {"role": "lead"}).status_code == 303
    asked = db.session.scalars(select(Approval)).one().public_id
    again = sign_in_as(db.session.get_one(Staff, ada.id))
    assert again.post(f"/mod/approvals/{asked}/approve").status_code == 403
    assert ada.post(f"/mod/approvals/{asked}/approve").status_code == 403
    assert db.session.get_one(Staff, mo.id).role == "moderator"
    assert "I agree" in text(lea.get("/mod/staff"))
    assert "I agree" not in text(ada.get("/mod/staff"))
    assert lea.post(f"/mod/approvals/{asked}/approve").status_code == 303
    assert db.session.get_one(Staff, mo.id).role == "lead"
    assert mo.get("/mod/").status_code == 303
    assert lea.post(f"/mod/approvals/{asked}/approve").status_code == 409
    assert lea.post(f"/mod/approvals/{asked}/nonsense").status_code == 404


def test_new_codes_replace_the_old_ones(enter: Callable[..., Any]) -> None:
    mo = enter("moderator")
    first = re.findall(r"<code>([a-z0-9-]+)</code>", text(mo.post("/mod/account/codes")))
    second = re.findall(r"<code>([a-z0-9-]+)</code>", text(mo.post("/mod/account/codes")))
    assert len(set(first) | set(second)) == 20
    assert len(db.session.scalars(select(RecoveryCode).where(RecoveryCode.staff_id == mo.id)).all()) == 10


def test_other_browsers_are_signed_out_and_nobody_elses(
    enter: Callable[..., Any], sign_in_as: Callable[..., Any]
) -> None:
    mo, mia = enter("moderator"), enter("moderator")
    again = sign_in_as(db.session.get_one(Staff, mo.id))
    hers = db.session.scalars(select(LoginSession.public_id).where(LoginSession.staff_id == mia.id)).one()
    assert mo.post("/mod/account/sessions", {"session": hers}).status_code == 404
    assert mo.post("/mod/account/sessions", {"session": "others"}).status_code == 303
    assert again.get("/mod/").status_code == 303
    assert (mo.get("/mod/").status_code, mia.get("/mod/").status_code) == (200, 200)


@pytest.mark.parametrize(
    ("asked", "leads"),
    [
        ("/mod/staff", "/mod/staff"),
        ("//evil.example", "/mod/"),
        ("/mod/../x", "/mod/"),
        ("/mod//evil.example", "/mod/"),
        ("https://evil.example/mod/", "/mod/"),
    ],
)
def test_after_the_password_one_stays_at_the_desk(enter: Callable[..., Any], asked: str, leads: str) -> None:
    shown = text(enter("admin").get(f"/mod/step-up?next={asked}"))
    assert f'name="next" value="{leads}"' in shown
