"""Pages of the sealed journal and the safety plan. Words are read for distress in memory, sealed, then stored."""

from __future__ import annotations

from flask import Blueprint, flash, make_response, redirect, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from forum.core import events
from forum.core.clock import utcnow
from forum.core.errors import ForumError
from forum.discussions.helping import reader_country
from forum.helplines.pages import help_numbers
from forum.identity.access import member, the_member
from forum.identity.forms import Form
from forum.identity.models import Member
from forum.identity.phrase import unknown_words
from forum.journey import journal, locks, showing
from forum.journey.forms import fresh, refused, typed
from forum.journey.opened import keep_open, open_key, shut
from forum.journey.reading import Reading, read_private
from forum.journey.routes import HOME, count
from forum.web import limits
from forum.web.current import config

bp = Blueprint("journey_pages", __name__)
PAGES = f"{HOME}/pages"
PLAN = f"{HOME}/plan"


# ── Opening and closing ─────────────────────────────────────────────────────────────────────────────────────────


def _opened_with_words(me: Member, form: Form) -> bytes | None:
    """Return the data key the typed words open; on failure say which word can't be right."""
    words = request.form.get("phrase", "")
    if not words.strip():
        form.errors["phrase"] = _("Please type your six words.")
        return None
    limits.hit("return")
    try:
        return journal.open_journal(me, words, config().keys.peppers)
    except ForumError as refusal:
        unknown = unknown_words(words)
        form.errors["phrase"] = refusal.message
        if unknown:
            form.errors["phrase"] = _("We don't use the word “%(word)s”. Please look at the spelling.", word=unknown[0])
        return None


def _locked_page(me: Member, form: Form, then: str, status: int = 200, reading: Reading | None = None) -> Response:
    """Ask for the six words; what was being written rides along, so that nothing is lost."""
    reading = reading or Reading()
    page = render_template(
        "journey/locked.html",
        form=form,
        then=then,
        is_new=journal.find_lock(me) is None,
        **showing.fleeting_card(reading.level, reading.categories, utcnow()),
    )
    return make_response(page, status)


@bp.post(f"{PAGES}/open")
@member
def unlock() -> Response:
    """Open the journal with the six words, for this session and for half an hour."""
    me, form = the_member(), Form()
    then = PLAN if request.form.get("then") == PLAN else PAGES
    key = _opened_with_words(me, form)
    if key is None:
        return _locked_page(me, form, then, 400)
    events.commit()
    return keep_open(make_response(redirect(then, 303)), key)


@bp.post(f"{PAGES}/close")
@member
def close() -> Response:
    """Close the journal in this browser."""
    return shut(make_response(redirect(HOME, 303)))


@bp.post(f"{PAGES}/erase")
@member
def erase() -> Response:
    """Throw all pages, the plan and the lock away.

    The words are not asked for: this is for somebody who has lost them, and nobody reads anything by it
    (docs/decisions/0031).
    """
    me = the_member()
    if request.form.get("sure") != "yes":
        return make_response(redirect(PAGES, 303))
    journal.erase(me)
    events.commit()
    flash(_("Your pages are gone."), "done")
    return shut(make_response(redirect(HOME, 303)))


# ── Pages ───────────────────────────────────────────────────────────────────────────────────────────────────────


@bp.route(PAGES, methods=["GET", "POST"])
@member
def pages() -> Response:
    """Show the open journal; keep a new page."""
    me, key = the_member(), open_key()
    if request.method == "GET":
        return _pages(me, key, fresh()) if key is not None else _locked_page(me, fresh(), PAGES)
    return _kept(me, key, typed("body"), PAGES, "")


@bp.route(f"{PAGES}/<page>", methods=["GET", "POST"])
@member
def one(page: str) -> Response:
    """Show a page to change it; keep the changed words."""
    me, key = the_member(), open_key()
    path = f"{PAGES}/{page}"
    if request.method == "POST":
        return _kept(me, key, typed("body"), path, page)
    if key is None:
        return _locked_page(me, fresh(), PAGES)
    found = journal.get_page(me, key, page)
    return keep_open(make_response(_edit(found, Form({"body": found.body}))), key)


