"""The practice queue: the forms of the real desk over invented cases."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from forum.console import practising
from forum.console.actor import the_actor
from forum.console.lines import is_covered
from forum.console.messages import values_for
from forum.console.wording import _
from forum.core import events
from forum.core.clock import utcnow
from forum.core.errors import BadInput, NotFound
from forum.identity.access import staff
from forum.moderation import changes, practice, reasons, templates
from forum.moderation.actors import Actor
from forum.moderation.models import PracticeCase

bp = Blueprint("console_practice", __name__, url_prefix="/mod/training/practice")
QUEUE = "console_practice.show"
DEEDS = ("approve", "hide", "limit", "ask-edit", "support", "second", "escalate", "watch")


def said(what: str) -> str:
    """Return the real desk's words for what was done, in the reader's language."""
    return {
        "approve": _("Left up."),
        "hide": _("Taken down."),
        "limit": _("Left up with a content note."),
        "ask-edit": _("Asked. It waits for them."),
        "support": _("Support message sent."),
        "second": _("Asked for a second opinion."),
        "escalate": _("The lead has it now."),
        "watch": _("It comes back in two hours."),
    }[what]


@bp.get("")
@staff("queue.read")
def show() -> str:
    """Show one's own practice queue, and what was decided in this round."""
    actor, now = the_actor(), utcnow()
    rows = practice.of_round(actor.staff_id, practice.current_round(actor.staff_id))
    waiting = sorted((row for row in rows if row.done_at is None), key=lambda row: row.skipped)
    done = sorted((row for row in rows if row.done_at is not None), key=lambda row: row.done_at or now, reverse=True)
    return render_template(
        "console/training/practice.html",
        lines=[practising.line_of(row, now) for row in waiting],
        done=[(row, practice.invented()[row.scenario]) for row in done],
        round=practice.standing(actor.staff_id),
        undo=request.args.get("done", ""),
        base=practising.BASE,
    )


@bp.post("")
@staff("queue.read")
def begin() -> Response:
    """Lay out a fresh round."""
    practice.begin(actor=the_actor(), now=utcnow())
    events.commit()
    return redirect(url_for(QUEUE), 303)


@bp.get("/<case>")
@staff("queue.read")
def case(case: str) -> str:
    """Open a practice case."""
    actor, now = the_actor(), utcnow()
    row = practice.get(case, actor=actor)
    practice.open_case(row, now)
    page = _case(row, actor, now)
    events.commit()
    return page


def _case(row: PracticeCase, actor: Actor, now: datetime, refusal: BadInput | None = None) -> str:
    asked = request.args.get("show") == "text"
    page = practising.page_of(row, actor=actor, now=now, is_shown=asked)
    open_now = row.done_at is None
    return render_template(
        "console/training/practice_case.html",
        page=page,
        base=practising.BASE,
        is_practice=True,
        concern="",
        is_asked=asked and is_covered(page.case),
        reasons=list(reasons.reasons().values()),
        can_decide=open_now,
        can_hand_on=open_now,
        can_see_member=False,
        needs_confirming=row.lane <= 1,
        typed=request.form,
        refusal=refusal,
        now=now,
        verdict=row.verdict,
        said=practice.invented()[row.scenario].said if row.done_at else "",
    )


@bp.post("/<case>/<what>")
@staff("queue.read")
def act(case: str, what: str) -> Response | tuple[str, int]:
    """Do one thing with a practice case: what the real desk asks for is asked for here."""
    actor, now = the_actor(), utcnow()
    row = practice.get(case, actor=actor)
    if what in ("skip", "undo", "release"):
        return _quiet(row, what)
    if what not in DEEDS:
        raise NotFound()
    try:
        if what == "support":
            _compose(row, now)
        done = practice.decide(row, what.replace("-", "_"), request.form, version=_version(), now=now)
    except practice.Changed as changed:
        events.commit()
        return _conflict(row, changed, now)
    except BadInput as refusal:
        events.rollback()
        return _case(practice.get(case, actor=actor), actor, now, refusal), refusal.status
    events.commit()
    flash(f"{said(what)} {_verdict_words(done.verdict)}", "done")
    return redirect(url_for(QUEUE, done=case), 303)


def _quiet(row: PracticeCase, what: str) -> Response:
    if what == "undo":
        practice.undo(row)
        flash(_("Taken back. The case is open again."), "done")
    elif what == "skip":
        practice.skip(row)
        flash(_("Passed to someone else."), "done")
    events.commit()
    return redirect(url_for(QUEUE), 303)


def _compose(row: PracticeCase, now: datetime) -> None:
    one = practice.invented()[row.scenario]
    values = {**values_for(practising.standing_of(one), [one.reason], now)}
    values |= {name: request.form.get(name, "") for name in templates.TYPED}
    templates.compose(request.form.get("template", ""), request.form.get("personal", ""), values)


def _version() -> int:
    text = request.form.get("version", "")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise BadInput(_("This form is incomplete. Please open the case again."))
    return int(text)


def _conflict(row: PracticeCase, changed: practice.Changed, now: datetime) -> Response:
    page = render_template(
        "console/conflict.html",
        message=changed.message,
        case=row.public_id,
        base=practising.BASE,
        back=practising.BASE.rstrip("/"),
        changes=[changes.Change(now, _("a colleague"), changed.words)],
        typed=[text for name in ("personal", "facts", "message", "note") if (text := request.form.get(name, ""))],
    )
    return make_response(page, changed.status)


def _verdict_words(verdict: str) -> str:
    return {
        "good": _("A lead would have done the same."),
        "fine": _("That is all right, too. Below is what a lead would say."),
        "other": _("A lead would have gone another way: have a look below, or take it back."),
    }[verdict]
