"""A member asks a moderator to write to them. What they wrote in private stays private; they say what they want known.

This is the member's own choice, at any level: private words never open a case by themselves
(docs/decisions/0012-journal-encryption.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from forum.core.db import db
from forum.core.errors import TooLong
from forum.core.events import announce
from forum.core.ids import new_public_id
from forum.core.text import clean_text
from forum.identity.models import Member
from forum.journey.events import ModeratorAnswered
from forum.journey.models import CallLine, ModeratorCall
from forum.moderation import signals
from forum.moderation.cases import Incoming, Target, open_or_merge

MAX_BODY = 2_000
SUBJECT = "call"
REASON = "asked_for_moderator"
LANES = {3: 0, 2: 1}
"""By support level; a plain wish to talk is lane 2."""


def ask(member: Member, body: str, *, level: int, client_id: str, now: datetime) -> ModeratorCall:
    """Ask for a moderator, with or without words. Sending it twice is asking once.

    `level` is the support level of what the member was just shown a card for, or of the words themselves.

    Raises:
        TooLong: the words don't fit.
    """
    words = clean_text(body)
    if len(words) > MAX_BODY:
        raise TooLong(f"This box holds {MAX_BODY} characters.", field="body")
    call = _call_of(member)
    line = CallLine(call_id=call.id, client_id=f"{member.id}-{client_id}"[:64], body=words, created_at=now)
    try:
        with db.session.begin_nested():
            db.session.add(line)
    except IntegrityError:
        return call
    remark = signals.from_system(REASON, "This member asked a moderator to write to them.", key=line.id)
    incoming = Incoming(
        lane=LANES.get(level, 2), reason=REASON, signals=(remark,), support_level=level, reopens=True, automated=False
    )
    open_or_merge(Target(type=SUBJECT, id=call.id, author_id=member.id, revision_id=line.id), incoming, now=now)
    return call


def _call_of(member: Member) -> ModeratorCall:
    row = db.session.scalar(select(ModeratorCall).filter_by(member_id=member.id))
    if row is not None:
        return row
    member_id = member.id
    row = ModeratorCall(member_id=member_id)
    try:
        with db.session.begin_nested():
            db.session.add(row)
    except IntegrityError:
        return db.session.scalars(select(ModeratorCall).filter_by(member_id=member_id)).one()
    return row


def answer(call_id: int, *, staff_id: int, body: str, now: datetime) -> None:
    """Write to the member as the team, inside the caller's transaction (a decision)."""
    call = db.session.get_one(ModeratorCall, call_id)
    db.session.add(
        CallLine(
            call_id=call.id,
            staff_id=staff_id,
            by_team=True,
            client_id=f"team-{new_public_id()}",
            body=clean_text(body)[:MAX_BODY],
            created_at=now,
        )
    )
    announce(ModeratorAnswered(call.member_id))
    db.session.flush()


def lines_for(member: Member, limit: int = 20) -> Sequence[CallLine]:
    """Return what was written between a member and the moderators, oldest first, the newest `limit`."""
    wanted = select(CallLine).join(ModeratorCall).where(ModeratorCall.member_id == member.id)
    return db.session.scalars(wanted.order_by(CallLine.id.desc()).limit(limit)).all()[::-1]


def unseen(member: Member) -> int:
    """Return how many answers the member has not been shown."""
    wanted = (
        select(func.count())
        .select_from(CallLine)
        .join(ModeratorCall)
        .where(ModeratorCall.member_id == member.id, CallLine.by_team, CallLine.id > ModeratorCall.seen_up_to)
    )
    return db.session.scalar(wanted) or 0


def seen(member: Member, lines: Sequence[CallLine]) -> None:
    """Note what the member has been shown."""
    call = db.session.scalar(select(ModeratorCall).filter_by(member_id=member.id))
    newest = max((line.id for line in lines), default=0)
    if call is not None and newest > call.seen_up_to:
        call.seen_up_to = newest
        db.session.flush()
