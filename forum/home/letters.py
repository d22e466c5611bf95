"""Letters from the moderators: what was decided about one's words or account, told whole and in plain words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import flask_babel
from flask_babel import format_datetime
from sqlalchemy import ColumnElement, and_, or_, select

from forum.core.db import db
from forum.core.errors import NotFound
from forum.discussions.models import Room
from forum.identity.models import Member
from forum.moderation import appeals, reasons
from forum.moderation.models import Appeal, Case, Decision, Report, Sanction
from forum.moderation.reports import WORRIED
from forum.moderation.subjects import SubjectQuote, has_subject, subject_of


def _(text: str, **values: object) -> str:
    return str(flask_babel.gettext(text, **values))


PAGE = 50
_TOLD = ("hide", "hold", "limit", "ask_edit", "sanction", "restore", "move")


@dataclass(frozen=True, slots=True)
class Line:
    """One letter in the list."""

    id: str
    heading: str
    at: datetime
    note: str
    """What has become of it since, in two or three words."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A second look one asked for."""

    asked: str
    at: datetime
    heading: str
    reply: str


@dataclass(frozen=True, slots=True)
class Letter:
    """One decision as the person it concerns reads it."""

    id: str
    heading: str
    at: datetime
    why: str
    rule: str
    """Number of the house rule, "" for none."""
    quote: str
    url: str
    decided_by: str
    until: str
    still: str
    answers: Sequence[Answer]
    can_appeal: bool
    is_again: bool
    """A first second look has ended: another needs something new."""
    appeal_until: datetime | None
    is_over: bool


def list_letters(member: Member) -> list[Line]:
    """Return what was decided about a member's words and account, newest first."""
    wanted = select(Decision).where(*_mine(member)).order_by(Decision.id.desc()).limit(PAGE)
    found = list(db.session.scalars(wanted))
    limits = _limits([decision.id for decision in found])
    asked = set(db.session.scalars(select(Appeal.decision_id).where(Appeal.member_id == member.id)))
    return [_line(decision, limits.get(decision.id), decision.id in asked) for decision in found]


def _mine(member: Member) -> tuple[ColumnElement[bool], ...]:
    """What is only proposed, or was refused by the second moderator, is nothing to tell anybody."""
    untold = select(Sanction.decision_id).where(
        or_(Sanction.state.in_(("proposed", "refused")), and_(Sanction.state == "lifted", Sanction.starts_at.is_(None)))
    )
    let_go = and_(Decision.action == "approve", Decision.from_visibility.in_(("held", "limited")))
    return (
        Decision.author_id == member.id,
        or_(Decision.action.in_(_TOLD), and_(let_go, Decision.to_visibility == "live")),
        Decision.id.not_in(untold),
    )


def _limits(decision_ids: Sequence[int]) -> dict[int, Sanction]:
    wanted = select(Sanction).where(Sanction.decision_id.in_(decision_ids))
    return {limit.decision_id: limit for limit in db.session.scalars(wanted)}


def _line(decision: Decision, limit: Sanction | None, was_asked: bool) -> Line:
    note = _("taken back since") if decision.reversed_at is not None else ""
    if not note and limit is not None and limit.state == "lifted":
        note = _("ended early")
    return Line(
        decision.public_id, heading(decision, limit), decision.decided_at, note or (_("asked") if was_asked else "")
    )


def find_decision(member: Member, public_id: str) -> Decision:
    """Return a decision a member may read.

    Raises:
        NotFound: it is somebody else's, nobody's, or only proposed.
    """
    found = db.session.scalar(select(Decision).where(Decision.public_id == public_id, *_mine(member)))
    if found is None:
        raise NotFound()
    return found


def newest_about(member: Member, post_id: int) -> Decision:
    """Return the newest letter about one's own post.

    Raises:
        NotFound: nothing was decided about it.
    """
    wanted = (
        select(Decision)
        .join(Case, Case.id == Decision.case_id)
        .where(Case.target_type == "post", Case.target_id == post_id, Decision.scope == "content", *_mine(member))
        .order_by(Decision.id.desc())
        .limit(1)
    )
    found = db.session.scalar(wanted)
    if found is None:
        raise NotFound()
    return found


def letter_of(decision: Decision, member: Member, now: datetime) -> Letter:
    """Return a letter whole: what, until when, why, about which words, by whom, what still works, what one can do."""
    limit = _limits([decision.id]).get(decision.id)
    case = db.session.get_one(Case, decision.case_id)
    quote = subject_of(case.target_type).quote(case.target_id) if has_subject(case.target_type) else None
    answers = _answers(decision)
    return Letter(
        id=decision.public_id,
        heading=heading(decision, limit),
        at=decision.decided_at,
        why=decision.facts_public or reasons.public_explanation(decision.reason_code) or _let_go(decision),
        rule=decision.rule_ref.removeprefix("rule-"),
        quote=_quoted(quote),
        url=quote.url if quote is not None and decision.scope == "content" else "",
        decided_by=_decided_by(decision, limit),
        until=_until(limit),
        still=_still(decision, limit),
        answers=answers,
        can_appeal=appeals.can_appeal(decision, member.id, now),
        is_again=bool(answers),
        appeal_until=decision.appeal_until,
        is_over=decision.reversed_at is not None or (limit is not None and limit.state == "lifted"),
    )


