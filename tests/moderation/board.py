"""A content feature small enough to read at once: notes on a board. It keeps to the contract of `Subject` for real."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import String, Text, update
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from forum.core.db import db
from forum.moderation.subjects import AuthorRef, Excerpt, Line, SubjectQuote
from forum.moderation.verdict import Visibility


class BoardBase(DeclarativeBase):
    """Its own metadata: an invented table must not look like one a migration forgot."""


class Note(BoardBase):
    """One note."""

    __tablename__ = "test_note"

    id: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[int | None]
    staff_id: Mapped[int | None]
    body: Mapped[str] = mapped_column(Text)
    visibility: Mapped[str] = mapped_column(String(14), default="live")
    content_note: Mapped[str] = mapped_column(String(80), default="")
    revision: Mapped[int] = mapped_column(default=1)
    thread_id: Mapped[int] = mapped_column(default=1)


class BoardSubject:
    """Notes as moderation sees them."""

    def lock(self, target_id: int) -> None:
        db.session.execute(update(Note).where(Note.id == target_id).values(revision=Note.revision))

    def quote(self, target_id: int) -> SubjectQuote | None:
        row = db.session.get(Note, target_id)
        if row is None:
            return None
        return SubjectQuote(
            text=row.body,
            author_id=row.author_id,
            author_handle=f"Author {row.author_id}",
            room="The first days",
            thread_public_id="t1",
            visibility=row.visibility,  # type: ignore[arg-type]
            revision=row.revision,
            before=(Line("Green Bench 12", "The night shift opens at three."),),
            after=(Line("Salt Marsh 33", "I'm here."),),
            author_staff_id=row.staff_id,
            content_note=row.content_note,
            url=f"/t/t1#n-{row.id}",
        )

    def excerpts(self, target_ids: Collection[int]) -> Mapping[int, Excerpt]:
        rows = db.session.scalars(db.select(Note).where(Note.id.in_(list(target_ids))))
        return {
            row.id: Excerpt(
                row.body, f"Author {row.author_id}", "The first days", row.visibility, len(row.body.split())
            )  # type: ignore[arg-type]
            for row in rows
        }

    def author_of(self, target_id: int) -> AuthorRef | None:
        row = db.session.get(Note, target_id)
        return None if row is None else AuthorRef(row.author_id, row.staff_id)

    def hide(self, target_id: int, reason: str, now: datetime) -> None:
        self._set(target_id, "hidden")

    def hold(self, target_id: int, reason: str, now: datetime) -> None:
        self._set(target_id, "held")

    def release(self, target_id: int, now: datetime) -> None:
        self._set(target_id, "live")

    def restore(self, target_id: int, visibility: Visibility, now: datetime) -> None:
        self._set(target_id, visibility)

    def limit(self, target_id: int, note: str, now: datetime) -> None:
        self._set(target_id, "limited", note)

    def move(self, target_id: int, room_id: int, now: datetime) -> int | None:
        return 1 if room_id != 1 else None

    def purge(self, target_id: int, now: datetime) -> None:
        db.session.execute(update(Note).where(Note.id == target_id).values(visibility="purged", body=""))
        db.session.expire_all()

    def reply_as_team(self, target_id: int, staff_id: int, body: str, now: datetime) -> str:
        answer = Note(staff_id=staff_id, body=body)
        db.session.add(answer)
        db.session.flush()
        return f"/t/t1#n-{answer.id}"

    def _set(self, target_id: int, visibility: str, note: str = "") -> None:
        values = {"visibility": visibility, "content_note": note}
        db.session.execute(update(Note).where(Note.id == target_id).values(**values))
        db.session.expire_all()
