"""What the pages that edit rooms, helplines and messages share: look first, then save, and what was changed before."""

from __future__ import annotations

from collections.abc import Mapping

from flask import request

from forum.console.staff_routes import is_fresh_now
from forum.console.wording import _
from forum.core.errors import Forbidden
from forum.moderation import edits
from forum.moderation.edits import Difference, Edit


def is_only_a_look() -> bool:
    """Tell whether the form asks for a preview."""
    return request.form.get("what") == "look"


def typed() -> dict[str, str]:
    """Return what was typed."""
    return {name: value for name, value in request.form.items() if name not in ("csrf_token", "what")}


def differences(before: Mapping[str, str], after: Mapping[str, str]) -> list[Difference]:
    """Return what would change."""
    return edits.differences(before, {name: value for name, value in after.items() if name in before or value})


def history(kind: str, key: str | None = None) -> list[Edit]:
    """Return what was changed before, newest first."""
    return edits.history(kind, key)


def require_fresh() -> None:
    """Refuse a change of what leads people in danger somewhere, unless password and code were shown lately.

    The page offers the button only then; this is for whoever sends the form without it.

    Raises:
        Forbidden: they were not.
    """
    if not is_fresh_now():
        raise Forbidden(_("Please show your password and code again first."))
