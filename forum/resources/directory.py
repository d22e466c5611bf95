"""The directory: one data file, checked when it is read, ordered by name and by nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from forum.core import yamldata

FILE = Path(__file__).parent / "data" / "resources.yaml"
STALE_AFTER = timedelta(days=183)
"""After half a year an entry says that it wants checking."""
GONE_AFTER = timedelta(days=730)
"""After two years without a check it is left out."""
KINDS = ("mutual aid", "non-profit", "charity", "public body")
CONFIDENCE = ("high", "medium", "low")
WORLD = "*"


@dataclass(frozen=True, slots=True)
class Resource:
    """One entry."""

    key: str
    name: str
    category: str
    kind: str
    countries: tuple[str, ...]
    languages: tuple[str, ...]
    what: str
    confidence: str
    source: str
    checked: date
    url: str = ""
    pathway: str = ""

    def is_stale(self, today: date) -> bool:
        """Tell whether it is long since somebody looked."""
        return today - self.checked > STALE_AFTER

    def is_gone(self, today: date) -> bool:
        """Tell whether it is too long since somebody looked."""
        return today - self.checked > GONE_AFTER

    def serves(self, country: str) -> bool:
        """Tell whether it is for a country; nothing chosen means every country."""
        return not country or WORLD in self.countries or country in self.countries


@dataclass(frozen=True, slots=True)
class Directory:
    """Everything in the file."""

    categories: Mapping[str, str]
    resources: Mapping[str, Resource]

    def countries(self) -> list[str]:
        """Return the countries entries are for."""
        return sorted({country for r in self.resources.values() for country in r.countries} - {WORLD})

    def languages(self) -> list[str]:
        """Return the languages entries speak."""
        return sorted({language for r in self.resources.values() for language in r.languages})

    def choose(self, today: date, *, category: str = "", country: str = "", language: str = "") -> list[Resource]:
        """Return what fits, by name: nobody can pay or push their way up."""
        found = [
            resource
            for resource in self.resources.values()
            if not resource.is_gone(today)
            and category in ("", resource.category)
            and resource.serves(country)
            and (not language or language in resource.languages)
        ]
        return sorted(found, key=lambda resource: resource.name.casefold())


def read_directory(text: str) -> Directory:
    """Parse and check a file.

    Raises:
        ValueError: naming the entry and what is wrong.
    """
    data = yamldata.parse(text)
    categories: dict[str, str] = dict(data["categories"])
    resources: dict[str, Resource] = {}
    for entry in data["resources"]:
        resource = _read(entry)
        if resource.key in resources or resource.category not in categories:
            raise ValueError(f"resource {resource.key!r}: listed twice, or in no category")
        resources[resource.key] = resource
    return Directory(categories, resources)


def _read(entry: Mapping[str, Any]) -> Resource:
    known = {**entry, "countries": tuple(entry.get("countries", ())), "languages": tuple(entry.get("languages", ()))}
    try:
        resource = Resource(**known)
    except TypeError as problem:
        raise ValueError(f"resource {entry.get('key', '?')!r}: {problem}") from None
    if resource.kind not in KINDS:
        raise ValueError(f"resource {resource.key!r}: only {', '.join(KINDS)} are listed")
    if resource.confidence not in CONFIDENCE or not resource.source or not resource.countries:
        raise ValueError(f"resource {resource.key!r}: confidence, source and countries are needed")
    if resource.url and not resource.url.startswith("https://"):
        raise ValueError(f"resource {resource.key!r}: an address begins with https://")
    return resource


@cache
def directory() -> Directory:
    """Return the directory that came with this release."""
    return read_directory(FILE.read_text())
