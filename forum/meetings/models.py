"""Tables of meetings: series, sessions, seats, turns, who holds the room, and what was done in it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Date, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forum.core.db import Model, UTCDateTime
from forum.core.ids import new_public_id
from forum.discussions.models import Thread
from forum.identity.models import Member, Staff

STATUSES = ("scheduled", "lobby", "open", "paused", "closing", "closed", "cancelled")
LIVE = ("lobby", "open", "paused", "closing")
"""Doors open: the people inside may read."""
CROSS_TALK = ("off", "on", "after")
CALLING = ("host", "auto")
TURN_STATES = ("waiting", "speaking", "done", "passed", "lowered", "left", "removed")
IN_LINE = text("state IN ('waiting', 'speaking')")
SPEAKING = text("state = 'speaking'")


def _short_id() -> str:
    return new_public_id(10)


def _seat_id() -> str:
    return new_public_id(12)


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class Series(Model):
    """A meeting that comes back: its rule, its format, who holds it, and its info card."""

    __tablename__ = "meeting_series"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=_short_id)
    name: Mapped[str] = mapped_column(String(80))
    summary: Mapped[str] = mapped_column(String(300))
    format: Mapped[str] = mapped_column("format_key", String(20))
    rule: Mapped[str] = mapped_column(String(200))
    """RFC 5545 RRULE without DTSTART, e.g. `FREQ=WEEKLY;BYDAY=MO,TH`."""
    first_on: Mapped[date] = mapped_column(Date)
    """Local day of the first session."""
    local_time: Mapped[str] = mapped_column(String(5))
    """`HH:MM` on the clock on the host's wall."""
    zone: Mapped[str] = mapped_column(String(40))
    """IANA name; the meeting keeps its local hour when the clocks change."""
    minutes: Mapped[int] = mapped_column(default=45)
    capacity: Mapped[int] = mapped_column(default=24)
    host_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), index=True)
    host_name: Mapped[str] = mapped_column(String(60), default="")
    """The name members read; the staff account's own name stays inside the console."""
    host_kind: Mapped[str] = mapped_column(String(12), default="peer")
    pathway: Mapped[str] = mapped_column(String(20), default="any")
    topic: Mapped[str] = mapped_column(String(20), default="open")
    audience: Mapped[str] = mapped_column(String(20), default="everyone")
    card: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    """The info card's eight answers by question key."""
    steps: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    """The agenda as the host adapted it; see `formats.Step`."""
    cross_talk: Mapped[str] = mapped_column(String(8), default="after")
    calling: Mapped[str] = mapped_column(String(8), default="host")
    share_minutes: Mapped[int] = mapped_column(default=4)
    history: Mapped[bool] = mapped_column(default=True)
    """Whether people who come late can read what was said before."""
    is_running: Mapped[bool] = mapped_column(default=True)
    next_host_note: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)

    host: Mapped[Staff | None] = relationship(lazy="joined")

    __table_args__ = (
        CheckConstraint("minutes BETWEEN 10 AND 240", name="minutes"),
        CheckConstraint("capacity BETWEEN 2 AND 1000", name="capacity"),
        CheckConstraint("share_minutes BETWEEN 1 AND 10", name="share_minutes"),
        CheckConstraint(_one_of("cross_talk", CROSS_TALK), name="cross_talk"),
        CheckConstraint(_one_of("calling", CALLING), name="calling"),
    )


class Session(Model):
    """One occurrence of a series. Everything a restart needs to go on is in this row and the turns."""

    __tablename__ = "meeting_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=new_public_id)
    series_id: Mapped[int] = mapped_column(ForeignKey("meeting_series.id", ondelete="CASCADE"))
    slot_at: Mapped[datetime] = mapped_column(UTCDateTime)
    """When the rule put it; stays when the session is moved, so that the rule does not make it again."""
    starts_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ends_at: Mapped[datetime] = mapped_column(UTCDateTime)
    status: Mapped[str] = mapped_column(String(10), default="scheduled")
    reason: Mapped[str] = mapped_column(String(300), default="")
    """Why it was cancelled, or `nobody_came` where nobody could hold it."""
    rev: Mapped[int] = mapped_column(default=0)
    """Grows with every change browsers should see; an older state never replaces a newer one."""
    step: Mapped[int] = mapped_column(default=0)
    step_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    steps: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    """The agenda as it stood when the doors opened: changing the series does not change a running room."""
    cross_talk: Mapped[str] = mapped_column(String(8), default="after")
    calling: Mapped[str] = mapped_column(String(8), default="host")
    share_seconds: Mapped[int] = mapped_column(default=240)
    slow_seconds: Mapped[int] = mapped_column(default=0)
    is_slowed: Mapped[bool] = mapped_column(default=False)
    """Slowed by the scheduler because nobody of the team has been heard from for a minute."""
    capacity: Mapped[int] = mapped_column(default=24)
    is_locked: Mapped[bool] = mapped_column(default=False)
    """The host closed the door: those inside stay, nobody else comes in."""
    paused_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    pause_kind: Mapped[str] = mapped_column(String(12), default="")
    """host | team | unattended: who paused it decides what ends it."""
    host_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    host_name: Mapped[str] = mapped_column(String(60), default="")
    thread_id: Mapped[int | None] = mapped_column(ForeignKey("thread.id"), index=True)
    here: Mapped[int] = mapped_column(default=0)
    """People inside as browsers were last told."""
    came: Mapped[int] = mapped_column(default=0)
    """How many came in all: all that remains of attendance after the end."""
    reminded_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    purged_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    series: Mapped[Series] = relationship(lazy="joined")
    thread: Mapped[Thread | None] = relationship()

    __table_args__ = (
        UniqueConstraint("series_id", "slot_at"),
        CheckConstraint(_one_of("status", STATUSES), name="status"),
        Index("ix_meeting_session_due", "status", "starts_at"),
    )


