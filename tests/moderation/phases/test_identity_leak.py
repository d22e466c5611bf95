"""Who and where: numbers, addresses, names elsewhere; whose they are; and all that only looks like it on this forum."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from forum.moderation.phases.identity_contacts import contacts_in
from forum.moderation.phases.identity_leak import run
from forum.moderation.phases.identity_numbers import Leak, is_card, is_iban, numbers_in
from forum.moderation.phases.identity_places import places_in
from forum.moderation.phases.identity_words import Look, needed_words
from forum.moderation.phases.normalise import views_of
from forum.moderation.verdict import Finding, Place, Submission

HELPLINES = frozenset({"988", "116123", "08001111", "999", "18006624357", "+353116123", "03003304040"})


def leaks(text: str, handles: frozenset[str] = frozenset()) -> list[Finding]:
    sub = Submission(text, place=Place(handles=handles), allowed_numbers=HELPLINES)
    return [finding for finding in run(sub, views_of(text)) if finding.mode == "hold"]


IDENTIFYING = [
    ("call me on 07700 900123", "phone_number", "self"),
    ("text me 07700900123", "phone_number", "self"),
    ("my number is +44 7911 123456", "phone_number", "self"),
    ("ring me: oh seven seven double-oh nine double-oh one two three", "phone_number", "self"),
    ("my phone number is four one five five five five two six seven one", "phone_number", "self"),
    ("it's zero 7 nine one one, 1 two 3 four five six", "phone_number", "none"),
    ("hmu 202-555-0143", "phone_number", "none"),
    ("(415) 555-2671 call anytime", "phone_number", "none"),
    ("0 7 9 1 1 1 2 3 4 5 6 text me", "phone_number", "none"),
    ("O79II I23456 ring me", "phone_number", "none"),
    ("０７９１１ １２３４５６ is my phone", "phone_number", "none"),
    ("087 123 4567 is my number", "phone_number", "none"),
    ("ring 604-555-0134 ask for dave", "phone_number", "none"),
    ("his number is 07911 123456 give him hell", "phone_number", "other"),
    ("my sponsor's number is 07911 123456", "phone_number", "other"),
    ("bob's number is 07911 123456", "phone_number", "other"),
    ("her address is 12 Elm Road, Leeds", "street_address", "other"),
    ("she lives at 45 Oakfield Avenue", "street_address", "other"),
    ("i know where you live, 12 elm road", "street_address", "other"),
    ("i live at 12 Elm Road", "street_address", "self"),
    ("i live at flat 3, 12 Elm Road, LS6 2AB", "street_address", "self"),
    ("my postcode is ls6 2ab", "postcode", "self"),
    ("come over, 221 Baker Street NW1 6XE", "postcode", "none"),
    ("I'm in Austin TX 78701", "postcode", "self"),
    ("K1A 0B1 is my postal code", "postcode", "none"),
    ("my eircode is D02 X285", "postcode", "self"),
    ("email me bob.smith@example.org", "email_address", "self"),
    ("bob dot smith at gmail dot com", "email_address", "none"),
    ("reach me at bobsmith (at) hotmail (dot) co (dot) uk", "email_address", "self"),
    ("bobby[at]proton[dot]me", "email_address", "none"),
    ("add me on snap bob_1234", "social_handle", "self"),
    ("my insta is bobbyk99", "social_handle", "self"),
    ("my insta is bobbyk", "social_handle", "self"),
    ("ig: sober_sally", "social_handle", "none"),
    ("find me on discord bob#1234", "social_handle", "self"),
    ("facebook.com/bob.smith.99", "profile_link", "none"),
    ("https://t.me/bob", "profile_link", "none"),
    ("wa.me/447911123456", "profile_link", "none"),
    ("my name is John Smith and I live in Hull", "full_name", "self"),
    ("his real name is Peter Jones", "full_name", "other"),
    ("GB82 WEST 1234 5698 7654 32 is my account", "iban", "none"),
    ("card 4111 1111 1111 1111", "card_number", "none"),
    ("my ssn is 078-05-1120", "national_number", "self"),
    ("my ni number AB 12 34 56 C", "national_number", "self"),
]


@pytest.mark.parametrize(("text", "code", "owner"), IDENTIFYING)
def test_it_finds_what_identifies_and_whose_it_is(text: str, code: str, owner: str) -> None:
    assert (code, owner) in {(finding.code, finding.subject) for finding in leaks(text)}


HARMLESS = [
    "day 1234 and counting",
    "I was 412 days sober on 12/05/2024",
    "spent £40 a day, 1500 2000 3000 a month",
    "im on 30mg 20mg 10mg taper",
    "2019 2020 2021 were the worst years",
    "call 988 or 116 123 now",
    "ring 0800 1111, it's free",
    "SAMHSA is 1-800-662-4357",
    "Samaritans in Ireland: +353 116 123, Cruse 0300 330 4040",
    "ring 999",
    "I've lived in 3 flats in 2 years on the road",
    "12 step way of life",
    "24 hours a day 7 days a week",
    "I'm 3 weeks down the road",
    "one two three four five six seven breathe",
    "my snapchat is full of drinking memes",
    "i deleted instagram, facebook is toxic",
    "born 1984, sober since 2019-03-04",
    "i live on the street",
    "My name is Sam and I'm an alcoholic",
    "order 1234567890 never came",
    "10,000,000 times",
    "1 2 3 4 5 6 7 8 9 10 breathe",
    "from 2019 - 2023 i drank",
    "the meeting is at 45 High Street",
    "i drank 2 bottles at 9am at 10am",
    "60 90 120 days chips",
    "£1,200 £2,300 £4,500",
    "room B12 3MG of xanax",
    "on signal there was a meeting",
    "i text my sponsor on whatsapp every day",
    "IWNDWYT 1095 days 26280 hours 1576800 minutes",
    "100 days 200 days 300 days 400 days",
    "was 19 st 4 lb now 14 st 2",
    "blood pressure 140/90 then 120/80",
    "i did 90 meetings in 90 days, 2 a day",
    "12 years ago this place saved me",
    "GB00 WEST 1234 5698 7654 32 is not an account",
    "4111 1111 1111 1112 passes no check",
    "0000000 0000000",
]


@pytest.mark.parametrize("text", HARMLESS)
def test_it_leaves_counts_prices_doses_dates_and_helplines_alone(text: str) -> None:
    assert leaks(text) == []


def test_spans_point_at_the_detail_in_the_original_text() -> None:
    text = "hi\u200b, ring me on 07700 900123 ok"
    (finding,) = leaks(text)
    assert [text[start:end] for start, end in finding.spans] == ["07700 900123"]


def test_two_details_of_one_kind_are_one_finding_with_two_spans() -> None:
    (finding,) = leaks("my numbers: 07700 900123 and 07700 900456")
    assert len(finding.spans) == 2


def test_a_members_handle_makes_it_theirs() -> None:
    (finding,) = leaks("late_heron is on 07700 900123", frozenset({"late_heron"}))
    assert finding.subject == "other"


def test_links_and_public_numbers_are_noted_not_held() -> None:
    for text, code in (
        ("read https://example.org/help", "link"),
        ("call the clinic on 0800 111 4567", "public_number"),
        ("our group is at 12 Church Road, the hall behind the library", "public_address"),
    ):
        found = run(Submission(text), views_of(text))
        assert [(finding.code, finding.mode, finding.mask) for finding in found] == [(code, "flag", False)]


def test_an_email_address_is_not_a_link_as_well() -> None:
    text = "bob.smith@example.org"
    assert [finding.code for finding in run(Submission(text), views_of(text))] == ["email_address"]


def test_checksums() -> None:
    assert is_card("4111-1111-1111-1111")
    assert not is_card("4111-1111")
    assert not is_card("0000 0000 0000 0000")
    assert is_iban("DE89 3704 0044 0532 0130 00")
    assert not is_iban("DE89 3704")


class Unsparing(Look):
    """A look that tries every expression, whatever it needs."""

    def found(self, pattern: re.Pattern[str], *, given: bool = True) -> Iterator[re.Match[str]]:
        return pattern.finditer(self.text)


def all_leaks(look: Look) -> list[Leak]:
    return [*numbers_in(look, HELPLINES), *places_in(look), *contacts_in(look)]


@pytest.mark.parametrize(
    "text",
    [
        *(text for text, _, _ in IDENTIFYING),
        "add me on tele gram as blue_fox1",
        "my snap chat is late_heron7",
        "my l\u0131nked in is late_heron7",
        "user at g mail dot com, or at sky, com",
        "ONE TWO THREE four five six seven eight nine one",
        "5500-0000-0000-0004 and GB29 NWBK 6016 1331 9268 19 and AB 12 34 56 C",
        "nothing at all",
    ],
)
def test_what_is_not_tried_would_not_have_been_found(text: str) -> None:
    clean = views_of(text).clean
    assert all_leaks(Look.at(clean)) == all_leaks(Unsparing.at(clean))


def test_a_look_reads_words_and_digits_alike_in_any_alphabet() -> None:
    look = Look.at("Ring O2's LINE 0800")
    assert (look.listed, look.digits) == (["ring", "o", "s", "line"], 5)
    look = Look.at("R\u0131ng \u0660\u0661 caf\u00e9")
    assert (look.listed, look.digits) == (["ring", "caf"], 2)


def test_of_a_name_in_two_words_the_longer_one_is_needed() -> None:
    assert needed_words("linked ?in|kik") == {"linkedin", "linked", "kik"}
