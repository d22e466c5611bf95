"""Members ask a moderator to look, and get an answer.

A report goes to people. It never sends anything to the person it is about: reports of worry are used to harass.
Several reports by accounts older than a day can put a text behind a note until somebody has read it, never more.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, func, select

from forum.core.db import db
from forum.core.errors import BadInput, RateLimited
from forum.core.events import announce
from forum.core.text import clean_text
from forum.identity.models import Member
from forum.moderation import audit, language, settings, signals
from forum.moderation.cases import Incoming, Target, open_or_merge
from forum.moderation.events import PostDecided, ReportAnswered
from forum.moderation.models import CATEGORIES, Case, Decision, Report
from forum.moderation.sql import insert_ignore
from forum.moderation.subjects import subject_of

MAX_TEXT_CHARS = 500
WORRIED = "worried_about_member"
LANES = {
    WORRIED: 1,
    "harassment": 2,
    "identity_exposed": 2,
    "selling_sourcing": 2,
    "dangerous_advice": 2,
    "needs_content_note": 3,
    "spam": 3,
    "other": 3,
}
DAY = timedelta(days=1)
SEVERAL = "several_reports"
SEVERAL_NOTE = "a moderator is going to read this"
_ANSWERS = {
    "hidden": "acted",
    "content_note_added": "acted",
    "author_edited": "acted",
    "sanctioned": "acted",
    "moved": "acted",
    "supported": "noted",
    "duplicate": "noted",
    "no_violation": "no_rule_broken",
    "report_not_actionable": "no_rule_broken",
    "report_abuse": "no_rule_broken",
}


def file_report(*, reporter: Member, target: Target, category: str, text: str, now: datetime) -> Report:
    """Store a member's report and bring it to a case. Sending the same twice is one report.

    Raises:
        BadInput: unknown category, text missing for "other" or too long, or the target is one's own.
        RateLimited: more than the daily number.
    """
    words = _checked(reporter, target, category, text)
    earlier = _find(reporter.id, target, category)
    if earlier is not None:
        return earlier
    _refuse_flood(reporter.id, category, now)
    weight = weight_of(reporter.id)
    subject_of(target.type).lock(target.id)
    case = open_or_merge(target, _incoming(reporter.id, target, category, words, weight, now), now=now)
    report_id = insert_ignore(
        Report,
        {
            "reporter_id": reporter.id,
            "case_id": case.id,
            "target_type": target.type,
            "target_id": target.id,
            "category": category,
            "text": words,
            "weight": weight,
            "created_at": now,
        },
        ("reporter_id", "target_type", "target_id", "category"),
    )
    if report_id is None:
        return db.session.scalars(_same(reporter.id, target, category)).one()
    report = db.session.get_one(Report, report_id)
    if case.state == "resolved":  # attached to a judgement of the same kind made lately
        _answer(report, case.outcome or "no_violation", now)
    else:
        _limit_if_several(case, now)
    return report


def weight_of(reporter_id: int) -> float:
    """Return how much a member's reports weigh, 0.0–1.0: (agreed + 2) / (agreed + disagreed + 4)."""
    rows = db.session.execute(
        select(Report.agreed, func.count())
        .where(Report.reporter_id == reporter_id, Report.agreed.is_not(None))
        .group_by(Report.agreed)
    )
    counts = {bool(agreed): number for agreed, number in rows}
    agreed, disagreed = counts.get(True, 0), counts.get(False, 0)
    return (agreed + 2) / (agreed + disagreed + 4)


def answer_reports(case: Case, outcome: str, *, now: datetime, note: str = "") -> int:
    """Give every waiting reporter of a case their answer; returns how many."""
    waiting = db.session.scalars(select(Report).where(Report.case_id == case.id, Report.outcome == "")).all()
    for report in waiting:
        _answer(report, outcome, now, note)
    return len(waiting)


def _answer(report: Report, outcome: str, now: datetime, note: str = "") -> None:
    report.outcome, report.answered_at, report.answer_note = _ANSWERS[outcome], now, note[:500]
    if report.category == WORRIED:
        report.outcome = "noted"
    elif report.outcome != "noted" and outcome != "report_not_actionable":
        report.agreed = report.outcome == "acted"
    db.session.flush()
    if report.reporter_id is not None:
        announce(ReportAnswered(report.id, report.reporter_id))


def _checked(reporter: Member, target: Target, category: str, text: str) -> str:
    if category not in CATEGORIES:
        raise BadInput("Please choose what this is about.", field="category")
    if target.author_id == reporter.id:
        raise BadInput("This is your own. You can change it or take it back yourself.")
    words = clean_text(text)
    if category == "other" and not words:
        raise BadInput("Please say in a few words what we should look at.", field="text")
    if len(words) > MAX_TEXT_CHARS:
        raise BadInput(f"That is longer than {MAX_TEXT_CHARS} characters.", field="text")
    return words


