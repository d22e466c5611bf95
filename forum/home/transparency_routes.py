"""What everybody may know of moderation: numbers by month, no names, nothing small enough to be somebody."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask_babel import gettext as _

from forum.core.clock import utcnow
from forum.moderation import figures
from forum.web.access import public

bp = Blueprint("transparency", __name__)
MONTHS = 6


@bp.get("/transparency")
@public
def show() -> str:
    """Show the last whole months."""
    months = figures.months_before(utcnow(), MONTHS)
    return render_template(
        "home/transparency.html",
        names=names(),
        months=[(start, figures.month_counts(start, end)) for start, end in months],
        least=figures.K,
    )


def names() -> dict[str, str]:
    """Return what each number counts, in order."""
    return {
        "read": _("Decisions by people"),
        "left_up": _("Left up, or let go up"),
        "note": _("Put behind a content note"),
        "taken_down": _("Taken down"),
        "held": _("Held by a rule until a person read it"),
        "supported": _("Messages of support"),
        "limited": _("Accounts limited for a time or for good"),
        "reports": _("Times a member asked us to look"),
        "appeals": _("Second looks answered"),
        "overturned": _("Of these, decisions taken back"),
    }
