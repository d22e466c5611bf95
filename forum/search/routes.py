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
from forum.discussions import areas, queries
from forum.discussions.models import Post, Room
from forum.discussions.presenting import post_view
from forum.discussions.refusing import care_for
from forum.identity.login import current_member
from forum.identity.models import Member
from forum.search.asking import EVERYWHERE, MAX_CHARS, Question, Where, read_question
from forum.search.finding import find
from forum.search.marking import mark, snippet
from forum.web import limits
from forum.web.access import public

bp = Blueprint("search", __name__)
ALL = "all"
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
    rooms = queries.list_rooms()
    chosen = _place(request.values.get("room", ""), rooms, me)
    if question:
        limits.hit("search", member=me.public_id if me else "")
    since = utcnow() - PERIODS[period] if period in PERIODS else None
    found = find(
        question, me, where=_where(chosen, rooms), since=since, before=_number(request.values.get("before", ""))
    )
    return render_template(
        "search/search.html",
        typed=typed,
        asked=bool(question),
        care=_care(typed),
        rooms={area: [one for one in rooms if areas.area_of(one) == area] for area in (*areas.AREAS, None)},
        room=chosen,
        when=period if period in PERIODS else "",
        hits=[_hit(post, me, question) for post in found.posts],
        before=request.values.get("before", ""),
        older=found.older,
    )


def _care(typed: str) -> Markup:
    """Return the help card for words that sound like danger: some people look for them before they say them."""
    found = care_for(typed) if typed else None
    return Markup(found[1]) if found else Markup()  # noqa: S704 - our own template, rendered


def _place(asked: str, rooms: list[Room], me: Member | None) -> str:
    """Return where to look: a room, an area, or everywhere; the reader's own area where nothing of that was chosen."""
    known = {ALL, *areas.AREAS, *(room.public_id for room in rooms)}
    return asked if asked in known else areas.first_area(me)


def _where(place: str, rooms: list[Room]) -> Where:
    """Return the rooms of a place, named by the shorter list."""
    if place == ALL:
        return EVERYWHERE
    if place not in areas.AREAS:
        return Where(tuple(room.id for room in rooms if room.public_id == place))
    inside = tuple(room.id for room in rooms if areas.is_in(room, areas.choose(place, None)))
    outside = tuple(room.id for room in rooms if room.id not in inside)
    return Where(outside, is_outside=True) if len(outside) < len(inside) else Where(inside)


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
