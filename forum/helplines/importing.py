"""Bring a list of helplines into the form the forum shows: nothing is invented, everything mechanical is done here.

Research lists write `988, then press 1`, `1-800-662-4357 (HELP)` or `+65 … (WhatsApp)` in one field. Here the number
that is dialled, the words beside it and the channel are told apart, so that no link can carry the wrong digits.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from forum.helplines.records import MAX_FIELD_CHARS, digits_of

_ASIDE = re.compile(r"\(([^()]{1,200})\)")
_THEN = re.compile(r", (then .{1,100})$")
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_SHOUTED = re.compile(r"[A-Z0-9-]+")


def normalise(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of a data file with every record in our form; a file already in it comes back equal."""
    return {**data, "helplines": [normalise_record(record) for record in data.get("helplines") or ()]}


def normalise_record(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return one record in our form; fields that are none of our business stay as they are."""
    out = dict(record)
    if record.get("phone"):
        out["phone"] = _phone(record["phone"])
    if record.get("sms") and "to" in record["sms"]:
        out["sms"] = _text(record["sms"])
    languages = [str(code) for code in record.get("languages") or ()]
    plain = [code for code in languages if _LANGUAGE.fullmatch(code)]
    if plain != languages:
        out["languages"], out["more_languages"] = plain, True
    return _without_plain_http(out)


def _phone(phone: Mapping[str, Any]) -> dict[str, Any]:
    display, hint = _split(str(phone["display"])[:MAX_FIELD_CHARS])
    dial = str(phone["dial"])
    display = _with_prefix(display, dial)
    hint = str(phone.get("hint") or hint)
    return {**phone, "display": display, "dial": dial, **({"hint": hint} if hint else {})}


def _text(sms: Mapping[str, Any]) -> dict[str, Any]:
    display, hint = _split(str(sms["to"])[:MAX_FIELD_CHARS])
    channel = "whatsapp" if "whatsapp" in hint.lower() else "sms"
    body, _, other = str(sms.get("body") or "").partition(" / ")
    dial = f"{'+' if display.startswith('+') else ''}{digits_of(display)}"
    hint = "" if channel == "whatsapp" else hint
    return {
        "display": display,
        "dial": dial,
        "body": body or None,
        "channel": channel,
        "hint": f"or {other}" if other else hint,
    }


def _split(text: str) -> tuple[str, str]:
    """Take the words out of a number field; keypad spellings such as `(HELP)` are dropped."""
    hints = [part for part in _ASIDE.findall(text) if not _SHOUTED.fullmatch(part)]
    bare = _ASIDE.sub("", text).strip()
    then = _THEN.search(bare)
    if then:
        hints.append(then.group(1))
        bare = bare[: then.start()]
    return bare.strip(), "; ".join(hints)


def _with_prefix(display: str, dial: str) -> str:
    """Write out a leading 1 or country code that the dialled form has and the written form leaves off."""
    shown, dialled = digits_of(display), digits_of(dial)
    if shown == dialled or not dialled.endswith(shown):
        return display
    prefix = dialled[: len(dialled) - len(shown)]
    if dial.startswith("+"):
        return f"+{prefix} {display}"
    return f"{prefix}-{display}" if prefix == "1" else display


def _without_plain_http(record: dict[str, Any]) -> dict[str, Any]:
    """Drop links that are not encrypted; where they pointed is kept in the notes."""
    for key in ("site_url", "chat_url"):
        url = str(record.get(key) or "")
        if url.startswith("http://"):
            record[key] = None
            record["notes"] = " ".join(filter(None, [record.get("notes"), f"No https address known ({url})."]))
    return record
