"""Writing the timetable: series, and the sessions their rules ask for."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, select

from forum.core.db import db
from forum.core.errors import BadInput, Closed
from forum.discussions.seeding import CARD_KEYS
from forum.meetings import queries, settings
from forum.meetings.acts import note, touch
from forum.meetings.formats import check_steps, get_format
from forum.meetings.models import CALLING, CROSS_TALK, LIVE, Series, Session
from forum.meetings.recurrence import check_rule, check_time, check_zone, occurrences
from forum.moderation import audit
from forum.moderation.actors import Actor
from forum.moderation.sql import insert_ignore

AUDIENCES = ("everyone", "me", "families", "women", "men", "young")
PATHWAYS = ("any", "twelve_step", "secular", "faith", "harm_reduction", "moderation")
TOPICS = ("open", "newcomers", "slips", "tools", "night", "families", "mind_and_use")


@dataclass(frozen=True, slots=True)
class Wish:
    """A series as somebody described it, not yet checked."""

    name: str
    summary: str
    format: str
    rule: str
    first_on: date
    local_time: str
    zone: str
    minutes: int = 45
    capacity: int = 24
    host_name: str = ""
    host_kind: str = "peer"
    pathway: str = "any"
    topic: str = "open"
    audience: str = "everyone"
    card: dict[str, str] = field(default_factory=dict)
    steps: list[dict[str, Any]] | None = None
    cross_talk: str = ""
    calling: str = ""
    share_minutes: int = 0
    history: bool = True


def make_series(wish: Wish, *, actor: Actor, host_id: int | None, now: datetime) -> Series:
    """Start a series and fill in its first sessions.

    Raises:
        BadInput: naming the field.
    """
    series = Series(created_at=now, host_id=host_id, **_checked(wish))
    db.session.add(series)
    db.session.flush()
    audit.record("meeting.series", actor=actor, now=now, target_type="series", target_id=series.id)
    fill(series, now)
    return series


def change_series(series: Series, wish: Wish, *, actor: Actor, now: datetime) -> None:
    """Change a series; sessions to come that nobody moved or cancelled follow the new rule.

    Raises:
        BadInput: naming the field.
    """
    for name, value in _checked(wish).items():
        setattr(series, name, value)
    audit.record("meeting.series_changed", actor=actor, now=now, target_type="series", target_id=series.id)
    _drop_planned(series, now)
    fill(series, now)


def stop_series(series: Series, *, actor: Actor, now: datetime) -> None:
    """End a series; a session that is going on goes on to its end."""
    series.is_running = False
    _drop_planned(series, now)
    audit.record("meeting.series_ended", actor=actor, now=now, target_type="series", target_id=series.id)


def _drop_planned(series: Series, now: datetime) -> None:
    untouched = (Session.status == "scheduled", Session.starts_at == Session.slot_at, Session.starts_at > now)
    db.session.execute(delete(Session).where(Session.series_id == series.id, *untouched))
    db.session.expire_all()


def _checked(wish: Wish) -> dict[str, Any]:
    base = get_format(wish.format)
    _require_words(wish)
    minutes = _between(wish.minutes, 10, 240, "minutes", "A meeting takes 10 to 240 minutes.")
    return {
        "name": wish.name[:80],
        "summary": wish.summary[:300],
        "format": base.key,
        "rule": check_rule(wish.rule),
        "first_on": wish.first_on,
        "local_time": check_time(wish.local_time),
        "zone": check_zone(wish.zone),
        "minutes": minutes,
        "capacity": _between(wish.capacity, 2, 1000, "capacity", "A room holds 2 to 1000 people."),
        "host_name": wish.host_name[:60],
        "host_kind": "professional" if wish.host_kind == "professional" else "peer",
        "pathway": _one_of(wish.pathway, PATHWAYS, "pathway"),
        "topic": _one_of(wish.topic, TOPICS, "topic"),
        "audience": _one_of(wish.audience, AUDIENCES, "audience"),
        "card": {key: str(wish.card.get(key, ""))[:300] for key in CARD_KEYS},
        "steps": check_steps(wish.steps if wish.steps is not None else base.as_rows(), minutes),
        "cross_talk": _one_of(wish.cross_talk or base.cross_talk, CROSS_TALK, "cross_talk"),
        "calling": _one_of(wish.calling or base.calling, CALLING, "calling"),
        "share_minutes": _between(wish.share_minutes or base.share_minutes, 1, 10, "share_minutes", "1 to 10 minutes."),
        "history": wish.history,
    }


def _require_words(wish: Wish) -> None:
    if not wish.name:
        raise BadInput("Please give the meeting a name.", field="name")
    if not wish.summary:
        raise BadInput("One line about the meeting helps people to choose.", field="summary")


def _between(value: int, low: int, high: int, name: str, sentence: str) -> int:
    if not low <= value <= high:
        raise BadInput(sentence, field=name)
    return value


def _one_of(value: str, known: tuple[str, ...], name: str) -> str:
    if value not in known:
        raise BadInput("Please choose one of these.", field=name)
    return value


# ── Sessions ────────────────────────────────────────────────────────────────────────────────────────────────────


def fill(series: Series, now: datetime) -> int:
    """Make the sessions the rule asks for in the coming weeks; returns how many are new. Safe to repeat."""
    if not series.is_running:
        return 0
    until = now + timedelta(weeks=settings.weeks_ahead())
    return sum(_make(series, slot) is not None for slot in slots(series, now, until))


def slots(series: Series, after: datetime, before: datetime) -> list[datetime]:
    """Return when the series' rule puts sessions."""
    return occurrences(
        rule=series.rule,
        first_on=series.first_on,
        local_time=series.local_time,
        zone=series.zone,
        after=after,
        before=before,
    )


