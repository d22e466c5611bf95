"""Check-ins: a word for the mood, the strength of the pull, a line for oneself. Private; nobody is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Row, Select, select
from sqlalchemy.exc import IntegrityError

from forum.core.db import db
from forum.core.errors import BadInput, NotFound, TooLong
from forum.core.text import one_line
from forum.identity.models import Member
from forum.journey.charts import WeekMeans
from forum.journey.days import DAY, WEEKS
from forum.journey.models import CheckIn
from forum.journey.reading import Reading, read_private

MAX_LINE = 280
MAX_CLIENT_ID = 64
LISTED = 30
CARD_FOR = timedelta(days=1)
"""A card stays on the member's page for this day and the next, unless it is put away."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A check-in as it was sent, cleaned."""

    mood: int | None
    craving: int | None
    line: str


def read_draft(mood: str, craving: str, line: str) -> Draft:
    """Take a form's values; what is no number of ours counts as not said."""
    return Draft(_within(mood, 1, 5), _within(craving, 0, 10), one_line(line))


def _within(value: str, low: int, high: int) -> int | None:
    known = {str(number): number for number in range(low, high + 1)}
    return known.get(value.strip())


def check_in(member: Member, draft: Draft, *, client_id: str, today: date, now: datetime) -> CheckIn:
    """Store a check-in. Its line is read first, refused or not; the caller shows what was found.

    Raises:
        BadInput, TooLong: with `reading` set on it, so that distress in refused words gets its card.
    """
    reading = read_private((draft.line,), member, now)
    try:
        _check(draft, client_id)
    except BadInput as refusal:
        refusal.reading = reading  # type: ignore[attr-defined]
        raise
    return _stored(member.id, draft, reading, client_id, today)


def _check(draft: Draft, client_id: str) -> None:
    if not client_id or len(client_id) > MAX_CLIENT_ID:
        raise BadInput("Something is missing from this form. Please send it again.", field="form")
    if len(draft.line) > MAX_LINE:
        raise TooLong(f"A line has at most {MAX_LINE} characters. Longer things fit on a page.", field="line")
    if draft.mood is None and draft.craving is None and not draft.line:
        raise BadInput("There's nothing here yet. One word is fine.", field="mood")


def _stored(member_id: int, draft: Draft, reading: Reading, client_id: str, today: date) -> CheckIn:
    row = CheckIn(
        member_id=member_id,
        client_id=client_id,
        day=today,
        mood=draft.mood,
        craving=draft.craving,
        line=draft.line,
        support_level=reading.level,
        categories=list(reading.categories),
    )
    try:
        with db.session.begin_nested():
            db.session.add(row)
    except IntegrityError:
        return db.session.scalars(select(CheckIn).filter_by(member_id=member_id, client_id=client_id)).one()
    return row


def latest(member: Member) -> CheckIn | None:
    """Return the newest check-in."""
    return db.session.scalar(_own(member).limit(1))


def list_recent(member: Member, limit: int = LISTED) -> Sequence[CheckIn]:
    """Return check-ins, newest first."""
    return db.session.scalars(_own(member).limit(limit)).all()


def every(member: Member) -> Sequence[CheckIn]:
    """Return all check-ins, oldest first, for the member's own copy."""
    return db.session.scalars(select(CheckIn).filter_by(member_id=member.id).order_by(CheckIn.id)).all()


def carded(member: Member, today: date) -> CheckIn | None:
    """Return the check-in whose card is still to be shown: the most urgent of today and yesterday."""
    wanted = _own(member).where(
        CheckIn.support_level > 0, CheckIn.card_hidden.is_(False), CheckIn.day >= today - CARD_FOR
    )
    return max(db.session.scalars(wanted), key=lambda row: (row.support_level, row.id), default=None)


def get_own(member: Member, public_id: str) -> CheckIn:
    """Return one of a member's check-ins.

    Raises:
        NotFound: it is nobody's, or somebody else's.
    """
    row = db.session.scalar(select(CheckIn).filter_by(member_id=member.id, public_id=public_id))
    if row is None:
        raise NotFound
    return row


def remove(row: CheckIn) -> None:
    """Take a check-in back."""
    db.session.delete(row)
    db.session.flush()


def _own(member: Member) -> Select[CheckIn]:
    return select(CheckIn).where(CheckIn.member_id == member.id).order_by(CheckIn.day.desc(), CheckIn.id.desc())


def weekly(member: Member, today: date, weeks: int = WEEKS) -> list[tuple[date, WeekMeans]]:
    """Return the means of the last weeks, each with its Monday, oldest first."""
    this_monday = today - DAY * today.weekday()
    mondays = [this_monday - DAY * 7 * back for back in range(weeks - 1, -1, -1)]
    rows = db.session.execute(
        select(CheckIn.day, CheckIn.mood, CheckIn.craving).where(
            CheckIn.member_id == member.id, CheckIn.day >= mondays[0], CheckIn.day <= today
        )
    ).all()
    return [(monday, _means([row for row in rows if 0 <= (row.day - monday).days < 7])) for monday in mondays]


def _means(rows: Sequence[Row[date, int | None, int | None]]) -> WeekMeans:
    moods = [row.mood for row in rows if row.mood is not None]
    pulls = [row.craving for row in rows if row.craving is not None]
    return WeekMeans(_mean(moods), _mean(pulls), len(rows))


def _mean(values: Sequence[int]) -> float | None:
    return sum(values) / len(values) if values else None
