"""Asking a moderator to look: the same for the form and the socket event."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _

from forum.core import events
from forum.core.text import clean_text
from forum.discussions import judging, queries
from forum.identity.models import Member
from forum.moderation import reports
from forum.web import limits


def report_choices() -> list[tuple[str, str, str]]:
    """Return (value, label, hint) of the eight reasons."""
    return [
        ("worried_about_member", _("I'm worried about this person"), _("They won't be told, and get no message.")),
        ("harassment", _("Unkind, threatening, or crossing a line with me"), ""),
        ("identity_exposed", _("It could give away who somebody is"), ""),
        ("selling_sourcing", _("Selling, or saying where to get something"), ""),
        ("dangerous_advice", _("Advice that could hurt somebody"), _("Doses, stopping suddenly, against medicine.")),
        ("needs_content_note", _("It needs a content note"), ""),
        ("spam", _("Adverts or nonsense"), ""),
        ("other", _("Something else"), _("Please say what.")),
    ]


def file_report(me: Member, public_id: str, *, category: str, text: str, now: datetime) -> None:
    """Report one post and commit.

    Raises:
        NotFound: the reporter may not read it.
        BadInput, RateLimited: the report can't be taken as it is.
    """
    post = queries.get_post_for(me, public_id)
    limits.hit("report", member=me.public_id)
    reports.file_report(target=judging.target_of(post), reporter=me, category=category, text=clean_text(text), now=now)
    events.commit()
