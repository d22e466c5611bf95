"""A member's call for a moderator, as moderation sees it: it can be read and answered, and that is all."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import select, update

from forum.core.db import db
from forum.identity.marks import mark_seed
from forum.identity.models import Member
from forum.journey import calls
from forum.journey.models import CallLine, ModeratorCall
from forum.moderation import subjects
from forum.moderation.subjects import AuthorRef, Excerpt, Line, SubjectQuote
from forum.moderation.verdict import Visibility

TEAM = "Moderation team"
WORDLESS = "Please write to me."
BEFORE = 5


class CallSubject:
    """Nobody but the member and the team reads a call, so there is nothing to hide, hold or put behind a note."""

    def lock(self, target_id: int) -> None:
        """Take the call's row lock."""
        db.session.execute(
            update(ModeratorCall)
            .where(ModeratorCall.id == target_id)
            .values(seen_up_to=ModeratorCall.seen_up_to)
            .execution_options(synchronize_session=False)
        )

    def quote(self, target_id: int) -> SubjectQuote | None:
        """Return the newest words of the member, with what was written before."""
        row = db.session.get(ModeratorCall, target_id)
        member = db.session.get(Member, row.member_id) if row is not None else None
        if member is None:
            return None
        lines = _lines(target_id)
        asked = next((line for line in lines if not line.by_team), None)
        before = [line for line in lines if asked is not None and line.id < asked.id][:BEFORE][::-1]
        after = [line for line in lines if asked is not None and line.id > asked.id][::-1]
        return SubjectQuote(
            text=(asked.body if asked is not None else "") or WORDLESS,
            author_id=member.id,
            author_handle=member.handle,
            room="",
            thread_public_id="",
            visibility="live",
            revision=asked.id if asked is not None else None,
            before=tuple(_quoted(line, member) for line in before),
            after=tuple(_quoted(line, member) for line in after),
            author_mark=mark_seed("member", member.id),
        )

    def excerpts(self, target_ids: Collection[int]) -> Mapping[int, Excerpt]:
        """Return one line of each call."""
        if not target_ids:
            return {}
        rows = db.session.execute(
            select(ModeratorCall.id, Member.handle, CallLine.body)
            .join(Member, Member.id == ModeratorCall.member_id)
            .join(CallLine, CallLine.call_id == ModeratorCall.id)
            .where(ModeratorCall.id.in_(target_ids), CallLine.by_team.is_(False))
            .order_by(CallLine.id)
        )
        return {row.id: Excerpt(row.body or WORDLESS, row.handle, "", "live", len(row.body.split())) for row in rows}

    def author_of(self, target_id: int) -> AuthorRef | None:
        """Return who asked."""
        row = db.session.get(ModeratorCall, target_id)
        return AuthorRef(row.member_id) if row is not None else None

    def hide(self, target_id: int, reason: str, now: datetime) -> None:
        """Leave it as it is: only its author and the team can read it."""

    def hold(self, target_id: int, reason: str, now: datetime) -> None:
        """Leave it as it is."""

    def release(self, target_id: int, now: datetime) -> None:
        """Leave it as it is."""

    def restore(self, target_id: int, visibility: Visibility, now: datetime) -> None:
        """Leave it as it is."""

    def limit(self, target_id: int, note: str, now: datetime) -> None:
        """Leave it as it is."""

    def move(self, target_id: int, room_id: int, now: datetime) -> int | None:
        """Leave it where it is: it stands in no room."""

    def purge(self, target_id: int, now: datetime) -> None:
        """Leave it as it is: it is never taken down, so there is nothing to delete."""

    def reply_as_team(self, target_id: int, staff_id: int, body: str, now: datetime) -> str:
        """Write to the member; they read it in their own place."""
        calls.answer(target_id, staff_id=staff_id, body=body, now=now)
        return "/me/journey/ask"


def _lines(call_id: int) -> list[CallLine]:
    return list(db.session.scalars(select(CallLine).filter_by(call_id=call_id).order_by(CallLine.id.desc()).limit(20)))


def _quoted(line: CallLine, member: Member) -> Line:
    return Line(TEAM if line.by_team else member.handle, line.body or WORDLESS)


def register() -> None:
    """Tell moderation about calls; called once when the app is made."""
    subjects.register(calls.SUBJECT, CallSubject())
