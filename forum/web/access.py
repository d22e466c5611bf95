"""Every route declares who may call it; a test walks `app.url_map` and fails on one that does not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

View = TypeVar("View", bound=Callable[..., Any])
ATTRIBUTE = "forum_access"


def declare(view: View, access: str) -> View:
    """Mark a view with its access rule, e.g. `public`, `member`, `staff:case.decide`."""
    setattr(view, ATTRIBUTE, access)
    return view


def public(view: View) -> View:
    """Declare a route open to everybody, guests included."""
    return declare(view, "public")


def access_of(view: Callable[..., Any]) -> str | None:
    """Return a view's declared rule, or None if somebody forgot it."""
    return getattr(view, ATTRIBUTE, None)