def _same(reporter_id: int, target: Target, category: str) -> Select[Report]:
    return select(Report).where(
        Report.reporter_id == reporter_id,
        Report.target_type == target.type,
        Report.target_id == target.id,
        Report.category == category,
    )


def _find(reporter_id: int, target: Target, category: str) -> Report | None:
    return db.session.scalar(_same(reporter_id, target, category))


def _refuse_flood(reporter_id: int, category: str, now: datetime) -> None:
    """Count the last 24 hours; the oldest report's age tells when another may be sent."""
    limits: list[tuple[int, ColumnElement[bool] | None]] = [(settings.report_limit_day(), None)]
    if category == WORRIED:
        limits.append((settings.report_worried_limit_day(), Report.category == WORRIED))
    for limit, condition in limits:
        wanted = select(func.count(Report.id), func.min(Report.created_at)).where(
            Report.reporter_id == reporter_id, Report.created_at > now - DAY
        )
        count, oldest = db.session.execute(wanted.where(condition) if condition is not None else wanted).one()
        if count >= limit:
            raise RateLimited(
                "You've sent us many of these today. If somebody is in danger now, the numbers under Help now answer.",
                retry_after=max(1, int((oldest + DAY - now).total_seconds())),
            )


def _incoming(reporter_id: int, target: Target, category: str, words: str, weight: float, now: datetime) -> Incoming:
    return Incoming(
        lane=LANES[category],
        reason=category,
        signals=(signals.from_report(reporter_id=reporter_id, category=category, text=words, weight=weight),),
        reopens=_reopens(target, category, now),
        automated=False,
    )


def _reopens(target: Target, category: str, now: datetime) -> bool:
    """Tell whether a report opens a closed case again.

    Of a kind judged within the last day it is only attached, until three people have said so since; anything else
    is new and is read.
    """
    judged = db.session.scalar(
        select(Case)
        .where(Case.target_type == target.type, Case.target_id == target.id, Case.state == "resolved")
        .order_by(Case.id.desc())
        .limit(1)
    )
    if judged is None or judged.resolved_at is None or judged.resolved_at < now - DAY:
        return True
    kinds = set(db.session.scalars(select(Report.category).where(Report.case_id == judged.id)))
    if category not in kinds:
        return True
    since = select(func.count(Report.reporter_id.distinct())).where(
        Report.case_id == judged.id, Report.created_at > judged.resolved_at
    )
    return (db.session.scalar(since) or 0) + 1 >= settings.reopen_reporters()


def _limit_if_several(case: Case, now: datetime) -> None:
    """Put the target behind a note once enough settled accounts agree; only if it is plainly visible now."""
    rows = db.session.execute(
        select(Report.reporter_id, func.max(Report.weight))
        .join(Member, Member.id == Report.reporter_id)
        .where(
            Report.case_id == case.id,
            Report.category != WORRIED,
            Report.outcome == "",
            Member.created_at <= now - DAY,
        )
        .group_by(Report.reporter_id)
    ).all()
    if len(rows) < settings.limit_min_reporters() or sum(row[1] for row in rows) < settings.limit_weight():
        return
    subject = subject_of(case.target_type)
    found = subject.excerpts([case.target_id]).get(case.target_id)
    if found is None or found.visibility != "live" or _already_judged(case):
        return
    subject.limit(case.target_id, SEVERAL_NOTE, now)
    _write_down(case, now)


def _already_judged(case: Case) -> bool:
    """Tell whether a note of this kind was put on before; people have had their say since."""
    wanted = select(Decision.id).where(Decision.case_id == case.id, Decision.reason_code == SEVERAL)
    return db.session.scalar(wanted.limit(1)) is not None


def _write_down(case: Case, now: datetime) -> None:
    decision = Decision(
        case_id=case.id,
        case_version=case.version,
        author_id=case.author_id,
        action="limit",
        reason_code=SEVERAL,
        facts_public="Several people asked us to look at this. It is behind a note until a moderator has read it.",
        content_note=SEVERAL_NOTE,
        from_visibility="live",
        to_visibility="limited",
        revision_id=case.revision_id,
        automated_decision=True,
        decided_at=now,
        appeal_until=now + timedelta(days=settings.appeal_days()),
        language=language.of(case),
    )
    db.session.add(decision)
    db.session.flush()
    entry = audit.record(
        "report.limited",
        actor=None,
        now=now,
        case=case,
        from_state="live",
        to_state="limited",
        reason_code=SEVERAL,
        public_text_id=decision.id,
        automated_decision=True,
    )
    decision.event_id = entry.id
    db.session.flush()
    announce(PostDecided(case.target_type, case.target_id, decision.id, "limit", "limited", SEVERAL))
