"""Gapless numbers, taken inside the transaction that uses them.

`UPDATE … RETURNING` locks the row until commit, so numbers follow commit order and a rollback gives its number back.
Locks are taken in one order everywhere: target, case, `audit`, `queue`. Whoever changes several cases locks all of
them before the first audit entry.
"""

from __future__ import annotations

from sqlalchemy import update

from forum.core.db import db
from forum.moderation.models import Counter
from forum.moderation.sql import insert_into

AUDIT = "audit"
QUEUE = "queue"


def take(name: str) -> tuple[int, str]:
    """Return the next number and the hash kept beside the counter."""
    step = (
        update(Counter)
        .where(Counter.name == name)
        .values(value=Counter.value + 1)
        .returning(Counter.value, Counter.hash)
        .execution_options(synchronize_session=False)
    )
    row = db.session.execute(step).one_or_none()
    if row is None:
        db.session.execute(
            insert_into(Counter).values(name=name, value=0, hash="").on_conflict_do_nothing(index_elements=["name"])
        )
        row = db.session.execute(step).one()
    return int(row.value), str(row.hash)


def next_event_number() -> int:
    """Return the number of the next live event of the queue; a browser that sees a gap asks for the list again."""
    return take(QUEUE)[0]


def newest_event_number() -> int:
    """Return the number of the newest committed live event, for a page that is about to listen for the next one."""
    counter = db.session.get(Counter, QUEUE, populate_existing=True)
    return 0 if counter is None else counter.value
