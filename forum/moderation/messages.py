"""Messages of support as the team edits them: checked, without a number in them, the shipped words one click away."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from forum.core.db import db
from forum.core.errors import BadInput
from forum.core.text import clean_text, one_line
from forum.moderation import edits, templates
from forum.moderation.actors import Actor, require
from forum.moderation.models import MessageTemplate
from forum.moderation.templates import Template
from forum.moderation.words import REASONS

PLACEHOLDERS: Mapping[str, str] = {
    "name": "the name others know the author by there",
    "mod": "“one of the moderators”",
    "emergency": "the emergency number of the author's country",
    "line": "the helpline that fits best",
    "lines": "the two helplines that fit best",
    "health_line": "a line about drugs or alcohol, or “a pharmacist or doctor”",
    "never_alone_line": "a line that stays on the phone while somebody uses",
    "dv_line": "a line about violence at home",
    "time": "when the moderator looks back; they type it",
    "what": "what is happening, for a medical emergency; the moderator types it",
}
MAX_TITLE, MIN_TEXT, MAX_TEXT = 80, 20, 1_500
_DIGITS = re.compile(r"\d{3,}|\d[\d ()/-]{4,}\d")
_BRACES = re.compile(r"[{}]")
_ID = re.compile(r"[A-Z0-9]{2,12}")


def values_of(template: Template | None) -> dict[str, str]:
    """Return a message as form values."""
    if template is None:
        return {"levels": "", "categories": "", "is_offered": "yes"}
    return {
        "title": template.title,
        "text": template.text,
        "levels": ", ".join(str(level) for level in template.levels),
        "categories": ", ".join(template.categories),
        "is_offered": "yes" if template.by_hand else "no",
    }


def check(typed: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the values cleaned, and what is wrong with them by field."""
    values = {
        "title": one_line(typed.get("title", "")),
        "text": " ".join(clean_text(typed.get("text", "")).split()),
        "levels": ", ".join(_parts(typed.get("levels", ""))),
        "categories": ", ".join(_parts(typed.get("categories", ""))),
        "is_offered": "yes" if typed.get("is_offered") == "yes" else "no",
    }
    errors = {}
    if not 1 <= len(values["title"]) <= MAX_TITLE:
        errors["title"] = f"A title has one to {MAX_TITLE} characters."
    if problem := _problem(values["text"]):
        errors["text"] = problem
    if not set(_parts(values["levels"])) <= {"1", "2", "3"}:
        errors["levels"] = "Levels are 1, 2 and 3."
    known = {*REASONS, *(code for one in templates.templates().values() for code in one.categories)}
    unknown = [code for code in _parts(values["categories"]) if code not in known]
    if unknown:
        errors["categories"] = f"Nothing is called {unknown[0][:40]}."
    return values, errors


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _problem(text: str) -> str:
    if not MIN_TEXT <= len(text) <= MAX_TEXT:
        return f"A message has {MIN_TEXT} to {MAX_TEXT} characters."
    if "!" in text:
        return "Please do without exclamation marks: they shout at somebody who is frightened."
    names = templates.placeholders_in(text)
    if unknown := sorted(names - set(PLACEHOLDERS)):
        return f"There is no {{{unknown[0]}}}. Known are: {', '.join(f'{{{name}}}' for name in PLACEHOLDERS)}."
    bare = templates.without_placeholders(text)
    if _BRACES.search(bare):
        return "A brace has no partner."
    if _DIGITS.search(bare):
        return "Numbers come only from the helplines: write {line}, {lines} or {emergency} instead."
    return ""


def save(message_id: str, typed: Mapping[str, str], *, actor: Actor, now: datetime) -> int:
    """Store a message in the team's words; returns how many fields changed.

    Raises:
        BadInput: something is wrong; `check` says what.
    """
    require(actor, "messages.change")
    values, errors = check(typed)
    before = templates.in_use().get(message_id)
    if before is None and not _ID.fullmatch(message_id):
        errors["form"] = "A name of 2 to 12 capital letters and digits, please."
    if errors:
        name, sentence = next(iter(errors.items()))
        raise BadInput(sentence, field=name)
    row = db.session.get(MessageTemplate, message_id)
    if row is None:
        row = MessageTemplate(id=message_id)
        db.session.add(row)
    row.title, row.text = values["title"], values["text"]
    row.levels = [int(level) for level in _parts(values["levels"])]
    row.categories, row.is_offered = _parts(values["categories"]), values["is_offered"] == "yes"
    db.session.flush()
    old = values_of(before) if before is not None else {}
    return edits.note("message", message_id, old, values, action="message.changed", actor=actor, now=now)


def restore(message_id: str, *, actor: Actor, now: datetime) -> int:
    """Bring the words back that came with the forum."""
    require(actor, "messages.change")
    shipped, row = templates.templates().get(message_id), db.session.get(MessageTemplate, message_id)
    if shipped is None or row is None:
        raise BadInput("This message is as it came, or the team's own.")
    old = values_of(templates.in_use()[message_id])
    db.session.delete(row)
    db.session.flush()
    return edits.note("message", message_id, old, values_of(shipped), action="message.changed", actor=actor, now=now)
