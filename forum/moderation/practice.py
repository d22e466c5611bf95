"""The practice queue: invented cases that are opened, decided, refused and taken back as real ones are.

Nothing here touches a member, a post, a real case, the record or anybody's figures. What the learner does is compared
with what the file says only after it is done, and can be taken back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, update

from forum.core import yamldata
from forum.core.db import db
from forum.core.errors import BadInput, Conflict, NotFound
from forum.core.text import clean_text, one_line
from forum.moderation import settings
from forum.moderation.actors import Actor, require
from forum.moderation.models import PracticeCase
from forum.moderation.reasons import get_reason

_FILE = Path(__file__).with_name("data") / "practice.yaml"
MIN_NOTE_CHARS = 10
"""As in `followups`, which can't be imported here: deciding asks for the training."""
ACTIONS = ("approve", "hide", "limit", "ask_edit", "support", "second", "escalate", "watch")


@dataclass(frozen=True, slots=True)
class Invented:
    """One case of the file."""

    key: str
    lane: int
    reason: str
    level: int
    room: str
    author: str
    days: int
    posts: int
    minutes: int
    body: str
    said: str
    good: tuple[str, ...]
    fine: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    held: bool = False
    reporters: int = 0
    meanwhile: str = ""
    marks: tuple[str, ...] = ()
    before: tuple[tuple[str, str], ...] = field(default=())
    after: tuple[tuple[str, str], ...] = field(default=())

    def judge(self, action: str, reason_code: str) -> str:
        """Compare an action with the file: good, fine or other."""
        if action in ("hide", "ask_edit") and self.reasons and reason_code not in self.reasons:
            return "other"
        return "good" if action in self.good else "fine" if action in self.fine else "other"


@cache
def _file() -> Mapping[str, Any]:
    found: Mapping[str, Any] = yamldata.parse(_FILE.read_text(encoding="utf-8"))
    return found


@cache
def invented() -> Mapping[str, Invented]:
    """Return all cases of the file by key."""
    return {row["key"]: _read(row) for row in _file()["cases"]}


def _read(row: Mapping[str, Any]) -> Invented:
    lists = ("good", "fine", "reasons", "marks", "before", "after")
    values: dict[str, Any] = {name: _tuples(value) if name in lists else value for name, value in row.items()}
    return Invented(**values)


