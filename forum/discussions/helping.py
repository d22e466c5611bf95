"""The help card under one's own words: which one, and its HTML for pages and sockets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flask import get_template_attribute, request
from flask_babel import format_datetime
from sqlalchemy.exc import DatabaseError

from forum.core.db import db
from forum.discussions.models import Post
from forum.helplines import reports
from forum.helplines.cards import SupportCard, card_for
from forum.helplines.routes import country_of
from forum.identity.login import current_member
from forum.moderation import duty, rota


def reader_country() -> str | None:
    """Return the country the reader chose; never guessed from an address. Without a database, the one of the cookie."""
    try:
        member = current_member()
    except DatabaseError:
        db.session.rollback()
        member = None
    return country_of(request, member.country if member else "")


def card_of(post: Post, now: datetime) -> SupportCard | None:
    """Return the card for one's own post, unless it was put away."""
    if post.card_hidden:
        return None
    return make_card(post.support_level, post.categories, post.visibility, now)


def make_card(level: int, categories: Sequence[str], visibility: str, now: datetime) -> SupportCard | None:
    """Return the card for a support level; at level 1 it is one quiet line, at level 0 there is none."""
    if level < 1:
        return None
    try:
        on_duty: int | None = duty.coverage(now)
    except Exception:
        # The card must come even when the database cannot say who is on.
        on_duty = None
    until = next_on_words(now) if on_duty == 0 else ""
    return card_for(
        level,
        tuple(categories),
        reader_country(),
        now=now,
        moderators_on=on_duty,
        visibility=visibility,
        next_on=until,
        demoted=reports.reported(),
    )


def next_on_words(now: datetime) -> str:
    """Return when the next moderator means to come, e.g. "07:00 UTC"; "" when nobody has said so.

    Hours are UTC, because we don't know where anybody is.
    """
    try:
        at = rota.next_on(now)
    except Exception:
        # The card must come even when the database cannot say who comes next.
        return ""
    if at is None:
        return ""
    pattern = "HH:mm" if at.date() == now.date() else "EEEE HH:mm"
    return f"{format_datetime(at, pattern)} UTC"


def card_html(card: SupportCard | None, post: Post | None = None) -> str:
    """Return the card as a fragment for a socket's answer; the page that inserts it puts its own token in."""
    if card is None:
        return ""
    macro = get_template_attribute("helplines/_card.html", "support_card")
    return str(macro(card, csrf="-", post_id=post.public_id if post is not None else None, **card_options(post)))


def card_options(post: Post | None) -> dict[str, str]:
    """Return where the card's own forms lead."""
    if post is None:
        return {}
    thread = f"/t/{post.thread.public_id}"
    return {"dismiss_action": f"/p/{post.public_id}/card", "next": thread, "keep_url": f"{thread}#reply"}
