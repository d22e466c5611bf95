"""What an author is told in place, beside their own text: the words of the decision that stands, and whether they
have said that an automatic hold looks wrong."""

from __future__ import annotations

from sqlalchemy import select

from forum.core.db import db
from forum.moderation.models import Case, Decision


def words_of_decision(target_type: str, target_id: int) -> str:
    """Return what a moderator wrote to the author when they took the text down or asked for a change; "" for none."""
    wanted = (
        select(Decision.facts_public)
        .join(Case, Case.id == Decision.case_id)
        .where(
            Case.target_type == target_type,
            Case.target_id == target_id,
            Decision.action.in_(("hide", "ask_edit")),
            Decision.reversed_at.is_(None),
        )
        .order_by(Decision.id.desc())
        .limit(1)
    )
    return db.session.scalar(wanted) or ""


def is_disputed(target_type: str, target_id: int) -> bool:
    """Tell whether the author has pressed "This looks wrong" and waits for a person."""
    wanted = select(Case.id).where(
        Case.target_type == target_type, Case.target_id == target_id, Case.state != "resolved", Case.disputed
    )
    return db.session.scalar(wanted.limit(1)) is not None


def was_approved(target_type: str, target_id: int, revision: int) -> bool:
    """Tell whether a person has let exactly these words stand: left up, put behind a note, or put back."""
    wanted = (
        select(Decision.id)
        .join(Case, Case.id == Decision.case_id)
        .where(
            Case.target_type == target_type,
            Case.target_id == target_id,
            Decision.action.in_(("approve", "limit", "restore")),
            Decision.automated_decision.is_(False),
            Decision.reversed_at.is_(None),
            Decision.revision_id == revision,
        )
    )
    return db.session.scalar(wanted.limit(1)) is not None
