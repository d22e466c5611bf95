"""Learning to read for others: eight modules with a test each, practice, shifts beside somebody, a lead's word.

What is taught lies in `data/training/*.yaml`. A pass holds for a year, then the test is asked for again. Scores are for
the learner; everybody else sees what is passed and until when.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from forum.core import yamldata
from forum.core.db import db
from forum.core.errors import BadInput, Conflict, Forbidden, NotFound
from forum.identity.models import Staff
from forum.identity.roles import may
from forum.moderation import audit, practice, settings
from forum.moderation.actors import Actor, require
from forum.moderation.models import ShadowShift, SignOff, TrainingResult
from forum.moderation.sql import insert_into

FOLDER = Path(__file__).with_name("data") / "training"
HOLDS = timedelta(days=365)
REMIND = timedelta(days=30)
SHADOW_SHIFTS = 2
"""Shifts beside somebody before a lead can sign."""
LANES_FOR_ANYBODY = 1
"""Lanes up to this one are open to whoever is there: anybody is better than nobody."""


@dataclass(frozen=True, slots=True)
class Option:
    """One answer, and what there is to say about it."""

    text: str
    why: str


@dataclass(frozen=True, slots=True)
class Scenario:
    """One invented scene with a question."""

    scene: str
    ask: str
    options: tuple[Option, ...]
    right: int


@dataclass(frozen=True, slots=True)
class Module:
    """One of the eight."""

    key: str
    version: int
    title: str
    minutes: int
    pass_mark: float
    learn: tuple[str, ...]
    scenarios: tuple[Scenario, ...]


@cache
def modules() -> Mapping[str, Module]:
    """Return all modules by key, in the order of their files."""
    found = (_read(yamldata.parse(path.read_text(encoding="utf-8"))) for path in sorted(FOLDER.glob("*.yaml")))
    return {module.key: module for module in found}


def _read(row: Mapping[str, Any]) -> Module:
    scenarios = tuple(
        Scenario(
            " ".join(entry["scene"].split()),
            entry["ask"],
            tuple(Option(option["text"], option["why"]) for option in entry["options"]),
            entry["right"],
        )
        for entry in row["scenarios"]
    )
    return Module(
        row["key"], row["version"], row["title"], row["minutes"], row["pass_mark"], tuple(row["learn"]), scenarios
    )


def get_module(key: str) -> Module:
    """Return a module.

    Raises:
        NotFound: there is none of this name.
    """
    if key not in modules():
        raise NotFound()
    return modules()[key]


# ── Tests ───────────────────────────────────────────────────────────────────────────────────────────────────────


def answer(key: str, answers: Sequence[int | None], *, actor: Actor, now: datetime) -> TrainingResult:
    """Store a finished test.

    Raises:
        BadInput: a question has no answer yet.
    """
    module = get_module(key)
    if len(answers) != len(module.scenarios) or any(one is None for one in answers):
        raise BadInput("Every scene needs an answer. What you chose is still here.", field="form")
    right = sum(one == scenario.right for one, scenario in zip(answers, module.scenarios, strict=True))
    row = TrainingResult(
        staff_id=actor.staff_id,
        module=key,
        version=module.version,
        right=right,
        total=len(module.scenarios),
        passed=right >= module.pass_mark * len(module.scenarios),
        at=now,
    )
    db.session.add(row)
    db.session.flush()
    if row.passed:
        audit.record("training.passed", actor=actor, now=now, target_type="staff", reason_code=key)
    return row


def newest_results(staff_id: int) -> dict[str, TrainingResult]:
    """Return somebody's newest result of every module."""
    rows = db.session.scalars(
        select(TrainingResult).where(TrainingResult.staff_id == staff_id).order_by(TrainingResult.id)
    )
    return {row.module: row for row in rows}


def passes(staff_id: int, now: datetime) -> dict[str, datetime]:
    """Return which modules somebody has passed, and until when that holds."""
    rows = db.session.execute(
        select(TrainingResult.module, func.max(TrainingResult.at))
        .where(TrainingResult.staff_id == staff_id, TrainingResult.passed, TrainingResult.at > now - HOLDS)
        .group_by(TrainingResult.module)
    )
    return {row[0]: row[1] + HOLDS for row in rows if row[0] in modules()}


