"""What trains the cruelty model and what runs it must agree; lines are chosen, never typed."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path
from random import Random

import numpy as np
import pytest

from forum.moderation.evaluation.cruelty_rows import key_of, read_cruelty_rows, read_unseen
from forum.moderation.scoring.crisis_head import read_packed, windows
from forum.moderation.scoring.cruelty_head import CrueltyHead, Unread
from forum.moderation.scoring.paths import CRUELTY_FOLDER
from forum.moderation.scoring.protocol import WeightsError
from forum.moderation.scoring.wording import BUCKETS, features, weigh
from forum.moderation.training import wording_fit
from forum.moderation.training.cruelty_choose import FALSE_HOLDS, FALSE_REVIEWS, UNREAD_ATTACKS, choose, unread
from forum.moderation.training.cruelty_corpus import TABLE_SHARE, Example, crisis_rows, table_rows

torch = pytest.importorskip("torch")

from forum.moderation.training import cruelty  # noqa: E402  # needs torch
from forum.moderation.training.cruelty import DECIDING, Corpus, read_logits, unseen_logits  # noqa: E402

ROWS = Path("tests/data/cruelty")


def test_rows_know_their_author_and_are_no_twins() -> None:
    rows = read_cruelty_rows(ROWS)
    assert {row.author for row in rows} == set("OABCDEFGHIJKLMNPQRSTUVWXYZ")
    assert len({row.text for row in rows}) == len(rows)
    assert sum(row.is_cruel for row in rows) > 2000


def test_no_rows_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_cruelty_rows(tmp_path)


def test_unseen_logits_belong_to_rows() -> None:
    keys = {row.author: set() for row in read_cruelty_rows(ROWS)} | {}
    for row in read_cruelty_rows(ROWS):
        keys[row.author].add(key_of(row.text))
    unseen = read_unseen(ROWS)
    assert set(unseen) == set(DECIDING)
    for author, logits in unseen.items():
        assert set(logits) == keys[author]


def test_crisis_rows_are_no_cruelty_but_telling_somebody_to_die() -> None:
    rows = crisis_rows(Path("tests/data/crisis"), Random(1), wanted=50)
    assert sum(not row.cruel for row in rows) >= 50
    assert rows == crisis_rows(Path("tests/data/crisis"), Random(1), wanted=50)


def test_table_rows_are_drawn_by_source(tmp_path: Path) -> None:
    path = tmp_path / "table.csv.gz"
    with gzip.open(path, "wt", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "src", "tox"])
        writer.writerows([f"you are number {n}", "ken20", "1.0"] for n in range(300))
        writer.writerows([f"nice day {n}", "counsel", "0.0"] for n in range(300))
        writer.writerows([["they are bad", "ken20", "1.0"], ["who knows", "ken20", "0.5"], ["x", "elsewhere", "0.0"]])
    rows = table_rows(path, Random(1))
    assert sum(row.cruel for row in rows) == TABLE_SHARE["ken20"][0]
    assert all("you" in row.text for row in rows if row.cruel)
    assert {row.author for row in rows} == {"table"}


def test_lines_pass_no_more_than_their_share_of_harmless_rows() -> None:
    random = np.random.default_rng(1)
    rows = [Example(f"t{n}", int(n < 400), "F") for n in range(1400)]
    said = np.array([random.normal(2.5 if row.cruel else -2.5, 1.5) for row in rows])
    logits = np.column_stack([said, random.normal(size=1400)])
    spoken = random.random(1400) < 0.5
    chosen = choose(rows, logits, spoken)
    calm = chosen.probabilities(logits[400:])
    held = (calm > chosen.thresholds["hold"] + 0.001) & spoken[400:]
    assert 0 < held.mean() <= FALSE_HOLDS
    assert (calm > chosen.thresholds["hold"]).mean() > FALSE_HOLDS
    assert (calm > chosen.thresholds["review"] + 0.001).mean() <= FALSE_REVIEWS
    assert chosen.thresholds["excuse"] < chosen.thresholds["review"] < chosen.thresholds["hold"]
    assert chosen.read > 0.5 > abs(chosen.worded)


def test_what_is_left_unread_costs_hardly_an_attack() -> None:
    random = np.random.default_rng(2)
    attacks = np.column_stack([np.full(1000, 4.0), random.normal(2, 1, 1000)])
    calm = np.column_stack([np.full(3000, -3.0), random.normal(-2, 1, 3000)])
    found = unread(np.concatenate([attacks, calm]), attacks)
    assert 0 < (attacks[:, 1] < found["below"] - 0.01).mean() <= UNREAD_ATTACKS + 0.001
    assert (calm[:, 1] < found["below"]).mean() > 0.6
    assert found["read"] == -3.0


def test_wordings_that_tell_nothing_leave_nothing_unread() -> None:
    same = np.zeros((50, 2))
    assert unread(same, same) == {}


class TestLongRows:
    """A text of more than 80 words is read in windows, so a window is what is learnt from."""

    TALK = " ".join(f"on day {number} we walked the dog and cooked soup," for number in range(12))
    ATTACK = "you are a worthless joke and your children know it"

    @pytest.fixture
    def corpus(self, tmp_path: Path) -> Corpus:
        """Return a corpus of a few short rows and two long ones, by author S."""
        short = {
            "abuse": [self.ATTACK, "you are a waste of air", "nobody here likes you"],
            "benign": ["we cooked soup"],
        }
        for kind, rows in short.items():
            long = f"{self.TALK} {self.ATTACK}." if kind == "abuse" else self.TALK
            (tmp_path / f"{kind}_s.txt").write_text("\n".join([*rows, long]), encoding="utf-8")
        table = tmp_path / "table.csv.gz"
        with gzip.open(table, "wt", encoding="utf-8", newline="") as file:
            csv.writer(file).writerow(["text", "src", "tox"])
        return Corpus(table, tmp_path, tmp_path)

    def test_talk_is_learnt_from_in_every_window_and_an_attack_where_it_stands(self, corpus: Corpus) -> None:
        long = [one for one in corpus.pieces if len(one.text.split()) > 40]
        assert [one.text for one in long if not one.cruel] == windows(self.TALK)
        (attack,) = [one.text for one in long if one.cruel]
        assert self.ATTACK in attack

    def test_a_long_text_is_as_cruel_as_its_worst_window(self, corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
        rows = [row for row in corpus.own if len(row.text.split()) > 80]
        monkeypatch.setattr(cruelty, "DECIDING", ("S",))
        packed = read_packed((CRUELTY_FOLDER / "head.npz").read_bytes())
        said = unseen_logits(corpus, packed, rows)
        assert said.shape == (2, 2)
        assert {row.cruel: float(read) for row, read in zip(rows, said[:, 0], strict=True)}[1] == pytest.approx(
            max(read_logits(packed, windows(next(row.text for row in rows if row.cruel)))), abs=0.01
        )


def test_written_weights_load_and_repeat_byte_for_byte(tmp_path: Path) -> None:
    from forum.moderation.training.cruelty import layers_bytes, write
    from forum.moderation.training.cruelty_choose import Chosen
    from forum.moderation.training.network import CrueltyNetwork

    torch.manual_seed(7)
    layers = layers_bytes(CrueltyNetwork(layers=2).eval().state_dict())
    wording = np.linspace(-1, 1, BUCKETS + 1, dtype=np.float32)
    lines = {"hold": 0.9, "review": 0.5, "agree": 0.3, "excuse": 0.1}
    raws = []
    for _ in range(2):
        write(layers, wording, Chosen(0.5, 1.5, 0.25, lines, {"below": -1.0, "read": -3.0}), tmp_path)
        raws.append([(tmp_path / name).read_bytes() for name in ("head.npz", "wording.npz", "manifest.json")])
    assert raws[0] == raws[1]
    head = CrueltyHead.load(tmp_path)
    assert (len(head.layers), head.read, head.worded, head.intercept) == (2, 0.5, 1.5, 0.25)
    assert head.unread == Unread(below=-1.0, read=-3.0)
    assert np.abs(head.wording - wording).max() < 0.001
    (tmp_path / "wording.npz").write_bytes(b"altered")
    with pytest.raises(WeightsError, match="sha256"):
        CrueltyHead.load(tmp_path)


def test_wording_learns_frames_whatever_stands_in_them() -> None:
    pairs = [("you're the {} that never got a chance", 1), ("i was the {} that never got a chance", 0)]
    names = "kettle horse ladder candle button garden window pencil".split()
    rows = [Example(frame.format(name), cruel, "x") for frame, cruel in pairs for name in names]
    true = [row.cruel for row in rows]
    weights = wording_fit.fit(true, [1.0] * len(rows), wording_fit.buckets_of([row.text for row in rows]))
    unseen = [frame.format("trombone") for frame, _ in pairs]
    cruel, harmless = wording_fit.predict(weights, wording_fit.buckets_of(unseen))
    assert cruel > 0.5 > -0.5 > harmless


def test_wording_reads_anything() -> None:
    weights = np.zeros((2, BUCKETS + 1), np.float32)
    weights[:, -1] = 0.25, -1
    for text in ("", "   ", "\U0001f642", "a" * 8000, "’"):
        assert weigh(weights, features(text)).tolist() == [0.25, -1]


def test_a_few_steps_learn_a_difference() -> None:
    from forum.moderation.training.cruelty_fit import fit
    from forum.moderation.training.loop import Recipe, predict

    random = np.random.default_rng(3)
    examples = [Example(f"t{n}", n % 2, "x") for n in range(64)]
    vectors = [(random.normal(size=(6, 384)) + (one.cruel - 0.5)).astype(np.float16) for one in examples]
    network = fit(examples, vectors, Recipe(layers=1, epochs=3, warm_up=1))
    logits = predict(network, vectors)[:, 0]
    assert logits[1::2].min() > logits[0::2].max()
