"""Reading a closed case once more without knowing what was decided: how alike the team judges, never who."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from forum.console.actor import count_action, the_actor
from forum.console.lines import is_covered
from forum.console.wording import _
from forum.core import events
from forum.core.clock import utcnow
from forum.core.errors import BadInput
from forum.identity.access import staff
from forum.moderation import audit, blind, explain

bp = Blueprint("console_blind", __name__, url_prefix="/mod/again")


@bp.get("")
@staff("case.decide")
def show() -> str:
    """Show the next one, its words covered where the queue covers them."""
    return _page()


def _page(refusal: BadInput | None = None) -> str:
    actor, now = the_actor(), utcnow()
    found = blind.next_for(actor, now)
    asked = request.args.get("show") == "text"
    covered = found is not None and is_covered(found.case) and not asked
    if found is not None and is_covered(found.case) and asked:
        audit.note_access("reveal", actor=actor, now=now, case=found.case)
    page = render_template(
        "console/again.html",
        found=found,
        is_covered=covered,
        headline=explain.headline(found.case) if found is not None else "",
        left=blind.count_for(actor),
        refusal=refusal,
    )
    events.commit()
    return page


@bp.post("/<sample>")
@staff("case.decide")
def answer(sample: str) -> Response | tuple[str, int]:
    """Note what one would have done."""
    actor = the_actor()
    count_action(actor)
    try:
        agrees = blind.answer(sample, request.form.get("action", ""), actor=actor, now=utcnow())
    except BadInput as refusal:
        events.rollback()
        return _page(refusal), refusal.status
    events.commit()
    flash(
        _("You’d have done the same.") if agrees else _("It was decided another way. Both count; nothing changes."),
        "done",
    )
    return redirect(url_for("console_blind.show"), 303)
