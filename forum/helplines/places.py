"""Countries: names in the reader's language, and the one time zone to read opening hours in."""

from __future__ import annotations

import re

from babel import Locale, UnknownLocaleError

ELSEWHERE = "ZZ"
"""“Somewhere else”: chosen by people whose country is not in the data, so that no default is put in its place."""

ZONES = {
    "AR": "America/Argentina/Buenos_Aires",
    "AT": "Europe/Vienna",
    "BE": "Europe/Brussels",
    "CH": "Europe/Zurich",
    "DE": "Europe/Berlin",
    "DK": "Europe/Copenhagen",
    "EE": "Europe/Tallinn",
    "ES": "Europe/Madrid",
    "FI": "Europe/Helsinki",
    "FR": "Europe/Paris",
    "GB": "Europe/London",
    "GR": "Europe/Athens",
    "HU": "Europe/Budapest",
    "IE": "Europe/Dublin",
    "IL": "Asia/Jerusalem",
    "IN": "Asia/Kolkata",
    "IS": "Atlantic/Reykjavik",
    "IT": "Europe/Rome",
    "JP": "Asia/Tokyo",
    "KE": "Africa/Nairobi",
    "KR": "Asia/Seoul",
    "LT": "Europe/Vilnius",
    "LU": "Europe/Luxembourg",
    "LV": "Europe/Riga",
    "NG": "Africa/Lagos",
    "NL": "Europe/Amsterdam",
    "NO": "Europe/Oslo",
    "NZ": "Pacific/Auckland",
    "PH": "Asia/Manila",
    "PL": "Europe/Warsaw",
    "PT": "Europe/Lisbon",
    "SE": "Europe/Stockholm",
    "SG": "Asia/Singapore",
    "TW": "Asia/Taipei",
    "ZA": "Africa/Johannesburg",
}
"""Only countries where nearly everybody shares one zone. US, CA, AU, BR and MX have several: there the hours must name
theirs, or “open now” cannot be told."""

_CODE = re.compile(r"[A-Z]{2}")


def country_code(text: str | None) -> str | None:
    """Return a two-letter ISO code in capitals, or None when `text` is not one."""
    code = (text or "").strip().upper()
    return code if _CODE.fullmatch(code) and code in _locale("en").territories else None


def country_name(code: str, locale: str = "en") -> str:
    """Return the country's name in the reader's language, in English where that is unknown."""
    return str(_locale(locale).territories.get(code) or _locale("en").territories.get(code, code))


def language_name(code: str, locale: str = "en") -> str:
    """Return a language's name in the reader's language; the code itself where there is none."""
    return str(_locale(locale).languages.get(code) or _locale("en").languages.get(code, code))


def _locale(name: str) -> Locale:
    try:
        return Locale.parse(name.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return Locale.parse("en")
