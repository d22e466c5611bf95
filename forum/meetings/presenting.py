"""Turn rows into what one reader of a room is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from markupsafe import Markup

from forum.boundaries.reading import NOTHING, Boundaries, boundaries_of
from forum.core.ids import new_public_id
from forum.discussions.models import PUBLIC, Post
from forum.discussions.presenting import cover_of, hidden_sentence, tombstone
from forum.discussions.subject import GONE, TEAM
from forum.identity.marks import mark_seed
from forum.identity.models import Member
from forum.meetings import asides, queries, said
from forum.meetings.aside_models import Question
from forum.meetings.models import Seat, Session, Turn
from forum.meetings.words import act_line


@dataclass(frozen=True, slots=True)
class Line:
    """One line in a room, decided for one reader."""

    public_id: str
    seq: int | None
    who: str
    seed: str
    at: datetime
    html: Markup | None
    """None where this reader may not read it."""
    turn: int | None = None
    """The share it belongs to; None for a room note."""
    is_mine: bool = False
    is_host: bool = False
    is_private: bool = False
    """Written by the team to this reader alone."""
    content_note: str = ""
    cover: str = ""
    """Why it waits behind a fold for this reader alone."""
    gone: str = ""
    notice: str = ""
    """What its author is told of it: held, taken down, not shown."""
    is_returned: bool = False
    gentle: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """What happened in the room, in one sentence."""

    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Share:
    """One finished share, to be read by those who came later."""

    turn: int
    who: str
    lines: tuple[Line, ...]


def line_of(post: Post, member: Member | None, host: str, turns: Sequence[Turn], reader: Boundaries = NOTHING) -> Line:
    """Show one line to one reader."""
    mine = member is not None and post.author_id == member.id
    returned = mine and post.visibility == "author_deleted" and post.reason_code == "not_shown"
    readable = post.visibility in PUBLIC or (mine and (post.visibility != "author_deleted" or returned))
    who, seed = _author(post, host)
    return Line(
        public_id=post.public_id,
        seq=post.seq,
        who=who,
        seed=seed,
        at=post.created_at,
        html=Markup(post.body_html) if readable else None,  # noqa: S704 - sanitised when written
        turn=turn_of(post, turns),
        is_mine=mine,
        is_host=post.staff_id is not None,
        is_private=post.only_for_id is not None,
        content_note=_note_on(post, readable),
        cover="" if mine or not readable else cover_of(post, reader),
        gone="" if readable else tombstone(post),
        notice=_notice(post) if mine else "",
        is_returned=returned,
        gentle=post.support_level >= 2 and post.visibility in PUBLIC and not mine,
    )


def _note_on(post: Post, readable: bool) -> str:
    return post.content_note if readable and post.visibility == "limited" else ""


def _author(post: Post, host: str) -> tuple[str, str]:
    if post.staff_id is not None:
        return host or _(TEAM), mark_seed("staff", 0)
    if post.author is None or post.author_id is None:
        return _(GONE), mark_seed("gone", 0)
    return post.author.handle, mark_seed("member", post.author_id)


def _notice(post: Post) -> str:
    if post.visibility == "hidden":
        return str(_("Taken down: %(why)s", why=hidden_sentence(post)))
    if post.visibility in ("held", "checking"):
        why = post.explanation or _("A moderator is going to read it first.")
        return str(
            _("Only you can see this. %(why)s If nobody gets to it in five minutes, it stays with you.", why=why)
        )
    if post.visibility == "author_deleted":
        return str(_("This wasn’t shown: nobody could read it in time. You can copy your words and say them again."))
    return ""


def turn_of(post: Post, turns: Sequence[Turn]) -> int | None:
    """Return the share a line belongs to: written by its speaker between being called and being done."""
    for turn in turns:
        if turn.called_at is None or turn.seat.member_id != post.author_id or post.created_at < turn.called_at:
            continue
        if turn.ended_at is None or post.created_at <= turn.ended_at:
            return turn.id
    return None


@dataclass(frozen=True, slots=True)
class Talk:
    """What was said in a room, in the three places of its page."""

    now: tuple[Line, ...]
    """The running share."""
    notes: tuple[Line | Said, ...]
    """Room notes and what happened, newest first."""
    shares: tuple[Share, ...]
    """Finished shares, newest first."""


def talk_of(session: Session, member: Member | None, seat: Seat | None, *, for_team: bool = False) -> Talk:
    """Gather what one reader may read, without the words of those they are kept apart from.

    Who came late reads from their coming on, unless the room keeps its history.
    """
    turns, reader = queries.turns_called(session), boundaries_of(member)
    since = None if for_team or session.series.history or seat is None else seat.joined_at
    posts = [post for post in said.lines_of(session, since=since) if post.author_id not in reader.unseen]
    own = said.own_lines(session, member) if member is not None else []
    both = sorted([*posts, *own], key=lambda p: p.id)
    lines = [line_of(post, member, session.host_name, turns, reader) for post in both]
    speaking = queries.speaker_of(session)
    current = speaking.id if speaking else None
    return Talk(
        now=tuple(line for line in lines if line.turn is not None and line.turn == current),
        notes=_notes(session, [line for line in lines if line.turn is None], since),
        shares=_shares(turns, lines, current),
    )


def _notes(session: Session, lines: Sequence[Line], since: datetime | None) -> tuple[Line | Said, ...]:
    happened = [
        Said(act.at, text)
        for act in said.acts_of(session, limit=40)
        if (text := act_line(act, session.host_name)) and (since is None or act.at >= since)
    ]
    merged: list[Line | Said] = sorted([*lines, *happened], key=lambda one: one.at, reverse=True)
    return tuple(merged)


def _shares(turns: Sequence[Turn], lines: Sequence[Line], current: int | None) -> tuple[Share, ...]:
    found = []
    for turn in reversed(turns):
        own = tuple(line for line in lines if line.turn == turn.id)
        if own and turn.id != current:
            found.append(Share(turn.id, own[0].who, own))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Asked:
    """A quiet exchange as its host reads it."""

    public_id: str
    is_waiting: bool
    lines: tuple[tuple[bool, Markup], ...]
    """(by the host, words)."""
    client_id: str


def asked_view(question: Question) -> Asked:
    """Show a quiet exchange to its host: the words, and not who asks."""
    posts = [post for post in said.exchange(question, None) if post.visibility in PUBLIC]
    return Asked(
        question.public_id,
        asides.is_waiting(question),
        tuple((post.staff_id is not None, Markup(post.body_html)) for post in posts),  # noqa: S704 - sanitised
        new_public_id(),
    )
