"""What trains the crisis model and what runs it must agree to the last line."""

from __future__ import annotations

from pathlib import Path
from random import Random

import numpy as np
import pytest

from forum.moderation.evaluation.rows import Row, key_of, read_writers
from forum.moderation.evaluation.unseen import KnownNearness, read_nearness
from forum.moderation.phases import crisis_told
from forum.moderation.phases.crisis_told import features
from forum.moderation.scoring.crisis_head import LEVEL_KEYS, CrisisHead, windows
from forum.moderation.scoring.protocol import WeightsError
from forum.moderation.scoring.wording import BUCKETS, weigh
from forum.moderation.training.choose import (
    BROAD_CARDS,
    BROAD_PAGES,
    FALSE_CARDS,
    FALSE_PAGES,
    OVER_PAGES,
    Unseen,
    choose,
    gather,
)
from forum.moderation.training.corpus import (
    CATEGORY_GROUP,
    Example,
    calm_lines,
    hand_written,
    pattern_examples,
    row_examples,
    talk,
)
from forum.moderation.training.folds import FOLDS, TALKERS, learnt_from, talker_name
from forum.moderation.training.grammar import GROUPS, expand, patterns, restyle, variants
from forum.moderation.training.told import LOST, chosen_line, fit_told, nearnesses, reader_of, write_told

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


class TestLongRows:
    """A text of more than 80 words is read in windows, so a window is what is learnt from."""

    CALM = " ".join(f"on day {number} we walked the dog and cooked soup," for number in range(12))
    DANGER = "i have decided that i am going to kill myself tonight"

    def test_a_short_row_is_learnt_from_whole(self) -> None:
        assert row_examples([("short", "idiom", 0)], 1.0) == [Example("short", 0, 0)]

    def test_every_window_of_a_calm_row_is_calm(self) -> None:
        found = row_examples([(self.CALM, "smalltalk", 0)])
        assert [one.text for one in found] == windows(self.CALM)
        assert len(found) > 1
        assert {(one.crisis, one.level) for one in found} == {(0, 0)}

    def test_a_window_of_a_worried_row_is_only_known_to_be_no_crisis(self) -> None:
        assert {(one.crisis, one.level) for one in row_examples([(self.CALM, "grief", 1)])} == {(0, None)}

    @pytest.mark.parametrize("at", ["first", "last"])
    def test_of_a_row_of_danger_the_window_with_the_danger_is_learnt_from(self, at: str) -> None:
        text = f"{self.DANGER}. {self.CALM}" if at == "first" else f"{self.CALM} {self.DANGER}."
        (found,) = row_examples([(text, "plan_intent_means", 3)])
        assert self.DANGER in found.text
        assert (found.crisis, found.level, found.group) == (1, 3, "suicide")


def test_groups_are_known_for_every_crisis_category() -> None:
    assert set(CATEGORY_GROUP.values()) == set(GROUPS.values())


def test_thresholds_keep_what_the_model_adds_within_their_shares() -> None:
    random = np.random.default_rng(1)
    levels = np.array([0] * 2000 + [1] * 1000 + [2] * 1000 + [3] * 500)
    rows = [Row(f"t{number}", "c", int(level), "none", "dev", "s") for number, level in enumerate(levels)]
    logits = levels[:, None, None] * 2.0 - np.array([[1, 3, 5]] * 2) + random.normal(size=(len(rows), 2, 3))
    ruled = np.clip(levels + random.integers(-1, 1, len(rows)), 0, 3)
    distant = (ruled == 1) & (random.random(len(rows)) < 0.3)
    ruled[:50], ruled[50:100] = 2, 1
    leaning = np.where((ruled > 0) & (ruled < 3) & (random.random(len(rows)) < 0.3), ruled + 1, 0)
    chosen = choose(Unseen(rows, logits, ruled, distant, leaning))
    sure, emergency = (
        1 / (1 + np.exp(-(logits[:, :, at] @ chosen.calibration[key][:2] + chosen.calibration[key][2])))
        for at, key in ((1, "crisis"), (2, "crisis_3"))
    )
    limits = chosen.thresholds
    calm = (levels == 0) & (ruled == 0)
    assert (sure[calm] >= limits["card"]).mean() <= FALSE_CARDS + 0.002
    assert (emergency[(levels == 0) & (ruled < 2)] >= limits["page_alone"]).mean() <= FALSE_PAGES + 0.002
    assert (emergency[(levels == 2) & (ruled == 2)] >= limits["page"]).mean() <= OVER_PAGES + 0.01
    assert (emergency[(leaning == 3) & (levels <= 1)] >= limits["page_broad"]).mean() <= BROAD_PAGES + 0.01
    assert (sure[(leaning == 2) & (levels == 0)] >= limits["card_broad"]).mean() <= BROAD_CARDS + 0.02
    assert limits["raise_one"] < limits["raise_distant"] < 1
    assert abs(sure[levels >= 2].mean() - 0.9) < 0.1


