"""Changes of rooms, helplines, messages and rules, field by field. What stood there and what stands there now is kept.

The record takes codes only, so each field has its entry with the hashes of both values; the values stand in
`config_change`, which can't be altered, and `problems` finds one that does not fit to its entry.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from forum.core.db import db
from forum.identity.models import Staff
from forum.moderation import audit
from forum.moderation.actors import Actor
from forum.moderation.models import AuditEntry, ConfigChange

_NO_CODE = re.compile(r"[^A-Za-z0-9_.:+/-]")


@dataclass(frozen=True, slots=True)
class Difference:
    """One field before and after."""

    field: str
    before: str
    after: str


def differences(before: Mapping[str, str], after: Mapping[str, str]) -> list[Difference]:
    """Return what changes, in the order of the new values."""
    names = [*after, *(name for name in before if name not in after)]
    found = (Difference(name, before.get(name, ""), after.get(name, "")) for name in names)
    return [one for one in found if one.before != one.after]


def digest(text: str) -> str:
    """Return what the record says of a value: enough to tell that it is this one, nothing to read."""
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()[:32]}" if text else "empty"


def note(
    kind: str,
    key: str,
    before: Mapping[str, str],
    after: Mapping[str, str],
    *,
    action: str,
    actor: Actor,
    now: datetime,
) -> int:
    """Write every changed field down; returns how many there are. The first entry queues up other editors behind it."""
    changed = differences(before, after)
    for one in changed:
        entry = audit.record(
            action,
            actor=actor,
            now=now,
            target_type=kind,
            reason_code=_NO_CODE.sub("_", key)[:60],
            rule_ref=_NO_CODE.sub("_", one.field)[:60],
            from_state=digest(one.before),
            to_state=digest(one.after),
        )
        db.session.add(
            ConfigChange(
                event_id=entry.id, kind=kind, key=key, field=one.field, before=one.before, after=one.after, at=now
            )
        )
    db.session.flush()
    return len(changed)


@dataclass(frozen=True, slots=True)
class Edit:
    """One earlier change, with who made it."""

    key: str
    field: str
    before: str
    after: str
    at: datetime
    by: str


def history(kind: str, key: str | None = None, *, limit: int = 30) -> list[Edit]:
    """Return the newest changes of a kind, or of one thing."""
    wanted = (
        select(ConfigChange, Staff.name)
        .join(AuditEntry, AuditEntry.id == ConfigChange.event_id)
        .outerjoin(Staff, Staff.id == AuditEntry.actor_id)
        .where(ConfigChange.kind == kind)
        .order_by(ConfigChange.id.desc())
        .limit(limit)
    )
    if key is not None:
        wanted = wanted.where(ConfigChange.key == key)
    return [
        Edit(row.key, row.field, row.before, row.after, row.at, name or "") for row, name in db.session.execute(wanted)
    ]


def edited_keys(kind: str) -> set[str]:
    """Return what the team has changed itself; seeding leaves that alone."""
    return set(db.session.scalars(select(ConfigChange.key).where(ConfigChange.kind == kind).distinct()))


def problems() -> Sequence[int]:
    """Return the ids of changes that do not fit to their entry of the record."""
    rows = db.session.execute(
        select(ConfigChange, AuditEntry.from_state, AuditEntry.to_state)
        .join(AuditEntry, AuditEntry.id == ConfigChange.event_id)
        .order_by(ConfigChange.id)
    )
    return [row[0].id for row in rows if (digest(row[0].before), digest(row[0].after)) != (row[1], row[2])]
