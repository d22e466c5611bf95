from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from forum.core.db import db
from forum.moderation import actions, audit
from forum.moderation.models import AuditEntry, Pseudonym
from tests.moderation.conftest import Cast
from tests.moderation.test_actions import open_case


@pytest.fixture
def written(cast: Cast, now: datetime) -> Cast:
    for body in ("one", "two"):
        _, case = open_case(cast, now, body=body)
        actions.hide(case.id, actor=cast.mo, version=1, now=now, reason_code="selling")
    db.session.commit()
    return cast


@pytest.mark.parametrize("statement", ["UPDATE mod_event SET reason_code = 'x'", "DELETE FROM mod_event"])
def test_the_database_refuses_changes(written: Cast, statement: str) -> None:
    with pytest.raises(DatabaseError, match="append-only"):
        db.session.execute(text(statement))
    db.session.rollback()
    assert audit.verify() == audit.Check(4)


def drop_guards() -> None:
    """Do what somebody with the database's own password can do."""
    if db.engine.dialect.name == "sqlite":
        names = ["mod_event_no_update", "mod_event_no_delete"]
    else:
        names = ["mod_event_no_change ON mod_event"]
    for name in names:
        db.session.execute(text(f"DROP TRIGGER {name}"))


@pytest.mark.parametrize(
    ("column", "value"),
    [("reason_code", "'spam'"), ("actor_id", "2"), ("at", "'2020-01-01 00:00:00.000000'"), ("to_state", "'live'")],
)
def test_an_altered_row_breaks_the_chain(written: Cast, column: str, value: str) -> None:
    drop_guards()
    db.session.execute(text(f"UPDATE mod_event SET {column} = {value} WHERE seq = 2"))
    assert audit.verify() == audit.Check(1, 2, "an entry was altered")


def test_a_missing_row_breaks_the_chain(written: Cast) -> None:
    drop_guards()
    db.session.execute(text("DELETE FROM mod_event WHERE seq = 3"))
    assert audit.verify() == audit.Check(2, 3, "an entry is missing")


def test_cutting_off_the_end_is_noticed(written: Cast) -> None:
    drop_guards()
    db.session.execute(text("UPDATE decision SET event_id = NULL"))
    db.session.execute(text("DELETE FROM mod_event WHERE seq = 4"))
    assert audit.verify() == audit.Check(3, 4, "the newest entries are missing")


def test_erasing_an_account_leaves_the_chain_whole(written: Cast) -> None:
    member_id = db.session.scalars(select(Pseudonym.member_id)).first()
    assert member_id is not None
    assert audit.forget_member(member_id) == 1
    assert audit.verify().is_whole


def test_a_rollback_gives_its_number_back(written: Cast, now: datetime) -> None:
    audit.record("test.one", actor=None, now=now)
    db.session.rollback()
    audit.record("test.two", actor=None, now=now)
    assert [entry.seq for entry in audit.each_entry()] == [1, 2, 3, 4, 5]
    assert audit.verify().is_whole


def test_the_same_person_has_another_name_in_every_case(cast: Cast, now: datetime) -> None:
    first = cast.note(cast.member("Paper Boat 11"), "a")
    second = cast.note(cast.member("x"), "b")
    from forum.moderation import intake
    from tests.moderation.test_cases import INSULT, verdict

    for target in (first, type(second)("note", second.id, author_id=first.author_id)):
        intake.record_verdict(target, verdict("T2", INSULT), now=now)
    names = db.session.scalars(select(AuditEntry.person)).all()
    assert len(set(names)) == 2
