"""“This number didn't work”: counted by line until two people have checked it, and the line steps behind the others.

Cards and help pages never wait for this. They go by what the process last read, a few seconds ago; while the database
is away that stays as it was, and where nothing was read yet no line steps back.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from forum.core.db import db
from forum.helplines.models import HelplineReport

READ_SECONDS = 5
"""How often each process reads anew what others have counted."""
_last: dict[str, frozenset[str]] = {}


def reported() -> frozenset[str]:
    """Return the reported lines as this process last read them. Asks nobody and never fails."""
    return _last.get("lines", frozenset())


def read() -> int:
    """Read which lines are reported; returns how many. The one place here that asks the database for the order."""
    _last["lines"] = frozenset(db.session.scalars(select(HelplineReport.line_id)))
    return len(_last["lines"])


def know(line_id: str) -> None:
    """Know of a report at once that this process has just committed."""
    _last["lines"] = reported() | {line_id}


def say_silent(line_id: str, now: datetime) -> None:
    """Count one report of a line."""
    try:
        with db.session.begin_nested():
            db.session.execute(insert(HelplineReport).values(line_id=line_id, count=1, first_at=now))
    except IntegrityError:  # not the first one
        one_more = update(HelplineReport).where(HelplineReport.line_id == line_id)
        db.session.execute(one_more.values(count=HelplineReport.count + 1))


def find(line_id: str) -> HelplineReport | None:
    """Return what was reported of one line, or None."""
    return db.session.get(HelplineReport, line_id)


def list_reports() -> Sequence[HelplineReport]:
    """Return what wants checking, most reported first; for the console."""
    wanted = select(HelplineReport).order_by(HelplineReport.count.desc(), HelplineReport.first_at)
    return db.session.scalars(wanted).all()


def clear(line_id: str) -> None:
    """Two people have checked the line, or it is gone: the count begins anew."""
    db.session.execute(delete(HelplineReport).where(HelplineReport.line_id == line_id))