def _edit(page: journal.Page, form: Form, reading: Reading | None = None) -> str:
    reading = reading or Reading()
    card = showing.fleeting_card(reading.level, reading.categories, utcnow())
    return render_template("journey/page.html", page=page, form=form, **card)


def _kept(me: Member, key: bytes | None, form: Form, path: str, page: str) -> Response:
    """Read words for distress, seal them, store them. The card, if there is one, is in this very answer."""
    now, raw = utcnow(), request.form.get("body", "")
    form.values["body"] = raw
    reading = read_private((raw,), me, now, sealed=True)
    key = key if key is not None else _opened_with_words(me, form)
    if key is None:
        return _locked_page(me, form, path, 400 if request.form.get("phrase") is not None else 403, reading)
    try:
        body = journal.check_body(raw)
        if page:
            journal.change_page(me, key, page, body=body)
        else:
            journal.write_page(me, key, body=body, client_id=form.client_id, now=now)
        count(me, reading)
    except ForumError as refusal:
        events.rollback()
        refused(form, refusal)
        return _pages(the_member(), key, form, reading, refusal.status)
    events.commit()
    if reading.level:
        return _pages(me, key, fresh(), reading)
    return keep_open(make_response(redirect(PAGES, 303)), key)


def _pages(me: Member, key: bytes, form: Form, reading: Reading | None = None, status: int = 200) -> Response:
    reading = reading or Reading()
    try:
        shown, older = journal.list_pages(me, key, before=request.args.get("before", ""))
    except locks.Sealed:  # erased and begun anew in another browser: this key is of the old journal
        return shut(_locked_page(me, form, PAGES, status))
    page = render_template(
        "journey/pages.html",
        pages=shown,
        older=older,
        form=form,
        **showing.fleeting_card(reading.level, reading.categories, utcnow()),
    )
    return keep_open(make_response(page, status), key)


@bp.post(f"{PAGES}/<page>/delete")
@member
def delete(page: str) -> Response:
    """Throw one page away."""
    journal.delete_page(the_member(), page)
    events.commit()
    return make_response(redirect(PAGES, 303))


# ── The plan ────────────────────────────────────────────────────────────────────────────────────────────────────


@bp.route(PLAN, methods=["GET", "POST"])
@member
def plan() -> Response:
    """Show the plan for hard hours: kept sealed like a page, or only printed."""
    me, key = the_member(), open_key()
    if request.method == "GET":
        answers = journal.read_plan(me, key) if key is not None else {}
        return _plan(me, key, Form(dict(answers)))
    form = typed(*journal.PLAN_QUESTIONS)
    reading = read_private(tuple(form.values.values()), me, utcnow(), sealed=True)
    key = key if key is not None else _opened_with_words(me, form)
    if key is None:
        return _plan(me, None, form, reading, 400)
    try:
        journal.save_plan(me, key, journal.check_plan(form.values))
        count(me, reading)
    except ForumError as refusal:
        events.rollback()
        refused(form, refusal)
        return _plan(the_member(), key, form, reading, refusal.status)
    events.commit()
    if reading.level:
        return _plan(me, key, form, reading)
    flash(_("Kept. Only your six words open it."), "done")
    return keep_open(make_response(redirect(PLAN, 303)), key)


@bp.get(f"{PLAN}/sheet")
@member
def sheet() -> Response:
    """Show the plan as one sheet of paper; while it is closed, or empty, with room to write by hand."""
    me, key = the_member(), open_key()
    answers = journal.read_plan(me, key) if key is not None else dict.fromkeys(journal.PLAN_QUESTIONS, "")
    numbers = help_numbers(reader_country(), utcnow())
    answer = make_response(
        render_template("journey/sheet.html", answers=answers, numbers=numbers, today=utcnow().date())
    )
    return keep_open(answer, key) if key is not None else answer


def _plan(me: Member, key: bytes | None, form: Form, reading: Reading | None = None, status: int = 200) -> Response:
    reading = reading or Reading()
    page = render_template(
        "journey/plan.html",
        form=form,
        is_open=key is not None,
        has_plan=journal.has_plan(me),
        **showing.fleeting_card(reading.level, reading.categories, utcnow()),
    )
    answer = make_response(page, status)
    return keep_open(answer, key) if key is not None else answer
