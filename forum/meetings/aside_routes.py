"""Asking a host quietly, leaving a line for a meeting's card, and the host's side of both. Plain forms."""

from __future__ import annotations

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from forum.core import events
from forum.core.clock import utcnow
from forum.core.errors import BadInput, ForumError, NotFound
from forum.core.text import clean_text
from forum.discussions import drafts, posting
from forum.discussions.forms import new_client_id
from forum.discussions.helping import make_card
from forum.discussions.pacing import count_new
from forum.identity.access import member, staff, the_member, the_staff
from forum.identity.forms import Form
from forum.identity.roles import may
from forum.meetings import asides, queries
from forum.meetings.access import ANY_ROOM, holds_now
from forum.meetings.aside_models import Question, Quote
from forum.meetings.models import Series
from forum.meetings.routes import series_page
from forum.meetings.sockets import actor_of
from forum.web import limits
from forum.web.paths import safe_path

bp = Blueprint("meeting_asides", __name__)
Page = tuple[str, int]


@bp.post("/m/<meeting>/ask")
@member
def ask(meeting: str) -> Response | Page:
    """Ask the host something; the host reads it without the name."""
    found, me, now = queries.get_series(meeting), the_member(), utcnow()
    question = asides.open_question(found, me)
    asides.give_thread(question, now)
    events.commit()  # there, whatever becomes of the words
    refused = _post(question, "ask", meeting)
    if refused is None:
        asides.asked(question, now)
        events.commit()
    return refused or redirect(f"/m/{meeting}#ask", 303)


@bp.post("/m/<meeting>/line")
@member
def line(meeting: str) -> Response | Page:
    """Leave a line for the card, or take it back."""
    found, me, now = queries.get_series(meeting), the_member(), utcnow()
    if request.form.get("back"):
        asides.take_quote_back(found, me, now)
        events.commit()
        return redirect(f"/m/{meeting}#line", 303)
    body = request.form.get("body", "")
    try:
        if request.form.get("agreed") != "yes":
            raise BadInput("Please say that it may stand on the card.", field="agreed")
        if len(body) > asides.QUOTE_CHARS:
            raise BadInput(f"Up to {asides.QUOTE_CHARS} characters fit on the card.", field="body")
        quote = asides.open_quote(found, me, with_name=request.form.get("with_name") == "yes", now=now)
        asides.give_thread(quote, now)
        events.commit()
    except ForumError as refusal:
        return _refused(refusal, "line", meeting)
    return _post(quote, "line", meeting) or redirect(f"/m/{meeting}#line", 303)


def _post(row: Question | Quote, which: str, meeting: str) -> Page | None:
    """Post the form's words in the thread of a question or a line; return the page where they are refused."""
    me, now = the_member(), utcnow()
    draft = drafts.read_draft(request.form.get("body"), request.form.get("client_id", "").strip() or new_client_id())
    if row.thread is None:
        raise NotFound
    try:
        posting.reply(draft, author=me, thread=row.thread, now=now, count=lambda: count_new("reply", me, now))
    except ForumError as refusal:
        return _refused(refusal, which, meeting)
    return None


def _refused(refusal: ForumError, which: str, meeting: str) -> Page:
    """Show the page again with the typed words in it, and the help card if they need one."""
    events.rollback()
    level, categories = getattr(refusal, "support_level", 0), getattr(refusal, "categories", ())
    form = Form({"body": request.form.get("body", "")}, {refusal.field or "form": refusal.message}, new_client_id())
    card = make_card(level, categories, "refused", utcnow())
    return series_page(queries.get_series(meeting), forms={which: form}, card=card), refusal.status


# ── The host ────────────────────────────────────────────────────────────────────────────────────────────────────


def _held(meeting: str) -> Series:
    """Return a series whose questions this person may read: its host, who holds a session now, or a moderator.

    Raises:
        NotFound: absent, or somebody else's.
    """
    found, me = queries.get_series(meeting), the_staff()
    if found.host_id == me.id or may(me.role, ANY_ROOM) or holds_now(found, me.id):
        return found
    raise NotFound


@bp.post("/mod/meetings/series/<meeting>/answer")
@staff("meeting.run")
def answer(meeting: str) -> Response:
    """Answer a quiet question.

    Raises:
        NotFound: no such question in this series.
        BadInput: no words, or too many.
    """
    found, me = _held(meeting), the_staff()
    limits.hit("mod_action", member=me.public_id)
    wanted = request.form.get("question", "")
    question = next((one for one in asides.questions_for_host(found) if one.public_id == wanted), None)
    if question is None:
        raise NotFound
    body = clean_text(request.form.get("body", ""))
    if not body.strip() or len(body) > 2_000:
        raise BadInput("An answer has 1 to 2,000 characters.", field="body")
    client_id = request.form.get("client_id", "").strip()[:64] or new_client_id()
    asides.answer(question=question, staff=me, body=body, actor=actor_of(me), client_id=client_id, now=utcnow())
    events.commit()
    return redirect(_back(f"/mod/meetings/series/{meeting}#asked"), 303)


@bp.post("/mod/meetings/series/<meeting>/line")
@staff("meeting.run")
def choose(meeting: str) -> Response:
    """Put a member's line on the card, or take it off."""
    found, me = _held(meeting), the_staff()
    limits.hit("mod_action", member=me.public_id)
    wanted, on = request.form.get("quote", ""), request.form.get("on") == "yes"
    asides.choose_quote(series=found, public_id=wanted, on=on, actor=actor_of(me), now=utcnow())
    events.commit()
    return redirect(f"/mod/meetings/series/{meeting}#lines", 303)


def _back(otherwise: str) -> str:
    wanted = safe_path(request.form.get("next", ""))
    return wanted if wanted.startswith("/mod/meetings/") else otherwise
