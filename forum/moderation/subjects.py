"""Content as moderation sees it. Each content feature registers one `Subject` per target type.

Moderation never imports a feature: it changes and quotes content only through this registry. All methods run inside
the caller's transaction, flush and never commit; what they announce is delivered after that commit.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from forum.moderation.verdict import Visibility


@dataclass(frozen=True, slots=True)
class Line:
    """One neighbouring text, for "what came before" and "what came after"."""

    handle: str
    text: str
    ref: str = ""
    """Tells it apart from another line of the same words."""


@dataclass(frozen=True, slots=True)
class SubjectQuote:
    """A target with its surroundings, for the case page."""

    text: str
    author_id: int | None
    """Member id; None when the team wrote it or the account is gone."""
    author_handle: str
    room: str
    """The room's title."""
    thread_public_id: str
    visibility: Visibility
    revision: int | None
    """Id of the current revision; compared with `Case.revision_id` to tell "edited since"."""
    before: tuple[Line, ...] = ()
    after: tuple[Line, ...] = ()
    author_staff_id: int | None = None
    content_note: str = ""
    url: str = ""
    """Where members read it, a path such as `/t/…#p-…`; empty when there is none."""
    author_mark: str = ""
    """Seed of the author's ring (keyed hash), for drawing; empty for none."""
    known_as: str = ""
    """The name others know the author by here, where it is another one; what is said in public uses it."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """What one line of the queue shows of a target."""

    text: str
    """The first 160 characters at most are shown; the whole text or its beginning may be handed over."""
    author_handle: str
    room: str
    visibility: Visibility
    words: int = 0
    """Length of the whole text, for lines that do not show it."""
    url: str = ""
    """Where members read it; empty when there is no such place."""


@dataclass(frozen=True, slots=True)
class AuthorRef:
    """Who wrote a target: a member, or somebody on the team."""

    member_id: int | None = None
    staff_id: int | None = None


class Subject(Protocol):
    """What a content feature offers for one target type (post, message, profile, room, thread).

    State changes are idempotent: hiding what is hidden changes nothing and announces nothing. A target that does not
    exist any more answers quote() and author_of() with None; changing it is a no-op.
    """

    def lock(self, target_id: int) -> None:
        """Take the write locks an edit of this target takes, in the same order.

        Called first in every decision, so that an edit and a decision queue up instead of blocking one another.
        """

    def quote(self, target_id: int) -> SubjectQuote | None:
        """Return the target with its neighbours (about five before, three after), whatever its visibility."""

    def excerpts(self, target_ids: Collection[int]) -> Mapping[int, Excerpt]:
        """Return what a list shows of many targets, in one or two queries; absent targets are left out."""

    def author_of(self, target_id: int) -> AuthorRef | None:
        """Return who wrote the target."""

    def hide(self, target_id: int, reason: str, now: datetime) -> None:
        """Put a tombstone in its place. `reason` is a code of `data/reasons.yaml`."""

    def hold(self, target_id: int, reason: str, now: datetime) -> None:
        """Take it back from others; its author still sees it, with why."""

    def release(self, target_id: int, now: datetime) -> None:
        """held → live; the thread is bumped at this moment, not at the time of writing."""

    def restore(self, target_id: int, visibility: Visibility, now: datetime) -> None:
        """Bring back an earlier visibility after a reversal (usually live, limited or held)."""

    def limit(self, target_id: int, note: str, now: datetime) -> None:
        """Show it behind a content note of these words."""

    def move(self, target_id: int, room_id: int, now: datetime) -> int | None:
        """Put it into another room, with what hangs on it; the room it was in, None when it can't be moved there."""

    def purge(self, target_id: int, now: datetime) -> None:
        """Delete the words of a hidden target for good, their earlier revisions with them; two people have agreed."""

    def reply_as_team(self, target_id: int, staff_id: int, body: str, now: datetime) -> str:
        """Post an answer under the name "Moderation team" and return the path where it can be read."""


@dataclass(frozen=True, slots=True)
class WrittenText:
    """One text that was written a while ago, for trying a rule on it."""

    target_type: str
    target_id: int
    text: str
    taken_down: bool = False
    """People took it down."""
    support_level: int = 0


class TextSource(Protocol):
    """Where texts of the last weeks can be read again, oldest id first. Reads only."""

    def count(self, since: datetime) -> int:
        """Count the texts written after `since`."""

    def read(self, since: datetime, after_id: int, limit: int) -> Sequence[WrittenText]:
        """Return up to `limit` texts written after `since` whose id is above `after_id`, in order of id."""


_subjects: dict[str, Subject] = {}
_sources: dict[str, TextSource] = {}


def register(target_type: str, subject: Subject) -> None:
    """Register what handles one target type; called once by the feature when the app is made."""
    _subjects[target_type] = subject


def subject_of(target_type: str) -> Subject:
    """Return what handles a target type.

    Raises:
        KeyError: no feature registered it; a programming error, so it is not dressed up.
    """
    return _subjects[target_type]


def has_subject(target_type: str) -> bool:
    """Tell whether a target type is known; edges use it to refuse made-up types calmly."""
    return target_type in _subjects


def register_texts(name: str, source: TextSource) -> None:
    """Register where texts can be read again; called once by the feature when the app is made."""
    _sources[name] = source


def text_sources() -> list[TextSource]:
    """Return all sources, by name, so that a trial finds its place again."""
    return [_sources[name] for name in sorted(_sources)]
