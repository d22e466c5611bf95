"""Pages for writing and for reading a thread."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from forum.belonging.reading import home_of
from forum.boundaries.reading import boundaries_of
from forum.core.clock import utcnow
from forum.core.errors import ForumError, NotFound
from forum.core.text import shorten
from forum.discussions import areas, attaching, drafts, keeping, kinds, masks, posting, queries
from forum.discussions.forms import EXTRAS, PURPOSES, extras_of, new_client_id, refused, to_post, typed
from forum.discussions.helping import card_of, card_options, reader_country
from forum.discussions.models import Room, Thread
from forum.discussions.pacing import barrier_words, count_new
from forum.discussions.presenting import post_views, room_view, thread_view
from forum.discussions.room_routes import door_page
from forum.discussions.sockets import replay, seen_from
from forum.discussions.storying import story_from_words
from forum.discussions.views import Page
from forum.helplines.pages import help_numbers
from forum.identity.access import member, the_member
from forum.identity.forms import Form
from forum.identity.login import current_member
from forum.identity.models import Member
from forum.moderation import duty
from forum.web.access import public

bp = Blueprint("discussions", __name__)
MAX_QUOTE_CHARS = 400
BEGIN_IN: dict[areas.Area, str] = {"own": "newcomers", "family": "family"}
"""The room of each area that people begin in."""


def number(name: str) -> int | None:
    """Return a whole number from the query, or None for anything else."""
    value = request.args.get(name, "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 16 else None


# ── Writing ─────────────────────────────────────────────────────────────────────────────────────────────────────


@bp.get("/write")
@member
def write() -> Response:
    """Lead to the box for writing: in one's home room, else where people begin."""
    me, everything = the_member(), queries.list_rooms()
    area, home = areas.choose(request.args.get("area", ""), me), home_of(me)
    fitting = [room for room in everything if room.is_open and areas.is_in(room, area) and queries.may_enter(me, room)]
    fitting.sort(key=lambda room: (room.id != home, room.key != BEGIN_IN[area]))
    if not fitting:
        return redirect("/rooms", 303)
    purpose = "?for=story" if request.args.get("for") == "story" else ""
    return redirect(f"/r/{fitting[0].public_id}/new{purpose}", 303)


@bp.get("/r/<room>/new")
@member
def new_thread(room: str) -> str:
    """Show the form for a new thread, a story, or a question to the room's host."""
    found = queries.get_room(room)
    if not queries.may_enter(the_member(), found):
        raise NotFound
    purpose = request.args.get("for", "")
    return _write_page(found, Form({"purpose": purpose if purpose in PURPOSES else ""}, client_id=new_client_id()))


def _write_page(room: Room, form: Form, card: Any = None) -> str:
    return render_template(
        "discussions/write.html",
        room=room_view(room),
        form=form,
        card=card,
        card_forms=card_options(None),
        moderators_on=duty.coverage(utcnow()),
        story_from=story_from_words(),
        first_post=the_member().accepted_posts == 0,
        attach=attaching.choices(reader_country()),
        barrier=barrier_words(the_member(), room.id, utcnow()),
    )


@bp.post("/r/<room>/threads")
@member
def create_thread(room: str) -> Response | tuple[str, int]:
    """Open a thread with its first post."""
    author, found, now = the_member(), queries.get_room(room), utcnow()
    form = typed("title", "body", "content_note", *EXTRAS)
    draft = drafts.read_draft(
        request.form.get("body"),
        form.client_id,
        title=request.form.get("title"),
        content_note=form.values["content_note"],
        extras=extras_of(form),
    )

    def count() -> None:
        count_new("thread", author, now)

    try:
        outcome = posting.start_thread(draft, author=author, room=found, now=now, count=count)
    except ForumError as refusal:
        return refused(refusal, lambda card: _write_page(queries.get_room(room), form, card), form)
    return to_post(outcome.post)


# ── Threads ─────────────────────────────────────────────────────────────────────────────────────────────────────


