"""Tables of people and their sessions. No address, browser, name or e-mail column exists, on purpose."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, LargeBinary, String, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forum.core.db import Model, UTCDateTime
from forum.core.ids import new_public_id

ABOUT = ("me", "love", "both", "love_me", "skip")
"""Something of their own; somebody they love; both; both, and whom they love comes first; they would rather not say."""


class Member(Model):
    """A signed-in anonymous person."""

    __tablename__ = "member"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=new_public_id)
    handle: Mapped[str] = mapped_column(String(40), unique=True)
    lookup_id: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True)
    """HMAC-SHA256(pepper, phrase): finds the row before any slow hash runs. NULL once the account is deleted."""
    pepper_id: Mapped[str] = mapped_column(String(16))
    verifier: Mapped[str] = mapped_column(String(200))
    """argon2id of the phrase; depth, should the pepper leak with the database."""
    phrase_confirmed: Mapped[bool] = mapped_column(default=False)
    trust: Mapped[int] = mapped_column(default=0)
    """0 new … 3 long-standing; never lowered by distress."""
    state: Mapped[str] = mapped_column(String(12), default="active")
    created_day: Mapped[date] = mapped_column(Date)
    """Day only: a minute would tie the account to a connection."""
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    """Needed for "account younger than 24 h"; coarsened to midnight by the nightly job after a week."""
    country: Mapped[str] = mapped_column(String(2), default="")
    about: Mapped[str] = mapped_column(String(8), default="skip")
    """One of ABOUT: what brings them, as they say themselves; which rooms come first, and where a door is."""
    accepted_posts: Mapped[int] = mapped_column(default=0)
    """Texts others may read. Below zero: so many more are read by a person first (`identity/newcomers.py`)."""
    plain_letters: Mapped[bool] = mapped_column(default=False)
    full_titles: Mapped[bool] = mapped_column(default=False)
    notes: Mapped[str] = mapped_column(String(8), default="fold", server_default="fold")
    """What content notes do: fold (replies wait behind them), open (never), cover (first posts wait, too)."""
    hides_hints: Mapped[bool] = mapped_column(default=False, server_default=false())
    """They have read what helps to say, and put it away."""
    pin_verifier: Mapped[str | None] = mapped_column(String(200))

    __table_args__ = (CheckConstraint("state IN ('active', 'deleted')", name="state"),)


class RetiredHandle(Model):
    """Keyed hash of a handle nobody may get again, so that one person is never taken for another."""

    __tablename__ = "retired_handle"

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)


class Staff(Model):
    """An account of the people who run the forum; separate from any membership they may hold."""

    __tablename__ = "staff"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=new_public_id)
    name: Mapped[str] = mapped_column(String(60), unique=True)
    """The alias shown inside the console; members see "Moderation team"."""
    role: Mapped[str] = mapped_column(String(16))
    password_hash: Mapped[str] = mapped_column(String(200))
    totp_seed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Fernet-encrypted with a key outside the database."""
    totp_last_step: Mapped[int] = mapped_column(default=0)
    """Last accepted time step: a code works once."""
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)


class RecoveryCode(Model):
    """One-use code for staff whose second factor is lost; 80 bits, kept as sha256."""

    __tablename__ = "staff_recovery_code"

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), index=True)
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class Invitation(Model):
    """A one-time link that makes one staff account of one role; valid 72 hours."""

    __tablename__ = "staff_invitation"

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    role: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    invited_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


class LoginSession(Model):
    """One signed-in browser. The cookie carries the token, the table its sha256; nothing tells which device it is."""

    __tablename__ = "login_session"

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=new_public_id)
    kind: Mapped[str] = mapped_column(String(8))
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), index=True)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), index=True)
    device: Mapped[str] = mapped_column(String(8), default="shared")
    """own | shared | staff: how long it may idle, chosen by the person."""
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    idle_until: Mapped[datetime] = mapped_column(UTCDateTime)
    abs_until: Mapped[datetime] = mapped_column(UTCDateTime)
    asleep: Mapped[bool] = mapped_column(default=False)
    """Put to sleep by quick exit: the browser looks like a stranger's until PIN or words wake it."""
    stepped_up_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    member: Mapped[Member | None] = relationship(lazy="joined")
    staff: Mapped[Staff | None] = relationship(lazy="joined")

    __table_args__ = (
        CheckConstraint("(member_id IS NULL) <> (staff_id IS NULL)", name="one_principal"),
        CheckConstraint("kind IN ('member', 'staff')", name="kind"),
    )
