"""Stories: long posts told from further on, listed across rooms and read on a quiet page."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from forum.boundaries.reading import boundaries_of
from forum.core.clock import utcnow
from forum.core.errors import NotFound
from forum.core.paging import make_cursor
from forum.discussions import areas, listing, queries
from forum.discussions.presenting import post_views, thread_row, thread_view
from forum.discussions.room_routes import door_page, listed
from forum.discussions.storying import LATER, story_from_words
from forum.identity.login import current_member
from forum.web.access import public

bp = Blueprint("stories", __name__)


@bp.get("/stories")
@public
def stories() -> str:
    """List the stories of one area's rooms, newest first; `?from=year` those told from one year on."""
    me = current_member()
    area = areas.choose(request.args.get("area", ""), me)
    reader, later = boundaries_of(me), request.args.get("from") == "year"
    found, more = listing.list_stories(
        reader=reader,
        out_of=queries.rooms_shut(me) | areas.outside(queries.list_rooms(), area),
        story_from=LATER if later else (),
        before=request.args.get("before"),
    )
    last = found[-1] if found and more else None
    return render_template(
        "discussions/stories.html",
        stories=[thread_row(thread) for thread in listed(found, reader)],
        later=later,
        area=area,
        words=story_from_words(),
        older=make_cursor(last.bumped_at, last.id) if last else None,
    )


@bp.get("/t/<thread>/read")
@public
def read(thread: str) -> str:
    """Show a story alone: its words, and nothing that moves."""
    me = current_member()
    try:
        found = queries.find_thread_for(me, thread)
    except NotFound:
        return door_page(queries.door_to(me, thread), thread)
    post = queries.opening_of(found)
    if found.purpose != "story" or post is None or not queries.may_read_post(me, post):
        raise NotFound
    shown = post_views([post], me, utcnow())
    if not shown or shown[0].body_html is None:
        raise NotFound
    return render_template(
        "discussions/story.html",
        thread=thread_view(found, me),
        post=shown[0],
        told_from=story_from_words().get(found.story_from, "") if found.story_from else "",
        replies=found.reply_count,
    )
