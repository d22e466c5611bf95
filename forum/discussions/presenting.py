"""Turn rows into what one reader is shown. Held and hidden words leave this file only towards their author."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from flask import g
from flask_babel import gettext as _
from markupsafe import Markup

from forum.belonging.reading import may_pin, roles_of, weekly_host
from forum.boundaries.reading import Boundaries, boundaries_of
from forum.core.clock import utcnow
from forum.discussions import attaching, daily, queries
from forum.discussions.areas import area_of
from forum.discussions.helping import next_on_words
from forum.discussions.keeping import kept_of
from forum.discussions.models import PUBLIC, Post, Room, Thread, ThreadMask
from forum.discussions.queries import RoomFigures
from forum.discussions.seeding import CARD_KEYS
from forum.discussions.subject import GONE, TEAM
from forum.discussions.views import HeldNotice, PostView, ReplyTo, RoomView, ThreadRow, ThreadView
from forum.identity.marks import mark_seed
from forum.identity.models import Member
from forum.moderation import duty
from forum.moderation.reasons import public_explanation, reasons
from forum.moderation.told import is_disputed, words_of_decision

NO_FIGURES = RoomFigures()


def card_questions() -> dict[str, str]:
    """Return the eight questions of the info card, in order."""
    words = {
        "support": _("What kind of support"),
        "pathway": _("Which way of going about it"),
        "focus": _("What it's about"),
        "when": _("When"),
        "size": _("How many"),
        "who": _("Who it's for"),
        "host": _("Who looks after it"),
        "leave": _("How to leave"),
    }
    return {key: words[key] for key in CARD_KEYS}


def room_view(room: Room, figures: RoomFigures = NO_FIGURES) -> RoomView:
    """Show a room."""
    return RoomView(
        public_id=room.public_id,
        name=room.name,
        summary=room.summary,
        group=room.group,
        card={label: room.card.get(key, "") for key, label in card_questions().items()},
        last_reply_at=figures.last,
        waiting_count=figures.waiting,
        lately=figures.lately,
        declares=room.declares,
        area=area_of(room) or "",
    )


def thread_row(thread: Thread) -> ThreadRow:
    """Show a thread as a line of a list."""
    handle, seed = _author(thread.author_id, thread.author, None, thread.mask)
    return ThreadRow(
        public_id=thread.public_id,
        title=_title(thread, thread.title),
        room=room_view(thread.room) if thread.room else _no_room(),
        author_handle="" if thread.purpose == "daily" else handle,
        author_seed=seed,
        started_at=thread.started_at,
        last_reply_at=thread.bumped_at,
        reply_count=thread.reply_count,
        content_note=thread.content_note,
        waiting=thread.reply_count == 0 and thread.purpose != "daily",
        pinned=thread.pinned,
        purpose=thread.purpose,
        story_from=thread.story_from,
    )


def _title(thread: Thread, title: str) -> str:
    """Name a daily thread in the reader's language; other titles are their authors'."""
    if thread.purpose == "daily" and thread.day is not None:
        return daily.shown_title(daily.kind_of(thread), thread.day)
    return title


def thread_view(thread: Thread, member: Member | None) -> ThreadView:
    """Show a thread's head; a title nobody may read any more is replaced by a plain word."""
    is_daily = thread.purpose == "daily" and thread.day is not None
    host = weekly_host(thread.room.id, thread.day) if is_daily and thread.room and thread.day else None
    return ThreadView(
        public_id=thread.public_id,
        title=_title(thread, queries.title_for(member, thread) or _("A thread")),
        room=room_view(thread.room) if thread.room else _no_room(),
        content_note=thread.content_note if queries.title_for(member, thread) else "",
        is_closed=thread.is_closed,
        last_seq=thread.seq,
        purpose=thread.purpose,
        invitation=daily.invitation(daily.kind_of(thread)) if is_daily else "",
        host=host.handle if host is not None else "",
        pinned=thread.pinned,
        can_pin=not is_daily
        and member is not None
        and thread.room is not None
        and may_pin(member.id, thread.room.id, utcnow().date()),
        story_from=thread.story_from,
    )


def _no_room() -> RoomView:
    return RoomView("", "", "", "", {})


def post_views(posts: Sequence[Post], member: Member | None, now: datetime) -> list[PostView]:
    """Show a page of posts to one reader; what somebody keeps away from them is simply not there."""
    reader = boundaries_of(member)
    seen = [post for post in posts if post.persona not in reader.blocked_by]
    reactions = queries.reactions_of(seen, member)
    on_duty, kept = duty.coverage(now), kept_of(seen, member)
    roles = roles_of({post.author_id for post in seen if post.author_id is not None})
    return [
        replace(
            post_view(post, member, reactions.get(post.id, {}), on_duty, reader, roles.get(post.author_id or 0, ())),
            is_kept=post.id in kept,
        )
        for post in seen
    ]