class TestRows:
    ROWS = (
        Row("I can't stop thinking about it tonight", "ideation_active", 2, "implicit", "dev", "a"),
        Row("kill yourself", "toxic_incitement", 0, "none", "dev", "a"),
        Row("two eggs and a long walk", "smalltalk", 0, "none", "dev", "a"),
    )

    def test_each_row_comes_as_written_and_another_way(self) -> None:
        found = hand_written(self.ROWS)
        assert {row.text for row in self.ROWS} <= {one.text for one in found}
        assert [one.level for one in found] == [2, 0, 0, 2, 0, 0]
        assert hand_written(self.ROWS) == found

    def test_telling_somebody_else_to_die_is_no_crisis_of_its_author(self) -> None:
        assert {one.level for one in hand_written(self.ROWS[1:2])} == {0}

    def test_our_own_test_rows_are_never_learnt_from(self) -> None:
        writers = read_writers(Path("tests/data/crisis"))
        learnt = {one.text for one in learnt_from(writers)}
        assert learnt.isdisjoint({row.text for row in writers["own"] if row.split == "test"})

    def test_a_left_out_writer_is_left_out(self) -> None:
        writers = read_writers(Path("tests/data/crisis"))
        learnt = {one.text for one in learnt_from(writers, ("a", "c"))}
        assert learnt.isdisjoint({row.text for name in "ac" for row in writers[name]})
        assert {name for fold in FOLDS for name in fold} == set(writers)

    def test_a_fold_does_not_learn_from_its_talker(self) -> None:
        folder = Path("tests/data/cruelty")
        whole, without = (calm_lines(folder, Random(1), author) for author in ("", TALKERS[0]))
        left_out = {one.text for one in whole} - {one.text for one in without}
        spoken = {row.text for row in talk(folder, TALKERS[0])}
        assert len(spoken) > 500
        assert {part for text in spoken for part in windows(text)} <= left_out
        assert {one.text for one in without} <= {one.text for one in whole}
        assert talker_name(0) == "talk_x"


def test_a_stopped_training_goes_on_and_ends_the_same(tmp_path: Path) -> None:
    from forum.moderation.training.fit import fit
    from forum.moderation.training.loop import Recipe

    examples = hand_written(TestRows.ROWS) * 4
    vectors = [np.random.default_rng(n).normal(size=(4, 384)).astype(np.float16) for n in range(len(examples))]
    recipe = Recipe(layers=1, epochs=2, batch=8)
    whole = fit(examples, vectors, recipe).state_dict()
    fit(examples, vectors, recipe, tmp_path / "x").state_dict()
    stored = torch.load(tmp_path / "x", weights_only=True)
    assert stored["epoch"] == 2
    resumed = fit(examples, vectors, recipe, tmp_path / "x").state_dict()
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)


