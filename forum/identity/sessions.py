"""Server-side sessions: start, find, extend, put to sleep, end.

The browser holds a 256-bit token in a signed cookie, the table its sha256. Every request and every socket event reads
the row again, so ending a session ends it everywhere at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update

from forum.core.db import db
from forum.core.events import announce
from forum.core.ids import new_token, token_digest
from forum.identity.events import SessionsEnded
from forum.identity.models import LoginSession, Member, Staff

STEP_UP_WINDOW = timedelta(minutes=10)
COARSE_AFTER = timedelta(days=7)
_EXTEND_EVERY = timedelta(minutes=5)
"""An idle limit is moved on at most this often, so that reading does not write at every page."""


@dataclass(frozen=True, slots=True)
class Lifetime:
    """How long a session may lie still, and how long it may live at all."""

    idle: timedelta
    absolute: timedelta


LIFETIMES = {
    "shared": Lifetime(timedelta(minutes=60), timedelta(hours=12)),
    "own": Lifetime(timedelta(days=30), timedelta(days=365)),
    "staff": Lifetime(timedelta(minutes=15), timedelta(hours=8)),
}


def start_session(*, member: Member | None = None, staff: Staff | None = None, device: str, now: datetime) -> str:
    """Create a session and return its token, which is stored nowhere else."""
    life = LIFETIMES[device]
    token = new_token()
    db.session.add(
        LoginSession(
            digest=token_digest(token),
            kind="staff" if staff is not None else "member",
            member=member,
            staff=staff,
            device=device,
            created_at=now,
            idle_until=now + life.idle,
            abs_until=now + life.absolute,
            stepped_up_at=now if staff is not None else None,
        )
    )
    db.session.flush()
    return token


def find_session(token: str, kind: str, now: datetime, *, asleep: bool = False) -> LoginSession | None:
    """Return the live session of this token and kind, or None; a deleted or inactive principal has none."""
    row = db.session.get(LoginSession, token_digest(token))
    if row is None or row.kind != kind or row.asleep is not asleep or now >= min(row.idle_until, row.abs_until):
        return None
    if row.member is not None and row.member.state != "active":
        return None
    if row.staff is not None and not row.staff.is_active:
        return None
    return row


def extend_session(row: LoginSession, now: datetime) -> bool:
    """Move the idle limit on; returns whether anything was written."""
    idle_until = min(now + LIFETIMES[row.device].idle, row.abs_until)
    if idle_until - row.idle_until < min(_EXTEND_EVERY, LIFETIMES[row.device].idle / 10):
        return False
    row.idle_until = idle_until
    return True


def end_sessions(
    *,
    reason: str,
    digest: bytes | None = None,
    member_id: int | None = None,
    staff_id: int | None = None,
    keep: bytes | None = None,
) -> int:
    """End one session, or all of a member or staff account (except `keep`); open sockets are told after commit."""
    where = select(LoginSession.digest)
    if digest is not None:
        where = where.where(LoginSession.digest == digest)
    if member_id is not None:
        where = where.where(LoginSession.member_id == member_id)
    if staff_id is not None:
        where = where.where(LoginSession.staff_id == staff_id)
    if keep is not None:
        where = where.where(LoginSession.digest != keep)
    if digest is None and member_id is None and staff_id is None:
        raise ValueError("say whose sessions")
    ended = tuple(db.session.scalars(where))
    if ended:
        db.session.execute(delete(LoginSession).where(LoginSession.digest.in_(ended)))
        announce(SessionsEnded(ended, reason))
    return len(ended)


SleepHook = Callable[[LoginSession], None]
_on_sleep: list[SleepHook] = []


def on_sleep(hook: SleepHook) -> SleepHook:
    """Register something a visit must let go of when it is put to sleep, in the same transaction."""
    _on_sleep.append(hook)
    return hook


def leave_quickly(row: LoginSession) -> None:
    """Quick exit: a shared device's session ends, an own phone's goes to sleep until PIN or words wake it."""
    if row.device == "own":
        row.asleep = True
        for let_go in _on_sleep:
            let_go(row)
        announce(SessionsEnded((row.digest,), "asleep"))
    else:
        end_sessions(reason="signed_out", digest=row.digest)


def list_sessions(member_id: int, now: datetime) -> list[LoginSession]:
    """Return a member's live sessions, newest first."""
    found = select(LoginSession).where(LoginSession.member_id == member_id, LoginSession.idle_until > now)
    return list(db.session.scalars(found.order_by(LoginSession.created_at.desc())))


def purge_expired(now: datetime) -> int:
    """Delete sessions past their limits; returns how many."""
    done = db.session.execute(
        delete(LoginSession).where((LoginSession.idle_until <= now) | (LoginSession.abs_until <= now))
    )
    return int(getattr(done, "rowcount", 0))


def coarsen_joining(now: datetime) -> int:
    """Cut the time of joining to midnight for everybody who came more than a week ago; returns how many.

    The hours matter only while an account is new; afterwards a minute would tie it to a connection.
    """
    old = select(Member.id, Member.created_at).where(Member.created_at < now - COARSE_AFTER)
    exact = [(number, at) for number, at in db.session.execute(old) if at != _midnight(at)]
    for number, at in exact:
        db.session.execute(update(Member).where(Member.id == number).values(created_at=_midnight(at)))
    return len(exact)


def _midnight(at: datetime) -> datetime:
    return at.replace(hour=0, minute=0, second=0, microsecond=0)


def step_up(row: LoginSession, now: datetime) -> None:
    """Note that the person has just shown password and code again."""
    db.session.execute(update(LoginSession).where(LoginSession.digest == row.digest).values(stepped_up_at=now))


def is_stepped_up(row: LoginSession, now: datetime) -> bool:
    """Tell whether password and code were shown within the last ten minutes."""
    return row.stepped_up_at is not None and now - row.stepped_up_at <= STEP_UP_WINDOW
