"""The number in the menu: in every page by one indexed count, on open pages by a socket event without words."""

from __future__ import annotations

from flask import Flask, Response, request
from sqlalchemy import select
from sqlalchemy.exc import DatabaseError

from forum.core import events
from forum.core.clock import utcnow
from forum.core.db import db
from forum.core.events import subscribe
from forum.discussions.models import Thread
from forum.identity.login import current_member
from forum.identity.models import Member
from forum.notifications import operations, queries
from forum.notifications.events import NewsCame
from forum.notifications.models import Notification
from forum.realtime.channels import member_channel
from forum.realtime.server import NAMESPACE_LIVE, is_open, socketio

TOLD_LIVE = 200
"""Members told by socket at once; the others see the number on their next page."""


def news_count() -> int:
    """Return the reader's number; nothing on help pages, which work without a database, and for staff."""
    if not request or request.path.startswith(("/help", "/mod")):
        return 0
    try:
        me = current_member()
        return queries.count_unread(me.id, utcnow()) if me is not None else 0
    except DatabaseError:
        # An error page is being drawn because the database is away: the number may be missing, the page may not.
        db.session.rollback()
        return 0


@subscribe(NewsCame)
def tell(fact: NewsCame) -> None:
    """Send members their number, on all their open pages."""
    if not is_open():
        return
    people = select(Member.id, Member.public_id).where(Member.id.in_(fact.member_ids[:TOLD_LIVE]))
    for member_id, public_id in db.session.execute(people).all():
        count = queries.count_unread(member_id, utcnow())
        socketio.emit("news:count", {"count": count}, to=member_channel(public_id), namespace=NAMESPACE_LIVE)


def _read_with_the_page(response: Response) -> Response:
    """Whoever opened a thread has seen its news; a page nobody has news of costs one look-up and no write."""
    if request.endpoint == "discussions.thread" and request.method == "GET" and response.status_code == 200:
        me = current_member()
        public_id = (request.view_args or {}).get("thread", "")
        if me is not None and (thread_id := _news_of(me.id, public_id)) is not None:
            operations.read_all(me.id, utcnow(), thread_id=thread_id)
            events.commit()
    return response


def _news_of(member_id: int, public_id: str) -> int | None:
    query = (
        select(Notification.thread_id)
        .join(Thread, Thread.id == Notification.thread_id)
        .where(Notification.member_id == member_id, Notification.read_at.is_(None), Thread.public_id == public_id)
    )
    return db.session.scalar(query.limit(1))


def init_app(app: Flask) -> None:
    """Put the number into every page."""
    app.after_request(_read_with_the_page)
    app.add_template_global(news_count)
