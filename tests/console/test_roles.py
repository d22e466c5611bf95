"""Every role at every door of the desk: a role without the permission meets the same answer as for nothing at all."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from forum.identity.roles import ROLES, may
from forum.web.access import access_of
from tests.factories import make_staff


def doors(app: Flask) -> list[tuple[str, str, str]]:
    """Return (method, address with made-up parts, permission) of every route of the console."""
    found = []
    for rule in app.url_map.iter_rules():
        access = access_of(app.view_functions[rule.endpoint]) or ""
        if not access.startswith("staff:"):
            continue
        path = re.sub(r"<int:\w+>", "7", str(rule))
        path = re.sub(r"<\w+>", "x", path)
        for method in (rule.methods or set()) & {"GET", "POST"}:
            assert app.url_map.bind("localhost").match(path, method)[0] == rule.endpoint
        found += [(method, path, access[6:]) for method in (rule.methods or set()) & {"GET", "POST"}]
    return sorted(found)


@pytest.mark.parametrize("role", ROLES)
def test_no_role_gets_through_a_door_it_has_no_key_for(app: Flask, sign_in_as: Callable[..., Any], role: str) -> None:
    desk = sign_in_as(make_staff(role=role))
    shut = [door for door in doors(app) if not may(role, door[2])]  # type: ignore[arg-type]
    answers = {
        (method, path): (desk.get(path) if method == "GET" else desk.post(path)).status_code
        for method, path, _permission in shut
    }
    assert {door: status for door, status in answers.items() if status != 404} == {}
    assert bool(shut) == (role != "admin")


@pytest.mark.parametrize("role", ROLES)
def test_the_menu_offers_only_doors_that_open(sign_in_as: Callable[..., Any], role: str) -> None:
    desk = sign_in_as(make_staff(role=role))
    page = desk.get("/mod/account").get_data(as_text=True)
    links = [link for link in re.findall(r'href="(/mod/[a-z]*)"', page) if link != "/mod/"]
    assert "/mod/duty" in links
    assert {link: desk.get(link).status_code for link in links} == dict.fromkeys(links, 200)
