"""Template filters: times as people say them, coarse on purpose."""

from __future__ import annotations

from datetime import datetime

from flask import Flask
from flask_babel import format_date, format_datetime, format_time, gettext
from markupsafe import Markup, escape

from forum.core.clock import utcnow


def coarse_time(moment: datetime | None) -> str:
    """Return a time today, a day this week, a date before that: exact minutes help nobody but a watcher.

    What is still to come says its day as well: a deadline of next week read as if it were tonight's.
    """
    if moment is None:
        return ""
    now = utcnow()
    days = (now.date() - moment.date()).days
    if days == 0:
        return str(format_time(moment, "H:mm"))
    if days == -1:
        return str(gettext("tomorrow, %(time)s", time=format_time(moment, "H:mm")))
    if -7 < days < 0:
        return str(format_datetime(moment, "EEEE, H:mm"))
    if days == 1:
        return str(gettext("yesterday"))
    return str(format_datetime(moment, "EEEE")) if 0 < days < 7 else str(format_date(moment, "d MMM y"))


def time_tag(moment: datetime | None) -> Markup:
    """Return `<time>` with the machine form cut to the minute."""
    if moment is None:
        return Markup("")
    return Markup('<time datetime="{}">{}</time>').format(moment.strftime("%Y-%m-%dT%H:%MZ"), coarse_time(moment))


def paragraphs(text: str) -> Markup:
    """Return plain text as paragraphs, escaped."""
    blocks = [escape(block).replace("\n", Markup("<br>")) for block in text.split("\n\n") if block.strip()]
    return Markup("").join(Markup("<p>{}</p>").format(block) for block in blocks)


def init_app(app: Flask) -> None:
    """Register the filters."""
    app.add_template_filter(coarse_time)
    app.add_template_filter(time_tag)
    app.add_template_filter(paragraphs)