def post_view(
    post: Post,
    member: Member | None,
    reactions: dict[str, tuple[int, bool]] | None = None,
    on_duty: int = 0,
    reader: Boundaries | None = None,
    roles: tuple[str, ...] | None = None,
) -> PostView:
    """Show one post to one reader; `reader` where a fragment is made for somebody without anything personal in it.

    `roles` of the author; looked up where they are not handed in.
    """
    mine = member is not None and post.author_id == member.id
    reader = boundaries_of(member) if reader is None else reader
    away = post.persona in reader.blocked
    readable = not away and (
        post.visibility in PUBLIC or (mine and post.visibility not in ("author_deleted", "purged"))
    )
    handle, seed = _author(post.author_id, post.author, post.staff_id, post.mask)
    if roles is None and post.author_id is not None and post.mask is None:
        roles = roles_of([post.author_id]).get(post.author_id, ())
    return PostView(
        public_id=post.public_id,
        seq=post.seq,
        author_handle=handle,
        author_seed=seed,
        is_mine=mine,
        is_team=post.staff_id is not None,
        roles=roles or () if post.mask is None else (),
        attached=attaching.find(post.attached) if readable and post.attached else None,
        one_name=post.mask is not None,
        body_html=Markup(post.body_html) if readable else None,  # noqa: S704 - sanitised when written
        visibility=post.visibility,
        content_note=post.content_note if readable else "",
        created_at=post.created_at,
        edited_at=post.edited_at,
        reply_to=_reply_to(post, reader),
        held=_held(post, on_duty) if mine and post.visibility in ("held", "checking") else None,
        hidden_reason=hidden_sentence(post) if mine and post.visibility == "hidden" else "",
        tombstone=None if readable else (blocked_line() if away else tombstone(post)),
        can_edit=mine and post.visibility not in ("author_deleted", "purged"),
        can_report=not mine and post.visibility in PUBLIC and member is not None and post.staff_id is None,
        covered=mine and post.masked_body is not None and post.visibility in PUBLIC,
        gentle=post.support_level >= 2 and post.visibility in PUBLIC,
        cover="" if mine or not readable else cover_of(post, reader),
        can_mute=not mine and member is not None and post.author_id is not None,
        reactions=_reactions(reactions or {}) if readable else (),
    )


def _author(
    author_id: int | None, author: Member | None, staff_id: int | None, mask: ThreadMask | None
) -> tuple[str, str]:
    """Return name and drawing; a name for one thread has a drawing of its own."""
    if staff_id is not None:
        return _(TEAM), mark_seed("staff", 0)
    if author is None or author_id is None:
        return _(GONE), mark_seed("gone", 0)
    if mask is not None:
        return mask.handle, mark_seed("mask", mask.id)
    return author.handle, mark_seed("member", author_id)


def cover_of(post: Post, reader: Boundaries) -> str:
    """Say why a post waits behind a fold for this reader."""
    if post.persona in reader.muted:
        return str(_("Somebody you muted"))
    title = post.thread.title if post.is_opening else ""
    word = reader.word_in(title, post.content_note, post.masked_body or post.body)
    return str(_("You asked to have this covered: %(word)s", word=word)) if word else ""


def blocked_line() -> str:
    """Say what stands in place of a blocked person's words."""
    return str(_("Somebody you blocked wrote here."))


def _reply_to(post: Post, reader: Boundaries) -> ReplyTo | None:
    target = post.reply_to
    if target is None or target.visibility not in PUBLIC or target.persona in reader.unseen:
        return None
    return ReplyTo(target.public_id, _author(target.author_id, target.author, target.staff_id, target.mask)[0])


def tombstone(post: Post) -> str:
    """Say why there is nothing to read here."""
    if post.visibility == "author_deleted":
        return str(_("The person who wrote this has taken it back."))
    return str(_("Taken down by the moderators."))


def hidden_sentence(post: Post) -> str:
    """Say in one sentence why one's own post was taken down."""
    said = words_of_decision("post", post.id)
    return said or public_explanation(post.reason_code) or post.explanation or _("It broke one of the house rules.")


def _held(post: Post, on_duty: int) -> HeldNotice:
    if post.visibility == "checking":
        title = _("Your post is safe. It's being read by the automatic check.")
        return HeldNotice(title, _("This takes a second or two."), "checking", None, max(on_duty, 1), None)
    title = _("Your post is safe, and not up yet.")
    why = post.explanation or _("A moderator is going to read it first.")
    by_person = post.reason_code in reasons()
    if by_person:
        title = _("A moderator asks you to change one part. Your post is safe, and not up just now.")
        why = words_of_decision("post", post.id) or public_explanation(post.reason_code)
    return HeldNotice(
        title,
        why,
        post.reason_code,
        estimated_wait(),
        on_duty,
        post.masked_body,
        can_dispute=not by_person and post.reason_code != "not_posted" and not is_disputed("post", post.id),
        next_on="" if on_duty else next_on_words(utcnow()),
        by_person=by_person,
    )


def estimated_wait() -> int | None:
    """Return the usual wait for a held post just now, in minutes, where it is known; counted once for a page."""
    from forum.moderation.waits import usual_wait_minutes

    if "usual_wait" not in g:
        g.usual_wait = usual_wait_minutes()
    found: int | None = g.usual_wait
    return found


def _reactions(found: dict[str, tuple[int, bool]]) -> tuple[tuple[str, str, str, int, bool], ...]:
    kinds = (
        ("hear", _("I hear you"), "ear"),
        ("been", _("Been there"), "footprints"),
        ("with", _("With you"), "hand-heart"),
        ("thanks", _("Thank you"), "sprout"),
    )
    return tuple((kind, label, icon, *found.get(kind, (0, False))) for kind, label, icon in kinds)