def test_the_shipped_model_mirrors_the_torch_network() -> None:
    from forum.moderation.scoring.crisis_head import pooled_logits, unpack_pooling
    from forum.moderation.scoring.encoder import Encoder
    from forum.moderation.scoring.graph import SOURCES, assemble
    from forum.moderation.scoring.layers import read_encoder, read_layers
    from forum.moderation.scoring.weights import read_builtin
    from forum.moderation.training.export import arrays
    from forum.moderation.training.loop import predict
    from forum.moderation.training.network import CrisisNetwork

    torch.manual_seed(7)
    network = CrisisNetwork(layers=2).eval()
    packed = arrays(network)
    encoding = read_encoder(read_builtin().model)
    model = assemble(encoding, {"crisis": (SOURCES[4], read_layers(packed, 2))}, [SOURCES[4]])
    encoder = Encoder(model, ["crisis", SOURCES[4]])
    every: list[tuple[int, ...]] = [(101, 2028, 2154, 102), tuple(range(2000, 2060))]
    for ids, found in encoder.encode(every).items():
        expected = predict(network, [found[SOURCES[4]].astype(np.float16)])[0]
        assert len(found["crisis"]) == len(ids)
        # The runtime calculates in 8 bits, so equality is to their precision.
        assert np.abs(pooled_logits(found["crisis"], unpack_pooling(packed)) - expected).max() < 0.1


def test_written_weights_load_and_repeat_byte_for_byte(tmp_path: Path) -> None:
    from forum.moderation.training.export import write
    from forum.moderation.training.network import CrisisNetwork

    torch.manual_seed(7)
    network = CrisisNetwork(layers=1).eval()
    wording = np.linspace(-1, 1, 3 * (BUCKETS + 1), dtype=np.float32).reshape(3, -1)
    raws = []
    for _ in range(2):
        write(network, wording, tmp_path, "t", dict.fromkeys(LEVEL_KEYS, (1.0, 0.5, 0.25)), {"card": 0.5})
        raws.append([(tmp_path / name).read_bytes() for name in ("head.npz", "wording.npz", "manifest.json")])
    assert raws[0] == raws[1]
    head = CrisisHead.load(tmp_path)
    assert len(head.layers) == 1
    assert np.abs(head.wording - wording).max() < 0.001
    assert head.calibration.tolist() == [[1.0, 0.5, 0.25]] * 3
    (tmp_path / "wording.npz").write_bytes(b"altered")
    with pytest.raises(WeightsError, match="sha256"):
        CrisisHead.load(tmp_path)


def test_known_layers_are_asked_about_new_rows_alone(tmp_path: Path) -> None:
    from forum.moderation.training.export import write
    from forum.moderation.training.folds import layer_logits, write_table
    from forum.moderation.training.known import KnownLayers
    from forum.moderation.training.loop import Recipe
    from forum.moderation.training.network import CrisisNetwork
    from forum.moderation.training.store import Store

    torch.manual_seed(5)
    network, recipe = CrisisNetwork(layers=1).eval(), Recipe(layers=1)
    write(
        network, np.zeros((3, BUCKETS + 1), np.float32), tmp_path, "t", dict.fromkeys(LEVEL_KEYS, (1.0, 1.0, 0.0)), {}
    )
    old, new = TestRows.ROWS[:1], TestRows.ROWS[1:]
    write_table(tmp_path / "t.csv", {"a": old}, {"a": np.full((1, 2, 3), 7, np.float32)}, {"a": [[0.5, -1.25]]})
    assert read_nearness(tmp_path / "t.csv") == {key_of(old[0].text): [0.5, -1.25]}
    found = KnownLayers.read(tmp_path, tmp_path / "t.csv", recipe).logits(TestRows.ROWS, Store())
    assert found[0].tolist() == [7, 7, 7]
    assert np.abs(found[1:] - layer_logits(network, new, Store())).max() < 0.05


