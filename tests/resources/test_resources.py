"""The directory keeps its own policy: neutral, sourced, without numbers, and honest about what was checked."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest

from forum.core.clock import utcnow
from forum.core.errors import NotFound
from forum.resources import operations
from forum.resources.directory import FILE, Resource, directory, read_directory
from tests import factories
from tests.conftest import Browser

TODAY = date(2026, 11, 22)
NAMED = (
    "Alcoholics Anonymous", "Narcotics Anonymous", "SMART Recovery", "LifeRing Secular Recovery", "Celebrate Recovery",
    "NAMI (Peer-to-Peer)", "Depression and Bipolar Support Alliance", "Bridge the gapp (Newfoundland and Labrador)",
    "Doorways (Newfoundland and Labrador)", "SAMHSA National Helpline and treatment finder", "PEER Wellness Center",
    "SAMHSA: Peers Supporting Recovery",
)  # fmt: skip
ENTRIES = list(directory().resources.values())


def test_the_programmes_this_forum_was_conceived_from_are_there() -> None:
    assert {*NAMED} - {entry.name for entry in ENTRIES} == set()
    assert any("arent-to-parent" in entry.name for entry in ENTRIES)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.key)
def test_an_entry_keeps_the_policy(entry: Resource) -> None:
    assert entry.source.startswith(("https://", "http://")) or entry.source in (
        "widely known address", "named in a source document of this forum",
    )  # fmt: skip
    assert (entry.source == "widely known address") <= (entry.confidence == "low")
    assert entry.url or "no link" in entry.what
    assert not re.search(r"\d{3}[\s-]?\d{3,4}", f"{entry.name} {entry.what}"), "numbers live with the helplines alone"
    assert not re.search(r"\b(best|proven|%|success rate|cure|guarantee)", entry.what)
    assert "!" not in entry.what


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ("kind: mutual aid", "kind: clinic chain"), ("https://www.aa.org/", "http://www.aa.org/"),
        ("category: mutual_aid", "category: sponsored"), ("confidence: low", "confidence: sure"),
        ("key: na,", "key: aa,"),
        ("source: ", "sauce: "),
    ],
)  # fmt: skip
def test_a_file_that_breaks_the_policy_is_refused(change: str, problem: str) -> None:
    with pytest.raises(ValueError, match="resource"):
        read_directory(FILE.read_text().replace(change, problem, 1))


def test_filters_narrow_and_names_order() -> None:
    book = directory()
    names = [entry.name for entry in book.choose(TODAY)]
    assert names == sorted(names, key=str.casefold)
    assert {e.key for e in book.choose(TODAY, category="naloxone", country="CA")} == {"nors"}
    assert "al_anon_uk" not in {e.key for e in book.choose(TODAY, country="US")}
    assert "aa" in {e.key for e in book.choose(TODAY, country="ZZ", language="fr")}


def test_what_nobody_looked_at_says_so_and_goes() -> None:
    entry = directory().resources["aa"]
    assert not entry.is_stale(entry.checked + timedelta(days=183))
    assert entry.is_stale(entry.checked + timedelta(days=184))
    assert entry.is_gone(entry.checked + timedelta(days=731))
    assert directory().choose(date(2029, 1, 1)) == []


def test_the_page_is_for_guests_and_sends_nobody_anywhere_unasked(browser: Browser) -> None:
    page = browser.get("/resources").text
    for name in NAMED:
        assert name in page
    assert "We belong to none of them, and nobody pays to be here." in page
    links = re.findall(r'<a [^>]*href="https://[^"]+"[^>]*>', page)
    assert links
    assert all('rel="noopener noreferrer nofollow"' in link for link in links)
    assert browser.get("/resources?category=x&country=<b>&language=1").status_code == 200
    assert "Oxford House" not in browser.get("/resources?country=GB").text


def test_a_members_own_country_is_chosen_first(sign_in_as: Callable[..., Browser]) -> None:
    page = sign_in_as(factories.make_member(country="GB")).get("/resources").text
    assert "Al-Anon UK and Eire" in page
    assert "Oxford House" not in page
    elsewhere = sign_in_as(factories.make_member(country="NZ")).get("/resources").text
    assert "Oxford House" in elsewhere


def test_broken_is_counted_shown_and_cleared(browser: Browser) -> None:
    for _ in range(operations.DOUBTED_FROM):
        assert "Others had trouble" not in browser.get("/resources").text
        assert browser.post("/resources/aa/broken").status_code == 303
    assert "Others had trouble with this one." in browser.get("/resources").text
    assert [(flag.key, flag.count) for flag in operations.list_flags()] == [("aa", 2)]
    operations.looked_at("aa")
    assert "Others had trouble" not in browser.get("/resources").text
    assert browser.post("/resources/nonsense/broken").status_code == 404
    with pytest.raises(NotFound):
        operations.say_broken("nonsense", utcnow())
