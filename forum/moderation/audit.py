"""Write and check the audit record.

Every entry is written in the transaction that does the thing it speaks of: if it cannot be written, the thing is not
done. Entries hold codes, numbers and times; `_code` refuses anything that could carry somebody's words.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update

from forum.core.db import db
from forum.core.ids import new_public_id
from forum.moderation.actors import Actor
from forum.moderation.counters import AUDIT, take
from forum.moderation.models import AccessEntry, AuditEntry, Case, Counter, Pseudonym
from forum.moderation.sql import insert_into

ACCESS_DAYS = 90
_CODE = re.compile(r"[A-Za-z0-9_.:+/-]{0,60}")
_UNHASHED = frozenset({"id", "hash"})


def record(
    action: str,
    *,
    actor: Actor | None,
    now: datetime,
    case: Case | None = None,
    person_id: int | None = None,
    **details: Any,
) -> AuditEntry:
    """Append one entry. `details` are further columns of `AuditEntry`.

    Args:
        person_id: the member concerned; the author of the case's target when left out.

    Raises:
        ValueError: a detail is not a code (it has spaces or is too long), so it may be somebody's words.
    """
    fields = _describe(case, person_id) | details
    for name, value in fields.items():
        if isinstance(value, str):
            _code(name, value)
    number, previous = take(AUDIT)
    entry = AuditEntry(
        seq=number,
        at=now.astimezone(UTC),
        action=_code("action", action),
        actor_id=actor.staff_id if actor else None,
        actor_role=actor.role if actor else "system",
        request_id=_code("request_id", actor.request_id if actor else ""),
        prev_hash=previous,
        **fields,
    )
    _fill_defaults(entry)
    entry.hash = digest(entry)
    db.session.add(entry)
    db.session.execute(
        update(Counter)
        .where(Counter.name == AUDIT)
        .values(hash=entry.hash)
        .execution_options(synchronize_session=False)
    )
    db.session.flush()
    return entry


def digest(entry: AuditEntry) -> str:
    """Return sha256 over all columns but the key and the hash itself, the previous entry's hash among them."""
    content = {
        column.key: _plain(getattr(entry, column.key))
        for column in AuditEntry.__table__.columns
        if column.key not in _UNHASHED
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Check:
    """What verifying the chain found."""

    entries: int
    broken_at: int | None = None
    """`seq` of the first entry that does not fit, None when all do."""
    problem: str = ""

    @property
    def is_whole(self) -> bool:
        """True when every entry fits to the one before and none is missing, the newest included."""
        return self.broken_at is None


def verify() -> Check:
    """Walk the whole chain."""
    expected, previous = 1, ""
    for entry in each_entry():
        if entry.seq != expected:
            return Check(expected - 1, expected, "an entry is missing")
        if entry.prev_hash != previous or entry.hash != digest(entry):
            return Check(expected - 1, entry.seq, "an entry was altered")
        expected, previous = expected + 1, entry.hash
    head = db.session.get(Counter, AUDIT, populate_existing=True)
    if head is not None and (head.value, head.hash) != (expected - 1, previous):
        return Check(expected - 1, expected, "the newest entries are missing")
    return Check(expected - 1)


def each_entry() -> Iterator[AuditEntry]:
    """Yield all entries in order, a thousand at a time, as the database holds them now."""
    after = 0
    while True:
        page = list(
            db.session.scalars(
                select(AuditEntry)
                .where(AuditEntry.seq > after)
                .order_by(AuditEntry.seq)
                .limit(1000)
                .execution_options(populate_existing=True)
            )
        )
        yield from page
        if not page:
            return
        after = page[-1].seq


def pseudonym(case_id: int, member_id: int) -> str:
    """Return the name a member bears in the records of one case; made up at first use."""
    wanted = select(Pseudonym.pseudonym).where(Pseudonym.case_id == case_id, Pseudonym.member_id == member_id)
    if found := db.session.scalar(wanted):
        return found
    db.session.execute(
        insert_into(Pseudonym)
        .values(case_id=case_id, member_id=member_id, pseudonym=new_public_id(12))
        .on_conflict_do_nothing(index_elements=["case_id", "member_id"])
    )
    return str(db.session.scalar(wanted))


def forget_member(member_id: int) -> int:
    """Delete who the pseudonyms of an erased account were; the chain itself stays whole. Returns how many."""
    done = db.session.execute(delete(Pseudonym).where(Pseudonym.member_id == member_id))
    return int(getattr(done, "rowcount", 0))


def note_access(
    kind: str,
    *,
    actor: Actor,
    now: datetime,
    case: Case | None = None,
    member_id: int | None = None,
) -> AccessEntry:
    """Note that somebody read what is shielded. `kind`: reveal | history | export."""
    entry = AccessEntry(
        at=now,
        staff_id=actor.staff_id,
        kind=kind,
        case_id=case.id if case else None,
        member_id=member_id,
        lane=case.lane if case else None,
    )
    db.session.add(entry)
    db.session.flush()
    return entry


def purge_access(now: datetime) -> int:
    """Delete access entries older than 90 days; returns how many."""
    done = db.session.execute(delete(AccessEntry).where(AccessEntry.at < now - timedelta(days=ACCESS_DAYS)))
    return int(getattr(done, "rowcount", 0))


def _describe(case: Case | None, person_id: int | None) -> dict[str, Any]:
    if case is None:
        return {}
    person_id = person_id if person_id is not None else case.author_id
    return {
        "case_id": case.id,
        "case_version": case.version,
        "target_type": case.target_type,
        "target_id": case.target_id,
        "revision_id": case.revision_id,
        "person": pseudonym(case.id, person_id) if person_id is not None else "",
    }


def _code(name: str, value: str) -> str:
    if not _CODE.fullmatch(value):
        raise ValueError(f"audit field {name} takes a code of at most 60 signs, without spaces")
    return value


def _fill_defaults(entry: AuditEntry) -> None:
    """Give every column the value it will have in the database, so that it can be hashed before it is written."""
    for column in AuditEntry.__table__.columns:
        if getattr(entry, column.key) is None and column.default is not None:
            default = column.default.arg
            setattr(entry, column.key, [] if callable(default) else default)


def _plain(value: Any) -> Any:
    return value.isoformat(timespec="microseconds") if isinstance(value, datetime) else value
