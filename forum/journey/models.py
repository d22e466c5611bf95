"""Tables of a member's own place. Nobody but the member reads them; journal pages are unreadable to the server too."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, CheckConstraint, Date, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from forum.core.db import Model, UTCDateTime
from forum.core.ids import new_public_id


def _member() -> Mapped[int]:
    """Belong to one member, and go with them."""
    return mapped_column(ForeignKey("member.id", ondelete="CASCADE"), index=True)


class JourneySettings(Model):
    """How a member wants their own place; a missing row means the defaults."""

    __tablename__ = "journey_settings"

    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), primary_key=True)
    zone: Mapped[str] = mapped_column(String(64), default="UTC")
    """Where the member's midnight is; chosen by them, never looked up."""


class CheckIn(Model):
    """How it is right now: a word for the mood, how strong the pull is, a line for oneself."""

    __tablename__ = "journey_check_in"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=new_public_id)
    member_id: Mapped[int] = _member()
    client_id: Mapped[str] = mapped_column(String(64))
    day: Mapped[date] = mapped_column(Date)
    """The member's own day. No finer time is kept."""
    mood: Mapped[int | None]
    """1 rough … 5 good."""
    craving: Mapped[int | None]
    """0 none … 10 as strong as it gets."""
    line: Mapped[str] = mapped_column(String(280), default="")
    support_level: Mapped[int] = mapped_column(default=0)
    """Keeps the help card on the member's page; moderators are told only if the member asks."""
    categories: Mapped[list[str]] = mapped_column(JSON, default=list)
    card_hidden: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (
        UniqueConstraint("member_id", "client_id"),
        Index("ix_journey_check_in_member_day", "member_id", "day"),
        CheckConstraint("mood IS NULL OR mood BETWEEN 1 AND 5", name="mood"),
        CheckConstraint("craving IS NULL OR craving BETWEEN 0 AND 10", name="craving"),
    )


class DayCounter(Model):
    """Something whose days a member counts: without a thing, or within a line of their own."""

    __tablename__ = "journey_counter"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=new_public_id)
    member_id: Mapped[int] = _member()
    label: Mapped[str] = mapped_column(String(60))
    goal: Mapped[str] = mapped_column(String(8), default="without")
    """without | within (harm reduction: a line the member drew)."""
    about: Mapped[str] = mapped_column(String(10), default="substance")
    """substance | behaviour: only a substance comes with the warning about lost tolerance."""
    is_hidden: Mapped[bool] = mapped_column(default=False)
    """The number stays folded away."""

    __table_args__ = (
        CheckConstraint("goal IN ('without', 'within')", name="goal"),
        CheckConstraint("about IN ('substance', 'behaviour')", name="about"),
    )


class CounterMark(Model):
    """A day on which counting began, or a day the member marked as used. Days counted follow from these alone."""

    __tablename__ = "journey_counter_mark"

    id: Mapped[int] = mapped_column(primary_key=True)
    counter_id: Mapped[int] = mapped_column(ForeignKey("journey_counter.id", ondelete="CASCADE"), index=True)
    day: Mapped[date] = mapped_column(Date)
    kind: Mapped[str] = mapped_column(String(5))

    __table_args__ = (CheckConstraint("kind IN ('start', 'used')", name="kind"),)


class Goal(Model):
    """Something a member wants to try: why, with which strength, what first, by when."""

    __tablename__ = "journey_goal"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=new_public_id)
    member_id: Mapped[int] = _member()
    what: Mapped[str] = mapped_column(String(120))
    why: Mapped[str] = mapped_column(String(400), default="")
    strength: Mapped[str] = mapped_column(String(200), default="")
    first_step: Mapped[str] = mapped_column(String(200), default="")
    by_when: Mapped[date | None] = mapped_column(Date)
    rhythm: Mapped[str] = mapped_column(String(8), default="")
    """"" | daily | weekly | monthly: how often to look at it again."""
    look_again_on: Mapped[date | None] = mapped_column(Date)
    told_on: Mapped[date | None] = mapped_column(Date)
    """When the member was last told that the day has come."""
    state: Mapped[str] = mapped_column(String(8), default="open")
    """open | done | resting. There is no failed."""
    link_id: Mapped[str | None] = mapped_column(String(26), unique=True)
    """Random part of the link under which other members may read it; NULL: only oneself."""
    is_shareable: Mapped[bool] = mapped_column(default=True)
    """Whether the words may be shown to others (the pipeline's verdict on them)."""

    __table_args__ = (CheckConstraint("state IN ('open', 'done', 'resting')", name="state"),)


class GoalReview(Model):
    """One look back at a goal."""

    __tablename__ = "journey_goal_review"

    id: Mapped[int] = mapped_column(primary_key=True)
    goal_id: Mapped[int] = mapped_column(ForeignKey("journey_goal.id", ondelete="CASCADE"), index=True)
    day: Mapped[date] = mapped_column(Date)
    how: Mapped[str] = mapped_column(String(8))
    note: Mapped[str] = mapped_column(String(400), default="")


class SmallThing(Model):
    """One of at most three small things for today; gone at four in the morning, done or not."""

    __tablename__ = "journey_small_thing"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=new_public_id)
    member_id: Mapped[int] = _member()
    day: Mapped[date] = mapped_column(Date)
    words: Mapped[str] = mapped_column(String(80))
    is_done: Mapped[bool] = mapped_column(default=False)


class Reminder(Model):
    """Something to be reminded of, in words that tell a stranger nothing."""

    __tablename__ = "journey_reminder"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=new_public_id)
    member_id: Mapped[int] = _member()
    words: Mapped[str] = mapped_column(String(60))
    local_time: Mapped[str] = mapped_column(String(5))
    """HH:MM in the member's zone; each next moment is worked out from it, so that it survives a change of clocks."""
    rhythm: Mapped[str] = mapped_column(String(6), default="once")
    """once | daily | weekly."""
    next_at: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)
    """NULL once it has come and does not come again."""
    due_since: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """Set when it has come; cleared when the member says so."""


class JournalLock(Model):
    """The key of a member's journal, locked with their recovery phrase. Without the phrase it is noise."""

    __tablename__ = "journey_lock"

    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), primary_key=True)
    scheme: Mapped[str] = mapped_column(String(16))
    salt: Mapped[bytes] = mapped_column(LargeBinary(16))
    wrapped_key: Mapped[bytes] = mapped_column(LargeBinary(60))


class JournalPage(Model):
    """One sealed page. When it was written is inside the seal: the table only knows the order."""

    __tablename__ = "journey_page"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=new_public_id)
    member_id: Mapped[int] = _member()
    client_id: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(5), default="page")
    """page | plan."""
    sealed: Mapped[bytes] = mapped_column(LargeBinary)

    __table_args__ = (
        UniqueConstraint("member_id", "client_id"),
        CheckConstraint("kind IN ('page', 'plan')", name="kind"),
    )


class ModeratorCall(Model):
    """A member asked a moderator to write to them; one per member, however often they ask."""

    __tablename__ = "journey_call"

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), unique=True)
    seen_up_to: Mapped[int] = mapped_column(default=0)
    """Id of the newest line the member has been shown."""


class CallLine(Model):
    """One line between a member and the moderators."""

    __tablename__ = "journey_call_line"

    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[int] = mapped_column(ForeignKey("journey_call.id", ondelete="CASCADE"), index=True)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"))
    by_team: Mapped[bool] = mapped_column(default=False)
    client_id: Mapped[str] = mapped_column(String(64), unique=True)
    body: Mapped[str] = mapped_column(String(2000))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
