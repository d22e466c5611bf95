"""Letters from the moderators: reading them, asking for a second look, and what became of one's reports."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from forum.core import events
from forum.core.clock import utcnow
from forum.core.errors import ForumError
from forum.discussions import queries
from forum.discussions.helping import make_card
from forum.home import letters
from forum.identity.access import member, the_member
from forum.identity.forms import Form, read_form
from forum.identity.models import Member
from forum.journey import calls
from forum.journey.reading import Reading, read_private
from forum.moderation import appeals, sanctions
from forum.moderation.models import Decision
from forum.web import limits

bp = Blueprint("letters", __name__)
TELL_PEOPLE_FROM = 2
"""Support level from which moderators are asked to write, whatever the words were meant for."""


@bp.get("/me/letters")
@member
def index() -> str:
    """List letters, what one asked moderators to look at, and what limits the account now."""
    me, now = the_member(), utcnow()
    return render_template(
        "home/letters.html",
        letters=letters.list_letters(me),
        asked=letters.list_asked(me),
        limits=sanctions.list_active(me.id, now),
        unseen=calls.unseen(me),
    )


@bp.get("/me/letters/<letter>")
@member
def show(letter: str) -> str:
    """Show one letter."""
    return _page(letters.find_decision(the_member(), letter), Form())


def _page(decision: Decision, form: Form, reading: Reading | None = None) -> str:
    now, found = utcnow(), reading or Reading()
    return render_template(
        "home/letter.html",
        letter=letters.letter_of(decision, the_member(), now),
        form=form,
        card=make_card(found.level, found.categories, "private", now),
        card_forms={"next": f"/me/letters/{decision.public_id}"},
    )


@bp.post("/me/letters/<letter>/appeal")
@member
def appeal(letter: str) -> Response | str | tuple[str, int]:
    """Ask for a second look. The words are read for distress first, even if they can't be taken."""
    me, now = the_member(), utcnow()
    decision, form = letters.find_decision(me, letter), read_form("text")
    reading = read_private((form.values["text"],), me, now)
    if reading.level >= TELL_PEOPLE_FROM:
        _call_people(me, form.values["text"], reading, decision)
        decision = letters.find_decision(the_member(), letter)
    try:
        if reading.level < TELL_PEOPLE_FROM:
            limits.hit("edit", member=me.public_id, by_network=False)
        appeals.file_appeal(decision=decision, member=the_member(), text=form.values["text"], now=now)
    except ForumError as refusal:
        events.rollback()
        form.errors[refusal.field or "form"] = refusal.message
        return _page(letters.find_decision(the_member(), letter), form, reading), refusal.status
    events.commit()
    flash(_("We have it. Somebody who wasn't involved will look, within three days."), "done")
    if reading.level:
        return _page(letters.find_decision(the_member(), letter), Form(), reading)
    return redirect(f"/me/letters/{letter}", 303)


def _call_people(me: Member, text: str, reading: Reading, decision: Decision) -> None:
    """Ask a moderator to write to somebody whose question holds distress: that can't wait for a second look."""
    client_id = f"letter-{decision.public_id}"[:40]
    calls.ask(me, text[: calls.MAX_BODY], level=reading.level, client_id=client_id, now=utcnow())
    events.commit()


@bp.get("/p/<post>/letter")
@member
def about_post(post: str) -> Response:
    """Lead from one's own post to the letter about it."""
    me = the_member()
    found = letters.newest_about(me, queries.get_own_post(me, post).id)
    again = "#again" if request.args.get("again") else ""
    return redirect(f"/me/letters/{found.public_id}{again}", 303)
