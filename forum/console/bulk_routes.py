"""Leaving several texts up at once: a page of whole short texts, a tick beside each, one undo for all."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import select
from werkzeug.wrappers import Response

from forum.console.actor import count_action, the_actor
from forum.console.lines import Line, is_covered, lines_of
from forum.console.wording import ngettext
from forum.core import events
from forum.core.clock import utcnow
from forum.core.db import db
from forum.core.errors import BadInput
from forum.identity.access import staff
from forum.moderation import bulk, queue, settings
from forum.moderation.actors import Actor
from forum.moderation.models import Case
from forum.web.current import config

bp = Blueprint("console_bulk", __name__, url_prefix="/mod")


def _seal(actor: Actor) -> URLSafeSerializer:
    """Seal which cases a page showed to one person: only what was on their screen can be decided."""
    return URLSafeSerializer(config().keys.staff_secret_key, salt=f"bulk-{actor.staff_id}")


@bp.get("/bulk")
@staff("case.decide")
def show() -> str:
    """Show T3 and T4 texts that can be left up together."""
    return _page()


def _page(refusal: BadInput | None = None) -> str:
    actor, now = the_actor(), utcnow()
    only = [Case.lane >= bulk.LEAST_LANE, Case.held.is_(False), Case.support_level < 2]
    found = queue.list_cases("read", actor=actor, now=now, limit=settings.bulk_max(), only=only).cases
    lines = lines_of([case for case in found if not is_covered(case)], actor=actor, now=now)
    return render_template(
        "console/bulk.html",
        lines=[line for line in lines if not line.holder],
        shown=_seal(actor).dumps({line.id: line.version for line in lines if is_whole(line)}),
        is_whole=is_whole,
        batches=bulk.recent(actor=actor, now=now),
        refusal=refusal,
        most=settings.bulk_max(),
    )


def is_whole(line: Line) -> bool:
    """Tell whether the page shows all of a text: what was cut has to be opened."""
    return not line.text.endswith("…")


@bp.post("/bulk")
@staff("case.decide")
def approve() -> Response | tuple[str, int]:
    """Leave the ticked ones up; what changed meanwhile is left alone and said."""
    actor = the_actor()
    count_action(actor)
    try:
        done = bulk.approve_all(_chosen(actor), actor=actor, now=utcnow())
    except BadInput as refusal:
        events.rollback()
        return _page(refusal), refusal.status
    events.commit()
    said = ngettext("%(num)s left up.", "%(num)s left up.", len(done.decisions))
    if done.skipped:
        said += " " + ngettext(
            "%(num)s had changed meanwhile and was left alone.",
            "%(num)s had changed meanwhile and were left alone.",
            done.skipped,
        )
    flash(said, "done")
    return redirect(url_for("console_bulk.show"), 303)


def _chosen(actor: Actor) -> list[tuple[int, int]]:
    """Return the ticked cases with the versions that were shown.

    Raises:
        BadInput: something was not on this person's screen.
    """
    try:
        shown: dict[str, int] = _seal(actor).loads(request.form.get("shown", ""))
    except BadSignature:
        raise BadInput("This page is incomplete. Please open it again.") from None
    ticked = list(dict.fromkeys(request.form.getlist("case")))
    if any(public_id not in shown for public_id in ticked):
        raise BadInput("Only what was on your screen can be decided.")
    rows = db.session.execute(select(Case.public_id, Case.id).where(Case.public_id.in_(ticked)))
    return [(number, shown[public_id]) for public_id, number in rows]


@bp.post("/bulk/undo")
@staff("case.decide")
def undo() -> Response:
    """Take a whole batch back."""
    actor = the_actor()
    count_action(actor)
    undone = bulk.reverse_all(request.form.get("batch", ""), actor=actor, now=utcnow())
    events.commit()
    flash(ngettext("%(num)s taken back. It is open again.", "%(num)s taken back. They are open again.", undone), "done")
    return redirect(url_for("console_bulk.show"), 303)
