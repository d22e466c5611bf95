"""Turn the data file's records into helplines, and refuse what must never reach a person in trouble."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, cast, get_args

from forum.helplines.hours import parse_hours
from forum.helplines.lines import Channel, Confidence, EmergencyKind, EmergencyNumber, Helpline, Phone, TextNumber
from forum.helplines.places import ZONES, country_code

Record = Mapping[str, Any]

ROLES = frozenset({"support", "treatment_referral", "overdose_spotting", "mutual_aid", "directory"})
MIN_DISPUTED_DIGITS = 7
MAX_FIELD_CHARS = 2_000
"""No field of the data file is longer; a longer one is refused before any pattern reads it."""

_ID = re.compile(r"[a-z]{2}-[a-z0-9-]{1,80}")
_DIAL = re.compile(r"\+?[0-9]{3,15}")
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_EMERGENCY = re.compile(r"([0-9]{2,6})(?: \(([^()]{1,60})\))?")
_NUMBER_IN_TEXT = re.compile(r"\+?[0-9][0-9 ()-]{2,30}[0-9]|[0-9]{3,6}")
_VANITY = re.compile(r"[01]?-?8[0-9]{2}-[A-Z][A-Z-]{5,12}")
_KEYPAD = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "22233344455566677778889999")


class DataError(ValueError):
    """The helpline data cannot be used; `problems` lists every reason."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


def digits_of(text: str) -> str:
    """Return only the digits of a number as people write it."""
    return "".join(char for char in text if char.isascii() and char.isdigit())


def is_short_code(dial: str) -> bool:
    """True for numbers that exist inside one country only (988, 3114, 116 123): they have no international form."""
    digits = digits_of(dial)
    return len(digits) <= 5 or (len(digits) == 6 and digits.startswith("116"))


def read_line(record: Record, problems: list[str]) -> Helpline | None:
    """Build one helpline; every fault is added to `problems` with the record's id, and None is returned."""
    before = len(problems)
    line_id = str(record.get("id") or "?")
    say = _sayer(line_id, problems)
    _check_sizes(record, say)
    line = _build(record, line_id, say) if len(problems) == before else None
    if line is not None:
        _check(line, say)
    return line if len(problems) == before else None


def read_emergency(record: Record, problems: list[str]) -> tuple[EmergencyNumber, ...]:
    """Build a country's emergency numbers from texts such as `144 (ambulance)`, in the order of the file."""
    found = []
    for text in record.get("numbers") or ():
        match = _EMERGENCY.fullmatch(str(text))
        if match:
            found.append(EmergencyNumber(match.group(1), _kind(match.group(2) or "")))
        else:
            problems.append(f"emergency {record.get('country')}: cannot read {text!r}")
    return tuple(found)


def read_disputed(records: Iterable[Record]) -> frozenset[str]:
    """Collect the digits of every disputed number, with and without the leading 1 of North America."""
    found: set[str] = set()
    for record in records:
        text = str(record.get("number") or "")[:MAX_FIELD_CHARS]
        vanity = [word.translate(_KEYPAD) for word in _VANITY.findall(text)]
        for number in [*vanity, *_NUMBER_IN_TEXT.findall(text)]:
            found.update(spellings(digits_of(number)))
    # Shorter runs are the beginnings of numbers spelled in letters, such as 1-800-SUICIDE.
    return frozenset(digits for digits in found if len(digits) >= MIN_DISPUTED_DIGITS)


def spellings(digits: str) -> frozenset[str]:
    """Return the digits as written and, for North American numbers, with and without the leading 1."""
    if len(digits) == 11 and digits.startswith("1"):
        return frozenset({digits, digits[1:]})
    if len(digits) == 10 and digits[0] in "23456789":
        return frozenset({digits, f"1{digits}"})
    return frozenset({digits})


def phones_of(line: Helpline) -> tuple[Phone, ...]:
    """Return the line's main number, if any, and its alternates."""
    return ((line.phone,) if line.phone else ()) + line.alternates


def _sayer(line_id: str, problems: list[str]) -> Any:
    return lambda message: problems.append(f"{line_id}: {message}")


def _check_sizes(record: Record, say: Any) -> None:
    for key, value in record.items():
        if isinstance(value, str) and len(value) > MAX_FIELD_CHARS:
            say(f"{key} is too long")


def _build(record: Record, line_id: str, say: Any) -> Helpline | None:
    try:
        return _read(record, line_id)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        say(f"cannot be read ({type(error).__name__}: {error})")
        return None


