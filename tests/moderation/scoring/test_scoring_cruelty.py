"""The cruelty head asks its wording first: the layers are run only where that leaves something open."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest

from forum.moderation.phases.cruelty import lines
from forum.moderation.policy import DEFAULT_POLICY, Policy
from forum.moderation.scoring.cruelty_head import HARSH, CrueltyHead, Tokens
from forum.moderation.scoring.embedded import BuiltinModel
from forum.moderation.scoring.paths import CRUELTY_FOLDER
from forum.moderation.scoring.wording import features

CALM = "I made soup for the first time in a month and I ate it in the garden with my cat."
CONTEMPT = "You were pathetic high and you're pathetic sober. At least high you didn't preach."
TOKENS = np.zeros((12, 384), np.float32)


@pytest.fixture(scope="module")
def head() -> CrueltyHead:
    return CrueltyHead.load(CRUELTY_FOLDER)


def runs(head: CrueltyHead, text: str, harshest: float = 0.0) -> int:
    """Return how often the layers were run for a text."""
    calls: list[int] = []

    def run(trunk: Tokens) -> Tokens:
        calls.append(len(trunk))
        return trunk

    assert 0.0 <= head(TOKENS, features(text), run, harshest) <= 1.0
    assert set(calls) <= {len(TOKENS)}
    return len(calls)


def test_layers_are_left_out_where_the_wording_sees_nothing(head: CrueltyHead) -> None:
    assert runs(head, CALM) == 0
    assert runs(head, CONTEMPT) == 1


def test_a_raised_label_has_the_layers_read_whatever_the_wording(head: CrueltyHead) -> None:
    assert runs(head, CALM, harshest=HARSH - 0.01) == 0
    assert runs(head, CALM, harshest=HARSH) == 1


def test_without_a_line_both_readers_read_everything(head: CrueltyHead) -> None:
    assert runs(replace(head, unread=None), CALM) == 1


def test_an_unread_text_speaks_for_itself(head: CrueltyHead) -> None:
    """The highest number an unread text can be given says what the layers would have said: nothing meant to hurt."""
    assert head.unread is not None
    highest = head.read * head.unread.read + head.worded * head.unread.below + head.intercept
    assert 1 / (1 + np.exp(-highest)) < lines().excuse / 4


def test_the_layers_are_run_before_any_label_counts() -> None:
    named = [field.name for field in fields(Policy) if field.name.startswith("embedded_")]
    assert min(getattr(DEFAULT_POLICY, name) for name in named) >= HARSH


def test_the_model_runs_them_on_what_the_encoder_made() -> None:
    model = BuiltinModel.load()
    both = model.score(f"{CALM} {CONTEMPT}").cruelty
    alone = model.score(CONTEMPT).cruelty
    assert both is not None
    assert alone is not None
    assert min(both, alone) >= lines().review
    calm = model.score(CALM).cruelty
    assert calm is not None
    assert calm < 0.02
