"""Facts one feature announces and others may act on, after the commit that made them true.

`announce()` notes the fact on the open database session; subscribers run when that session commits, and never when
it rolls back. A subscriber that fails is logged by name and does not undo or delay what was committed: the database
is the truth, and whatever a subscriber missed (a socket message, a badge) heals by reading it again.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import event
from sqlalchemy.orm import Session

from forum.core.db import db

log = logging.getLogger(__name__)

E = TypeVar("E")
_subscribers: dict[type, list[Callable[[Any], None]]] = defaultdict(list)
_KEY = "forum.events"


def subscribe(kind: type[E]) -> Callable[[Callable[[E], None]], Callable[[E], None]]:
    """Register a function for one kind of event. It runs after commit, in the process that committed."""

    def register(function: Callable[[E], None]) -> Callable[[E], None]:
        if function not in _subscribers[kind]:
            _subscribers[kind].append(function)
        return function

    return register


def announce(fact: object) -> None:
    """Note a fact on the current session; subscribers hear of it once `commit()` is through."""
    db.session.info.setdefault(_KEY, []).append(fact)


def commit() -> None:
    """Commit the session, then tell the subscribers what is now true.

    Edges (routes, sockets, jobs, commands) call this and nothing else: a bare `db.session.commit()` would keep the
    facts back. Subscribers may use the session and may commit in turn; facts they announce follow in the same order.
    """
    db.session.commit()
    facts = db.session.info.pop(_KEY, [])
    for fact in facts:
        for function in tuple(_subscribers[type(fact)]):
            _run(function, fact)
    if db.session.info.get(_KEY) or db.session.new or db.session.dirty or db.session.deleted:
        commit()


def rollback() -> None:
    """Give up the transaction and what it claimed."""
    db.session.info.pop(_KEY, None)
    db.session.rollback()


@event.listens_for(Session, "after_rollback")
def _forget(session: Session) -> None:
    """Drop what a rolled-back transaction claimed."""
    session.info.pop(_KEY, None)


def _run(function: Callable[[Any], None], fact: object) -> None:
    try:
        function(fact)
    except Exception as error:
        db.session.rollback()
        # Only names: messages of database errors quote parameters, and those may be somebody's words.
        log.error("subscriber failed", extra={"subscriber": function.__qualname__, "error": type(error).__name__})
