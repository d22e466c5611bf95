"""Every route and every socket event says who may call it, and means it."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from forum.realtime.on import REGISTRY
from forum.realtime.server import socketio
from forum.web.access import access_of
from tests.conftest import Browser


def _rules(app: Flask) -> list[tuple[str, str, str]]:
    found = []
    for rule in app.url_map.iter_rules():
        access = access_of(app.view_functions[rule.endpoint]) or ""
        found += [(method, str(rule), access) for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}]
    return sorted(found)


def test_every_route_declares_its_access(app: Flask) -> None:
    undeclared = [(method, path) for method, path, access in _rules(app) if not access]
    assert undeclared == []


def test_only_get_and_post_are_spoken(app: Flask) -> None:
    assert {method for method, _, _ in _rules(app)} <= {"GET", "POST"}


def test_a_guest_meets_a_closed_door_everywhere_it_is_declared(app: Flask, browser: Browser) -> None:
    for method, path, access in _rules(app):
        if access == "public":
            continue
        concrete = re.sub(r"<[^>]+>", "x", re.sub(r"<int:[^>]+>", "1", path))
        answer = browser.get(concrete) if method == "GET" else browser.post(concrete)
        assert answer.status_code in (303, 403), (method, path, answer.status_code)
        if answer.status_code == 303:
            wanted = "/mod/login" if access.startswith("staff") else "/return"
            assert answer.location.endswith(wanted), (path, answer.location)


def test_console_routes_are_for_staff(app: Flask) -> None:
    open_ones = {"/mod/login", "/mod/logout", "/mod/invite/<token>", "/mod/second-factor", "/mod/step-up"}
    for _method, path, access in _rules(app):
        if path.startswith("/mod") and path not in open_ones:
            assert access.startswith("staff"), path


@pytest.mark.parametrize("namespace", ["/live", "/mod"])
def test_every_socket_event_went_through_the_guard(app: Flask, namespace: str) -> None:
    handlers = set(socketio.server.handlers.get(namespace, {})) - {"connect", "disconnect", "*"}
    assert handlers == {name for where, name in REGISTRY if where == namespace}


def test_handlers_exist_only_where_they_are_guarded(app: Flask) -> None:
    assert set(socketio.server.handlers) <= {"/live", "/mod"}
