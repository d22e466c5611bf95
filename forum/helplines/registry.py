"""The helpline data in memory: read from the package (or from the instance's own file), checked, looked up by country.

No database, no network. An instance file that cannot be used never takes help away: the packaged data serves instead.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from forum.helplines import ranking
from forum.helplines.lines import Directory, EmergencyNumber, Helpline, Need, Offer, offer_of
from forum.helplines.places import country_code, country_name
from forum.helplines.records import (
    DataError,
    digits_of,
    phones_of,
    read_disputed,
    read_emergency,
    read_line,
    spellings,
)

PACKAGED = Path(__file__).with_name("data") / "helplines.json"
MAX_FILE_BYTES = 5_000_000

_log = logging.getLogger(__name__)
_place: dict[str, Path] = {}


@dataclass(frozen=True, slots=True)
class Registry:
    """Everything the data file says, checked."""

    lines: tuple[Helpline, ...]
    emergency: Mapping[str, tuple[EmergencyNumber, ...]]
    directories: tuple[Directory, ...] = ()
    disputed: frozenset[str] = frozenset()
    """Digits of numbers that must never be shown."""
    by_country: Mapping[str, tuple[Helpline, ...]] = field(default_factory=dict)
    allowed: frozenset[str] = frozenset()
    """Digits that identify nobody, because they are a service's."""
    checked: date | None = None
    """The oldest check among the lines."""


def read_registry(data: Mapping[str, Any]) -> Registry:
    """Check and build a registry from the parsed data file.

    Raises:
        DataError: naming every problem at once.
    """
    problems: list[str] = []
    disputed = read_disputed(data.get("disputed_numbers") or ())
    european = _european(data)
    found = [read_line(record, problems) for record in data.get("helplines") or ()]
    lines = tuple(_guarded(line, disputed, european) for line in found if line is not None)
    emergency = {str(e.get("country")): read_emergency(e, problems) for e in data.get("emergency_numbers") or ()}
    _check_whole(lines, emergency, problems)
    if problems:
        raise DataError(problems)
    directories = tuple(Directory(d["name"], d["site_url"], d.get("what", "")) for d in data.get("international") or ())
    grouped = {code: tuple(line for line in lines if line.country == code) for code in emergency}
    checked = min((line.last_checked for line in lines), default=None)
    return Registry(lines, emergency, directories, disputed, grouped, _public_digits(lines, emergency), checked)


def load(path: Path = PACKAGED) -> Registry:
    """Read a data file.

    Raises:
        DataError: when it is missing, too large, not JSON, or breaks a rule.
    """
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise DataError([f"{path.name}: larger than {MAX_FILE_BYTES} bytes"])
        return read_registry(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError([f"{path.name}: cannot be read ({type(error).__name__})"]) from error


def use_instance(instance: Path | None) -> None:
    """Prefer `helplines.json` in the instance directory, where `helplines import` puts it; None goes back to ours."""
    _place.clear()
    if instance is not None:
        _place["path"] = instance / "helplines.json"


def instance_path() -> Path:
    """Return where an imported file belongs, whether or not there is one.

    Raises:
        DataError: no instance directory is in use.
    """
    if "path" not in _place:
        raise DataError(["no instance directory to import into"])
    return _place["path"]


def registry() -> Registry:
    """Return the current data; a changed instance file is picked up by every process at its next question."""
    return _current()[1]


def source_path() -> Path:
    """Return the file the current data comes from."""
    return _current()[0]


def countries() -> tuple[str, ...]:
    """List the countries with data, as sorted ISO codes."""
    return tuple(sorted(registry().emergency))


def country_choices(locale: str = "en") -> tuple[tuple[str, str], ...]:
    """List code and name of every country with data, by name, for a picker."""
    return tuple(sorted(((code, country_name(code, locale)) for code in countries()), key=lambda pair: pair[1]))


def is_listed(country: str | None) -> bool:
    """True when there are numbers for this country."""
    return country in registry().emergency


def emergency_numbers(country: str | None, need: Need | None = None) -> tuple[EmergencyNumber, ...]:
    """Return a country's emergency numbers, the one to call first in front; empty for an unlisted country.

    The general number leads where there is one; where police and ambulance differ, `need` decides.
    """
    numbers = registry().emergency.get(country or "", ())
    wanted = need or "ambulance"
    order = {"any": 0, "mobile": 0, wanted: 1, "text": 3, "fire": 4}
    return tuple(sorted(numbers, key=lambda number: order.get(number.kind, 2)))


def emergency_world() -> tuple[tuple[EmergencyNumber, tuple[str, ...]], ...]:
    """List the general emergency numbers with the countries they lead in, commonest first: for a country unknown."""
    found: dict[str, list[str]] = {}
    for country in countries():
        first = emergency_numbers(country)[0]
        if first.kind == "any":
            found.setdefault(first.display, []).append(country)
    ranked = sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))
    return tuple((EmergencyNumber(number), tuple(codes)) for number, codes in ranked)


