"""The decorators that guard routes: `member`, `staff(permission)`. (`public` lives in `forum.web.access`.)"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar, cast

from flask import redirect, request, url_for

from forum.core.clock import utcnow
from forum.core.errors import Forbidden, NotFound, SignedOut
from forum.identity.login import current_principal
from forum.identity.models import Member, Staff
from forum.identity.roles import Permission, may
from forum.identity.sessions import is_stepped_up
from forum.web.access import declare
from forum.web.errors import wants_json

View = TypeVar("View", bound=Callable[..., Any])


def member(view: View) -> View:
    """Let signed-in members in; guests are shown the door to join (GET) or get their text back (POST)."""

    @functools.wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        principal = current_principal()
        if principal is None or principal.member is None:
            if request.method == "GET" and not wants_json():
                return redirect(url_for("identity.come_back"), 303)
            raise SignedOut
        return view(*args, **kwargs)

    return declare(cast(View, guarded), "member")


def staff(permission: Permission, *, step_up: bool = False) -> Callable[[View], View]:
    """Let staff with a permission in; `step_up` asks for password and code not older than ten minutes."""

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            principal = current_principal()
            if principal is None or principal.staff is None:
                if request.method == "GET" and not wants_json():
                    return redirect(url_for("staff.login"), 303)
                raise SignedOut
            if not may(principal.staff.role, permission):
                raise NotFound
            if step_up and not is_stepped_up(principal.row, utcnow()):
                if request.method == "GET" and not wants_json():
                    return redirect(url_for("staff.step_up", next=request.path), 303)
                raise Forbidden("Please show your password and code again first.")
            return view(*args, **kwargs)

        guarded.needs_step_up = step_up  # type: ignore[attr-defined]
        return declare(cast(View, guarded), f"staff:{permission}")

    return decorate


def the_member() -> Member:
    """Return the signed-in member inside a `@member` view.

    Raises:
        SignedOut: nobody is signed in.
    """
    principal = current_principal()
    if principal is None or principal.member is None:
        raise SignedOut
    return principal.member


def the_staff() -> Staff:
    """Return the signed-in staff account inside a `@staff` view.

    Raises:
        SignedOut: nobody is signed in.
    """
    principal = current_principal()
    if principal is None or principal.staff is None:
        raise SignedOut
    return principal.staff
