"""The data file's promises: a wrong digit harms people."""

from __future__ import annotations

import json

import pytest

from forum.helplines import registry
from forum.helplines.places import ZONES, country_code
from forum.helplines.records import DataError, digits_of, is_short_code, phones_of

LINES = registry.load().lines
RAW = json.loads(registry.PACKAGED.read_text(encoding="utf-8"))
RECORDS = {record["id"]: record for record in RAW["helplines"]}


@pytest.mark.parametrize("record", RAW["helplines"], ids=lambda record: record["id"])
def test_what_is_shown_is_what_is_dialled(record):
    phones = [record["phone"]] if record["phone"] else []
    phones += [phone for phone in (record["phone"] or {}).get("alternates", []) if isinstance(phone, dict)]
    phones += [record["sms"]] if record["sms"] else []
    for phone in phones:
        assert digits_of(phone["display"]) == digits_of(phone["dial"])


def test_there_are_all_the_lines_and_countries():
    assert len(LINES) == 146
    assert len({line.id for line in LINES}) == 146
    assert len(registry.countries()) == 40


def test_every_line_keeps_its_sources_confidence_and_date():
    for line in LINES:
        assert line.source_urls
        assert line.confidence in ("high", "medium", "low")
        assert line.last_checked.year >= 2026


def test_short_codes_have_no_international_form():
    short = [phone for line in LINES for phone in phones_of(line) if is_short_code(phone.dial)]
    assert {"988", "116123", "3114", "143", "1813"} <= {phone.dial for phone in short}
    assert all(phone.e164 is None and not phone.href.startswith("tel:+") for phone in short)


def test_links_are_encrypted():
    for line in LINES:
        for url in (line.site_url, line.chat_url):
            assert url == "" or url.startswith("https://")


def test_every_country_is_iso_with_an_emergency_number():
    for country in registry.countries():
        assert country_code(country) == country
        assert registry.emergency_numbers(country)


def test_every_country_has_a_zone_or_several():
    several = {"US", "CA", "AU", "BR", "MX"}
    assert set(registry.countries()) == set(ZONES) | several


def test_rewritten_hours_keep_what_the_source_said():
    for line in LINES:
        record = RECORDS[line.id]
        if not (line.hours.always or line.hours.windows or line.hours.limited) and record["hours"]:
            raise AssertionError(f"{line.id}: {record['hours']!r} is outside the grammar")
        assert "confirm" not in line.hours.remark
        assert "disputed" not in str(record["hours"])


def bad(**change):
    record = {
        "id": "gb-example",
        "country": "GB",
        "name": "Example",
        "topics": ["crisis"],
        "role": "support",
        "scope": "national",
        "phone": {"display": "0800 000 000", "dial": "0800000000", "e164": None, "alternates": []},
        "sms": None,
        "chat_url": None,
        "site_url": "https://example.org/",
        "hours": "24/7",
        "languages": ["en"],
        "cost": "free",
        "source_urls": ["https://example.org/"],
        "confidence": "high",
        "last_checked": "2026-11-22",
        **change,
    }
    return {"helplines": [record], "emergency_numbers": [{"country": "GB", "numbers": ["999"]}]}


def phone(display, dial, e164=None):
    return {"display": display, "dial": dial, "e164": e164, "alternates": []}


def test_the_example_itself_is_fine():
    assert registry.read_registry(bad()).lines[0].name == "Example"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"phone": phone("0800 900 45", "0800900450")}, "differ"),
        ({"phone": phone("988", "988", "+1988")}, "short code"),
        ({"phone": phone("116 123", "116123", "+44116123")}, "short code"),
        ({"phone": phone("3114", "3114", "+333114")}, "short code"),
        ({"phone": phone("call me", "call me")}, "cannot be dialled"),
        ({"phone": phone("0300 123 6600", "03001236600", "+44300999")}, "international form"),
        ({"sms": {"display": "85258", "dial": "85259"}}, "differ"),
        ({"sms": {"display": "85258", "dial": "85258", "channel": "fax"}}, "channel"),
        ({"site_url": "http://example.org/"}, "not https"),
        ({"country": "UK", "id": "uk-example"}, "not an ISO country"),
        ({"id": "Example"}, "slug"),
        ({"confidence": "sure"}, "confidence"),
        ({"role": "sales"}, "role"),
        ({"topics": []}, "no topic"),
        ({"last_checked": "last year"}, "cannot be read"),
        ({"phone": None, "site_url": None}, "no way to get in touch"),
        ({"notes": "x" * 3000}, "too long"),
    ],
)
def test_bad_records_are_refused_by_name(change, says):
    with pytest.raises(DataError) as caught:
        registry.read_registry(bad(**change))
    assert any(says in problem for problem in caught.value.problems)


def test_the_same_id_twice_is_refused():
    data = bad()
    data["helplines"] *= 2
    with pytest.raises(DataError, match="used twice"):
        registry.read_registry(data)


@pytest.mark.parametrize("numbers", [[], ["nine nine nine"], ["999 or 112"]])
def test_unreadable_emergency_numbers_are_refused(numbers):
    data = bad()
    data["emergency_numbers"] = [{"country": "GB", "numbers": numbers}]
    with pytest.raises(DataError):
        registry.read_registry(data)


def test_all_problems_come_at_once():
    data = bad(role="sales", confidence="sure")
    with pytest.raises(DataError) as caught:
        registry.read_registry(data)
    assert len(caught.value.problems) >= 2
