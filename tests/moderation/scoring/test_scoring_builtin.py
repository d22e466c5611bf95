"""The built-in scorer says what the published figures were measured with, for any text a person can type."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

import numpy as np
import onnxruntime
import pytest
from scoring_helpers import NAUGHTY

from forum.moderation.scoring import graph
from forum.moderation.scoring.embedded import BuiltinModel, highest
from forum.moderation.scoring.encoder import MAX_TOKENS, Encoder
from forum.moderation.scoring.graph import LAST
from forum.moderation.scoring.layers import read_encoder
from forum.moderation.scoring.paths import BUILTIN_FOLDER
from forum.moderation.scoring.toxicity_head import ToxicityHead
from forum.moderation.scoring.views import MAX_WINDOWS, plain_view, views, windows
from forum.moderation.scoring.weights import read_builtin
from forum.moderation.scoring.wordpiece import WordPiece
from forum.moderation.verdict import LABELS

MULTIPLIES_SIGNED = graph.multiplies_signed()
CALM = "today was hard but i went to the meeting and listened to everyone speak about their week and it helped "

FROZEN = [
    ("you are a worthless junkie and everyone here hates you", 0.99989, 0.99975, 0.07142, 0.36222, 0.20199, 0.01233),
    ("day 30 sober and fucking proud of it", 0.00034, 0.00012, 0.0, 0.00014, 0.8093, 0.08392),
    ("k y s nobody wants you here", 1.0, 0.99992, 0.90345, 0.89528, 0.09974, 0.01741),
    ("1d10t, f.u.c.k off", 0.92894, 0.9019, 0.02418, 0.30375, 0.97411, 0.26219),
    ("i keep hoping my dealer gets hit by a bus", 0.00693, 0.00048, 0.00054, 0.00352, 0.00219, 0.00051),
    ("’thank you’ all – café meeting was lövely 🙂", 0.00319, 0.00002, 0.00001, 0.00632, 0.00313, 0.00032),
    ("i am such a stupid failure, i relapsed again", 0.14347, 0.04205, 0.0, 0.01157, 0.21998, 0.00825),
]
FROZEN_LABELS = ("toxicity", "insult", "threat", "identity_attack", "obscene", "severe_toxicity")


ROUNDED = 0.08
"""How far a label may move because the shipped model calculates in 8 bits."""


@pytest.fixture(scope="module")
def in_full() -> Callable[[str], Mapping[str, float]]:
    """Return the same weights, vocabulary, views and head with the vendor's model as it is, in 32 bits."""
    files = read_builtin()
    tokenizer, head = WordPiece.from_lines(files.vocabulary), ToxicityHead(files.head)
    session = onnxruntime.InferenceSession(files.model, providers=["CPUExecutionProvider"])

    def labels(text: str) -> Mapping[str, float]:
        parts = [np.array([tokenizer.ids(one, MAX_TOKENS)]) for one in views(text, tokenizer.count, MAX_TOKENS - 2)]
        feeds = [{"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": ids * 0} for ids in parts]
        return highest(head(session.run([LAST], feed)[0][0]) for feed in feeds)

    return labels


@pytest.mark.parametrize("row", FROZEN, ids=lambda row: row[0][:20])
def test_weights_equal_the_research_figures(
    in_full: Callable[[str], Mapping[str, float]], row: tuple[str, *tuple[float, ...]]
) -> None:
    found = in_full(row[0])
    assert [found[label] for label in FROZEN_LABELS] == pytest.approx(row[1:], abs=1e-4)


@pytest.mark.parametrize("row", FROZEN, ids=lambda row: row[0][:20])
def test_eight_bits_stay_near_the_research_figures(builtin: BuiltinModel, row: tuple[str, *tuple[float, ...]]) -> None:
    found = builtin.score(row[0]).labels
    assert [found[label] for label in FROZEN_LABELS] == pytest.approx(row[1:], abs=ROUNDED)


