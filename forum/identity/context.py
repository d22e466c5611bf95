"""What every template may use: who is here, the theme, and small helpers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Flask, g, request, session
from flask_babel import get_locale
from flask_wtf.csrf import generate_csrf

from forum.identity.login import TOKEN_KEY, current_member, current_staff, is_database_away, is_help_path
from forum.identity.marks import mark_seed, member_seed
from forum.identity.models import Member
from forum.web.assets import asset
from forum.web.current import config
from forum.web.headers import NONCE

THEMES = ("light", "dark")


@dataclass(frozen=True, slots=True)
class Viewer:
    """The reader, as templates see them."""

    handle: str
    public_id: str
    token_seed: str
    plain_letters: bool = False
    full_titles: bool = False
    notes: str = "fold"
    hides_hints: bool = False
    country: str = ""


def view_of(member: Member) -> Viewer:
    """Return what templates may know of the signed-in member."""
    return Viewer(
        member.handle,
        member.public_id,
        member_seed(member),
        plain_letters=member.plain_letters,
        full_titles=member.full_titles,
        notes=member.notes,
        hides_hints=member.hides_hints,
        country=member.country,
    )


def viewer() -> Viewer | None:
    """Return the reader, or None for guests.

    The help pages must work with the database gone: there a session cookie alone decides which menu is drawn.
    """
    if is_help_path(request.path) or is_database_away():
        return Viewer("", "", "") if session.get(TOKEN_KEY) else None
    if "viewer" not in g:
        member = current_member()
        g.viewer = view_of(member) if member else None
    found: Viewer | None = g.viewer
    return found


def csp_nonce() -> str:
    """Return this response's script nonce."""
    return str(request.environ.get(NONCE, ""))


def theme() -> str:
    """Return the chosen appearance, or "" for the phone's own."""
    chosen = request.cookies.get("theme", "")
    return chosen if chosen in THEMES else ""


def init_app(app: Flask) -> None:
    """Register the context processor and globals."""

    @app.context_processor
    def everywhere() -> dict[str, Any]:
        is_staff_page = request.path.startswith("/mod") if request else False
        return {
            "forum_name": config().name,
            "current_member": None if is_staff_page else viewer(),
            "current_staff": current_staff() if is_staff_page else None,
            "csp_nonce": csp_nonce,
            "csrf_token": generate_csrf,
            "theme": theme(),
            "locale": str(get_locale() or "en"),
            "meetings_enabled": "meetings" in app.blueprints,
        }

    app.add_template_global(asset)
    app.add_template_global(mark_seed)
