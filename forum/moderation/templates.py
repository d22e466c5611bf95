"""Messages of support: a template, filled in, and the moderator's own words, which are never left out.

Numbers are handed in by the caller from the helpline data; a placeholder nobody filled is an error, never a blank in
a message to somebody in danger.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sqlalchemy import select

from forum.core import yamldata
from forum.core.db import db
from forum.core.errors import BadInput
from forum.core.text import clean_text
from forum.moderation.models import MessageTemplate

MIN_PERSONAL_CHARS = 10
MAX_MESSAGE_CHARS = 4_000
OWN_WORDS = ""
"""Template id of a message without a template."""
TYPED = ("time", "what")
"""Placeholders the moderator fills in; all others come from data."""
_FILE = Path(__file__).with_name("data") / "templates.yaml"
_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True, slots=True)
class Template:
    """One message of the crisis taxonomy."""

    id: str
    title: str
    text: str
    levels: tuple[int, ...] = ()
    categories: tuple[str, ...] = ()
    by_hand: bool = True

    @property
    def placeholders(self) -> frozenset[str]:
        """Names that have to be filled in."""
        return placeholders_in(self.text)


def placeholders_in(text: str) -> frozenset[str]:
    """Return the names in braces."""
    return frozenset(_PLACEHOLDER.findall(text))


def without_placeholders(text: str) -> str:
    """Return a text with its placeholders cut out."""
    return _PLACEHOLDER.sub("", text)


@cache
def templates() -> Mapping[str, Template]:
    """Return the templates that came with the forum by id, in the order of the file."""
    rows = yamldata.parse(_FILE.read_text(encoding="utf-8"))["templates"]
    return {row["id"]: _read(row) for row in rows}


def _read(row: Mapping[str, object]) -> Template:
    levels, categories = row.get("levels") or (), row.get("categories") or ()
    assert isinstance(levels, Sequence)  # noqa: S101 - the file is ours and tested
    assert isinstance(categories, Sequence)  # noqa: S101
    return Template(
        str(row["id"]),
        str(row["title"]),
        str(row["text"]),
        tuple(levels),
        tuple(categories),
        bool(row.get("by_hand", True)),
    )


def in_use() -> Mapping[str, Template]:
    """Return all templates as they are now: the file's, with the team's own words in their place, then its own."""
    own = {row.id: row for row in db.session.scalars(select(MessageTemplate).order_by(MessageTemplate.id))}
    found = {key: _own(own.pop(key), template) if key in own else template for key, template in templates().items()}
    return {**found, **{key: _own(row, None) for key, row in own.items()}}


def _own(row: MessageTemplate, shipped: Template | None) -> Template:
    by_hand = row.is_offered and (shipped is None or shipped.by_hand)
    return Template(row.id, row.title, row.text, tuple(row.levels), tuple(row.categories), by_hand)


def suggest(level: int, categories: Collection[str]) -> list[Template]:
    """Return the templates a moderator may send, the fitting ones first."""
    offered = [template for template in in_use().values() if template.by_hand]
    return sorted(offered, key=lambda t: (set(t.categories).isdisjoint(categories), level not in t.levels))


def fill(template_id: str, values: Mapping[str, str]) -> str:
    """Return a template with its placeholders filled in; "" for no template.

    Raises:
        BadInput: there is no such template for people to send, or a placeholder has no value.
    """
    if template_id == OWN_WORDS:
        return ""
    template = in_use().get(template_id)
    if template is None or not template.by_hand:
        raise BadInput("Please choose one of the messages.", field="template")
    missing = sorted(name for name in template.placeholders if not values.get(name, "").strip())
    if missing:
        raise BadInput(f"This message still needs: {', '.join(missing).replace('_', ' ')}.", field=missing[0])
    return fill_text(template.text, values)


def fill_text(text: str, values: Mapping[str, str]) -> str:
    """Return a text with its placeholders filled in; every one must have a value."""
    return _PLACEHOLDER.sub(lambda match: _in_place(values[match[1]].strip(), text[: match.start()]), text)


def _in_place(value: str, before: str) -> str:
    """Return a value with a capital where it begins a sentence."""
    begins = not before.strip() or before.rstrip()[-1] in ".?"
    return value[:1].upper() + value[1:] if begins else value


def compose(template_id: str, personal: str, values: Mapping[str, str]) -> str:
    """Return the message as the member will read it: the template, then the moderator's own words.

    Raises:
        BadInput: the own words are missing (a template alone reads like a machine), or the whole is too long.
    """
    own = clean_text(personal)
    if len(own) < MIN_PERSONAL_CHARS:
        raise BadInput("Please add a few words of your own, so that they know a person is here.", field="personal")
    message = "\n\n".join(part for part in (fill(template_id, values), own) if part)
    if len(message) > MAX_MESSAGE_CHARS:
        raise BadInput(f"That is longer than {MAX_MESSAGE_CHARS} characters.", field="personal")
    return message