# ── Shifts beside somebody, and the sign-off ────────────────────────────────────────────────────────────────────


def note_shadow(learner_id: int, *, day: date, actor: Actor, now: datetime) -> None:
    """Note that somebody sat beside one for a shift; only people who decide cases can say so.

    Raises:
        BadInput: the day is not in the last two weeks.
        Forbidden: it would be one's own, or one may not decide cases.
    """
    require(actor, "case.decide")
    if learner_id == actor.staff_id:
        raise Forbidden("Whoever you sat beside notes it.")
    if not now.date() - timedelta(days=14) <= day <= now.date():
        raise BadInput("Please choose a day of the last two weeks.", field="day")
    if db.session.get(Staff, learner_id) is None:
        raise NotFound()
    done = db.session.scalar(
        insert_into(ShadowShift)
        .values(learner_id=learner_id, mentor_id=actor.staff_id, day=day)
        .on_conflict_do_nothing(index_elements=["learner_id", "day"])
        .returning(ShadowShift.id)
    )
    if done is None:
        raise Conflict("That day is noted already.")
    audit.record("training.shadow", actor=actor, now=now, target_type="staff", target_id=learner_id)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far somebody is; nothing in it is a score."""

    staff_id: int
    public_id: str
    name: str
    role: str
    passed: int
    modules: int
    practised: bool
    shadow: int
    until: datetime | None
    """Until when a lead's word holds."""

    @property
    def is_ready(self) -> bool:
        """True when a lead can sign."""
        return self.passed >= self.modules and self.practised and self.shadow >= SHADOW_SHIFTS


def progress_of(person: Staff, now: datetime) -> Progress:
    """Return how far somebody is."""
    shadow = select(func.count(ShadowShift.id)).where(ShadowShift.learner_id == person.id)
    return Progress(
        person.id,
        person.public_id,
        person.name,
        person.role,
        len(passes(person.id, now)),
        len(modules()),
        practice.has_passed(person.id, now - HOLDS),
        db.session.scalar(shadow) or 0,
        signed_until(person.id, now),
    )


def signed_until(staff_id: int, now: datetime) -> datetime | None:
    """Return until when somebody is signed off; None when nobody has, or it has run out."""
    return db.session.scalar(select(func.max(SignOff.until)).where(SignOff.staff_id == staff_id, SignOff.until > now))


def sign(staff_id: int, *, actor: Actor, now: datetime) -> SignOff:
    """Say that somebody may read alone, for a year or as long as their oldest pass holds.

    Raises:
        Forbidden: for oneself; somebody else does that.
        BadInput: something is missing yet.
    """
    require(actor, "training.signoff")
    person = db.session.get(Staff, staff_id)
    if person is None or not person.is_active:
        raise NotFound()
    if staff_id == actor.staff_id:
        raise Forbidden("Somebody else signs for you.")
    if not progress_of(person, now).is_ready:
        raise BadInput("Modules, practice or shifts beside somebody are still missing.")
    row = SignOff(staff_id=staff_id, by_id=actor.staff_id, at=now, until=min(passes(staff_id, now).values()))
    db.session.add(row)
    db.session.flush()
    audit.record("training.signed", actor=actor, now=now, target_type="staff", target_id=staff_id)
    return row


def needs_training(actor: Actor, now: datetime) -> bool:
    """Tell whether the site asks for a sign-off that this person does not have; leads and admins need none."""
    if not settings.training_required() or may(actor.role, "training.signoff"):
        return False
    return signed_until(actor.staff_id, now) is None


def refuse_untrained(lane: int, actor: Actor, now: datetime) -> None:
    """Refuse decisions of people who are not signed off, where the site asks for that; never where somebody may die.

    Raises:
        Forbidden: with where to go on.
    """
    if lane > LANES_FOR_ANYBODY and needs_training(actor, now):
        raise Forbidden("A lead signs off first, then you decide. Until then the practice queue is yours.")
