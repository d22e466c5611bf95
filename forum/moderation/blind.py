"""Reading closed cases once more, blind: how alike the team judges. It changes nothing for the author of a text.

Two in a hundred decisions about T2 and T3 texts are drawn, by a hash of their random public id: running the job late or
twice draws the same ones. Whoever reads knows neither what was decided nor by whom.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select, update

from forum.core.db import db
from forum.core.errors import BadInput, Conflict, NotFound
from forum.moderation import audit, settings
from forum.moderation.actors import Actor, require
from forum.moderation.deciding import SelfReview, refuse_own
from forum.moderation.models import BlindSample, Case, Decision
from forum.moderation.sql import insert_ignore
from forum.moderation.subjects import SubjectQuote, has_subject, subject_of

DRAWN_FROM = ("approve", "hide", "limit", "ask_edit")
LANES = (2, 3)
LOOKED_BACK = timedelta(days=7)
KIND = {"approve": "up", "limit": "note", "hide": "down", "ask_edit": "down"}
"""What two decisions have in common: asking for a change takes it out of sight as well."""
DISCUSS_FROM = 0.20
LEAST_READ = 10


def draw(now: datetime) -> int:
    """Draw what is to be read again of the last week; returns how many are new."""
    rows = db.session.execute(
        select(Decision.id, Decision.public_id, Decision.case_id, Decision.decided_by_id, Decision.action)
        .join(Case, Case.id == Decision.case_id)
        .where(
            Decision.decided_at > now - LOOKED_BACK,
            Decision.automated_decision.is_(False),
            Decision.decided_by_id.is_not(None),
            Decision.reversed_at.is_(None),
            Decision.action.in_(DRAWN_FROM),
            Decision.scope == "content",
            Case.lane.in_(LANES),
            Case.state == "resolved",
        )
    ).all()
    chosen = [row for row in rows if is_drawn(row.public_id, settings.blind_sample_pct())]
    made = [
        insert_ignore(
            BlindSample,
            {
                "case_id": row.case_id,
                "decision_id": row.id,
                "decider_id": row.decided_by_id,
                "first_action": row.action,
                "drawn_at": now,
            },
            ("decision_id",),
        )
        for row in chosen
    ]
    return sum(one is not None for one in made)


def is_drawn(public_id: str, percent: float) -> bool:
    """Tell whether a decision is among those read again: its random id decides."""
    number = int.from_bytes(hashlib.sha256(f"blind:{public_id}".encode()).digest()[:4], "big")
    return number % 10_000 < percent * 100


@dataclass(frozen=True, slots=True)
class Reading:
    """What somebody reads once more."""

    id: str
    case: Case
    quote: SubjectQuote


def next_for(actor: Actor, now: datetime) -> Reading | None:
    """Return what this person may read, the oldest first: not their own decisions, nothing that concerns them."""
    rows = db.session.execute(
        select(BlindSample, Case)
        .join(Case, Case.id == BlindSample.case_id)
        .where(*_open_for(actor))
        .order_by(BlindSample.drawn_at, BlindSample.id)
        .limit(20)
    )
    return next((found for sample, case in rows if (found := _reading(sample, case, actor, now)) is not None), None)


def _open_for(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    return (BlindSample.read_at.is_(None), BlindSample.decider_id != actor.staff_id)


def _reading(sample: BlindSample, case: Case, actor: Actor, now: datetime) -> Reading | None:
    try:
        refuse_own(case, actor, now)
    except SelfReview:
        return None
    quote = subject_of(case.target_type).quote(case.target_id) if has_subject(case.target_type) else None
    if quote is None or quote.visibility in ("author_deleted", "purged"):
        return None
    return Reading(sample.public_id, case, quote)


def count_for(actor: Actor) -> int:
    """Return how many wait for somebody like this person."""
    return db.session.scalar(select(func.count(BlindSample.id)).where(*_open_for(actor))) or 0


def answer(public_id: str, action: str, *, actor: Actor, now: datetime) -> bool:
    """Note what a second person would have done; returns whether the two agree. Of two at once, one counts.

    Raises:
        BadInput: nothing was chosen.
        NotFound: there is none, or it is about one's own decision.
        Conflict: somebody has read it meanwhile.
    """
    require(actor, "case.decide")
    if action not in KIND:
        raise BadInput("Please choose what you would have done.", field="action")
    sample = db.session.scalar(select(BlindSample).where(BlindSample.public_id == public_id))
    if sample is None or sample.decider_id == actor.staff_id:
        raise NotFound()
    case = db.session.get_one(Case, sample.case_id)
    refuse_own(case, actor, now)
    agrees = KIND[action] == KIND[sample.first_action]
    won = db.session.scalar(
        update(BlindSample)
        .where(BlindSample.id == sample.id, BlindSample.read_at.is_(None))
        .values(reader_id=actor.staff_id, second_action=action, agrees=agrees, read_at=now)
        .returning(BlindSample.id)
        .execution_options(synchronize_session=False)
    )
    if won is None:
        raise Conflict("Somebody has read this one meanwhile.")
    audit.record("blind.read", actor=actor, now=now, case=case, to_state="agree" if agrees else "differ")
    return agrees


@dataclass(frozen=True, slots=True)
class Agreement:
    """How alike the team judged in a period."""

    read: int
    differ: float | None
    """Share, 0.0–1.0; None below ten."""

    @property
    def asks_for_talk(self) -> bool:
        """True when more than a fifth differ: then the guideline needs a talk, not a person."""
        return self.differ is not None and self.differ > DISCUSS_FROM


def agreement(since: datetime, until: datetime) -> Agreement:
    """Return how alike the team judged."""
    rows = db.session.scalars(
        select(BlindSample.agrees).where(BlindSample.read_at >= since, BlindSample.read_at < until)
    ).all()
    return Agreement(len(rows), rows.count(False) / len(rows) if len(rows) >= LEAST_READ else None)
