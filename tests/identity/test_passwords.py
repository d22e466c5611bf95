"""Which passwords a guesser would have soon, and which not."""

from __future__ import annotations

import time

import pytest

from forum.identity import guessable, passwords


@pytest.mark.parametrize(
    "word",
    [
        "passwordpassword1", "P@ssw0rdP@ssw0rd!", "aaaaaaaaaaaaaaaa", "abcabcabcabcabcabc", "qwertyuiopasdfghjkl",
        "1234567890123456", "summerholiday2024", "iloveyouforever", "MoTester-MoTester1", "Moderator2026!!!",
        "football-dragon-monkey", "letmein letmein 123", "smallhourssmallhours", "20242024202420242024",
        "password password password password password password password",
    ],
)  # fmt: skip
def test_what_is_made_of_known_passwords_runs_repeats_and_names_is_refused(word: str) -> None:
    assert "guesser's list" in passwords.problem(word, "Mo Tester")


@pytest.mark.parametrize(
    "word",
    [
        "kestrel umber fallow tarn brisk oat nine",
        "xkq7!fjw92mzp4vb",
        "correct horse battery staple",
        "eins-Zwei-rühr-dreizehn",
    ],
)
def test_what_nobody_would_think_of_is_taken(word: str) -> None:
    assert passwords.problem(word, "Mo Tester") == ""


def test_every_common_password_of_the_list_is_refused_alone_doubled_and_with_a_year() -> None:
    words = guessable.LIST.read_text(encoding="ascii").split()
    assert len(words) == 10_000
    for word in words[::50]:
        for made in (word * (15 // len(word) + 1), f"{word}-{word}-{word}"):
            assert passwords.problem(made[: passwords.MAX_CHARS]), made


@pytest.mark.alone
def test_the_longest_password_is_judged_at_once() -> None:
    started = time.perf_counter()
    guessable.bits("aB3$" * 50, ("Somebody",))
    assert time.perf_counter() - started < 0.5
