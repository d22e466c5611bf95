"""Which lines are offered, and in which order."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from forum.helplines import ranking, registry
from forum.helplines.records import digits_of

from .conftest import NIGHT

TOPICS = [
    ("suicide", "crisis"), ("overdose", "substance_use"), ("domestic_violence",), ("child_protection", "youth"),
    ("gambling",), ("eating_disorder", "mental_health"), ("family",), ("tobacco",), (),
]  # fmt: skip


def ids(country, topics=("suicide", "crisis"), now=NIGHT, **more):
    return [offer.line.id for offer in registry.helplines_for(country, topics, now, **more)]


def everything_shown():
    for country in registry.countries():
        for topics in TOPICS:
            yield country, registry.helplines_for(country, topics, NIGHT, limit=20)
        yield country, registry.all_offers(country, NIGHT)


def test_low_confidence_is_never_shown_by_itself():
    assert all(offer.line.confidence != "low" for _, offers in everything_shown() for offer in offers)


def test_disputed_numbers_never_appear():
    disputed = registry.registry().disputed
    assert {
        "8663663667",
        "8333251338",
        "4243274614",
        "8336977900",
        "8665850445",
        "8007842433",
        "0800132737",
    } <= disputed
    for _, offers in everything_shown():
        for offer in offers:
            for phone in ((offer.line.phone,) if offer.line.phone else ()) + offer.line.alternates:
                assert digits_of(phone.dial) not in disputed


def test_116_numbers_only_where_they_are_answered():
    for country, offers in everything_shown():
        for offer in offers:
            dials = {p.dial for p in offer.line.alternates} | ({offer.line.phone.dial} if offer.line.phone else set())
            if "116123" in dials:
                assert country in {"GB", "IE", "DE", "NO", "PL", "HU", "LT", "LV", "EE"}
            assert "116000" not in dials
            assert "116006" not in dials


@pytest.mark.parametrize("country", registry.countries())
def test_every_country_has_help_or_says_where_to_look(country):
    offers = registry.helplines_for(country, ("suicide", "crisis"), NIGHT)
    assert registry.emergency_numbers(country)
    assert offers or registry.directories()
    usable = [
        o for o in registry.all_offers(country, NIGHT) if o.line.is_reachable and o.line.role != "overdose_spotting"
    ]
    assert len(offers) >= min(2, len(usable))


@pytest.mark.parametrize("country", [c for c in registry.countries() if c != "EE"])
@pytest.mark.parametrize("topics", TOPICS)
def test_one_general_crisis_line_is_always_there(country, topics):
    offers = registry.helplines_for(country, topics, NIGHT)
    assert any(offer.line.is_general for offer in offers)


def test_estonia_has_only_a_low_line_so_none_is_shown():
    assert ids("EE") == []


def test_topic_leads():
    assert ids("GB", ("domestic_violence",))[0] == "gb-national-domestic-abuse-helpline-refuge"
    assert ids("US", ("overdose", "substance_use"))[:2] == ["us-safespot-overdose-hotline", "us-never-use-alone"]
    assert ids("US", ("gambling",))[0] == "us-national-problem-gambling-helpline-ncpg"


def test_something_to_write_to_is_among_them_where_there_is_one():
    for country in ("GB", "US", "IE", "NZ", "ZA"):
        assert any(offer.line.has_text for offer in registry.helplines_for(country, ("domestic_violence",), NIGHT))


def test_lines_for_one_group_are_not_offered_to_everybody():
    assert "us-veterans-crisis-line" not in ids("US")
    assert "gb-papyrus-hopeline247" not in ids("GB")
    assert "gb-lifeline-northern-ireland" not in ids("GB")
    assert "gb-al-anon-uk" not in ids("GB", ("substance_use", "alcohol"))
    assert "us-never-use-alone" not in ids("US", ("substance_use", "alcohol"))


def test_a_referral_line_is_never_alone():
    for topics in TOPICS:
        assert set(ids("US", topics)) != {"us-samhsa-national-helpline"}
    assert "us-samhsa-national-helpline" not in ids("US")


def test_round_the_clock_before_closed():
    states = [offer.state for offer in registry.helplines_for("PT", ("suicide",), NIGHT)]
    assert states[0] == "always"


def test_the_readers_language_first():
    assert ids("BE", languages=("fr",))[0] == "be-centre-de-prvention-du-suicide-fr"
    assert ids("BE", languages=("nl",))[0] == "be-zelfmoordlijn-1813-nl"


def test_a_number_reported_dead_loses_its_place_at_once():
    assert ids("GB")[0] == "gb-samaritans"
    assert ids("GB", demoted={"gb-samaritans"})[0] != "gb-samaritans"


def test_without_medium_only_high_is_left():
    for offer in registry.helplines_for("IN", ("mental_health",), NIGHT, include_medium=False):
        assert offer.line.confidence == "high"


@pytest.mark.parametrize(
    ("now", "freshness"),
    [
        (datetime(2026, 11, 22, tzinfo=UTC), "fresh"),
        (datetime(2026, 1, 1, tzinfo=UTC), "fresh"),
        (datetime(2027, 5, 21, tzinfo=UTC), "fresh"),
        (datetime(2027, 5, 22, tzinfo=UTC), "due"),
        (datetime(2027, 11, 21, tzinfo=UTC), "due"),
        (datetime(2027, 11, 22, tzinfo=UTC), "stale"),
        (datetime(2028, 11, 21, tzinfo=UTC), "stale"),
        (datetime(2028, 11, 22, tzinfo=UTC), "expired"),
    ],
)
def test_age_of_the_last_check(now, freshness):
    line = next(line for line in registry.registry().lines if line.id == "gb-samaritans")
    assert line.freshness(now) == freshness


def test_after_two_years_nothing_is_shown_by_itself_but_emergency_stays():
    late = datetime(2028, 12, 1, tzinfo=UTC)
    assert ids("GB", now=late) == []
    assert registry.emergency_numbers("GB")[0].display == "999"


def test_a_stale_line_gives_way_to_a_fresh_one():
    lines = registry.registry().by_country["GB"]
    old = replace(lines[0], last_checked=lines[0].last_checked.replace(year=2025, month=10))
    offers = ranking.choose((old, *lines[1:]), ("suicide", "crisis"), NIGHT)
    assert offers[0].line.id != old.id
    assert ranking.choose((old,), ("suicide",), NIGHT)[0].check_first


def test_an_unknown_country_has_no_lines():
    assert ids(None) == []
    assert ids("RO") == []
    assert registry.emergency_numbers("RO") == ()


@pytest.mark.parametrize(
    ("country", "ambulance", "police"),
    [
        ("GB", "999", "999"), ("US", "911", "911"), ("IE", "112", "112"), ("AU", "000", "000"), ("NZ", "111", "111"),
        ("DE", "112", "112"), ("FR", "112", "112"), ("NO", "113", "112"), ("JP", "119", "110"), ("KR", "119", "112"),
        ("BR", "192", "190"), ("IL", "101", "100"), ("SG", "995", "999"), ("CA", "911", "911"), ("IN", "112", "112"),
    ],
)  # fmt: skip
def test_which_emergency_number_comes_first(country, ambulance, police):
    assert registry.emergency_numbers(country)[0].display == ambulance
    assert registry.emergency_numbers(country, "police")[0].display == police


def test_allowed_numbers_name_services_only():
    allowed = registry.allowed_numbers()
    assert {"116123", "988", "999", "18006624357", "8006624357", "443001236600", "03001236600", "85258"} <= allowed
    assert all(digits.isdigit() for digits in allowed)
    assert not {"4243274614", "8336977900", "8333251338"} & allowed
