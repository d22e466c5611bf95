"""Gather what the pipeline may know of a text: the author's history, the room's rules, who is here. Reads only."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from forum.discussions import history, kinds
from forum.discussions.models import PUBLIC, Post, Room, Thread
from forum.helplines import registry
from forum.identity.models import Member
from forum.moderation import duty, rulebook
from forum.moderation.phases.repeats import fingerprint
from forum.moderation.verdict import Author, Place, RecentText, Submission, Surface

TITLE_GAP = "\n\n"
"""Between title and body when both are read as one text; a title has no line breaks of its own."""
TEAM = Author(trust=3, age_hours=24 * 365, accepted_posts=1_000, is_staff=True)


def gather(
    text: str,
    *,
    author: Member | None,
    thread: Thread | None,
    room: Room | None,
    reply_to: Post | None,
    now: datetime,
    surface: Surface = "post",
    exclude: int | None = None,
) -> Submission:
    """Build the submission of one text; `exclude` is the post itself when it is already stored."""
    return Submission(
        text=text,
        surface=surface,
        author=_author(author, now, exclude) if author is not None else TEAM,
        place=_place(room, thread, reply_to),
        now=now,
        allowed_numbers=registry.allowed_numbers(),
        same_digest_authors=history.other_authors_with(fingerprint(text), author, now) if author is not None else 0,
        coverage=duty.coverage(now),
        house=rulebook.house_rules(),
    )


def _author(member: Member, now: datetime, exclude: int | None) -> Author:
    recent = [post for post in history.recent_posts(member, now) if post.id != exclude]
    return Author(
        trust=member.trust,
        age_hours=max(0.0, (now - member.created_at).total_seconds() / 3600),
        accepted_posts=member.accepted_posts,
        removals_7d=sum(p.visibility == "hidden" and (now - p.created_at).days < 7 for p in recent),
        handle=member.handle,
        recent=tuple(RecentText(p.fingerprint, p.created_at, p.support_level) for p in recent),
    )


def _place(room: Room | None, thread: Thread | None, reply_to: Post | None) -> Place:
    quoted = reply_to.body if reply_to is not None and reply_to.visibility in PUBLIC else ""
    place = Place(room=room.name if room else "", harm_reduction=bool(room and room.harm_reduction), quoted=quoted)
    if thread is None:
        return place
    name = reply_to.author.handle if reply_to is not None and reply_to.author is not None else ""
    if reply_to is not None and reply_to.mask is not None:
        name = reply_to.mask.handle
    return replace(place, handles=history.thread_handles(thread), reply_to_handle=name)


def opening_text(title: str, body: str) -> str:
    """Return title and body as one text; a title made from the body is not read twice."""
    return body if not title or body.startswith(title.removesuffix(" …")) else f"{title}{TITLE_GAP}{body}"


SUGGESTED_NOTES = frozenset(
    {"drinking", "drug use", "a slip", "suicidal thoughts", "self-harm", "abuse", "a death", "pregnancy", "food"}
)
"""Notes the form suggests. They name what is in the text and are no text of their own."""


def with_note(text: str, note: str) -> str:
    """Return a text with its content note at the end: what people word themselves is read like the rest."""
    return f"{text}{TITLE_GAP}{note}" if note and note.casefold() not in SUGGESTED_NOTES else text


def text_of(post: Post) -> str:
    """Return everything its author worded, as one text: title, body, note."""
    return with_note(opening_text(post.thread.title, post.body) if post.is_opening else post.body, post.content_note)


def of_post(post: Post, now: datetime) -> Submission:
    """Build the submission of a stored post, for rescans and sweeps."""
    kind = kinds.kind_of(post.thread)
    return gather(
        text_of(post),
        author=post.author,
        thread=post.thread,
        room=post.thread.room,
        reply_to=post.reply_to,
        now=now,
        surface=kind.surface if kind is not None else "post",
        exclude=post.id,
    )
