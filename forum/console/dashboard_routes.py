"""The team's figures: waits against targets, cover, how often rules are right. Of the team, never of one person."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

from babel import Locale
from flask import Blueprint, make_response, render_template, request
from sqlalchemy import func, select
from werkzeug.wrappers import Response

from forum.console.charts import Bar, waits_chart
from forum.console.wording import _
from forum.core.clock import utcnow
from forum.core.db import db
from forum.discussions.models import PUBLIC, Thread
from forum.identity.access import staff
from forum.moderation import figures, rulebook
from forum.moderation.figures import Team
from forum.moderation.language import UNKNOWN

bp = Blueprint("console_dashboard", __name__, url_prefix="/mod")
PERIODS = (7, 30, 90)


def _chosen() -> int:
    wanted = request.args.get("days", "")
    return int(wanted) if wanted in {str(days) for days in PERIODS} else 7


def _figures(days: int) -> Team:
    now = utcnow()
    return figures.team(now - timedelta(days=days), now)


@bp.get("/dashboard")
@staff("dashboard.team")
def show() -> str:
    """Show the figures of a week, a month or a quarter."""
    days = _chosen()
    found = _figures(days)
    bars = [Bar(f"T{wait.lane}", wait.p50, wait.p90, wait.target) for wait in found.waits]
    return render_template(
        "console/dashboard.html",
        team=found,
        days=days,
        periods=PERIODS,
        chart=waits_chart(bars, _said(found)) if bars else "",
        fallen=rulebook.fallen_back(utcnow() - timedelta(days=30)),
        unanswered=[(hours, unanswered(hours)) for hours in (2, 24)],
        least=figures.K,
        language_name=language_name,
        at=utcnow(),
    )


def unanswered(hours: int) -> int:
    """Return how many threads everybody can read have had no reply for so many hours since they were opened."""
    wanted = (
        select(func.count())
        .select_from(Thread)
        .where(
            Thread.kind == "topic",
            Thread.visibility.in_(PUBLIC),
            Thread.reply_count == 0,
            Thread.started_at < utcnow() - timedelta(hours=hours),
        )
    )
    return db.session.scalar(wanted) or 0


def language_name(code: str) -> str:
    """Return a guessed language in words."""
    if code == UNKNOWN:
        return _("Too short to tell")
    speech, _dash, script = code.partition("-")
    english = Locale("en")
    return str(english.scripts.get(script) or english.languages.get(speech) or code)


def _said(found: Team) -> str:
    """Say in words what the drawing shows."""
    parts = [
        _(
            "T%(lane)s: half within %(p50)s minutes, nine of ten within %(p90)s, target %(target)s",
            lane=wait.lane,
            p50=round(wait.p50),
            p90=round(wait.p90),
            target=wait.target,
        )
        for wait in found.waits
    ]
    return "; ".join(parts) + "."


def _shares(found: Team) -> list[tuple[str, float | None]]:
    return [
        ("let_go", found.released),
        ("followups_kept", found.followups),
        ("reports_answered", found.reports_answered),
        ("read_again_differ", found.blind.differ),
    ]


@bp.get("/dashboard.csv")
@staff("dashboard.team")
def table() -> Response:
    """Hand the same figures over as a table."""
    found, out = _figures(_chosen()), io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["figure", "of", "count", "p50_minutes", "p90_minutes", "target_minutes", "share"])
    for wait in found.waits:
        numbers = [wait.count, round(wait.p50, 1), round(wait.p90, 1), wait.target, round(wait.within, 3)]
        writer.writerow(["first_answer", f"T{wait.lane}", *numbers])
    if found.held_p50 is not None and found.held_p90 is not None:
        writer.writerow(["held_wait", "", found.held_count, round(found.held_p50, 1), round(found.held_p90, 1), "", ""])
    for hours in (2, 24):
        writer.writerow(["unanswered_threads", f"{hours} h", unanswered(hours), "", "", "", ""])
    writer.writerow(["cover", "", "", "", "", "", round(found.cover, 3)])
    for kind, rows in (("rule", found.rules), ("language", found.languages)):
        for row in rows:
            for what, one in zip(("agreed", "let_go", "overturned"), row.shares, strict=True):
                if one.value is not None:
                    writer.writerow([f"{what}_by_{kind}", row.name, one.whole, "", "", "", round(one.value, 3)])
    if found.overturned is not None:
        writer.writerow(["overturned", "", found.appeals, "", "", "", round(found.overturned, 3)])
    for name, value in _shares(found):
        if value is not None:
            writer.writerow([name, "", "", "", "", "", round(value, 3)])
    writer.writerow(["decided", "", found.decided, "", "", "", ""])
    writer.writerow(["collisions", "", found.collisions, "", "", "", ""])
    writer.writerow(["read_again", "", found.blind.read, "", "", "", ""])
    response = make_response(out.getvalue())
    response.headers["Content-Type"] = "text/csv; charset=utf-8"
    response.headers["Content-Disposition"] = 'attachment; filename="figures.csv"'
    return response
