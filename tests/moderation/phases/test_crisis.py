"""What the crisis engine promises: levels by meaning, dampeners that never erase, and the figures it has reached."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from forum.moderation.phases import crisis
from forum.moderation.phases.normalise import views_of
from forum.moderation.verdict import Author, Place, RecentText, Submission
from tests.moderation.phases.crisis_helpers import (
    Row,
    categories_of,
    development_rows,
    findings_of,
    level_of,
    support_level,
)

NOW = datetime(2026, 5, 1, 22, tzinfo=UTC)


# ── the figures reached on the development rows, as floors ───────────────────────────────────────────────────────────


def share(rows: list[Row], least: int) -> float:
    return sum(level_of(row.text) >= least for row in rows) / len(rows)


def rows_at(*levels: int) -> list[Row]:
    return [row for row in development_rows() if row.level in levels]


def test_emergencies_are_recognised_as_emergencies() -> None:
    assert share(rows_at(3), 3) >= 0.98


def test_crises_get_a_card() -> None:
    assert share(rows_at(2, 3), 2) >= 0.98


def test_ordinary_posts_page_nobody() -> None:
    assert share(rows_at(0), 3) == 0


def test_ordinary_posts_rarely_get_a_card() -> None:
    assert share(rows_at(0), 2) <= 0.01


@pytest.mark.parametrize("category", ["past_suicidality", "education", "supporter_reply"])
def test_the_past_teaching_and_helping_get_no_card(category: str) -> None:
    assert not [row.text for row in development_rows() if row.category == category and level_of(row.text) >= 2]


# ── dampeners ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("calm", "signal"),
    [
        ("I'm not suicidal.", "I just think they'd be better off without me."),
        ("Three years ago I wanted to die.", "Tonight I want to kill myself."),
        ("Watched a film about it.", "I am going to end my life tomorrow."),
        ("Haha that meeting.", "I've taken an overdose."),
        ("Suicide prevention day was good.", "I don't want to be alive anymore."),
        ("Writing a goodbye letter to vodka for homework.", "I cut last night."),
        ("My friend used to self harm.", "He's kicking the door in and he has a knife."),
    ],
)
def test_a_dampener_never_erases_another_sentence(calm: str, signal: str) -> None:
    alone = level_of(signal)
    assert alone >= 2
    assert level_of(calm) <= 1
    assert level_of(f"{calm} {signal}") >= alone
    assert level_of(f"{signal} {calm}") >= 2


@pytest.mark.parametrize(
    ("text", "most"),
    [
        ("I don't want to kill myself", 0),
        ("I'm not going to end my life", 0),
        ("not suicidal just so tired of fighting", 1),
        ("Ten years ago I tried to kill myself", 1),
        ("used to cut my arms in my teens", 1),
        ("the villain says he wants to kill himself in chapter four", 0),
        ("I died six times on the last boss", 0),
        ("If you feel like ending your life please call the helpline", 0),
        ("are you thinking about suicide? it's ok to say", 0),
        ("suicide awareness training on thursday", 0),
        ("this commute is killing me lol", 0),
        ("I had to let my old self die", 0),
        ("I'm going to kill the lights", 0),
        ("just kill yourself already, nobody likes you", 0),
    ],
)
def test_what_only_sounds_like_a_crisis(text: str, most: int) -> None:
    assert level_of(text) <= most


@pytest.mark.parametrize(
    "text",
    [
        "I can't stop thinking about killing myself",
        "I'm trying not to kill myself",
        "why shouldn't I just kill myself",
        "used to want to die and now it's back again",
        "I'm not going to lie, I want to die",
    ],
)
def test_a_negation_elsewhere_does_not_deny_it(text: str) -> None:
    assert level_of(text) >= 2


def test_letters_and_a_time_in_the_next_sentence_are_a_plan() -> None:
    text = "I've written the letters and I know when. Tonight after my wife goes to bed."
    assert level_of(text) == 3
    assert "plan_intent_means" in categories_of(text)


def test_a_time_beside_a_wish_raises_it() -> None:
    assert level_of("I want to kill myself") == 2
    assert level_of("I want to kill myself on saturday") == 3


# ── disguises and registers ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "text",
    [
        "i want to k.i.l.l myself",
        "i want to kіll mуself",
        "i want to ki\u200bll my\u200bself",
        "i want to k!ll myself",
        "i want to un-alive myself",
        "I WANT TO KILLLL MYSELFFF",
        "i wanna kill my self",
        "i want to s u i c i d e",
        "ｉ ｗａｎｔ ｔｏ ｄｉｅ",
        "i want to d1e",
        "im su1c1dal",
        "i am s.u.i.c.i.d.a.l",
        "feeling sui-cidal",
        "#killmyself",
    ],
)
def test_disguised_words_are_read(text: str) -> None:
    assert level_of(text) >= 2


PAIRS = [
    (
        "I want to end my life",
        ["i wanna end my life", "ah want tae end ma life", "i want end my life", "i'm tryna end my life"],
    ),
    (
        "I don't want to be alive anymore",
        ["i dont wanna be alive no more", "ah dinnae want tae be alive anymair", "i do not wish to be alive any more"],
    ),
    (
        "I'm going to kill myself tonight",
        [
            "imma kill myself tonight",
            "ah'm gonnae kill masel the night",
            "finna kill myself tonite",
            "I shall kill myself tonight",
        ],
    ),
    ("My husband hits me", ["ma man hits me", "my hubby hits me", "me fella hits me"]),
    ("He is not breathing", ["hes no breathin", "he aint breathing", "he's not breathing"]),
    (
        "Everyone would be better off without me",
        ["every1 wud be better off without me", "they'd all be better off if i was dead"],
    ),
]


@pytest.mark.parametrize(("plain", "variants"), PAIRS)
def test_every_register_is_heard_alike(plain: str, variants: list[str]) -> None:
    assert level_of(plain) >= 2
    assert {text: level_of(text) for text in variants} == dict.fromkeys(variants, level_of(plain))


# ── what a finding carries ───────────────────────────────────────────────────────────────────────────────────────────


def test_a_finding_explains_itself_and_points_at_the_words() -> None:
    text = "Hello. I’m gonna k1ll myself tonite, sorry"
    first = findings_of(text)[0]
    begin, end = first.spans[0]
    assert first.phase == "crisis"
    assert first.code == first.category == "plan_intent_means"
    assert (first.level, first.subject) == (3, "self")
    assert "k1ll myself" in text[begin:end]
    assert first.rule
    assert first.version.startswith("crisis-")
    assert first.explanation.endswith(".")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("what is the most painless way to die", "method_seeking"),
        ("how many sleeping tablets to die", "method_seeking"),
        ("took 40 paracetamol to end it all", "method_detail"),
    ],
)
def test_method_talk_is_marked_for_holding(text: str, code: str) -> None:
    assert code in {finding.code for finding in findings_of(text)}


def test_categories_come_strongest_first() -> None:
    text = "I relapsed last night. I want to kill myself tonight."
    assert categories_of(text)[0] == "plan_intent_means"
    assert "relapse_disclosed" in categories_of(text)


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("My husband hits me and took my phone", "dv_current"),
        ("she wont wake up and her lips are blue", "overdose_now"),
        ("day 2 no alcohol and he just had a seizure", "withdrawal_emergency"),
        ("My son says he wants to die", "third_party_concern"),
        ("We lost Danny to an overdose", "grief"),
        ("I'm going to stab my stepdad tonight", "threat_imminent"),
        ("we have a bed out of state, all expenses paid, just send his policy number", "trafficking_or_broker"),
    ],
)
def test_each_kind_of_trouble_reaches_its_own_card(text: str, category: str) -> None:
    assert category in categories_of(text)


# ── context ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def rated(text: str, author: Author, place: Place | None = None) -> int:
    sub = Submission(text, author=author, place=place or Place(), now=NOW)
    return support_level(crisis.run(sub, views_of(text)))


def author_with(level: int, ago: timedelta) -> Author:
    return Author(recent=(RecentText("digest", NOW - ago, level),))


def test_a_recent_crisis_raises_low_mood_by_one() -> None:
    text = "not suicidal just so tired of fighting"
    assert rated(text, Author()) == 1
    assert rated(text, author_with(2, timedelta(days=3))) == 2


def test_despair_within_two_days_of_an_emergency_is_one() -> None:
    assert rated("I want to die", author_with(3, timedelta(hours=30))) == 3
    assert rated("I want to die", author_with(3, timedelta(hours=50))) == 2


def test_a_recent_crisis_is_a_second_reader_of_broad_words() -> None:
    text = "sometimes I wish I would not wake up"
    sub = Submission(text, author=author_with(2, timedelta(days=3)), now=NOW)
    assert crisis.support_level(crisis.run(Submission(text, now=NOW), views_of(text))) == 1
    assert crisis.support_level(crisis.run(sub, views_of(text))) == 2


def test_an_old_crisis_raises_nothing() -> None:
    assert rated("not suicidal just so tired of fighting", author_with(3, timedelta(days=20))) == 1


@pytest.mark.parametrize("text", ["day 412, boring and brilliant", "I want to kill myself tonight", "I want to die"])
def test_a_quiet_history_never_lowers(text: str) -> None:
    assert rated(text, author_with(0, timedelta(days=1))) == rated(text, Author())


def test_staff_and_trusted_members_are_heard_like_anyone() -> None:
    assert rated("I want to kill myself tonight", Author(trust=3, is_staff=True, accepted_posts=900)) == 3


def test_the_same_rule_speaks_in_every_process() -> None:
    """Python orders sets by a seed of each process; which of two rules explains a finding must not follow it."""
    script = (
        "from forum.moderation.pipeline import inline; from forum.moderation.verdict import Submission\n"
        "for text in ('I cut my arms again and keep hurting myself', 'I have decided to die, I will end my life'):\n"
        "    print([(one.code, one.rule) for one in inline(Submission(text)).findings])"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", script], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("0", "1", "2")
    }
    assert len(said) == 1


def test_quoting_the_post_one_answers_is_not_saying_it() -> None:
    place = Place(quoted="I want to kill myself tonight")
    assert rated("> I want to kill myself tonight\nI'm so glad you told us", Author(), place) == 0
    assert rated("> I want to kill myself tonight\nme too", Author()) == 3


# ── the rows file itself ─────────────────────────────────────────────────────────────────────────────────────────────


def test_development_rows_are_all_there() -> None:
    rows = development_rows()
    assert len(rows) == 281
    assert {row.level for row in rows} == {0, 1, 2, 3}
