"""Keeping posts and following threads."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from forum.core import events
from forum.core.clock import utcnow
from forum.discussions import keeping, queries
from forum.discussions.forms import to_post
from forum.discussions.presenting import post_views, thread_row
from forum.identity.access import member, the_member
from forum.web import limits

bp = Blueprint("keeping", __name__)


@bp.post("/p/<post>/bookmark")
@member
def bookmark(post: str) -> Response:
    """Keep a post, or let it go."""
    me = the_member()
    found = queries.get_post_for(me, post)
    limits.hit("react", member=me.public_id)
    kept = keeping.toggle_bookmark(me, found, utcnow())
    events.commit()
    flash(_("Kept. You find it in My space.") if kept else _("Not kept any more."), "done")
    return to_post(found)


@bp.post("/t/<thread>/follow")
@member
def follow(thread: str) -> Response:
    """Hear of new posts in a thread, or stop."""
    me = the_member()
    found = queries.find_thread_for(me, thread)
    limits.hit("react", member=me.public_id)
    followed = keeping.toggle_follow(me, found, utcnow())
    events.commit()
    flash(_("We'll tell you here when somebody answers.") if followed else _("You won't hear of it any more."), "done")
    return redirect(f"/t/{found.public_id}", 303)


@bp.get("/me/kept")
@member
def kept() -> str:
    """List kept posts and followed threads."""
    me = the_member()
    posts = keeping.list_bookmarks(me)
    threads = {post.public_id: post.thread for post in posts}
    return render_template(
        "discussions/kept.html",
        posts=[(view, threads[view.public_id]) for view in post_views(posts, me, utcnow())],
        threads=[(thread_row(thread), queries.title_for(me, thread)) for thread in keeping.list_followed(me)],
    )
