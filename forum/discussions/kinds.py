"""What differs between kinds of thread: who may write when, where it is read, how long a text may wait.

A topic thread needs none of this. The feature that owns another kind (meetings, conversations) registers it here once,
and the one posting path, the one live channel and the one page route ask. Who may read is `queries.register_access`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from forum.boundaries.reading import Boundaries
from forum.discussions.models import Post, Thread
from forum.identity.models import Member
from forum.moderation.verdict import Surface


def _anybody(_member: Member, _thread: Thread, _now: datetime) -> None:
    """Nothing speaks against it."""


def _always(_member: Member, _thread: Thread) -> None:
    """Everything may be read."""


Rule = Callable[[Member, Thread, datetime], None]
"""Raises a ForumError where the member may not write in the thread just now."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of thread, as its owner describes it."""

    path: Callable[[Thread], str]
    """Where members read it; `/t/…` leads there."""
    may_write: Rule = _anybody
    """Turn-taking, pauses. The refused text is read for distress all the same."""
    pace: Rule = _anybody
    """Slow mode. Not asked when the author may be in danger."""
    surface: Surface = "post"
    deadline_seconds: float = 1.5
    """How long a text waits for the scorer."""
    fragment: Callable[[Post, Member | None, Boundaries], str] | None = None
    """Renders one post, for everybody (no member) or for its author, as one reader's boundaries make it; None: as in a
    topic thread."""
    seen_from: Callable[[Member, Thread], datetime | None] = _always
    """From when on a member may read what was said; None: from the beginning."""
    is_live: bool = False
    """People sit in the room and wait: cases say so."""


_kinds: dict[str, Kind] = {}


def register(name: str, kind: Kind) -> None:
    """Describe a kind of thread."""
    _kinds[name] = kind


def kind_of(thread: Thread) -> Kind | None:
    """Return the description of a thread's kind; None for topics."""
    return _kinds.get(thread.kind)