def heading(decision: Decision, limit: Sanction | None) -> str:
    """Say in one line what was done."""
    if limit is not None:
        return _limit_heading(limit)
    return {
        "hide": _("We've taken your post down"),
        "hold": _("Your post is safe, and waits for a moderator"),
        "limit": _("Your post is behind a note"),
        "ask_edit": _("Would you change one part of your post?"),
        "approve": _("Your post is up"),
        "move": _("Your thread is in another room now"),
        "restore": _("We've taken an earlier decision back"),
    }.get(decision.action, _("About something you wrote"))


def _limit_heading(limit: Sanction) -> str:
    if limit.ends_at is None:
        return _("This account can't be used to write here any more")
    day = said_day(limit.ends_at)
    return {
        "slow": _("You can post once in ten minutes until %(day)s", day=day),
        "room_exclusion": _("You can't post in %(room)s until %(day)s", room=_room_name(limit), day=day),
    }.get(limit.kind, _("You can't post until %(day)s", day=day))


def _room_name(limit: Sanction) -> str:
    room = db.session.get(Room, limit.room_id) if limit.room_id is not None else None
    return room.name if room is not None else _("that room")


def said_day(at: datetime) -> str:
    """Return a day and an hour in words; hours are UTC, because we don't know where anybody is."""
    return str(format_datetime(at, "EEEE d MMMM, HH:mm")) + " UTC"


def _until(limit: Sanction | None) -> str:
    if limit is None:
        return ""
    return said_day(limit.ends_at) if limit.ends_at is not None else _("It has no end.")


def _let_go(decision: Decision) -> str:
    return _("A moderator has read it, and it's up for everybody.") if decision.action == "approve" else ""


def _quoted(quote: SubjectQuote | None) -> str:
    return "" if quote is None or quote.visibility in ("author_deleted", "purged") else quote.text


def _decided_by(decision: Decision, limit: Sanction | None) -> str:
    if decision.automated_decision:
        return _("An automatic check or several reports did this. No person has judged it.")
    if limit is not None and limit.confirmed_by_id is not None:
        return _("A moderator decided this, and a second one checked it before it was made.")
    if decision.automated_detection and decision.action in ("hide", "limit", "ask_edit"):
        return _("An automatic check noticed it. A moderator read it and decided.")
    return _("A moderator read it and decided.")


def _still(decision: Decision, limit: Sanction | None) -> str:
    if limit is not None:
        return _(
            "You can still read, check in, come to meetings to listen, use Help now, write to the moderators and ask "
            "for a second look. Nothing you've written is gone."
        )
    if decision.action == "hide":
        return _("This isn't about you being unwelcome. You can take that part out and post it again.")
    if decision.action in ("hold", "ask_edit"):
        return _("Only you and the moderators can read it. You can change it or take it back.")
    return _("Nothing else you've written is affected.")


def _answers(decision: Decision) -> list[Answer]:
    rows = db.session.scalars(select(Appeal).where(Appeal.decision_id == decision.id).order_by(Appeal.round))
    return [Answer(row.text, row.filed_at, _answer_heading(row), row.reply) for row in rows]


def _answer_heading(appeal: Appeal) -> str:
    return {
        "open": _("Somebody who wasn't involved will look, within three days."),
        "overturned": _("We got that one wrong. Sorry about that. Thank you for telling us."),
        "changed": _("We looked again, someone new did, and changed it: it's up, behind a note."),
        "upheld": _("We looked again, someone new did, and it stays as it is."),
    }[appeal.state]


# ── What one asked moderators to look at ────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Asked:
    """One report of one's own, and its answer."""

    at: datetime
    words: str
    outcome: str
    note: str
    answered_at: datetime | None


def list_asked(member: Member) -> list[Asked]:
    """Return a member's own reports, newest first; never what was reported, only what became of it."""
    wanted = select(Report).where(Report.reporter_id == member.id).order_by(Report.id.desc()).limit(PAGE)
    return [
        Asked(report.created_at, report.text, _outcome(report), report.answer_note, report.answered_at)
        for report in db.session.scalars(wanted)
    ]


def _outcome(report: Report) -> str:
    if report.outcome == "noted" and report.category == WORRIED:
        return _("A moderator has looked in on them. Thank you for telling us.")
    return {
        "": _("Received. A moderator will read it."),
        "acted": _("A moderator looked, and did something about it. Thank you."),
        "noted": _("A moderator looked, and will keep an eye on it. Thank you."),
        "no_rule_broken": _("A moderator looked. It doesn't break a house rule, so it stays. Thank you for asking."),
    }[report.outcome]
