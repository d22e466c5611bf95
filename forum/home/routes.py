"""The landing page and the pages that say what this place is."""

from __future__ import annotations

from flask import Blueprint, render_template

from forum.core.clock import utcnow
from forum.home.coming import coming_meetings
from forum.moderation import duty
from forum.web.access import public

bp = Blueprint("home", __name__)


@bp.get("/")
@public
def landing() -> str:
    """Say what this is and let people in."""
    now = utcnow()
    return render_template("home/landing.html", moderators_on=duty.coverage(now), next_meetings=coming_meetings(now))


@bp.get("/guidelines")
@public
def guidelines() -> str:
    """Show the seven house rules."""
    return render_template("home/guidelines.html")


@bp.get("/privacy")
@public
def privacy() -> str:
    """Say what is kept and what is not."""
    return render_template("home/privacy.html")


@bp.get("/about")
@public
def about() -> str:
    """Say who runs this and what it is not."""
    return render_template("home/about.html")


@bp.get("/how")
@public
def how() -> str:
    """Explain how moderation works."""
    return render_template("home/how.html")


@bp.get("/trace")
@public
def trace() -> str:
    """Explain how to leave no trace on a phone."""
    return render_template("home/trace.html")