def _tuples(value: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(tuple(one) if isinstance(one, list) else one for one in value)


def begin(*, actor: Actor, now: datetime) -> int:
    """Lay a fresh round of cases out; returns its number. A round that is not finished is left as it was."""
    require(actor, "queue.read")
    number = current_round(actor.staff_id) + 1
    for one in invented().values():
        db.session.add(
            PracticeCase(
                staff_id=actor.staff_id,
                round=number,
                scenario=one.key,
                lane=one.lane,
                opened_at=now - timedelta(minutes=one.minutes),
            )
        )
    db.session.flush()
    return number


def current_round(staff_id: int) -> int:
    """Return the newest round; 0 before the first."""
    return db.session.scalar(select(func.max(PracticeCase.round)).where(PracticeCase.staff_id == staff_id)) or 0


def of_round(staff_id: int, number: int) -> list[PracticeCase]:
    """Return the cases of a round in the order of the real queue: lane, then the longest waiting."""
    wanted = select(PracticeCase).where(PracticeCase.staff_id == staff_id, PracticeCase.round == number)
    return list(db.session.scalars(wanted.order_by(PracticeCase.lane, PracticeCase.opened_at, PracticeCase.id)))


def get(public_id: str, *, actor: Actor) -> PracticeCase:
    """Return one of one's own practice cases.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    wanted = select(PracticeCase).where(PracticeCase.public_id == public_id)
    row = db.session.scalar(wanted.execution_options(populate_existing=True))
    if row is None or row.staff_id != actor.staff_id or row.scenario not in invented():
        raise NotFound()
    return row


def open_case(row: PracticeCase, now: datetime) -> None:
    """Take it for ten minutes; a colleague may change it just then, once."""
    if row.done_at is not None:
        return
    row.leased_until = now + timedelta(minutes=settings.lease_minutes())
    db.session.flush()


class Changed(Conflict):
    """Somebody, invented, changed the case while the learner read."""

    def __init__(self, version: int, words: str) -> None:
        super().__init__()
        self.version, self.words = version, words


def decide(row: PracticeCase, action: str, form: Mapping[str, str], *, version: int, now: datetime) -> PracticeCase:
    """Do one thing with a practice case, under the rules of the real desk.

    Raises:
        BadInput: a reason, a note or a message is missing or too short.
        Changed: it is not as it was when the page was drawn; nothing was done.
    """
    reason = check(action, form)
    scenario = invented()[row.scenario]
    if scenario.meanwhile and row.version == 1:
        row.version = 2
        db.session.flush()
        raise Changed(2, scenario.meanwhile)
    won = db.session.scalar(
        update(PracticeCase)
        .where(PracticeCase.id == row.id, PracticeCase.version == version, PracticeCase.done_at.is_(None))
        .values(
            action=action,
            reason_code=reason,
            verdict=scenario.judge(action, reason),
            done_at=now,
            version=version + 1,
            leased_until=None,
        )
        .returning(PracticeCase.id)
        .execution_options(synchronize_session=False)
    )
    db.session.refresh(row)
    if won is None:
        raise Changed(row.version, "You decided about it in another window")
    return row


def check(action: str, form: Mapping[str, str]) -> str:
    """Check what the real action would check; return the reason code.

    Raises:
        BadInput: as the real one.
    """
    if action not in ACTIONS:
        raise BadInput("That isn't something to do here.")
    if action in ("hide", "ask_edit"):
        code = get_reason(form.get("reason_code", "")).code
        if action == "ask_edit" and len(clean_text(form.get("message", ""))) < MIN_NOTE_CHARS:
            raise BadInput("Please say which part, and what would help.", field="message")
        return code
    if action == "limit" and not one_line(form.get("note", "")):
        raise BadInput("A note needs one to 80 characters.", field="note")
    if action in ("second", "escalate") and len(clean_text(form.get("note", ""))) < MIN_NOTE_CHARS:
        raise BadInput("Please say in a few words what the next person should know.", field="note")
    return ""


def undo(row: PracticeCase) -> None:
    """Take a decision back; the case is open again."""
    if row.done_at is None:
        raise Conflict("It is open already.")
    row.action, row.reason_code, row.verdict, row.done_at = "", "", "", None
    row.version += 1
    db.session.flush()


def skip(row: PracticeCase) -> None:
    """ "Not me, not tonight": it goes to the end of this round, without a word."""
    row.skipped, row.leased_until = True, None
    db.session.flush()


@dataclass(frozen=True, slots=True)
class Round:
    """How a round stands."""

    number: int
    total: int
    done: int
    well: int
    """Decided as a lead would have, or as nobody would mind."""

    @property
    def is_over(self) -> bool:
        """True once every case is decided."""
        return self.total > 0 and self.done == self.total

    @property
    def is_passed(self) -> bool:
        """True when enough of them were decided well."""
        return self.is_over and self.well >= float(_file()["pass_mark"]) * self.total


def standing(staff_id: int) -> Round:
    """Return how somebody's newest round stands."""
    number = current_round(staff_id)
    rows = of_round(staff_id, number)
    return Round(
        number,
        len(rows),
        sum(row.done_at is not None for row in rows),
        sum(row.verdict in ("good", "fine") for row in rows),
    )


def has_passed(staff_id: int, since: datetime) -> bool:
    """Tell whether somebody has finished a round well since a time."""
    rows = db.session.execute(
        select(
            PracticeCase.round,
            func.count(),
            func.count(PracticeCase.done_at),
            func.count().filter(PracticeCase.verdict.in_(("good", "fine"))),
            func.min(PracticeCase.done_at),
        )
        .where(PracticeCase.staff_id == staff_id)
        .group_by(PracticeCase.round)
    )
    return any(
        Round(row[0], row[1], row[2], row[3]).is_passed and row[4] is not None and row[4] > since for row in rows
    )
