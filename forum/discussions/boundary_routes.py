"""Keeping people and rooms away from oneself, from where one meets them. Nobody is told; /me/boundaries undoes it."""

from __future__ import annotations

from flask import Blueprint, flash, redirect
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from forum.boundaries import operations
from forum.boundaries.reading import boundaries_of
from forum.core import events
from forum.core.clock import utcnow
from forum.core.errors import NotFound
from forum.discussions import queries
from forum.discussions.models import Post
from forum.identity.access import member, the_member
from forum.identity.models import Member

bp = Blueprint("boundaries", __name__)


def _other(me: Member, public_id: str) -> tuple[Post, str, str]:
    """Return the post whose writer is meant, its thread's path and its room's.

    Raises:
        NotFound: not readable, or written by the team or somebody who has gone.
    """
    post = queries.get_post_for(me, public_id)
    if post.author is None:
        raise NotFound
    room = post.thread.room
    return post, f"/t/{post.thread.public_id}", f"/r/{room.public_id}" if room else "/rooms"


def _keep_away(me: Member, post: Post, effect: str) -> str:
    """Draw the boundary against the name one sees, and return that name: behind one for this thread may be anybody."""
    author, now = post.author, utcnow()
    if author is None:
        raise NotFound
    if post.mask is not None and author.id != me.id:
        operations.keep_mask_away(me, post.mask.id, effect, now)
        return post.mask.handle
    (operations.mute if effect == "mute" else operations.block)(me, author.id, now)
    return author.handle


@bp.post("/p/<post>/mute")
@member
def mute(post: str) -> Response:
    """Fold somebody's posts for oneself."""
    me = the_member()
    found, thread, _room = _other(me, post)
    other = _keep_away(me, found, "mute")
    events.commit()
    flash(_("%(name)s's posts are folded for you now. Only you know. My space, Boundaries undoes it.", name=other))
    return redirect(thread, 303)


@bp.post("/p/<post>/block")
@member
def block(post: str) -> Response:
    """Keep somebody's words from oneself, and one's own from them."""
    me = the_member()
    found, thread, room = _other(me, post)
    began = found.thread.author_id == found.author_id
    is_mask = found.mask is not None
    other = _keep_away(me, found, "block")
    events.commit()
    if is_mask:
        flash(_("You won't see what %(name)s writes in this thread. They aren't told.", name=other))
    else:
        flash(_("You won't see what %(name)s writes, and they won't see you. They aren't told.", name=other))
    return redirect(room if began else thread, 303)


@bp.post("/r/<room>/mute")
@member
def mute_room(room: str) -> Response:
    """Leave a room out of one's lists, or bring it back."""
    me, found = the_member(), queries.get_room(room)
    if found.id in boundaries_of(me).rooms:
        operations.unmute_room(me, found.id)
        flash(_("The room is back in your list."))
    else:
        operations.mute_room(me, found.id, utcnow())
        flash(_("This room stays out of your lists now. You can still open it."))
    events.commit()
    return redirect(f"/r/{found.public_id}", 303)