@pytest.mark.parametrize("ids", [(101, 102), (101, 2017, 2024, 1037, 11669, 102), tuple(range(2000, 2060))])
def test_processors_without_exact_products_give_the_same_vectors(
    ids: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    encoding = read_encoder(read_builtin().model)
    found = []
    for is_signed in (True, False):
        monkeypatch.setattr(graph, "multiplies_signed", lambda says=is_signed: says)
        found.append(Encoder(graph.assemble(encoding, {}), [LAST]).encode([ids])[ids][LAST])
    if MULTIPLIES_SIGNED:
        assert np.array_equal(found[0], found[1])
    assert found[1].shape == (len(ids), 384)


@pytest.mark.parametrize("text", [*NAUGHTY, "\ud83d lone \udc00", "\x00" * 8000, "🙂" * 4000])
def test_answers_every_text_with_seven_probabilities(builtin: BuiltinModel, text: str) -> None:
    found = builtin.score(text)
    assert set(found.labels) == set(LABELS)
    assert all(0.0 <= value <= 1.0 for value in found.labels.values())
    assert found.crisis is not None
    assert 0.0 <= found.crisis <= 1.0


@pytest.mark.parametrize("text", ["", "   ", "🙂🙂", "\ud800"])
def test_finds_nothing_in_a_text_without_words(builtin: BuiltinModel, text: str) -> None:
    assert set(builtin.score(text).labels.values()) == {0.0}


def test_a_batch_says_what_each_text_alone_says(builtin: BuiltinModel) -> None:
    texts = [row[0] for row in FROZEN] + ["", CALM * 10, "ok"]
    for text, together in zip(texts, builtin.score_many(texts), strict=True):
        assert together == builtin.score(text)


@pytest.mark.parametrize("before", [0, 10, 30, 60])
def test_cruelty_is_found_wherever_it_stands_in_a_long_post(builtin: BuiltinModel, before: int) -> None:
    cruel = "you are a worthless junkie, kill yourself, everyone here hates you. " * 3
    text = CALM * before + cruel + CALM * (60 - before)
    assert len(text) < 8000
    assert builtin.score(text).labels["toxicity"] > 0.6  # the line for review; a window holds calm words too
    assert builtin.score(CALM * 62).labels["toxicity"] < 0.1


def test_long_words_cannot_push_cruelty_out_of_the_window(builtin: BuiltinModel) -> None:
    padding = "qzxjv" * 19
    text = f"{padding} {padding} you are a worthless junkie and everyone here hates you"
    assert builtin.score(text).labels["toxicity"] > 0.85


@pytest.mark.alone
@pytest.mark.parametrize(
    "text", ["x " * 4000, "!" * 8000, "a.b" * 2600, "a.a." * 2000, "@1a" * 2600, "f u c k " * 1000]
)
def test_8_kb_of_anything_ends_soon(builtin: BuiltinModel, text: str) -> None:
    started = time.perf_counter()
    builtin.score(text)
    assert time.perf_counter() - started < 5.0


@pytest.mark.parametrize(
    ("disguised", "plain"),
    [
        ("k y s", "kys"),
        ("f.u.c.k", "fuck"),
        ("1d10t", "idiot"),
        ("di\u200be", "die"),
        ("diiiiie", "diie"),
        ("30mg of it on day 12", "30mg of it on day 12"),
        ("see example.org", "see example.org"),
        ("i am a person", "i am a person"),
    ],
)
def test_disguises_come_off(disguised: str, plain: str) -> None:
    assert plain_view(disguised) == plain


def test_windows_fit_and_leave_no_word_out() -> None:
    tokenizer = WordPiece.load(BUILTIN_FOLDER / "vocab.txt")
    words = [f"word{number} unbelievable" for number in range(400)]
    text = " ".join(words)
    found = windows(text, tokenizer.count, MAX_TOKENS - 2)
    assert len(found) <= MAX_WINDOWS
    assert all(tokenizer.count(window) <= MAX_TOKENS - 2 for window in found)
    assert {word for window in found for word in window.split()} == set(text.split())