def helplines_for(
    country: str | None,
    topics: Sequence[str],
    now: datetime,
    *,
    limit: int = 3,
    include_medium: bool = True,
    languages: Sequence[str] = (),
    demoted: Collection[str] = (),
) -> tuple[Offer, ...]:
    """Offer up to `limit` lines (two wherever the data has two), best first; empty for an unlisted country.

    Low-confidence, disputed, expired lines and European 116 numbers that do not operate in a country never appear.
    """
    lines = registry().by_country.get(country or "", ())
    return ranking.choose(
        lines, topics, now, limit=limit, include_medium=include_medium, languages=languages, demoted=demoted
    )


def all_offers(country: str, now: datetime) -> tuple[Offer, ...]:
    """Return every line of a country that may be shown, directories included, in the order of the file."""
    offers = (offer_of(line, now) for line in registry().by_country.get(country, ()))
    return tuple(o for o in offers if ranking.may_show(o) or _is_open_directory(o))


def directories() -> tuple[Directory, ...]:
    """Return sites that list helplines of many countries."""
    return registry().directories


def allowed_numbers() -> frozenset[str]:
    """Return every digit string that names a helpline or an emergency service and so identifies nobody."""
    return registry().allowed


def _is_open_directory(offer: Offer) -> bool:
    line = offer.line
    return line.role == "directory" and not line.withheld and line.confidence != "low" and offer.freshness != "expired"


def _current() -> tuple[Path, Registry]:
    path = _place.get("path")
    if path is not None:
        try:
            changed = path.stat()
        except OSError:
            return PACKAGED, _cached(str(PACKAGED), 0, 0)
        found = _cached_or_none(str(path), changed.st_mtime_ns, changed.st_size)
        if found is not None:
            return path, found
    return PACKAGED, _cached(str(PACKAGED), 0, 0)


@lru_cache(maxsize=4)
def _cached_or_none(path: str, changed: int, size: int) -> Registry | None:
    """Load an instance file; a bad one is reported once for each version of it."""
    try:
        return _cached(path, changed, size)
    except DataError as error:
        _log.error("own helplines file cannot be used; the packaged data serves instead", extra={"detail": str(error)})
        return None


@lru_cache(maxsize=4)
def _cached(path: str, _changed: int, _size: int) -> Registry:
    return load(Path(path))


def _public_digits(lines: Iterable[Helpline], emergency: Mapping[str, tuple[EmergencyNumber, ...]]) -> frozenset[str]:
    found = {number.display for numbers in emergency.values() for number in numbers}
    for line in lines:
        written = [text for phone in phones_of(line) for text in (phone.display, phone.dial, phone.e164 or "")]
        written += [line.text.dial if line.text else "", *line.other_numbers]
        for text in written:
            found |= spellings(digits_of(text))
    return frozenset(found - {""})


def _european(data: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    """Map each harmonised 116 number to the countries where it is confirmed to be answered."""
    reserved: Mapping[str, Any] = data.get("eu_116") or {}
    return {number: frozenset(entry.get("confirmed_operating") or ()) for number, entry in reserved.items()}


def _guarded(line: Helpline, disputed: frozenset[str], european: Mapping[str, frozenset[str]]) -> Helpline:
    """Mark what may never be shown: low confidence, disputed numbers, 116 numbers nobody answers in that country."""

    def works(dial: str) -> bool:
        digits = digits_of(dial)
        return line.country in european.get(digits, {line.country})

    alternates = tuple(p for p in line.alternates if works(p.dial) and digits_of(p.dial) not in disputed)
    reason = "low" if line.confidence == "low" else ""
    if line.phone and not works(line.phone.dial):
        reason = "eu_116"
    if line.phone and digits_of(line.phone.dial) in disputed:
        reason = "disputed"
    return replace(line, alternates=alternates, withheld=reason)


def _check_whole(
    lines: Iterable[Helpline], emergency: Mapping[str, tuple[EmergencyNumber, ...]], problems: list[str]
) -> None:
    seen: set[str] = set()
    for line in lines:
        if line.id in seen:
            problems.append(f"{line.id}: used twice")
        seen.add(line.id)
        if line.country not in emergency:
            problems.append(f"{line.id}: no emergency number for {line.country}")
    for country, numbers in emergency.items():
        if country_code(country) != country:
            problems.append(f"emergency: {country!r} is not an ISO country")
        if not numbers:
            problems.append(f"emergency {country}: no number")
    if not seen:
        problems.append("no helpline at all")