def _make(series: Series, slot: datetime) -> int | None:
    values = {
        "series_id": series.id,
        "slot_at": slot,
        "starts_at": slot,
        "ends_at": slot + timedelta(minutes=series.minutes),
        "host_id": series.host_id,
        "host_name": series.host_name,
        "capacity": series.capacity,
        "steps": [],
    }
    return insert_ignore(Session, values, ("series_id", "slot_at"))


def fill_all(now: datetime) -> int:
    """Fill in every series."""
    return sum(fill(series, now) for series in db.session.scalars(select(Series).where(Series.is_running)))


def session_at(series: Series, slot: datetime) -> Session:
    """Return the session of one slot, also of one further ahead than the timetable is filled in.

    Raises:
        BadInput: the rule puts none there.
    """
    if slot not in slots(series, slot, slot + timedelta(seconds=1)):
        raise BadInput("This series has no session at that time.", field="slot")
    _make(series, slot)
    return db.session.scalars(select(Session).where(Session.series_id == series.id, Session.slot_at == slot)).one()


def cancel(*, session: Session, why: str, actor: Actor, now: datetime) -> None:
    """Cancel a session and say why; it stays in the list so that nobody waits at a closed door.

    Raises:
        BadInput: no reason.
        Closed: it has begun or is over.
    """
    if not why:
        raise BadInput("Please say in a few words why, for the people who meant to come.", field="why")
    session = queries.hold(session.id)
    if session.status != "scheduled":
        raise Closed("This meeting has begun. You can end it in the room.")
    session.status, session.reason = "cancelled", why[:300]
    note("cancel", session, actor=actor, now=now)
    touch(session)


def move(*, session: Session, starts_at: datetime, actor: Actor, now: datetime) -> None:
    """Move one session to another time.

    Raises:
        BadInput: the new time has passed.
        Closed: it has begun or is over.
    """
    if starts_at <= now:
        raise BadInput("That time has passed.", field="starts_at")
    session = queries.hold(session.id)
    if session.status not in ("scheduled", "cancelled"):
        raise Closed("This meeting has begun.")
    length = session.ends_at - session.starts_at
    session.status, session.reason = "scheduled", ""
    session.starts_at, session.ends_at = starts_at, starts_at + length
    note("move", session, actor=actor, now=now)
    touch(session)


def is_live(session: Session) -> bool:
    """Tell whether the doors are open."""
    return session.status in LIVE
