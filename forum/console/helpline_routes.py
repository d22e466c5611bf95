"""Helplines in the console: by country, one line with a preview of its rows, taking one out."""

from __future__ import annotations

import re
import secrets
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from forum.console import editing
from forum.console.actor import count_action, the_actor
from forum.console.staff_routes import is_fresh_now
from forum.console.wording import _
from forum.core import events
from forum.core.clock import utcnow
from forum.core.db import db
from forum.core.errors import Conflict, NotFound
from forum.helplines import editing as lines
from forum.helplines import registry, reports
from forum.helplines.lines import Helpline
from forum.helplines.models import HelplineReport
from forum.helplines.records import ROLES, DataError
from forum.helplines.rows import hours_text, page_rows_of
from forum.identity.access import staff
from forum.identity.models import Staff
from forum.moderation import edits, helpline_checks

bp = Blueprint("console_helplines", __name__, url_prefix="/mod/helplines")
LIST = "console_helplines.show"
NEW = "new"
CHANGED = "Somebody changed this line while you were looking. Nothing was done."
Answer = Response | str | tuple[str, int]


@bp.get("")
@staff("helplines.change")
def show() -> str:
    """List a country's lines, the ones that are due to be checked marked."""
    now, country = utcnow(), request.args.get("country", "")
    found = [line for line in registry.registry().lines if not country or line.country == country]
    due = [line for line in registry.registry().lines if line.freshness(now) != "fresh"]
    return render_template(
        "console/edit/helplines.html",
        lines=[(line, line.freshness(now)) for line in found] if country else [],
        due=due,
        countries=registry.country_choices(),
        country=country,
        is_own=lines.is_own(),
        half=_half_checked(now),
        reported=_reported(),
    )


def _reported() -> list[tuple[Helpline, HelplineReport]]:
    """Return the lines somebody said didn't work, most reported first."""
    found = {line.id: line for line in registry.registry().lines}
    return [(found[report.line_id], report) for report in reports.list_reports() if report.line_id in found]


def _half_checked(now: datetime) -> list[Helpline]:
    """Return the lines one person has checked, and that wait for a second."""
    signed = {check.line_id: check.stamp for check in helpline_checks.all_waiting(now)}
    if not signed:
        return []
    fits = {record["id"] for record in lines.records() if signed.get(record["id"]) == lines.stamp(record)}
    return [line for line in registry.registry().lines if line.id in fits]


@bp.get("/<line>")
@staff("helplines.change")
def one(line: str) -> str:
    """Show one line's form; `new` with ?country= for one that is not there yet."""
    record = _record(line)
    return _page(line, record, lines.values_of(record), [])


def _record(line: str) -> dict[str, Any] | None:
    if line == NEW:
        return None
    found = lines.find(line)
    if found is None:
        raise NotFound()
    return found


def _page(line: str, record: dict[str, Any] | None, values: dict[str, str], faults: list[str], **more: object) -> str:
    country = str((record or {}).get("country") or request.values.get("country", ""))
    check = helpline_checks.waiting(line, lines.stamp(record), utcnow()) if record is not None else None
    first = db.session.get(Staff, check.first_id) if check is not None else None
    return render_template(
        "console/edit/helpline.html",
        line=line,
        country=country,
        values=values,
        faults=faults,
        stamp=lines.stamp(record),
        roles=sorted(ROLES),
        countries=registry.country_choices(),
        is_fresh=is_fresh_now(),
        check=check,
        report=reports.find(line),
        signer=first,
        is_mine=first is not None and first.id == the_actor().staff_id,
        last_checked=str((record or {}).get("last_checked") or ""),
        history=editing.history("helpline", line) if record is not None else [],
        **more,
    )


