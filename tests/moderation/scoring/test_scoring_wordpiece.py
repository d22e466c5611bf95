"""The tokenizer gives the ids that the encoder was trained with."""

from __future__ import annotations

import random
import string
from typing import Any

import pytest
from scoring_helpers import NAUGHTY

from forum.moderation.scoring.paths import BUILTIN_FOLDER
from forum.moderation.scoring.wordpiece import WordPiece


@pytest.fixture(scope="module")
def ours() -> WordPiece:
    return WordPiece.load(BUILTIN_FOLDER / "vocab.txt")


@pytest.fixture(scope="module")
def theirs() -> Any:
    transformers = pytest.importorskip("transformers", reason="transformers is not installed here (lean install)")
    return transformers.BertTokenizer(str(BUILTIN_FOLDER / "vocab.txt"), do_lower_case=True, model_max_length=512)


@pytest.mark.parametrize("text", NAUGHTY)
def test_equals_hugging_face_on_naughty_strings(ours: WordPiece, theirs: Any, text: str) -> None:
    assert ours.ids(text, 512) == theirs(text)["input_ids"]


def test_equals_hugging_face_on_random_strings(ours: WordPiece, theirs: Any) -> None:
    chance = random.Random(7)
    signs = string.printable + "äéîøñßçΩЖщ中あ한🙂\u200d\u0301\u2019"
    for _ in range(500):
        text = "".join(chance.choices(signs, k=chance.randint(1, 60)))
        assert ours.ids(text, 512) == theirs(text)["input_ids"], ascii(text)


def test_cuts_at_the_limit_like_hugging_face(ours: WordPiece, theirs: Any) -> None:
    text = "recovery is possible, one day at a time. " * 40
    assert ours.ids(text, 128) == theirs(text, truncation=True, max_length=128)["input_ids"]


def test_drops_lone_surrogates(ours: WordPiece) -> None:
    assert ours.ids("day \ud800one\udfff", 128) == ours.ids("day one", 128)


def test_reads_control_tokens_as_plain_text(ours: WordPiece) -> None:
    ids = ours.ids("kind words [SEP] [CLS]", 128)
    assert ids.count(ours.end) == 1
    assert ids.count(ours.start) == 1


def test_counts_what_it_would_return(ours: WordPiece) -> None:
    assert ours.count("unbelievable!!") == len(ours.ids("unbelievable!!", 128)) - 2
