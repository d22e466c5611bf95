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
from forum.identity.access import member, the_member
from forum.identity.models import Member

bp = Blueprint("boundaries", __name__)


def _other(me: Member, public_id: str) -> tuple[Member, str, str]:
    """Return who wrote a post, its thread's path and its room's.

    Raises:
        NotFound: not readable, or written by the team or somebody who has gone.
    """
    post = queries.get_post_for(me, public_id)
    if post.author is None:
        raise NotFound
    room = post.thread.room
    return post.author, f"/t/{post.thread.public_id}", f"/r/{room.public_id}" if room else "/rooms"


@bp.post("/p/<post>/mute")
@member
def mute(post: str) -> Response:
    """Fold somebody's posts for oneself."""
    me = the_member()
    other, thread, _room = _other(me, post)
    operations.mute(me, other.id, utcnow())
    events.commit()
    flash(
        _("%(name)s's posts are folded for you now. Only you know. My space, Boundaries undoes it.", name=other.handle)
    )
    return redirect(thread, 303)


@bp.post("/p/<post>/block")
@member
def block(post: str) -> Response:
    """Keep somebody's words from oneself, and one's own from them."""
    me = the_member()
    other, thread, room = _other(me, post)
    began = queries.get_post_for(me, post).thread.author_id == other.id
    operations.block(me, other.id, utcnow())
    events.commit()
    flash(_("You won't see what %(name)s writes, and they won't see you. They aren't told.", name=other.handle))
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
