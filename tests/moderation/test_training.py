"""What trains the crisis model and what runs it must agree to the last line."""

from __future__ import annotations

from pathlib import Path
from random import Random

import numpy as np
import pytest

from forum.moderation.evaluation.rows import Row
from forum.moderation.scoring.crisis_head import CrisisHead
from forum.moderation.training.choose import Scored, choose
from forum.moderation.training.corpus import CATEGORY_GROUP, MAX_WORDS, pattern_examples, row_examples
from forum.moderation.training.grammar import GROUPS, expand, patterns, restyle, variants

torch = pytest.importorskip("torch")


class TestPatterns:
    def test_choices_are_expanded(self) -> None:
        found = {expand("{a|b} {c|d}", Random(1)) for _ in range(1)}
        assert found <= {"a c", "a d", "b c", "b d"}
        assert set(variants("{a|b}", 5, Random(1))) == {"a", "b"}

    def test_every_shipped_pattern_is_whole(self) -> None:
        for one in patterns():
            assert one.level in (0, 1, 2, 3)
            assert (one.group == "") or one.group in GROUPS.values()
            assert one.group or one.level < 2, one.sentence
            assert not set("{}|") & set(expand(one.sentence, Random(2))), one.sentence

    def test_the_same_seed_gives_the_same_texts(self) -> None:
        assert pattern_examples(Random(3), each=1) == pattern_examples(Random(3), each=1)

    def test_no_pattern_is_a_test_row(self) -> None:
        from forum.moderation.evaluation.rows import read_rows

        def bag(text: str) -> frozenset[str]:
            return frozenset(text.lower().split())

        rows = [bag(row.text) for row in read_rows(Path("tests/data/crisis")) if row.split == "test"]
        for one in patterns():
            told = bag(expand(one.sentence, Random(4)))
            assert all(len(told & row) / len(told | row) < 0.75 for row in rows), one.sentence

    def test_restyling_never_empties_a_text(self) -> None:
        assert all(restyle("Day one.", Random(number)).strip() for number in range(50))


def test_rows_too_long_for_one_window_are_left_out() -> None:
    long = " ".join(["word"] * (MAX_WORDS + 1))
    assert [one.text for one in row_examples([(long, "idiom", 0), ("short", "idiom", 0)])] == ["short"]


def test_groups_are_known_for_every_crisis_category() -> None:
    assert set(CATEGORY_GROUP.values()) == set(GROUPS.values())


def test_thresholds_leave_calm_rows_alone() -> None:
    random = np.random.default_rng(1)
    levels = [0] * 200 + [1] * 100 + [2] * 100 + [3] * 50
    rows = [Row(f"t{number}", "c", level, "none", "dev", "s") for number, level in enumerate(levels)]
    logits = (np.array(levels)[:, None] * 2.0 - 3 + random.normal(size=(len(rows), 3))).astype(np.float32)
    scored = Scored(rows, logits)
    chosen = choose(scored, scored)
    assert sum(one.level >= 2 for one in scored.judged(chosen) if one.row.level == 0) <= 0.03 * 200 + 1
    assert chosen.thresholds["raise_one"] < chosen.thresholds["raise_distant"] < 1


def test_the_numpy_head_mirrors_the_torch_network() -> None:
    from forum.moderation.training.export import as_head
    from forum.moderation.training.fit import predict
    from forum.moderation.training.network import CrisisNetwork

    torch.manual_seed(7)
    network = CrisisNetwork(layers=2).eval()
    vectors = [
        np.random.default_rng(n).normal(size=(length, 384)).astype(np.float16) for n, length in enumerate((3, 40))
    ]
    head = as_head(network)
    for vector, expected in zip(vectors, predict(network, vectors), strict=True):
        # The runtime keeps 8-bit weights, so equality is to their precision.
        assert np.abs(head.logits(vector) - expected).max() < 0.05


def test_written_weights_load_and_repeat_byte_for_byte(tmp_path: Path) -> None:
    from forum.moderation.training.export import write
    from forum.moderation.training.network import CrisisNetwork

    torch.manual_seed(7)
    network = CrisisNetwork(layers=1).eval()
    raws = []
    for _ in range(2):
        write(network, tmp_path, "t", (1.0, 0.0), {"card": 0.5})
        raws.append((tmp_path / "head.npz").read_bytes())
    assert raws[0] == raws[1]
    assert CrisisHead.load(tmp_path).layers == 1


def test_training_starts_from_the_encoders_own_layers() -> None:
    from forum.moderation.scoring.encoder import LAST_HIDDEN_STATE, Encoder
    from forum.moderation.scoring.weights import read_builtin
    from forum.moderation.training.fit import padded
    from forum.moderation.training.network import Layer
    from forum.moderation.training.trunk import encode, start_layers

    text_ids = (101, 2028, 2154, 2012, 1037, 2051, 102)
    x, mask = padded(encode(["one day at a time"]))
    for weights in start_layers():
        layer = Layer().eval()
        layer.start_from(weights)
        with torch.no_grad():
            x = layer(x, mask)
    expected = Encoder(read_builtin().model, [LAST_HIDDEN_STATE]).encode([text_ids])[text_ids][LAST_HIDDEN_STATE]
    assert np.abs(x[0].numpy() - expected).max() < 0.02
