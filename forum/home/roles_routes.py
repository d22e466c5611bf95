"""Roles to grow into: what there is, learning for one, asking for it, and laying it down in one tap."""

from __future__ import annotations

from flask import Blueprint, render_template

from forum.belonging.wording import role_words
from forum.web.access import public

bp = Blueprint("roles", __name__)


@bp.get("/roles")
@public
def roles() -> str:
    """Say what roles there are, and what each does and does not do."""
    return render_template("home/roles.html", roles=role_words())
