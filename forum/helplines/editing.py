"""One helpline as the team edits it: form fields in, a checked record out, the whole file written in one step.

The package's own data is never touched: the first change makes the instance's own file. Whoever saves says which record
they saw; another one meanwhile is a conflict, and nothing is written.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from forum.core.errors import Conflict
from forum.core.text import clean_text, one_line
from forum.helplines import maintenance, registry
from forum.helplines.lines import Helpline
from forum.helplines.records import DataError, read_line

LINES = ("source_urls", "notes", "public_note")
FIELDS = (
    "name", "topics", "role", "scope", "audience", "phone_display", "phone_dial", "phone_hint", "text_display",
    "text_dial", "text_body", "chat_url", "site_url", "hours", "languages", "cost", "confidence", "last_checked",
    "source_urls", "public_note", "notes",
)  # fmt: skip


def records() -> list[dict[str, Any]]:
    """Return all records of the data in use."""
    return list(maintenance.current().get("helplines") or ())


def find(line_id: str) -> dict[str, Any] | None:
    """Return one record, or None."""
    return next((record for record in records() if record.get("id") == line_id), None)


def stamp(record: Mapping[str, Any] | None) -> str:
    """Return what a form carries to say which record it was made from."""
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()[:24]


def values_of(record: Mapping[str, Any] | None) -> dict[str, str]:
    """Return a record as form values."""
    if record is None:
        return {"role": "support", "scope": "national", "confidence": "medium", "languages": "en"}
    phone, text = record.get("phone") or {}, record.get("sms") or {}
    return {
        **{name: str(record.get(name) or "") for name in FIELDS if not isinstance(record.get(name), list)},
        "topics": ", ".join(record.get("topics") or ()),
        "languages": ", ".join(record.get("languages") or ()),
        "source_urls": "\n".join(record.get("source_urls") or ()),
        "phone_display": str(phone.get("display") or ""),
        "phone_dial": str(phone.get("dial") or ""),
        "phone_hint": str(phone.get("hint") or ""),
        "text_display": str(text.get("display") or ""),
        "text_dial": str(text.get("dial") or ""),
        "text_body": str(text.get("body") or ""),
    }


def made_from(
    record: Mapping[str, Any] | None, line_id: str, country: str, typed: Mapping[str, str], *, today: date
) -> dict[str, Any]:
    """Return a record with the typed values in it; fields no form shows stay as they are.

    The day of the last check is not typed: two people sign for it (`checked_on`). A new line begins today.
    """
    said = {name: (clean_text if name in LINES else one_line)(typed.get(name, "")) for name in FIELDS}
    phone = {**((record or {}).get("phone") or {})}
    return {
        **(record or {"id": line_id, "country": country}),
        **{name: said[name] or None for name in FIELDS if not name.startswith(("phone_", "text_"))},
        "last_checked": (record or {}).get("last_checked") or today.isoformat(),
        "topics": _list(said["topics"], ","),
        "languages": _list(said["languages"], ","),
        "source_urls": _list(said["source_urls"], "\n"),
        "phone": _phone(phone, said) if said["phone_display"] or said["phone_dial"] else None,
        "sms": _text((record or {}).get("sms") or {}, said) if said["text_display"] or said["text_dial"] else None,
    }


def checked_on(record: Mapping[str, Any], day: date) -> dict[str, Any]:
    """Return a record that was checked on a day, and not before what it says already."""
    return {**record, "last_checked": max(str(record.get("last_checked") or ""), day.isoformat())}


def _list(text: str, separator: str) -> list[str]:
    return [part.strip() for part in text.split(separator) if part.strip()]


def _phone(before: dict[str, Any], said: Mapping[str, str]) -> dict[str, Any]:
    same = before.get("dial") == said["phone_dial"]
    kept = before if same else {name: value for name, value in before.items() if name != "e164"}
    hint = {"hint": said["phone_hint"]} if said["phone_hint"] else {}
    without = {name: value for name, value in kept.items() if name != "hint"}
    return {**without, "display": said["phone_display"], "dial": said["phone_dial"], **hint}


def _text(before: Mapping[str, Any], said: Mapping[str, str]) -> dict[str, Any]:
    return {
        **before,
        "display": said["text_display"],
        "dial": said["text_dial"],
        "body": said["text_body"] or None,
        "channel": before.get("channel") or "sms",
    }


def check(record: Mapping[str, Any]) -> tuple[Helpline | None, list[str]]:
    """Return the line a record makes, and every fault in one sentence each."""
    faults: list[str] = []
    line = read_line(record, faults)
    if line is not None and not record.get("source_urls"):
        faults.append(f"{line.id}: says no source; numbers are never from memory")
    return (line if not faults else None), [fault.partition(": ")[2] or fault for fault in faults]


def put(record: Mapping[str, Any], *, seen: str) -> None:
    """Write the data with this record in it.

    Raises:
        Conflict: the record is not the one that was seen.
        DataError: the data would not be usable any more; nothing is written.
    """
    data, line_id = maintenance.current(), record["id"]
    _unchanged(line_id, seen)
    others = [one for one in data["helplines"] if one.get("id") != line_id]
    place = next((n for n, one in enumerate(data["helplines"]) if one.get("id") == line_id), len(others))
    maintenance.replace_with({**data, "helplines": [*others[:place], dict(record), *others[place:]]})


def remove(line_id: str, *, seen: str) -> None:
    """Write the data without a record; the last line of a country stays.

    Raises:
        Conflict: the record is not the one that was seen.
        DataError: nobody in that country would find a number any more.
    """
    data = maintenance.current()
    _unchanged(line_id, seen)
    gone = next(one for one in data["helplines"] if one.get("id") == line_id)
    left = [one for one in data["helplines"] if one.get("id") != line_id]
    if not any(one.get("country") == gone.get("country") for one in left):
        raise DataError(["It is the only line of its country."])
    maintenance.replace_with({**data, "helplines": left})


def _unchanged(line_id: str, seen: str) -> None:
    if stamp(find(line_id)) != seen:
        raise Conflict("Somebody changed this line while you were looking. Nothing was done.")


def is_own() -> bool:
    """Tell whether the instance has a file of its own."""
    return registry.source_path() != registry.PACKAGED
