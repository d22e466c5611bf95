"""What a person sent: cleaned and measured, not judged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from forum.core.errors import BadInput, TooLong
from forum.core.text import clean_text, one_line
from forum.discussions import attaching, operations

MAX_BODY = 8_000
MAX_TITLE = 120
MAX_NOTE = 80
MAX_CLIENT_ID = 64
STORY_FROM = ("", "months", "year", "five")
"""How far on somebody says they are; nothing checks it."""


@dataclass(frozen=True, slots=True)
class Extras:
    """What may come with a text beside words: chosen from what we offer, so nothing here is read for distress."""

    one_name: bool = False
    """Write under a name for this thread only."""
    attached: str = ""
    """An entry of the directory or a helpline."""
    purpose: str = ""
    """What a new thread is for: "" | story | question."""
    story_from: str = ""

    def fingerprint(self) -> tuple[str, ...]:
        """Return what belongs to a text's fingerprint; nothing for a plain text."""
        return () if self == Extras() else (str(self.one_name), self.attached, self.purpose, self.story_from)


@dataclass(frozen=True, slots=True)
class Draft:
    """What a person sent, cleaned but not judged."""

    body: str
    client_id: str
    title: str = ""
    content_note: str = ""
    reply_to: str = ""
    extras: Extras = Extras()

    @property
    def digest(self) -> bytes:
        """Fingerprint of everything under this client_id."""
        return operations.text_digest(
            self.title, self.body, self.content_note, self.reply_to, *self.extras.fingerprint()
        )


def read_draft(
    body: Any,
    client_id: Any,
    *,
    title: Any = "",
    content_note: Any = "",
    reply_to: Any = "",
    extras: Extras = Extras(),
) -> Draft:
    """Clean what was sent; lengths are checked later, so that even a refused text is read for distress."""
    return Draft(
        body=clean_text(str(body or "")),
        client_id=str(client_id or "").strip(),
        title=one_line(str(title or "")),
        content_note=one_line(str(content_note or "")),
        reply_to=str(reply_to or "").strip(),
        extras=extras,
    )


def check_draft(draft: Draft) -> None:
    """Refuse what can't be stored.

    Raises:
        BadInput, TooLong: naming the field.
    """
    if not draft.client_id or len(draft.client_id) > MAX_CLIENT_ID:
        raise BadInput("Something is missing from this form. Please send it again.", field="form")
    if not draft.body:
        raise BadInput("There's nothing here yet. One line is fine.", field="body")
    if len(draft.body) > MAX_BODY:
        over = len(draft.body) - MAX_BODY
        raise TooLong(f"That's {over} characters more than fits into one post. You can send it in two.", field="body")
    if len(draft.title) > MAX_TITLE:
        raise TooLong(f"A title has at most {MAX_TITLE} characters.", field="title")
    _check_extras(draft.extras)
    if len(draft.content_note) > MAX_NOTE:
        raise TooLong(f"A content note has at most {MAX_NOTE} characters.", field="content_note")


def _check_extras(extras: Extras) -> None:
    if extras.purpose not in ("", "story", "question") or extras.story_from not in STORY_FROM:
        raise BadInput("Please choose what this is.", field="purpose")
    if extras.attached and attaching.find(extras.attached) is None:
        raise BadInput("That entry isn't in the directory any more.", field="attached")
