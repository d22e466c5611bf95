"""What takes two people can't be done by one, in whatever number of browsers, by replay or by a race."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from forum.core.db import db
from forum.core.errors import BadInput, Conflict, Forbidden
from forum.identity.models import Invitation, LoginSession, Staff
from forum.identity.sessions import start_session
from forum.moderation import actions, approvals, audit, helpline_checks, sanctions, team
from forum.moderation.actors import Actor
from forum.moderation.models import Approval, AuditEntry, HelplineCheck, Sanction
from tests.moderation.board import Note
from tests.moderation.conftest import Cast
from tests.moderation.test_actions import open_case
from tests.moderation.test_concurrency import together


@pytest.fixture
def ada(cast: Cast) -> Actor:
    return cast.staff("Ada", "admin")


@pytest.fixture
def abe(cast: Cast) -> Actor:
    return cast.staff("Abe", "admin")


def role_of(actor: Actor) -> str:
    db.session.expire_all()
    return db.session.get_one(Staff, actor.staff_id).role


def test_a_role_changes_when_a_second_person_agrees(cast: Cast, ada: Actor, now: datetime) -> None:
    start_session(staff=db.session.get_one(Staff, cast.mo.staff_id), device="staff", now=now)
    asked = approvals.propose_role(cast.mo.staff_id, "lead", actor=ada, now=now)
    assert role_of(cast.mo) == "moderator"
    approvals.approve(asked.id, actor=cast.lea, now=now)
    assert role_of(cast.mo) == "lead"
    assert db.session.scalar(select(LoginSession.public_id).where(LoginSession.staff_id == cast.mo.staff_id)) is None
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "role.approved")).one()
    assert (entry.actor_id, entry.second_actor_id) == (cast.lea.staff_id, ada.staff_id)
    assert audit.verify().is_whole


@pytest.mark.parametrize("who", ["proposer", "proposer elsewhere", "the person", "a moderator"])
def test_nobody_else_can_agree(cast: Cast, ada: Actor, now: datetime, who: str) -> None:
    asked = approvals.propose_role(cast.lea.staff_id, "admin", actor=ada, now=now)
    actors = {
        "proposer": ada,
        "proposer elsewhere": Actor(ada.staff_id, "lead", "Ada", request_id="another-browser"),
        "the person": cast.lea,
        "a moderator": cast.mia,
    }
    with pytest.raises(Forbidden):
        approvals.approve(asked.id, actor=actors[who], now=now)
    assert role_of(cast.lea) == "lead"


@pytest.mark.parametrize("column", ["proposed_by_id", "staff_id"])
def test_the_database_itself_refuses_one_person_in_both_places(
    cast: Cast, ada: Actor, now: datetime, column: str
) -> None:
    asked = approvals.propose_role(cast.mo.staff_id, "lead", actor=ada, now=now)
    same = ada.staff_id if column == "proposed_by_id" else cast.mo.staff_id
    with pytest.raises(IntegrityError):
        db.session.execute(update(Approval).where(Approval.id == asked.id).values(decided_by_id=same))


def test_agreeing_twice_counts_once(cast: Cast, ada: Actor, now: datetime) -> None:
    asked = approvals.propose_role(cast.mo.staff_id, "lead", actor=ada, now=now)
    approvals.approve(asked.id, actor=cast.lea, now=now)
    with pytest.raises(Conflict):
        approvals.approve(asked.id, actor=cast.lea, now=now)
    with pytest.raises(Conflict):
        approvals.refuse(asked.id, actor=cast.lea, now=now)


def test_an_old_proposal_has_run_out(cast: Cast, ada: Actor, now: datetime) -> None:
    asked = approvals.propose_role(cast.mo.staff_id, "lead", actor=ada, now=now)
    later = now + timedelta(days=3, seconds=1)
    assert approvals.list_open(later) == []
    with pytest.raises(Conflict):
        approvals.approve(asked.id, actor=cast.lea, now=later)
    again = approvals.propose_role(cast.mo.staff_id, "lead", actor=ada, now=later)
    assert approvals.approve(again.id, actor=cast.lea, now=later).state == "approved"


def test_one_proposal_at_a_time_about_one_account(cast: Cast, ada: Actor, abe: Actor, now: datetime) -> None:
    approvals.propose_role(cast.mo.staff_id, "lead", actor=ada, now=now)
    with pytest.raises(Conflict):
        approvals.propose_role(cast.mo.staff_id, "helper", actor=abe, now=now)


def test_what_somebody_proposed_who_is_gone_falls(cast: Cast, ada: Actor, abe: Actor, now: datetime) -> None:
    asked = approvals.propose_role(cast.mo.staff_id, "lead", actor=ada, now=now)
    team.switch_off(ada.staff_id, actor=abe, now=now)
    with pytest.raises(Conflict):
        approvals.approve(asked.id, actor=cast.lea, now=now)


def test_of_two_who_agree_at_once_one_does(board_app: Flask, cast: Cast, ada: Actor, abe: Actor, now: datetime) -> None:
    asked = approvals.propose_role(cast.mo.staff_id, "lead", actor=ada, now=now).id
    db.session.commit()
    jobs: list[Callable[[], object]] = [
        lambda: approvals.approve(asked, actor=cast.lea, now=now).state,
        lambda: approvals.approve(asked, actor=abe, now=now).state,
    ]
    results = together(board_app, *jobs)
    assert sorted(type(result).__name__ for result in results) == ["Conflict", "str"]
    wanted = select(func.count()).select_from(AuditEntry).where(AuditEntry.action == "role.approved")
    assert db.session.scalar(wanted) == 1
    assert audit.verify().is_whole


def test_one_person_in_two_browsers_at_once_is_one_person(
    board_app: Flask, cast: Cast, ada: Actor, now: datetime
) -> None:
    asked = approvals.propose_role(cast.mo.staff_id, "lead", actor=ada, now=now).id
    db.session.commit()
    jobs: list[Callable[[], object]] = [lambda: approvals.approve(asked, actor=ada, now=now)] * 2
    assert [type(result).__name__ for result in together(board_app, *jobs)] == ["Forbidden", "Forbidden"]
    assert role_of(cast.mo) == "moderator"


def test_two_admins_who_switch_each_other_off_at_once_leave_one(
    board_app: Flask, ada: Actor, abe: Actor, now: datetime
) -> None:
    db.session.commit()
    jobs: list[Callable[[], object]] = [
        lambda: team.switch_off(abe.staff_id, actor=ada, now=now),
        lambda: team.switch_off(ada.staff_id, actor=abe, now=now),
    ]
    together(board_app, *jobs)
    left = select(func.count()).select_from(Staff).where(Staff.role == "admin", Staff.is_active)
    assert db.session.scalar(left) == 1


def test_the_last_admin_stays(cast: Cast, ada: Actor, abe: Actor, now: datetime) -> None:
    team.switch_off(abe.staff_id, actor=ada, now=now)
    with pytest.raises(Forbidden):
        team.switch_off(ada.staff_id, actor=ada, now=now)
    asked = approvals.propose_role(ada.staff_id, "lead", actor=Actor(cast.lea.staff_id, "admin", "Lea"), now=now)
    second = cast.staff("Second", "lead")
    with pytest.raises(BadInput):
        approvals.approve(asked.id, actor=second, now=now)


def test_an_account_comes_back_by_two(cast: Cast, ada: Actor, now: datetime) -> None:
    team.switch_off(cast.mo.staff_id, actor=ada, now=now)
    with pytest.raises(Conflict):
        team.switch_off(cast.mo.staff_id, actor=ada, now=now)
    asked = approvals.propose_return(cast.mo.staff_id, actor=ada, now=now)
    assert not db.session.get_one(Staff, cast.mo.staff_id).is_active
    approvals.approve(asked.id, actor=cast.lea, now=now)
    db.session.expire_all()
    assert db.session.get_one(Staff, cast.mo.staff_id).is_active


def test_words_are_deleted_for_good_by_two_and_only_once_they_are_down(cast: Cast, ada: Actor, now: datetime) -> None:
    _target, case = open_case(cast, now, body="a child's name and school")
    with pytest.raises(BadInput):
        approvals.propose_purge(case.id, "minor_safety", actor=ada, now=now)
    actions.hide(case.id, actor=cast.mo, version=case.version, now=now, reason_code="threat_or_hate")
    with pytest.raises(BadInput):
        approvals.propose_purge(case.id, "because", actor=ada, now=now)
    with pytest.raises(Forbidden):
        approvals.propose_purge(case.id, "legal", actor=cast.mo, now=now)
    asked = approvals.propose_purge(case.id, "minor_safety", actor=ada, now=now)
    with pytest.raises(Forbidden):
        approvals.approve(asked.id, actor=ada, now=now)
    approvals.approve(asked.id, actor=cast.lea, now=now)
    note = db.session.get_one(Note, case.target_id)
    assert (note.visibility, note.body) == ("purged", "")


def test_of_two_who_confirm_a_ban_at_once_one_does(board_app: Flask, cast: Cast, now: datetime) -> None:
    _target, case = open_case(cast, now, body="a threat")
    asked = sanctions.impose(
        case.id, actor=cast.mo, version=case.version, now=now, kind="ban", hours=None, reason_code="threat_or_hate"
    ).id
    db.session.commit()
    jobs: list[Callable[[], object]] = [
        lambda: sanctions.confirm(asked, actor=cast.mia, now=now).state,
        lambda: sanctions.confirm(asked, actor=cast.lea, now=now).state,
        lambda: sanctions.confirm(asked, actor=cast.mo, now=now).state,
    ]
    results = [type(result).__name__ for result in together(board_app, *jobs)]
    assert sorted(results[:2]) == ["Conflict", "str"]
    assert results[2] == "Forbidden"
    assert db.session.get_one(Sanction, asked).state == "active"


# ── Accounts one person made ────────────────────────────────────────────────────────────────────────────────────


def brought_in(person: Actor, by: Actor, at: datetime) -> None:
    row = Invitation(digest=secrets.token_bytes(32), name=person.alias, role=person.role, created_at=at, expires_at=at)
    row.used_at, row.invited_by_id = at, by.staff_id
    db.session.add(row)
    db.session.flush()


@pytest.mark.parametrize("pair", ["inviter proposes", "invited proposes", "both invited by one"])
@pytest.mark.parametrize(("days", "is_refused"), [(1, True), (8, False)])
def test_accounts_one_person_made_lately_are_not_two_people(
    cast: Cast, ada: Actor, abe: Actor, now: datetime, pair: str, days: int, is_refused: bool
) -> None:
    at, puppet = now - timedelta(days=days), cast.staff("Puppet", "admin")
    brought_in(puppet, ada, at)
    proposer, second = (puppet, ada) if pair == "invited proposes" else (ada, puppet)
    if pair == "both invited by one":
        brought_in(abe, ada, at)
        proposer, second = abe, puppet
    asked = approvals.propose_role(cast.mo.staff_id, "lead", actor=proposer, now=now)
    if is_refused:
        with pytest.raises(Forbidden):
            approvals.approve(asked.id, actor=second, now=now)
        assert role_of(cast.mo) == "moderator"
        approvals.approve(asked.id, actor=cast.lea, now=now)
    else:
        approvals.approve(asked.id, actor=second, now=now)
    assert role_of(cast.mo) == "lead"


# ── Helplines checked again ─────────────────────────────────────────────────────────────────────────────────────


def test_a_line_is_checked_by_two_and_one_person_stays_one(cast: Cast, ada: Actor, now: datetime) -> None:
    first = helpline_checks.sign("gb-line", "one", actor=ada, now=now)
    assert first.second_id is None
    for role in ("admin", "lead"):
        with pytest.raises(Forbidden):
            helpline_checks.sign("gb-line", "one", actor=Actor(ada.staff_id, role, "Ada"), now=now)
    with pytest.raises(Forbidden):
        helpline_checks.sign("gb-line", "one", actor=cast.mo, now=now)
    both = helpline_checks.sign("gb-line", "one", actor=cast.lea, now=now + timedelta(days=2))
    assert (both.id, both.first_id, both.second_id, both.first_at) == (first.id, ada.staff_id, cast.lea.staff_id, now)
    actions_seen = db.session.scalars(select(AuditEntry.action).where(AuditEntry.target_type == "helpline")).all()
    assert actions_seen == ["helpline.signed", "helpline.checked"]
    assert audit.verify().is_whole


@pytest.mark.parametrize("why", ["changed", "long ago", "gone"])
def test_a_lone_signature_falls(cast: Cast, ada: Actor, abe: Actor, now: datetime, why: str) -> None:
    helpline_checks.sign("gb-line", "one", actor=ada, now=now)
    if why == "gone":
        team.switch_off(ada.staff_id, actor=abe, now=now)
    later = now + timedelta(days=31 if why == "long ago" else 1)
    again = helpline_checks.sign("gb-line", "two" if why == "changed" else "one", actor=cast.lea, now=later)
    assert (again.first_id, again.second_id) == (cast.lea.staff_id, None)
    assert [check.id for check in helpline_checks.all_waiting(later)] == [again.id]


def test_a_puppets_signature_is_not_a_second(cast: Cast, ada: Actor, now: datetime) -> None:
    puppet = cast.staff("Puppet", "lead")
    brought_in(puppet, ada, now - timedelta(days=1))
    helpline_checks.sign("gb-line", "one", actor=puppet, now=now)
    with pytest.raises(Forbidden):
        helpline_checks.sign("gb-line", "one", actor=ada, now=now)


def test_two_who_sign_at_once_are_two_and_one_who_signs_twice_at_once_is_one(
    board_app: Flask, cast: Cast, ada: Actor, now: datetime
) -> None:
    db.session.commit()
    twice: list[Callable[[], object]] = [lambda: helpline_checks.sign("a-line", "s", actor=ada, now=now).second_id] * 2
    assert sorted(type(result).__name__ for result in together(board_app, *twice)) == ["Forbidden", "NoneType"]
    pair: list[Callable[[], object]] = [
        lambda: helpline_checks.sign("b-line", "s", actor=ada, now=now).second_id,
        lambda: helpline_checks.sign("b-line", "s", actor=cast.lea, now=now).second_id,
    ]
    results = together(board_app, *pair)
    assert sorted(type(result).__name__ for result in results) == ["NoneType", "int"]
    row = db.session.scalars(select(HelplineCheck).where(HelplineCheck.line_id == "b-line")).one()
    assert {row.first_id, row.second_id} == {ada.staff_id, cast.lea.staff_id}


def test_the_database_itself_refuses_one_person_as_both_signatures(cast: Cast, ada: Actor, now: datetime) -> None:
    check = helpline_checks.sign("gb-line", "one", actor=ada, now=now)
    with pytest.raises(IntegrityError):
        db.session.execute(
            update(HelplineCheck)
            .where(HelplineCheck.id == check.id)
            .values(second_id=HelplineCheck.first_id, second_at=now)
        )