@bp.post("/<line>")
@staff("helplines.change")
def save(line: str) -> Answer:
    """Look at a change as members would see it, or store it."""
    actor, record, typed = the_actor(), _record(line), editing.typed()
    count_action(actor)
    country = str(record["country"]) if record is not None else typed.get("country", "")
    made = lines.made_from(
        record, line if record is not None else _new_id(country, typed), country, typed, today=utcnow().date()
    )
    checked, faults = lines.check(made)
    values = {**lines.values_of(made), "country": country}
    if checked is None:
        return _page(line, record, values, faults), 400
    before = lines.values_of(record) if record is not None else {}
    changes = editing.differences(before, lines.values_of(made))
    if editing.is_only_a_look():
        look = {"rows": page_rows_of(checked), "hours": hours_text(checked), "shown": checked}
        return _page(line, record, values, [], look=look, changes=changes)
    editing.require_fresh()
    try:
        action = "helpline.changed" if record is not None else "helpline.added"
        # The entry comes first: it makes other editors wait, and falls with the transaction if the file is refused.
        edits.note("helpline", made["id"], before, lines.values_of(made), action=action, actor=actor, now=utcnow())
        lines.put(made, seen=typed.get("stamp", ""))
    except (DataError, Conflict) as problem:
        events.rollback()
        return _refused(line, record, values, problem)
    events.commit()
    flash(_("Saved. It is shown from now on."), "done")
    return redirect(url_for(LIST, country=country), 303)


def _refused(
    line: str, record: dict[str, Any] | None, values: dict[str, str], problem: DataError | Conflict
) -> tuple[str, int]:
    faults = list(problem.problems) if isinstance(problem, DataError) else [problem.message]
    status = 409 if isinstance(problem, Conflict) else 400
    return _page(line, record, values, faults), status


def _new_id(country: str, typed: dict[str, str]) -> str:
    stem = re.sub(r"[^a-z0-9]+", "-", typed.get("name", "").lower()).strip("-")[:40] or "line"
    return f"{country.lower()}-{stem}-{secrets.token_hex(2)}"


@bp.post("/<line>/checked")
@staff("helplines.change", step_up=True)
def checked(line: str) -> Answer:
    """Sign that a line is right as it stands; the second person's signature moves the day of the last check."""
    actor, record, now = the_actor(), _record(line), utcnow()
    count_action(actor)
    if record is None:
        raise NotFound()
    seen = request.form.get("stamp", "")
    if seen != lines.stamp(record):
        return _refused(line, record, lines.values_of(record), Conflict(CHANGED))
    try:
        check = helpline_checks.sign(line, seen, actor=actor, now=now)
        if check.second_id is not None:
            after = lines.checked_on(record, check.first_at.date())
            before, then = lines.values_of(record), lines.values_of(after)
            edits.note("helpline", line, before, then, action="helpline.changed", actor=actor, now=now)
            reports.clear(line)
            lines.put(after, seen=seen)
    except (DataError, Conflict) as problem:
        events.rollback()
        return _refused(line, record, lines.values_of(record), problem)
    events.commit()
    reports.read()
    is_done = check.second_id is not None
    flash(
        _("Checked by two people. Thank you.") if is_done else _("Signed. A second person has to check it too."), "done"
    )
    return redirect(url_for(LIST, country=str(record["country"])), 303)


@bp.post("/<line>/remove")
@staff("helplines.change", step_up=True)
def remove(line: str) -> Answer:
    """Take a line out; the last one of a country stays."""
    actor, record = the_actor(), _record(line)
    count_action(actor)
    if record is None:
        raise NotFound()
    try:
        before = lines.values_of(record)
        edits.note("helpline", line, before, {}, action="helpline.removed", actor=actor, now=utcnow())
        reports.clear(line)
        lines.remove(line, seen=request.form.get("stamp", ""))
    except (DataError, Conflict) as problem:
        events.rollback()
        return _refused(line, record, lines.values_of(record), problem)
    events.commit()
    flash(_("Taken out."), "done")
    return redirect(url_for(LIST, country=str(record["country"])), 303)
