"""Who may call what: every route and every socket event, asked as everybody, from the application's own tables."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from types import FunctionType
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule

from forum.core.errors import ForumError
from forum.identity.models import Member, Staff
from forum.identity.roles import PERMISSIONS, ROLES, may
from forum.realtime import on
from forum.realtime.on import REGISTRY
from forum.realtime.server import NAMESPACE_LIVE, NAMESPACE_MOD
from forum.web.access import access_of
from tests import factories
from tests.conftest import LOCAL, Browser

REACHED = "the view was reached"


def guarded_rules(app: Flask) -> list[tuple[Rule, str]]:
    rules = [(rule, access_of(app.view_functions[rule.endpoint]) or "") for rule in app.url_map.iter_rules()]
    return [(rule, access) for rule, access in rules if access != "public"]


def concrete(rule: Rule) -> str:
    return re.sub(r"<[^>]+>", "x", re.sub(r"<int:[^>]+>", "1", str(rule)))


@pytest.fixture
def hollow(app: Flask) -> Iterator[None]:
    """Leave every guard in place and put a stub where the view itself was."""
    kept: list[tuple[Any, Any]] = []
    for rule, _ in guarded_rules(app):
        function = app.view_functions[rule.endpoint]
        cell = inner_cell(function)
        if cell is not None and not any(cell is seen for seen, _ in kept):
            kept.append((cell, cell.cell_contents))
            cell.cell_contents = lambda **_values: REACHED
    yield
    for cell, view in kept:
        cell.cell_contents = view


def inner_cell(function: Any) -> Any:
    if not isinstance(function, FunctionType) or "view" not in function.__code__.co_freevars:
        return None
    return (function.__closure__ or ())[function.__code__.co_freevars.index("view")]


def people() -> dict[str, Member | Staff | None]:
    cast: dict[str, Member | Staff | None] = {"guest": None, "member": factories.make_member()}
    return cast | {role: factories.make_staff(f"Person {role}", role) for role in ROLES}


def should_reach(who: str, access: str) -> bool:
    if access == "member":
        return who == "member"
    return who in PERMISSIONS and may(who, access.removeprefix("staff:"))  # type: ignore[arg-type]


def test_every_route_asked_by_everybody(
    app: Flask, browser: Browser, sign_in_as: Callable[..., Browser], hollow: None
) -> None:
    rules, wrong = guarded_rules(app), []
    assert len(rules) > 40
    for who, person in people().items():
        signed = Browser(app) if person is None else sign_in_as(person)
        for rule, access in rules:
            for method in (rule.methods or set()) & {"GET", "POST"}:
                answer = signed.get(concrete(rule)) if method == "GET" else signed.post(concrete(rule))
                if (REACHED in answer.text) is not should_reach(who, access):
                    wrong.append((who, method, str(rule), answer.status_code))
                if REACHED not in answer.text:
                    assert answer.status_code in (303, 403, 404), (who, rule, answer.status_code)
    assert wrong == []


def test_staff_roles_refuse_without_saying_that_the_page_exists(
    app: Flask, browser: Browser, sign_in_as: Callable[..., Browser], hollow: None
) -> None:
    signed = sign_in_as(factories.make_staff("A Helper", "helper"))
    for rule, access in guarded_rules(app):
        if access.startswith("staff:") and not may("helper", access.removeprefix("staff:")):  # type: ignore[arg-type]
            method = "GET" if "GET" in (rule.methods or ()) else "POST"
            answer = signed.get(concrete(rule)) if method == "GET" else signed.post(concrete(rule))
            assert answer.status_code == 404, rule


def cookie_of(browser: Browser, staff: bool) -> str:
    name = "fm" if staff else "fs"
    cookie = browser.client.get_cookie(name, domain="127.0.0.1")
    return f"{name}={cookie.value}" if cookie is not None else ""


def test_every_socket_event_asked_by_everybody(app: Flask, sign_in_as: Callable[..., Browser]) -> None:
    wrong = []
    for who, person in people().items():
        cookie = cookie_of(sign_in_as(person), isinstance(person, Staff)) if person is not None else ""
        for (namespace, name), event in REGISTRY.items():
            with app.test_request_context("/socket.io/", headers={"Cookie": cookie}, base_url=LOCAL):
                try:
                    on._caller("sid", event.access, namespace)
                    passed = True
                except ForumError:
                    passed = False
            allowed = {
                "guest": namespace == NAMESPACE_LIVE,
                "member": who == "member",
            }.get(event.access, who in PERMISSIONS and may(who, event.access))  # type: ignore[arg-type]
            if passed is not allowed:
                wrong.append((who, name, event.access))
    assert wrong == []


def test_the_staff_namespace_has_no_event_for_guests_or_members() -> None:
    assert [
        name for (space, name), e in REGISTRY.items() if space == NAMESPACE_MOD and e.access in ("guest", "member")
    ] == []


def test_every_event_refuses_unknown_keys_and_wrong_types(app: Flask) -> None:
    for event in REGISTRY.values():
        config = event.schema.model_config
        assert (config.get("extra"), config.get("strict")) == ("forbid", True), event.name
        assert (config.get("str_max_length") or 0) <= 65_536, event.name


@pytest.mark.parametrize("role", ROLES)
def test_no_role_may_both_decide_and_grant_itself_more(role: str) -> None:
    grants = {"staff.role", "staff.invite", "settings.change"}
    if PERMISSIONS[role] & grants:
        assert role == "admin"