@bp.get("/t/<thread>")
@public
def thread(thread: str) -> str | Response:
    """Show a thread; one that belongs to a meeting or a conversation is read there."""
    me = current_member()
    try:
        found = queries.find_thread_for(me, thread)
    except NotFound:
        return door_page(queries.door_to(me, thread), thread)
    kind = kinds.kind_of(found)
    if kind is not None:
        return redirect(kind.path(found), 303)
    return _thread_page(found, me, Form({"body": _quoted(me)}, client_id=new_client_id()))


def _quoted(me: Member | None) -> str:
    """Return the post to be quoted as a quotation to begin with, shortened; nothing where it can't be read."""
    public_id = request.args.get("reply_to", "")
    if me is None or not request.args.get("quote") or not public_id:
        return ""
    try:
        post = queries.get_post_for(me, public_id)
    except ForumError:
        return ""
    if post.persona in boundaries_of(me).unseen:
        return ""
    words = shorten(post.masked_body or post.body, MAX_QUOTE_CHARS)
    return "".join(f"> {line}\n" for line in words.splitlines() if line.strip()) + "\n"


def _thread_page(thread: Thread, me: Member | None, form: Form, refused_card: Any = None) -> str:
    now = utcnow()
    posts, older, newer = queries.page_of_posts(thread, me, after=number("after"), before=number("before"))
    carded = queries.card_post(thread, me, now) if me is not None and refused_card is None else None
    card = card_of(carded, now) if carded is not None else refused_card
    return render_template(
        "discussions/thread.html",
        thread=thread_view(thread, me),
        posts=post_views(posts, me, now),
        page=Page(older=older, newer=newer),
        form=form,
        moderators_on=duty.coverage(now),
        card=card,
        card_post=carded.public_id if carded is not None else "",
        card_forms=card_options(carded),
        followed=keeping.is_followed(me, thread),
        **_composer(thread, me),
        reply_hint="" if me is None or me.hides_hints or thread.author_id == me.id else reply_hint(),
        help_numbers=help_numbers(reader_country(), now),
        barrier=barrier_words(me, thread.room_id, now),
    )


def _composer(thread: Thread, me: Member | None) -> dict[str, Any]:
    """Return what the reply box offers a member beside words."""
    if me is None or thread.is_closed:
        return {}
    worn = masks.mask_in(thread, me)
    return {
        "mask": worn.handle if worn is not None else "",
        "may_mask": worn is None and masks.may_put_on(thread, me),
        "attach": attaching.choices(reader_country()),
    }


def reply_hint() -> str:
    """Say in one line what helps."""
    return str(_("“I hear you” is enough. Or say what it was like for you; leave out “you should”."))


@bp.post("/t/<thread>/posts")
@member
def create_post(thread: str) -> Response | tuple[str, int]:
    """Answer in a thread."""
    author, now = the_member(), utcnow()
    found = queries.find_thread_for(author, thread)
    form = typed("body", "content_note", "reply_to", "one_name", "attached")
    draft = drafts.read_draft(
        request.form.get("body"),
        form.client_id,
        content_note=form.values["content_note"],
        reply_to=form.values["reply_to"],
        extras=extras_of(form),
    )

    def count() -> None:
        count_new("reply", author, now)

    try:
        outcome = posting.reply(draft, author=author, thread=found, now=now, count=count)
    except ForumError as refusal:
        again = lambda card: _thread_page(queries.find_thread_for(author, thread), author, form, card)  # noqa: E731
        return refused(refusal, again, form)
    return to_post(outcome.post)


@bp.get("/t/<thread>/events")
@public
def thread_events(thread: str) -> dict[str, Any]:
    """Return what a browser missed, as JSON; also the heartbeat of pages without a socket."""
    me = current_member()
    found = queries.find_thread_for(me, thread)
    after = min(number("after") or 0, 2**62)
    news = replay(found, after, boundaries_of(me), since=seen_from(me, found))
    return {"events": news["events"], "latest": news["seq"], "resync": news["resync"]}