class Seat(Model):
    """One member's place in one session; the row goes when the session has ended."""

    __tablename__ = "meeting_seat"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=_seat_id)
    """Names the person to others inside this session only."""
    session_id: Mapped[int] = mapped_column(ForeignKey("meeting_session.id", ondelete="CASCADE"))
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), index=True)
    joined_at: Mapped[datetime] = mapped_column(UTCDateTime)
    seen_at: Mapped[datetime] = mapped_column(UTCDateTime)
    left_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    is_first: Mapped[bool] = mapped_column(default=False)
    """Their first meeting here, so that the host can welcome them."""
    is_listening: Mapped[bool] = mapped_column(default=False)
    """Chose to listen first."""
    quiet_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """Asked to pause writing until then."""
    out_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """Asked to sit this one out."""

    member: Mapped[Member] = relationship(lazy="joined")

    __table_args__ = (
        UniqueConstraint("session_id", "member_id"),
        Index("ix_meeting_seat_seen", "session_id", "seen_at"),
    )


class Turn(Model):
    """A raised hand and what came of it. The database allows one open hand per seat and one speaker per session."""

    __tablename__ = "meeting_turn"

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("meeting_session.id", ondelete="CASCADE"))
    seat_id: Mapped[int] = mapped_column(ForeignKey("meeting_seat.id", ondelete="CASCADE"))
    state: Mapped[str] = mapped_column(String(8), default="waiting")
    spoken_before: Mapped[int] = mapped_column(default=0)
    """Turns this person had already had when the hand went up: who has not spoken comes first."""
    raised_at: Mapped[datetime] = mapped_column(UTCDateTime)
    called_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ends_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When the share's time is up. A nudge, never a cut."""
    length_seconds: Mapped[int] = mapped_column(default=0)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    seat: Mapped[Seat] = relationship(lazy="joined")

    __table_args__ = (
        Index("uq_meeting_turn_in_line", "seat_id", unique=True, sqlite_where=IN_LINE, postgresql_where=IN_LINE),
        Index("uq_meeting_turn_speaker", "session_id", unique=True, sqlite_where=SPEAKING, postgresql_where=SPEAKING),
        Index("ix_meeting_turn_line", "session_id", "state", "spoken_before", "id"),
        CheckConstraint(_one_of("state", TURN_STATES), name="state"),
    )


class Nod(Model):
    """A quiet nod while somebody shares."""

    __tablename__ = "meeting_nod"

    turn_id: Mapped[int] = mapped_column(ForeignKey("meeting_turn.id", ondelete="CASCADE"), primary_key=True)
    seat_id: Mapped[int] = mapped_column(ForeignKey("meeting_seat.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(12), primary_key=True)


class Keeper(Model):
    """Somebody of the team in a room: its host, a co-host, or a moderator looking in."""

    __tablename__ = "meeting_keeper"

    session_id: Mapped[int] = mapped_column(ForeignKey("meeting_session.id", ondelete="CASCADE"), primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), primary_key=True)
    role: Mapped[str] = mapped_column(String(10), default="cohost")
    heartbeat_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    staff: Mapped[Staff] = relationship(lazy="joined")


class Act(Model):
    """Something the team did in a room, shown to those it affects."""

    __tablename__ = "meeting_act"

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("meeting_session.id", ondelete="CASCADE"), index=True)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    seat_id: Mapped[int | None] = mapped_column(ForeignKey("meeting_seat.id", ondelete="SET NULL"))
    kind: Mapped[str] = mapped_column(String(20))
    detail: Mapped[str] = mapped_column(String(300), default="")
    at: Mapped[datetime] = mapped_column(UTCDateTime)

    seat: Mapped[Seat | None] = relationship(lazy="joined")


class Norms(Model):
    """That a member has read how meetings go; asked once."""

    __tablename__ = "meeting_norms"

    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[int]
    read_at: Mapped[datetime] = mapped_column(UTCDateTime)


class Mood(Model):
    """How somebody felt before and after; only they ever see it."""

    __tablename__ = "meeting_mood"

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), index=True)
    session_id: Mapped[int | None] = mapped_column(ForeignKey("meeting_session.id", ondelete="SET NULL"))
    """Cut when the transcript goes: what remains is a day and two words."""
    noted_on: Mapped[date] = mapped_column(Date)
    before: Mapped[str] = mapped_column(String(10), default="")
    after: Mapped[str] = mapped_column(String(10), default="")

    __table_args__ = (UniqueConstraint("member_id", "session_id"),)


class Reminder(Model):
    """A member's wish to be told when a series' next session opens."""

    __tablename__ = "meeting_reminder"

    series_id: Mapped[int] = mapped_column(ForeignKey("meeting_series.id", ondelete="CASCADE"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), primary_key=True)


class SideRoom(Model):
    """A quiet room for one member of a session and two of the team; never one and one."""

    __tablename__ = "meeting_side_room"

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("meeting_session.id", ondelete="CASCADE"), index=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"))
    thread_id: Mapped[int | None] = mapped_column(ForeignKey("thread.id"), unique=True)
    opened_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    second_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    opened_at: Mapped[datetime] = mapped_column(UTCDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    thread: Mapped[Thread | None] = relationship(lazy="joined")

    __table_args__ = (
        UniqueConstraint("session_id", "member_id"),
        CheckConstraint("opened_by_id <> second_id", name="two_of_the_team"),
    )
