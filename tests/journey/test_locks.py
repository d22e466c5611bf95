"""Pages open with the member's words and with nothing else: not another's words, row, session, or a changed byte."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest

from forum.journey import locks
from forum.journey.locks import Sealed

WORDS = "abacus abdomen abdominal abide abiding ability"
OTHER = "ability abiding abide abdominal abdomen abacus"
NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
KEY = bytes(range(32))


def test_the_words_open_what_they_locked() -> None:
    lock = locks.wrap(KEY, WORDS, "alice")
    assert locks.unwrap(lock, "  ABACUS, abdomen-abdominal  abide abiding ability ", "alice") == KEY


def test_a_lock_shows_neither_key_nor_words() -> None:
    lock = locks.wrap(KEY, WORDS, "alice")
    assert KEY not in lock.wrapped_key
    assert len(lock.wrapped_key) == 60
    assert locks.wrap(KEY, WORDS, "alice") != lock


@pytest.mark.parametrize(("words", "owner"), [(OTHER, "alice"), (WORDS + " x", "alice"), ("", "alice"), (WORDS, "bob")])
def test_other_words_or_another_row_do_not(words: str, owner: str) -> None:
    lock = locks.wrap(KEY, WORDS, "alice")
    with pytest.raises(Sealed):
        locks.unwrap(lock, words, owner)


def test_a_page_comes_back_as_it_was() -> None:
    content = {"at": NOW.isoformat(), "body": "Långsamt. 夜. " * 40}
    assert locks.unseal(KEY, locks.seal(KEY, content, "page:1"), "page:1") == content


def test_sealing_twice_looks_different_and_lengths_say_little() -> None:
    short, long = (locks.seal(KEY, {"body": "x" * n}, "p") for n in (1, 400))
    assert len(short) == len(long)
    assert locks.seal(KEY, {"body": "x"}, "p") != short


@pytest.mark.parametrize("place", ["page:2", "plan:1", ""])
def test_pages_cannot_be_swapped(place: str) -> None:
    sealed = locks.seal(KEY, {"body": "x"}, "page:1")
    with pytest.raises(Sealed):
        locks.unseal(KEY, sealed, place)


@pytest.mark.parametrize("byte", [0, 11, 12, 300, -1])
def test_a_changed_byte_is_noticed(byte: int) -> None:
    sealed = bytearray(locks.seal(KEY, {"body": "x"}, "p"))
    sealed[byte] ^= 1
    with pytest.raises(Sealed):
        locks.unseal(KEY, bytes(sealed), "p")


def test_the_cookie_opens_only_in_its_session_with_our_secret_for_half_an_hour() -> None:
    value = locks.to_cookie(KEY, secret="s" * 40, session=b"one", now=NOW)
    assert locks.from_cookie(value, secret="s" * 40, session=b"one", now=NOW) == KEY
    assert locks.from_cookie(value, secret="s" * 40, session=b"two", now=NOW) is None
    assert locks.from_cookie(value, secret="t" * 40, session=b"one", now=NOW) is None
    assert locks.from_cookie(value, secret="s" * 40, session=b"one", now=NOW + locks.OPEN_FOR) is None
    assert locks.from_cookie(value, secret="s" * 40, session=b"one", now=NOW + timedelta(minutes=29)) == KEY


def test_the_cookie_does_not_show_the_key() -> None:
    value = locks.to_cookie(KEY, secret="s" * 40, session=b"one", now=NOW)
    assert KEY not in base64.urlsafe_b64decode(value)


@pytest.mark.parametrize("value", ["", "x", "!!!!", "AAAA", "é", "A" * 5000])
def test_a_broken_cookie_is_a_closed_journal(value: str) -> None:
    assert locks.from_cookie(value, secret="s" * 40, session=b"one", now=NOW) is None
