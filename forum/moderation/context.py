"""What is known of an author when their text is judged: numbers and days, nothing that says who they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select

from forum.core.db import db
from forum.identity.models import Member
from forum.moderation.models import Case, Decision, LookIn, Report, Sanction

WEEK, FORTNIGHT, QUARTER = timedelta(days=7), timedelta(days=14), timedelta(days=90)


def removals_7d(member_id: int, now: datetime) -> int:
    """Return how many texts of a member people took down within seven days, reversed decisions left out.

    Holds by rules and everything about distress are not counted: distress never lowers anybody's standing.
    """
    return _decisions(member_id, Decision.action == "hide", Decision.decided_at > now - WEEK)


@dataclass(frozen=True, slots=True)
class Standing:
    """An author in numbers."""

    handle: str
    public_id: str
    country: str
    days_here: int
    accepted_posts: int
    trust: int
    taken_down: int
    """By people, within 90 days, reversed ones left out."""
    put_back: int
    """Decisions about them that were taken back, within 90 days."""
    crises: int
    """Cases with support level 2 or 3 within 14 days."""
    quiet_worries: int
    """Texts of support level 1 within 14 days."""
    open_cases: int
    reports_sent: int
    sanctions: tuple[str, ...] = ()
    """Kinds of limits on the account now."""
    is_gone: bool = False


def standing_of(member_id: int | None, now: datetime) -> Standing | None:
    """Return an author's standing; None when the team wrote the text or the account is erased."""
    member = db.session.get(Member, member_id) if member_id is not None else None
    if member is None:
        return None
    recent = Decision.decided_at > now - QUARTER
    return Standing(
        handle=member.handle,
        public_id=member.public_id,
        country=member.country,
        days_here=max(0, (now.date() - member.created_day).days),
        accepted_posts=member.accepted_posts,
        trust=member.trust,
        taken_down=_decisions(member.id, Decision.action == "hide", recent),
        put_back=_count(Decision.id, Decision.author_id == member.id, Decision.reversed_at.is_not(None), recent),
        crises=_count(Case.id, Case.author_id == member.id, Case.support_level >= 2, Case.opened_at > now - FORTNIGHT),
        quiet_worries=_count(LookIn.id, LookIn.author_id == member.id, LookIn.created_at > now - FORTNIGHT),
        open_cases=_count(Case.id, Case.author_id == member.id, Case.state != "resolved"),
        reports_sent=_count(Report.id, Report.reporter_id == member.id, Report.created_at > now - QUARTER),
        sanctions=tuple(
            db.session.scalars(
                select(Sanction.kind).where(
                    Sanction.member_id == member.id,
                    Sanction.state == "active",
                    Sanction.ends_at.is_(None) | (Sanction.ends_at > now),
                )
            )
        ),
        is_gone=member.state != "active",
    )


def decisions_about(member_id: int, *, limit: int = 20) -> list[Decision]:
    """Return what was decided about a member's texts and account, newest first."""
    wanted = select(Decision).where(Decision.author_id == member_id).order_by(Decision.id.desc()).limit(limit)
    return list(db.session.scalars(wanted))


def _decisions(member_id: int, *conditions: ColumnElement[bool]) -> int:
    return _count(
        Decision.id,
        Decision.author_id == member_id,
        Decision.automated_decision.is_(False),
        Decision.reversed_at.is_(None),
        *conditions,
    )


def _count(column: object, *conditions: ColumnElement[bool]) -> int:
    return db.session.scalar(select(func.count(column)).where(*conditions)) or 0  # type: ignore[arg-type]