class TestTold:
    THERE = tuple(Example(f"he is not breathing and his lips are blue, room {number}", 1, 3) for number in range(40))
    TOLD = tuple(Example(f"course {number}. lips blue, not breathing. tea after", 0, 0) for number in range(40))
    ROWS = (
        Row("he is not breathing and his lips are blue, second floor", "overdose_now", 3, "lexical", "dev", "a"),
        Row("Course on Monday. Lips blue, not breathing. Tea after.", "education", 0, "none", "dev", "a"),
    )

    def test_what_is_told_is_learnt_and_shipped_in_bytes(self, tmp_path: Path) -> None:
        weights = fit_told([*self.THERE, *self.TOLD])
        write_told(weights, -0.5, "t", tmp_path)
        shipped = crisis_told.read(tmp_path)
        assert (shipped.version, shipped.line) == ("t", -0.5)
        for one in (*self.THERE[:3], *self.TOLD[:3]):
            buckets = frozenset().union(*map(features, one.text.split(". ")))
            said, exact = shipped.says(buckets), float(weigh(weights, np.array(sorted(buckets))))
            assert abs(said - exact) < 0.2
            assert (said > 0) == bool(one.crisis)

    def test_every_sentence_of_a_row_is_read(self) -> None:
        there, told = nearnesses(reader_of(fit_told([*self.THERE, *self.TOLD])), self.ROWS)
        assert (len(there), len(told)) == (1, 3)
        assert there[0] > max(told)

    def test_the_line_leaves_its_share_of_spoken_crises_under_it(self) -> None:
        rows = [self.ROWS[0]] * 400
        near = [[number / 100] for number in range(400)]
        line = chosen_line([*rows, self.ROWS[1]], [*near, [-9.0, -9.0, -9.0]])
        assert line == pytest.approx(LOST * 4, abs=0.02)

    def test_rows_are_gathered_as_their_fold_tells_them_apart(self) -> None:
        logits = {"a": np.zeros((2, 2, 3), np.float32)}
        doubted = gather({"a": self.ROWS}, logits, {"a": [[-3.0], [-3.0] * 3]}, -1.0)
        believed = gather({"a": self.ROWS}, logits, {"a": [[3.0], [3.0] * 3]}, -1.0)
        assert (doubted.ruled[0], doubted.leaning[0]) == (1, 2)
        assert (believed.ruled[0], believed.leaning[0]) == (2, 3)

    def test_numbers_of_another_text_are_refused(self) -> None:
        with pytest.raises(ValueError, match="another text"):
            KnownNearness([0.0], 0.0).over(["one.", "two."])


def test_wording_learns_each_level_from_what_is_known_of_it() -> None:
    from forum.moderation.scoring.wording import features, weigh
    from forum.moderation.training.corpus import Example
    from forum.moderation.training.fit import fit_wording, level_targets

    examples = [Example("grave tonight", 1, 3), Example("low lately", 0, 1), Example("somehow near", 1)] * 20
    levels, known = level_targets(examples[:3])
    assert levels.tolist() == [[1, 1, 1], [1, 0, 0], [1, 1, 0]]
    assert known.tolist() == [[1, 1, 1], [1, 1, 1], [1, 1, 0]]
    weights = fit_wording(examples)
    grave, low = (weigh(weights, features(text)) for text in ("grave tonight", "low lately"))
    assert grave.min() > 1
    assert low[0] > 1 > -1 > low[1:].max()


def test_training_starts_from_the_encoders_own_layers() -> None:
    from forum.moderation.scoring.encoder import Encoder
    from forum.moderation.scoring.graph import LAST, assemble
    from forum.moderation.scoring.layers import read_encoder
    from forum.moderation.scoring.weights import read_builtin
    from forum.moderation.training.loop import padded
    from forum.moderation.training.network import Layer
    from forum.moderation.training.trunk import encode, start_layers

    text_ids = (101, 2028, 2154, 2012, 1037, 2051, 102)
    x, mask = padded(encode(["one day at a time"]))
    for weights in start_layers():
        layer = Layer().eval()
        layer.start_from(weights)
        with torch.no_grad():
            x = layer(x, mask)
    encoder = Encoder(assemble(read_encoder(read_builtin().model), {}), [LAST])
    found = encoder.encode([text_ids])[text_ids][LAST]
    assert np.corrcoef(x[0].numpy().ravel(), found.ravel())[0, 1] > 0.995
