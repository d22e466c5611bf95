"""What is grave asks for password and code again: every route of the console whose address says that it is."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

from flask import Flask
from sqlalchemy import update

from forum.core.clock import utcnow
from forum.core.db import db
from forum.identity.models import LoginSession
from forum.web.access import access_of
from tests import factories
from tests.conftest import Browser

GRAVE = re.compile(r"/(purge|invite|role|off|return|export|password|second-factor|codes|approvals)(/|$)")
"""Deleting for good, letting people in, roles, copies of the record, one's own password and second factor."""
NOT_STAFF = {"/mod/invite/<token>", "/mod/second-factor"}
"""Opened with a one-time link, before there is an account that could show a password."""


def grave_rules(app: Flask) -> list[tuple[str, str]]:
    found = []
    for rule in app.url_map.iter_rules():
        access = access_of(app.view_functions[rule.endpoint]) or ""
        if GRAVE.search(str(rule)) and str(rule).startswith("/mod/") and str(rule) not in NOT_STAFF:
            changes = "POST" in (rule.methods or ()) or str(rule).endswith("/export")
            if changes and access.startswith("staff:"):
                found.append((str(rule), rule.endpoint))
    return found


def test_what_is_grave_asks_for_password_and_code_again(app: Flask) -> None:
    rules = grave_rules(app)
    wanted = {"purge", "invite", "role", "off", "return", "approvals"}
    assert wanted <= {part for rule, _ in rules for part in rule.split("/")}
    bare = [rule for rule, endpoint in rules if not getattr(app.view_functions[endpoint], "needs_step_up", False)]
    assert bare == []


def test_a_session_that_showed_them_long_ago_is_refused_and_one_of_just_now_is_not(
    app: Flask, sign_in_as: Callable[..., Browser]
) -> None:
    ada = factories.make_staff("Ada Grave", "admin")
    signed = sign_in_as(ada)
    form = {"name": "New Person", "role": "moderator"}
    assert signed.post("/mod/staff/invite", form).status_code == 200
    long_ago = utcnow() - timedelta(minutes=11)
    db.session.execute(update(LoginSession).where(LoginSession.staff_id == ada.id).values(stepped_up_at=long_ago))
    assert signed.post("/mod/staff/invite", {**form, "name": "Another Person"}).status_code == 403
