"""The search page. The form posts, so that what somebody looked for stays out of the browser's history; a link with
`?q=` works as well."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Blueprint, render_template, request
from flask_babel import gettext as _
from markupsafe import Markup

from forum.boundaries.reading import boundaries_of
from forum.core.clock import utcnow
from forum.core.errors import NotFound
from forum.discussions import queries
from forum.discussions.models import Post, Room
from forum.discussions.presenting import post_view
from forum.identity.login import current_member
from forum.identity.models import Member
from forum.search.asking import MAX_CHARS, Question, read_question
from forum.search.finding import find
from forum.search.marking import mark, snippet
from forum.web import limits
from forum.web.access import public

bp = Blueprint("search", __name__)
PERIODS = {"week": timedelta(days=7), "month": timedelta(days=31), "year": timedelta(days=366)}


@dataclass(frozen=True, slots=True)
class Hit:
    """One post found, for one reader."""

    post_id: str
    thread_id: str
    title: Markup
    words: Markup
    fold: str
    """Why the words wait behind a fold; empty: they do not."""
    handle: str
    room: str
    created_at: datetime


@bp.route("/search", methods=["GET", "POST"])
@public
def search() -> str:
    """Look for words in what this reader may see."""
    typed = request.values.get("q", "").strip()[:MAX_CHARS]
    me, question = current_member(), read_question(typed)
    period = request.values.get("when", "")
    room = _room(request.values.get("room", ""))
    if question:
        limits.hit("search", member=me.public_id if me else "")
    since = utcnow() - PERIODS[period] if period in PERIODS else None
    found = find(question, me, room=room, since=since, before=_number(request.values.get("before", "")))
    return render_template(
        "search/search.html",
        typed=typed,
        asked=bool(question),
        rooms=queries.list_rooms(),
        room=room.public_id if room else "",
        when=period if period in PERIODS else "",
        hits=[_hit(post, me, question) for post in found.posts],
        older=found.older,
    )


def _room(public_id: str) -> Room | None:
    try:
        return queries.get_room(public_id) if public_id else None
    except NotFound:
        return None


def _number(value: str) -> int | None:
    return int(value) if value.isascii() and value.isdigit() and len(value) < 16 else None


def _hit(post: Post, me: Member | None, question: Question) -> Hit:
    view, thread = post_view(post, me, reader=boundaries_of(me), roles=()), post.thread
    return Hit(
        post_id=post.public_id,
        thread_id=thread.public_id,
        title=mark(queries.title_for(me, thread) or _("A thread"), question),
        words=snippet(post.masked_body or post.body, question),
        fold=view.cover or post.content_note,
        handle=view.author_handle,
        room=thread.room.name if thread.room else "",
        created_at=post.created_at,
    )
