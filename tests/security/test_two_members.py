"""What belongs to one member is nowhere for another, at every address that names it, and nothing of it changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from forum.core.db import db
from forum.web.access import access_of
from tests import factories
from tests.conftest import Browser
from tests.home import rows
from tests.security.test_threats import plain

OWNED = {
    "goal": "journey_goal", "counter": "journey_counter", "entry": "journey_check_in", "page": "journey_page",
    "reminder": "journey_reminder", "thing": "journey_small_thing", "letter": "decision", "line": "notification",
}  # fmt: skip
"""Name of a place in an address, and the table whose rows it names; each row belongs to one member."""
SHARED = set("country key kind line_id link meeting module name post release room session thread".split())
"""Places that name what several people share; `test_threats.py` and `test_leaks.py` ask who may see what of it."""


KNOWN = {
    "decision": {"action": "hide", "scope": "content", "reason_code": "", "from_visibility": "live",
                 "to_visibility": "hidden", "reversed_at": None},
    "journey_reminder": {"local_time": "20:00", "rhythm": "daily"},
}  # fmt: skip
"""What the maker of rows can't know, so that the owner finds the row."""
FORM = {"body": "x", "text": "x", "what": "x", "how": "well", "sure": "yes", "label": "x", "started": "2026-01-01"}


def _owner(table: Any) -> str:
    return next(c.name for c in table.columns for k in c.foreign_keys if k.column.table.name == "member")


def _asked(app: Flask, who: Browser, place: str, public_id: str) -> list[tuple[str, int, str]]:
    """Ask at every address with this place in it; what differs between any two pages is taken out."""
    found = []
    for rule in app.url_map.iter_rules():
        if rule.arguments != {place} or access_of(app.view_functions[rule.endpoint]) != "member":
            continue
        path = str(rule).replace(f"<{place}>", public_id)
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            answer = who.get(path) if method == "GET" else who.post(path, FORM)
            found.append((f"{method} {rule}", answer.status_code, plain(answer.text, public_id)))
    return found


@pytest.mark.parametrize("place", OWNED)
def test_what_is_one_members_is_nowhere_for_another(app: Flask, sign_in_as: Callable[..., Browser], place: str) -> None:
    table, alice, bob = db.metadata.tables[OWNED[place]], factories.make_member(), factories.make_member()
    made = rows.fill(table, {_owner(table): alice.id, **KNOWN.get(table.name, {})})
    db.session.commit()
    row = select(table).where(table.c.id == made["id"])
    before, signed = db.session.execute(row).mappings().one(), sign_in_as(bob)
    assert _asked(app, signed, place, made["public_id"]) == _asked(app, signed, place, "2" * 26)
    db.session.expire_all()
    assert db.session.execute(row).mappings().one() == before
    owner = sign_in_as(alice)
    assert _asked(app, owner, place, made["public_id"]) != _asked(app, owner, place, "2" * 26)  # it is there for her


def test_no_place_in_an_address_was_forgotten(app: Flask) -> None:
    named = {
        one
        for rule in app.url_map.iter_rules()
        if access_of(app.view_functions[rule.endpoint]) in ("public", "member")
        for one in rule.arguments
    }
    assert named - {"token", "public_id"} == {*OWNED, *SHARED}
