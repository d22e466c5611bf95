"""A name for one thread only: put on with one's first words there, worn for everything one writes in it.

Moderators see the member all along. For everybody else the name stands by itself: nothing shown, sent, found, counted
or kept away leads from it to the member (docs/decisions/0028).
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from forum.core.db import db
from forum.core.errors import BadInput, Conflict
from forum.discussions.models import Post, Thread, ThreadMask
from forum.identity.handles import retired_digest
from forum.identity.models import Member, RetiredHandle
from forum.identity.operations import free_handles
from forum.web.current import config


def mask_in(thread: Thread, member: Member | None) -> ThreadMask | None:
    """Return the name a member has in a thread; None where it is their own."""
    if member is None:
        return None
    query = select(ThreadMask).where(ThreadMask.thread_id == thread.id, ThreadMask.member_id == member.id)
    return db.session.scalar(query)


def put_on(thread: Thread, member: Member) -> None:
    """Give a member a name for this thread; having one already is no error.

    Raises:
        BadInput: others have read words of theirs here under their own name, or it is no thread of a room.
    """
    if thread.kind != "topic":
        raise BadInput("A name for one time works in the threads of rooms.", field="one_name")
    if mask_in(thread, member) is not None:
        return
    keys = config().keys
    handle = free_handles(1, keys)[0]
    try:
        with db.session.begin_nested():
            db.session.add(ThreadMask(thread_id=thread.id, member_id=member.id, handle=handle))
    except IntegrityError:
        if mask_in(thread, member) is None:  # somebody else was given that very name a moment ago
            raise Conflict("That name has just been taken. Please send it again.") from None
        return  # a second form sent at the same moment was first
    # Looked at after the row is there: from now on every post of theirs is shown under that name.
    if _has_shown_themselves(thread, member):
        raise BadInput("You've already written here under your own name, so others would know.", field="one_name")
    db.session.merge(RetiredHandle(digest=retired_digest(handle, keys.mark_key)))
    db.session.flush()
    db.session.expire(thread, ["mask"])


def _has_shown_themselves(thread: Thread, member: Member) -> bool:
    shown = select(Post.id).where(
        Post.thread_id == thread.id, Post.author_id == member.id, Post.first_public_at.is_not(None)
    )
    return db.session.scalar(shown.limit(1)) is not None


def may_put_on(thread: Thread, member: Member) -> bool:
    """Tell whether the form may offer it."""
    return thread.kind == "topic" and not _has_shown_themselves(thread, member)
