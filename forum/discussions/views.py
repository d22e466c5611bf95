"""What templates and fragments are given: plain data, already decided for one reader."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from markupsafe import Markup

from forum.discussions.attaching import Attached


@dataclass(frozen=True, slots=True)
class RoomView:
    """A room as lists and its page show it."""

    public_id: str
    name: str
    summary: str
    group: str
    card: dict[str, str]
    last_reply_at: datetime | None = None
    waiting_count: int = 0
    lately: int = 0
    """Threads somebody wrote in within a day: the lit dots of its ring. Who is reading where is nobody's business."""
    declares: str = ""
    """What one says to come in; "" for everybody."""
    area: str = ""
    """own | family; "" for a room that is in both areas."""


@dataclass(frozen=True, slots=True)
class ThreadRow:
    """One line of a room's list."""

    public_id: str
    title: str
    room: RoomView
    author_handle: str
    author_seed: str
    started_at: datetime
    last_reply_at: datetime
    reply_count: int
    content_note: str
    waiting: bool
    pinned: bool
    purpose: str = ""
    story_from: str = ""


@dataclass(frozen=True, slots=True)
class ThreadView:
    """A thread's head."""

    public_id: str
    title: str
    room: RoomView
    content_note: str
    is_closed: bool
    last_seq: int
    purpose: str = ""
    invitation: str = ""
    """What a daily thread asks, in place of a first post."""
    host: str = ""
    """Who looks after it this week."""
    pinned: bool = False
    can_pin: bool = False
    story_from: str = ""


@dataclass(frozen=True, slots=True)
class HeldNotice:
    """What the author of a held post is told."""

    title: str
    explanation: str
    reason_code: str
    est_wait_minutes: int | None
    moderators_on: int
    masked_text: str | None
    can_dispute: bool = False
    """A rule did it, and its author has not yet said that it looks wrong."""
    next_on: str = ""
    """When the next moderator means to come; "" while one is on, or nobody has said so."""
    by_person: bool = False
    """A moderator asked for a change."""


@dataclass(frozen=True, slots=True)
class ReplyTo:
    """The post an answer points at."""

    public_id: str
    author_handle: str


@dataclass(frozen=True, slots=True)
class PostView:
    """One post, decided for one reader: `body_html` is None where they may not read it."""

    public_id: str
    seq: int | None
    author_handle: str
    author_seed: str
    is_mine: bool
    is_team: bool
    body_html: Markup | None
    visibility: str
    content_note: str
    created_at: datetime
    edited_at: datetime | None
    reply_to: ReplyTo | None = None
    held: HeldNotice | None = None
    hidden_reason: str = ""
    tombstone: str | None = None
    can_edit: bool = False
    can_report: bool = False
    gentle: bool = False
    covered: bool = False
    """One's own post is up with an identifying part covered for everybody."""
    roles: tuple[str, ...] = ()
    """What its author takes on here (greeter, host, peer); nothing under a name for one thread."""
    attached: Attached | None = None
    """An entry of the directory or a helpline that stands under the words."""
    one_name: bool = False
    """The name stands for its writer in this thread only."""
    cover: str = ""
    """Why these words wait behind a fold for this reader; empty: they do not."""
    can_mute: bool = False
    is_kept: bool = False
    reactions: tuple[tuple[str, str, str, int, bool], ...] = ()
    """(kind, label, icon, count, mine)."""


@dataclass(frozen=True, slots=True)
class Page:
    """Where a page of posts begins and ends, as query values for its neighbours."""

    older: int | None = None
    newer: int | None = None
    posts: tuple[PostView, ...] = field(default=())