def _read(record: Record, line_id: str) -> Helpline:
    country = str(record["country"])
    phone = record.get("phone") or {}
    languages = [str(code) for code in record.get("languages") or ()]
    return Helpline(
        id=line_id,
        country=country,
        name=str(record["name"]),
        topics=tuple(str(topic) for topic in record["topics"]),
        role=str(record["role"]),
        scope=str(record.get("scope") or "national"),
        audience=str(record.get("audience") or ""),
        phone=_phone(phone) if phone else None,
        alternates=tuple(_phone(p) for p in phone.get("alternates") or () if isinstance(p, Mapping)),
        text=_text(record["sms"]) if record.get("sms") else None,
        chat_url=str(record.get("chat_url") or ""),
        site_url=str(record.get("site_url") or ""),
        hours=parse_hours(record.get("hours"), ZONES.get(country, "")),
        languages=tuple(code for code in languages if code.isalpha() and len(code) <= 3),
        more_languages=bool(record.get("more_languages")),
        cost=str(record.get("cost") or ""),
        confidence=cast(Confidence, record["confidence"]),
        last_checked=date.fromisoformat(record["last_checked"]),
        source_urls=tuple(str(url) for url in record.get("source_urls") or ()),
        public_note=str(record.get("public_note") or ""),
        other_numbers=_other_numbers(phone),
        notes=str(record.get("notes") or ""),
    )


def _phone(record: Record) -> Phone:
    hint = str(record.get("hint") or "")
    return Phone(str(record["display"]), str(record["dial"]), hint, record.get("e164") or None)


def _other_numbers(phone: Record) -> tuple[str, ...]:
    """Read the numbers in alternates given as plain text, which are kept and never shown."""
    texts = [str(p)[:MAX_FIELD_CHARS] for p in phone.get("alternates") or () if not isinstance(p, Mapping)]
    return tuple(number for text in texts for number in _NUMBER_IN_TEXT.findall(text))


def _text(record: Record) -> TextNumber:
    channel = record.get("channel") or "sms"
    if channel not in get_args(Channel):
        raise ValueError(f"channel {channel!r}")
    return TextNumber(
        display=str(record["display"]),
        dial=str(record["dial"]),
        body=str(record.get("body") or ""),
        channel=cast(Channel, channel),
        hint=str(record.get("hint") or ""),
    )


def _kind(label: str) -> EmergencyKind:
    words = label.lower()
    for kind, signs in (
        ("text", ("text",)),
        ("police", ("police",)),
        ("ambulance", ("ambulance", "medical")),
        ("fire", ("fire",)),
        ("mobile", ("mobile",)),
    ):
        if any(sign in words for sign in signs):
            return cast(EmergencyKind, kind)
    return "any"


def _check(line: Helpline, say: Any) -> None:
    if not _ID.fullmatch(line.id) or not line.id.startswith(f"{line.country.lower()}-"):
        say("the id must be the country and a slug")
    if country_code(line.country) != line.country:
        say(f"{line.country!r} is not an ISO country")
    if line.role not in ROLES:
        say(f"unknown role {line.role!r}")
    if line.confidence not in get_args(Confidence):
        say(f"unknown confidence {line.confidence!r}")
    if not line.topics:
        say("has no topic")
    for url in (line.site_url, line.chat_url):
        if url and not url.startswith("https://"):
            say(f"{url} is not https")
    for phone in phones_of(line):
        _check_phone(phone, say)
    if line.text and digits_of(line.text.display) != digits_of(line.text.dial):
        say(f"text number {line.text.display!r} and {line.text.dial!r} differ")
    if not (line.phone or line.text or line.chat_url or line.site_url):
        say("offers no way to get in touch")


def _check_phone(phone: Phone, say: Any) -> None:
    if not _DIAL.fullmatch(phone.dial):
        say(f"{phone.dial!r} cannot be dialled")
    if digits_of(phone.display) != digits_of(phone.dial):
        say(f"{phone.display!r} and {phone.dial!r} differ")
    if phone.e164 is None:
        return
    if is_short_code(phone.dial):
        say(f"{phone.dial} is a short code and has no international form")
    if not _E164.fullmatch(phone.e164) or not phone.e164.endswith(digits_of(phone.dial).lstrip("0")):
        say(f"{phone.e164!r} is not the international form of {phone.dial}")
