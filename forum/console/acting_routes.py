"""What a moderator does with a case: every button is a form, every form carries the version that was looked at."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response

from forum.console.actor import count_action, the_actor, the_case
from forum.console.case_routes import render_case
from forum.console.messages import values_for
from forum.console.staff_routes import is_fresh_now
from forum.core import events
from forum.core.clock import utcnow
from forum.core.db import db
from forum.core.errors import BadInput, NotFound
from forum.discussions.models import Room
from forum.identity.access import staff
from forum.moderation import actions, context, followups, reversals, sanctions, signals, templates
from forum.moderation.actors import Actor
from forum.moderation.models import Case, Decision
from forum.moderation.subjects import has_subject, subject_of

bp = Blueprint("console_acting", __name__, url_prefix="/mod")

Answer = Response | tuple[str, int]
Deed = Callable[[Case, Actor, int, datetime], Decision | None]


def _act(public_id: str, said: str, deed: Deed) -> Answer:
    """Do one thing at the version the form carries; on success go on to the queue, with the undo at hand."""
    actor, now, found = the_actor(), utcnow(), the_case(public_id)
    count_action(actor)
    try:
        decision = deed(found, actor, _version(), now)
    except BadInput as refusal:
        events.rollback()
        page = render_case(the_case(public_id), actor=actor, now=now, refusal=refusal)
        events.commit()
        return page, refusal.status
    done = decision.public_id if decision is not None else None
    events.commit()
    flash(said, "done")
    return redirect(url_for("console.index", done=done), 303)


def _version() -> int:
    text = request.form.get("version", "")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise BadInput(_("This form is incomplete. Please open the case again."))
    return int(text)


@bp.post("/cases/<case>/approve")
@staff("case.decide")
def approve(case: str) -> Answer:
    """Leave it up, or let a held text go."""
    return _act(case, _("Left up."), lambda c, a, v, now: actions.approve(c.id, actor=a, version=v, now=now))


@bp.post("/cases/<case>/hide")
@staff("case.hide")
def hide(case: str) -> Answer:
    """Take it down, with a reason."""

    def deed(c: Case, a: Actor, v: int, now: datetime) -> Decision:
        code, facts = request.form.get("reason_code", ""), request.form.get("facts", "")
        return actions.hide(c.id, actor=a, version=v, now=now, reason_code=code, facts=facts)

    return _act(case, _("Taken down."), deed)


@bp.post("/cases/<case>/limit")
@staff("case.decide")
def limit(case: str) -> Answer:
    """Add a content note."""

    def deed(c: Case, a: Actor, v: int, now: datetime) -> Decision:
        return actions.add_content_note(c.id, actor=a, version=v, now=now, note=request.form.get("note", ""))

    return _act(case, _("Left up with a content note."), deed)


@bp.post("/cases/<case>/ask-edit")
@staff("case.hide")
def ask_edit(case: str) -> Answer:
    """Ask the author to change it."""

    def deed(c: Case, a: Actor, v: int, now: datetime) -> Decision:
        code, message = request.form.get("reason_code", ""), request.form.get("message", "")
        return actions.ask_edit(c.id, actor=a, version=v, now=now, reason_code=code, message=message)

    return _act(case, _("Asked. It waits for them."), deed)


@bp.post("/cases/<case>/support")
@staff("case.decide")
def support(case: str) -> Answer:
    """Send a message of support, as the team."""

    def deed(c: Case, a: Actor, v: int, now: datetime) -> Decision:
        categories = signals.categories_of(signals.of_case(c.id))
        quote = subject_of(c.target_type).quote(c.target_id) if has_subject(c.target_type) else None
        known_as = quote.known_as if quote is not None else ""
        values = {**values_for(context.standing_of(c.author_id, now), categories, now, known_as)}
        values |= {name: request.form.get(name, "") for name in templates.TYPED}
        message = templates.compose(request.form.get("template", ""), request.form.get("personal", ""), values)
        return actions.support(c.id, actor=a, version=v, now=now, message=message)

    return _act(case, _("Support message sent."), deed)


@bp.post("/cases/<case>/skip")
@staff("case.claim")
def skip(case: str) -> Response:
    """Not me, not tonight: no reason asked."""
    followups.skip(the_case(case), actor=the_actor())
    events.commit()
    flash(_("Passed to someone else."), "done")
    return redirect(url_for("console.index"), 303)


def _handing_on(case: str, said: str, how: Callable[..., Case]) -> Answer:
    def deed(c: Case, a: Actor, v: int, now: datetime) -> None:
        how(c.id, actor=a, version=v, now=now, note=request.form.get("note", ""))

    return _act(case, said, deed)


@bp.post("/cases/<case>/second")
@staff("case.escalate")
def second(case: str) -> Answer:
    """Ask for a second opinion."""
    return _handing_on(case, _("Asked for a second opinion."), followups.ask_second)


@bp.post("/cases/<case>/escalate")
@staff("case.escalate")
def escalate(case: str) -> Answer:
    """Call the lead."""
    return _handing_on(case, _("The lead has it now."), followups.escalate)


@bp.post("/cases/<case>/watch")
@staff("case.decide")
def watch(case: str) -> Answer:
    """Watch a crisis: it comes back after two hours and after a day."""

    def deed(c: Case, a: Actor, v: int, now: datetime) -> None:
        followups.watch(c.id, actor=a, version=v, now=now)

    return _act(case, _("It comes back in two hours."), deed)


@bp.post("/cases/<case>/lane")
@staff("case.decide")
def lane(case: str) -> Answer:
    """Move it to another lane, with a reason."""

    def deed(c: Case, a: Actor, v: int, now: datetime) -> None:
        wanted = request.form.get("lane", "")
        number = int(wanted) if wanted in ("0", "1", "2", "3", "4") else -1
        followups.change_lane(c.id, actor=a, version=v, now=now, lane=number, note=request.form.get("note", ""))

    return _act(case, _("Moved."), deed)


@bp.post("/cases/<case>/move")
@staff("case.decide")
def move(case: str) -> Answer:
    """Move the thread to another room."""

    def deed(c: Case, a: Actor, v: int, now: datetime) -> Decision:
        room = db.session.scalar(select(Room).where(Room.public_id == request.form.get("room", ""), Room.is_open))
        if room is None:
            raise BadInput(_("Please choose a room."), field="room")
        here = db.session.get(Room, c.room_id) if c.room_id is not None else None
        if here is not None and here.declares and here.id != room.id:
            raise BadInput(_("What was said behind a room's door stays behind it."), field="room")
        return actions.move(c.id, actor=a, version=v, now=now, room_id=room.id, room_name=room.name)

    return _act(case, _("Moved."), deed)


@bp.post("/cases/<case>/notes")
@staff("case.escalate")
def add_note(case: str) -> Answer:
    """Leave a word for the next moderator."""
    actor, now, found = the_actor(), utcnow(), the_case(case)
    count_action(actor)
    try:
        followups.add_note(found, request.form.get("note", ""), actor=actor, now=now)
    except BadInput as refusal:
        page = render_case(found, actor=actor, now=now, refusal=refusal)
        events.commit()
        return page, refusal.status
    events.commit()
    flash(_("Note added."), "done")
    return redirect(url_for("console_case.show", case=case), 303)


@bp.post("/cases/<case>/sanction")
@staff("member.sanction")
def sanction(case: str) -> Answer:
    """Limit the author's account; long limits wait for a second moderator."""

    def deed(c: Case, a: Actor, v: int, now: datetime) -> None:
        kind, _sep, hours = request.form.get("limit", "").partition(":")
        if kind == "ban" and not is_fresh_now():
            raise BadInput(_("To propose this, please show your password and a code first."), field="limit")
        sanctions.impose(
            c.id,
            actor=a,
            version=v,
            now=now,
            kind=kind,
            hours=int(hours) if hours.isascii() and hours.isdigit() else None,
            reason_code=request.form.get("reason_code", ""),
            facts=request.form.get("facts", "").strip()[:500],
            room_id=c.room_id,
        )

    return _act(case, _("Done. Limits of a week or more wait for a second moderator."), deed)


@bp.post("/decisions/<decision>/reverse")
@staff("case.decide")
def reverse(decision: str) -> Response:
    """Take a decision back; the case is open again."""
    actor = the_actor()
    count_action(actor)
    found = db.session.scalar(select(Decision).where(Decision.public_id == decision))
    if found is None:
        raise NotFound()
    reversals.reverse(found.id, actor=actor, now=utcnow())
    case = db.session.get_one(Case, found.case_id)
    events.commit()
    flash(_("Taken back. The case is open again."), "done")
    return redirect(url_for("console_case.show", case=case.public_id), 303)
