"""Settings are changed by admins who have just shown who they are, checked, and written into the record."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from forum.core.clock import utcnow
from forum.core.db import db
from forum.core.settings import REGISTRY
from forum.identity.models import LoginSession
from forum.identity.roles import ROLES
from forum.moderation import settings
from forum.moderation.models import AuditEntry
from tests.factories import make_staff


@pytest.fixture
def ada(sign_in_as: Callable[..., Any]) -> Any:
    return sign_in_as(make_staff(role="admin"))


def text(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status
    return str(answer.get_data(as_text=True))


@pytest.mark.parametrize("role", ROLES)
def test_only_admins_see_them(sign_in_as: Callable[..., Any], role: str) -> None:
    desk = sign_in_as(make_staff(role=role))
    assert desk.get("/mod/settings").status_code == (200 if role == "admin" else 404)
    assert desk.post("/mod/settings/bulk_max", {"value": "3"}).status_code == (303 if role == "admin" else 404)


def test_every_setting_is_on_the_page(ada: Any) -> None:
    shown = text(ada.get("/mod/settings"))
    assert [name for name in REGISTRY if f'id="s-{name}"' not in shown] == []


def test_a_change_holds_and_is_written_down_as_a_difference(ada: Any) -> None:
    assert ada.post("/mod/settings/bulk_max", {"value": "7"}).status_code == 303
    assert settings.bulk_max() == 7
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "settings.changed")).one()
    assert (entry.reason_code, entry.from_state, entry.to_state) == ("bulk_max", "25", "7")
    ada.post("/mod/settings/bulk_max", {"value": "7"})
    assert len(db.session.scalars(select(AuditEntry)).all()) == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("bulk_max", "0"),
        ("bulk_max", "many"),
        ("limit_weight", "nan of it"),
        ("limit_weight", "nan"),
        ("limit_weight", "inf"),
        ("raid_mode", "sometimes"),
        ("paging_ntfy_url", "file:///etc/passwd"),
        ("paging_ntfy_url", "not an address"),
    ],
)
def test_what_does_not_fit_comes_back_as_it_was_typed(ada: Any, name: str, value: str) -> None:
    shown = text(ada.post(f"/mod/settings/{name}", {"value": value}), 400)
    if not REGISTRY[name].choices:
        assert f'value="{value}"' in shown
    assert db.session.scalar(select(AuditEntry.id)) is None


def test_an_address_is_a_secret_of_the_team(ada: Any) -> None:
    assert ada.post("/mod/settings/paging_ntfy_url", {"value": "https://push.example/secret-topic"}).status_code == 303
    entry = db.session.scalars(select(AuditEntry)).one()
    assert (entry.from_state, entry.to_state) == ("empty", "set")


def test_not_without_password_and_code(ada: Any) -> None:
    db.session.execute(update(LoginSession).values(stepped_up_at=utcnow() - timedelta(minutes=11)))
    assert ada.post("/mod/settings/bulk_max", {"value": "7"}).status_code == 403
    assert settings.bulk_max() == 25


def test_an_unknown_one_is_not_there(ada: Any) -> None:
    assert ada.post("/mod/settings/nonsense", {"value": "7"}).status_code == 404
