"""Asking for a second look. Answered by somebody who did not decide; the database refuses anybody else."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select, update

from forum.core.db import db
from forum.core.errors import BadInput, Conflict, Forbidden, NotFound
from forum.core.events import announce
from forum.core.text import clean_text, one_line
from forum.identity.models import Member
from forum.moderation import audit
from forum.moderation.actors import Actor, require
from forum.moderation.deciding import Ruling, SelfReview, has_reported, refuse_about_self, write_down
from forum.moderation.events import AppealDecided, AppealFiled, PostDecided
from forum.moderation.models import Appeal, Case, Decision, Sanction
from forum.moderation.reversals import APOLOGY, undo_effects
from forum.moderation.sql import insert_ignore
from forum.moderation.subjects import subject_of

ROUNDS = 2
"""One appeal, and once more with new facts."""
FIRST_ANSWER, ANSWER = timedelta(hours=24), timedelta(hours=72)
MAX_TEXT_CHARS, MIN_REPLY_CHARS, MAX_REPLY_CHARS = 2000, 10, 1000


def can_appeal(decision: Decision, member_id: int, now: datetime) -> bool:
    """Tell whether a member may ask for a second look at a decision now."""
    if decision.author_id != member_id or decision.reversed_at is not None:
        return False
    if decision.appeal_until is None or now > decision.appeal_until:
        return False
    rows = db.session.execute(
        select(func.count(Appeal.id), func.count(Appeal.decided_at)).where(Appeal.decision_id == decision.id)
    ).one()
    return rows[0] < ROUNDS and rows[0] == rows[1]


def file_appeal(*, decision: Decision, member: Member, text: str, now: datetime) -> Appeal:
    """Ask for a second look; a second round needs new facts in words.

    Raises:
        Forbidden: not theirs, too late, or both rounds are used.
        BadInput: the text is too long, or missing in the second round.
    """
    if not can_appeal(decision, member.id, now):
        raise Forbidden("We can't take a second look at this one any more.")
    words = clean_text(text)
    done = db.session.scalar(select(func.count(Appeal.id)).where(Appeal.decision_id == decision.id)) or 0
    if len(words) > MAX_TEXT_CHARS:
        raise BadInput(f"That is longer than {MAX_TEXT_CHARS} characters.", field="text")
    if done and not words:
        raise BadInput("Please say what is new since we last looked.", field="text")
    appeal_id = insert_ignore(
        Appeal,
        {
            "decision_id": decision.id,
            "round": done + 1,
            "member_id": member.id,
            "text": words,
            "decider_id": decision.decided_by_id,
            "filed_at": now,
            "due_first_at": now + FIRST_ANSWER,
            "due_resolve_at": now + ANSWER,
        },
        ("decision_id", "round"),
    )
    if appeal_id is None:
        raise Conflict("We have your question already.")
    case = db.session.get_one(Case, decision.case_id)
    audit.record("appeal.filed", actor=None, now=now, case=case, public_text_id=decision.id)
    announce(AppealFiled(appeal_id))
    return db.session.get_one(Appeal, appeal_id)


def decide_appeal(
    appeal_id: int, *, actor: Actor, version: int, state: str, reply: str, now: datetime, note: str = ""
) -> Appeal:
    """Answer an appeal: leave it, change it to a content note, or take the decision back.

    Args:
        state: upheld | changed | overturned.
        note: words of the content note when changed.

    Raises:
        SelfReview: the reviewer decided, agreed as second person, reported it, or answered the first round.
        BadInput: the reply is missing (always needed), or the state cannot be.
        Conflict: somebody else answered.
    """
    require(actor, "appeal.decide")
    words, behind = clean_text(reply), one_line(note)[:80]
    if not MIN_REPLY_CHARS <= len(words) <= MAX_REPLY_CHARS:
        raise BadInput(f"They get {MIN_REPLY_CHARS} to {MAX_REPLY_CHARS} characters from you, always.", field="reply")
    if state not in ("upheld", "changed", "overturned") or (state == "changed" and not behind):
        raise BadInput("Please choose what happens now.", field="state")
    appeal = _claim(appeal_id, actor=actor, version=version, state=state, reply=words, now=now)
    decision = db.session.get_one(Decision, appeal.decision_id)
    case = db.session.get_one(Case, decision.case_id)
    if state == "overturned":
        undo_effects(decision, case, actor=actor, now=now, words=APOLOGY)
    elif state == "changed":
        _soften(decision, case, behind, actor=actor, now=now)
    audit.record(f"appeal.{state}", actor=actor, now=now, case=case, public_text_id=decision.id)
    announce(AppealDecided(appeal.id, appeal.member_id, state))
    return appeal


def _claim(appeal_id: int, *, actor: Actor, version: int, state: str, reply: str, now: datetime) -> Appeal:
    appeal = db.session.get(Appeal, appeal_id, populate_existing=True)
    if appeal is None:
        raise NotFound()
    refuse_about_self(actor, appeal.member_id)
    subject_case = db.session.get_one(Case, db.session.get_one(Decision, appeal.decision_id).case_id)
    if actor.staff_id in _involved(appeal) or has_reported(subject_case, actor):
        raise SelfReview()
    subject_of(subject_case.target_type).lock(subject_case.target_id)
    won = db.session.scalar(
        update(Appeal)
        .where(Appeal.id == appeal_id, Appeal.state == "open", Appeal.version == version)
        .values(state=state, reply=reply, reviewer_id=actor.staff_id, decided_at=now, version=Appeal.version + 1)
        .returning(Appeal.id)
        .execution_options(synchronize_session=False)
    )
    if won is None:
        raise Conflict("Somebody else has answered this already.")
    db.session.refresh(appeal)
    return appeal


def _involved(appeal: Appeal) -> set[int | None]:
    """Return who decided, who agreed as second person, who answered an earlier round; None stands for a rule."""
    earlier = select(Appeal.reviewer_id).where(Appeal.decision_id == appeal.decision_id, Appeal.id != appeal.id)
    second = select(Sanction.confirmed_by_id).where(Sanction.decision_id == appeal.decision_id)
    return {appeal.decider_id, *db.session.scalars(earlier), *db.session.scalars(second)} - {None}


def _soften(decision: Decision, case: Case, note: str, *, actor: Actor, now: datetime) -> None:
    """Put the text up behind a note instead."""
    if decision.scope != "content":
        raise BadInput("A limit on an account is left or taken back.", field="state")
    milder = write_down(case, Ruling("limit", "limited", "content_note", content_note=note), actor=actor, now=now)
    subject_of(case.target_type).limit(case.target_id, note, now)
    decision.reversed_at = now
    case.held = False
    db.session.flush()
    announce(PostDecided(case.target_type, case.target_id, milder.id, "limit", "limited", "content_note"))
