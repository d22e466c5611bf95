"""The wording of a text falls into the same buckets for ever: weights are trained on their numbers."""

from __future__ import annotations

from zlib import crc32

import pytest

from forum.moderation.scoring.wording import BUCKETS, features


def named(*said: str) -> set[int]:
    return {crc32(feature.encode()) % BUCKETS for feature in said}


def test_words_frames_and_pieces_each_have_a_bucket() -> None:
    found = set(features("You’re KIND").tolist())
    words = named("w<", "wyou're", "wkind", "w>", "w< you're", "wyou're kind", "wkind >", "w< you're kind")
    frames = named("k< *", "k* *", "k* >", "k< * *", "k* * >", "k< * * >")
    beside = named("s<_kind", "syou're_>", "pyou're+kind", "pyou're+you're", "L0")
    pieces = named("c yo", "cind ", "c kin", "ckind ", "cyou'r")
    assert found >= words | frames | beside | pieces
    assert max(found) < BUCKETS


@pytest.mark.parametrize("text", ["", "a", "⠀", "3 ٣", "!?"])
def test_short_and_strange_texts_have_buckets_too(text: str) -> None:
    found = features(text)
    assert len(found) == len(set(found.tolist())) > 0


def test_small_words_stay_in_frames() -> None:
    assert set(features("you never got a chance").tolist()) >= named("kyou never got a *")
