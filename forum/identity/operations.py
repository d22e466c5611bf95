"""Joining, coming back, leaving; invitations and staff accounts. Nothing here knows a request."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from forum.config import Secrets
from forum.core.blocking import run_costly
from forum.core.db import db
from forum.core.errors import BadInput, Conflict, NotFound
from forum.core.events import announce
from forum.core.ids import new_token, token_digest
from forum.identity import handles, passwords, phrase
from forum.identity.events import MemberJoined
from forum.identity.models import ABOUT, Invitation, Member, RetiredHandle, Staff
from forum.identity.roles import ROLES
from forum.identity.sessions import end_sessions

INVITATION_HOURS = 72

PhraseHook = Callable[[Member, str, str], None]
"""(member, old words, new words) inside the transaction that makes the old ones stop working."""
_phrase_hooks: list[PhraseHook] = []


def on_new_phrase(hook: PhraseHook) -> None:
    """Register something that is locked with the words and must be locked anew (a private journal)."""
    if hook not in _phrase_hooks:
        _phrase_hooks.append(hook)


def is_handle_free(handle: str, keys: Secrets) -> bool:
    """Tell whether nobody has, or ever had, this handle."""
    # Handles are drawn from our own lists and always written alike: the unique index answers.
    if db.session.scalar(select(Member.id).where(Member.handle == handle)):
        return False
    return db.session.get(RetiredHandle, handles.retired_digest(handle, keys.mark_key)) is None


def free_handles(count: int, keys: Secrets) -> list[str]:
    """Draw names nobody has."""
    found: list[str] = []
    while len(found) < count:
        found += [h for h in handles.draw_handles(count) if h not in found and is_handle_free(h, keys)]
    return found[:count]


def join(*, handle: str, about: str, keys: Secrets, now: datetime) -> tuple[Member, str]:
    """Create a member and return them with their recovery phrase, which is never shown again.

    Raises:
        BadInput: the handle is not one of ours.
        Conflict: somebody took it a moment ago (the unique index decides).
    """
    if not handles.is_ours(handle):
        raise BadInput("Please choose one of the names shown.", field="handle")
    if not is_handle_free(handle, keys):
        raise Conflict("Somebody took that name a moment ago. Please choose another.", field="handle")
    words = phrase.new_phrase()
    pepper_id, pepper = next(iter(keys.peppers.items()))
    member = Member(
        handle=handle,
        lookup_id=phrase.lookup_id(words, pepper),
        pepper_id=pepper_id,
        verifier=run_costly("members", phrase.make_verifier, words),
        about=about,
        created_day=now.date(),
        created_at=now,
    )
    try:
        with db.session.begin_nested():
            db.session.add(member)
    except IntegrityError:
        raise Conflict("Somebody took that name a moment ago. Please choose another.", field="handle") from None
    announce(MemberJoined(member.id))
    return member, words


def find_by_phrase(words: str, keys: Secrets) -> Member | None:
    """Return the member these words open, or None. argon2 runs only when the keyed look-up hits."""
    if not words or len(words) > phrase.MAX_CHARS:
        return None
    for pepper_id, key in phrase.lookup_ids(words, keys.peppers).items():
        member = db.session.scalar(select(Member).where(Member.lookup_id == key, Member.state == "active"))
        if member is None or not run_costly("members", phrase.verify, member.verifier, words):
            continue
        _rekey(member, words, pepper_id, keys)
        return member
    return None


def _rekey(member: Member, words: str, pepper_id: str, keys: Secrets) -> None:
    """Move a member to the newest pepper when they come back with an old one."""
    newest, pepper = next(iter(keys.peppers.items()))
    if pepper_id != newest:
        member.lookup_id, member.pepper_id = phrase.lookup_id(words, pepper), newest


def renew_phrase(member: Member, *, old_words: str, keys: Secrets, keep_session: bytes | None) -> str:
    """Give a member new words; the old ones stop working, other sessions end, what they locked is locked anew."""
    words = phrase.new_phrase()
    for hook in _phrase_hooks:
        hook(member, old_words, words)
    newest, pepper = next(iter(keys.peppers.items()))
    member.lookup_id, member.pepper_id = phrase.lookup_id(words, pepper), newest
    member.verifier = run_costly("members", phrase.make_verifier, words)
    end_sessions(reason="ended_elsewhere", member_id=member.id, keep=keep_session)
    return words


def change_settings(member: Member, *, country: str, plain_letters: bool, full_titles: bool) -> None:
    """Store a member's preferences."""
    member.country, member.plain_letters, member.full_titles = country, plain_letters, full_titles


def say_about(member: Member, about: str) -> None:
    """Store what a member says brings them; what is none of `ABOUT` changes nothing."""
    if about in ABOUT:
        member.about = about


# ── Staff ───────────────────────────────────────────────────────────────────────────────────────────────────────


def invite_staff(*, name: str, role: str, invited_by: Staff | None, now: datetime) -> str:
    """Create a one-time invitation and return its token; an unused older one for the same name stops working.

    Raises:
        BadInput: unknown role or empty name.
        Conflict: the name is taken.
    """
    if role not in ROLES:
        raise BadInput(f"Role must be one of {', '.join(ROLES)}.", field="role")
    if not 2 <= len(name) <= 60:
        raise BadInput("A name has 2 to 60 characters.", field="name")
    if db.session.scalar(select(Staff.id).where(func.lower(Staff.name) == name.lower())):
        raise Conflict(f"{name} already has an account.", field="name")
    for old in db.session.scalars(select(Invitation).where(Invitation.name == name, Invitation.used_at.is_(None))):
        db.session.delete(old)
    token = new_token()
    db.session.add(
        Invitation(
            digest=token_digest(token),
            name=name,
            role=role,
            created_at=now,
            expires_at=now + timedelta(hours=INVITATION_HOURS),
            invited_by_id=invited_by.id if invited_by else None,
        )
    )
    db.session.flush()
    return token


def get_invitation(token: str, now: datetime) -> Invitation:
    """Return an open invitation.

    Raises:
        NotFound: unknown, used or expired; the three look alike.
    """
    row = db.session.get(Invitation, token_digest(token))
    if row is None or row.used_at is not None or row.expires_at <= now:
        raise NotFound("This invitation has been used or has run out. Ask an admin for a new one.")
    return row


def accept_invitation(token: str, *, password: str, now: datetime) -> Staff:
    """Turn an invitation into a staff account.

    Raises:
        NotFound: the invitation is gone.
        BadInput: the password won't do; the message says why.
    """
    row = get_invitation(token, now)
    if problem := passwords.problem(password, row.name):
        raise BadInput(problem, field="password")
    staff = Staff(
        name=row.name,
        role=row.role,
        password_hash=run_costly("staff", passwords.hash_password, password),
        created_at=now,
    )
    row.used_at = now
    try:
        with db.session.begin_nested():
            db.session.add(staff)
    except IntegrityError:
        raise NotFound("This invitation has been used or has run out. Ask an admin for a new one.") from None
    return staff


def check_password(name: str, password: str) -> Staff | None:
    """Return the active staff account these open, or None; takes equally long either way (about 90 ms)."""
    staff = db.session.scalar(select(Staff).where(func.lower(Staff.name) == name.lower(), Staff.is_active))
    ok = run_costly("staff", passwords.verify_password, staff.password_hash if staff else None, password)
    return staff if ok else None


def has_admin() -> bool:
    """Tell whether an admin account exists."""
    return db.session.scalar(select(Staff.id).where(Staff.role == "admin", Staff.is_active).limit(1)) is not None
