"""The real Detoxify class, loaded offline, with none of its known traps left open."""

from __future__ import annotations

import os
import pickle
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed here (lean install)")
pytest.importorskip("detoxify", reason="Detoxify is not installed here (lean install)")

from scoring_helpers import NAUGHTY  # noqa: E402

from forum.moderation.scoring.local_detoxify import DetoxifyModel  # noqa: E402
from forum.moderation.scoring.models import load_detoxify, load_local  # noqa: E402
from forum.moderation.scoring.pins import write_pins  # noqa: E402
from forum.moderation.scoring.protocol import WeightsError  # noqa: E402
from forum.moderation.verdict import LABELS  # noqa: E402

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def model(bert_checkpoint: Path) -> DetoxifyModel:
    return DetoxifyModel.load(bert_checkpoint)


@pytest.fixture
def copy(bert_checkpoint: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(bert_checkpoint.parent, tmp_path / "copy")) / "model.ckpt"


def rewrite(checkpoint: Path, change: Callable[[dict[str, Any]], None]) -> None:
    stored = torch.load(checkpoint, weights_only=True)
    change(stored)
    torch.save(stored, checkpoint)


def test_is_the_real_class(model: DetoxifyModel) -> None:
    from detoxify import Detoxify

    assert isinstance(model._detoxify, Detoxify)
    assert type(model._detoxify).predict is Detoxify.predict


def test_says_what_bare_predict_says(model: DetoxifyModel) -> None:
    text = "you are kind and i hate it"
    bare = model._detoxify.predict(text)
    assert model.score(text) == pytest.approx({label: bare[label] for label in model.labels}, abs=1e-6)


def test_old_class_names_become_ours(model: DetoxifyModel) -> None:
    assert set(model.labels) == set(LABELS) - {"sexual_explicit"}


def test_loads_the_shape_of_the_unbiased_model(roberta_checkpoint: Path) -> None:
    model = DetoxifyModel.load(roberta_checkpoint)
    assert set(model.score("you are kind")) == set(LABELS)


def test_loading_opens_no_connection(bert_checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    DetoxifyModel.load(bert_checkpoint)


def test_goes_offline_before_transformers_is_imported(bert_checkpoint: Path) -> None:
    """In a fresh interpreter: the flag is read at import, so setting it later would cost 24 s per start."""
    code = (
        "import sys; from pathlib import Path\n"
        "from forum.moderation.scoring.local_detoxify import DetoxifyModel\n"
        "assert 'transformers' not in sys.modules and 'torch' not in sys.modules\n"
        f"DetoxifyModel.load(Path({str(bert_checkpoint)!r}))\n"
        "from huggingface_hub import constants\n"
        "assert constants.HF_HUB_OFFLINE\n"
        "import torch; assert torch.get_num_threads() == 1\n"
    )
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "TRANSFORMERS_"))}
    root = Path(__file__).parents[3]
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60, env=clean | {"PYTHONPATH": str(root)})


@pytest.mark.parametrize("text", [*NAUGHTY, "lone \ud800 surrogate", "word " * 1600, "x" * 8000])
def test_answers_every_text(model: DetoxifyModel, text: str) -> None:
    assert all(0.0 <= value <= 1.0 for value in model.score(text).values())


def test_more_than_512_tokens_without_a_declared_limit(copy: Path) -> None:
    (copy.parent / "hf" / "tokenizer_config.json").write_text('{"do_lower_case": true}')
    assert DetoxifyModel.load(copy).score("a b c d " * 190)


def test_no_texts_no_answers(model: DetoxifyModel) -> None:
    assert model.score_many([]) == []


def test_a_batch_says_what_each_text_alone_says(model: DetoxifyModel) -> None:
    texts = ["you", "i am kind to you", "", "hate " * 100, "this is it " * 400, *["love"] * 9]
    for text, together in zip(texts, model.score_many(texts), strict=True):
        assert together == pytest.approx(model.score(text), abs=1e-5)


def test_int8_is_opt_in_and_says_so(bert_checkpoint: Path) -> None:
    quick = DetoxifyModel.load(bert_checkpoint, int8=True)
    assert quick.version.endswith("-int8")
    assert quick.score("you idiot") == pytest.approx(DetoxifyModel.load(bert_checkpoint).score("you idiot"), abs=0.05)


def test_a_missing_classifier_is_refused(copy: Path) -> None:
    rewrite(copy, lambda stored: stored["state_dict"].pop("classifier.weight"))
    with pytest.raises(WeightsError, match=r"lacks weights: classifier\.weight"):
        DetoxifyModel.load(copy)


def test_a_wrong_prefix_is_refused(copy: Path) -> None:
    def prefix(stored: dict[str, Any]) -> None:
        stored["state_dict"] = {f"model.{name}": value for name, value in stored["state_dict"].items()}

    rewrite(copy, prefix)
    with pytest.raises(WeightsError, match="weights"):
        DetoxifyModel.load(copy)


def test_unknown_weights_are_refused(copy: Path) -> None:
    rewrite(copy, lambda stored: stored["state_dict"].update({"bert.extra.weight": torch.zeros(2)}))
    with pytest.raises(WeightsError, match=r"does not know: bert\.extra\.weight"):
        DetoxifyModel.load(copy)


class Harmful:
    def __reduce__(self) -> tuple[Any, ...]:
        return (os.mkdir, ("pwned",))


def test_code_in_a_checkpoint_is_never_run(copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save({"config": Harmful(), "state_dict": {}}, copy)
    with pytest.raises(WeightsError, match="more than weights"):
        DetoxifyModel.load(copy)
    assert not (tmp_path / "pwned").exists()


@pytest.mark.parametrize("content", [b"", b"not a checkpoint", pickle.dumps({"config": 1})])
def test_a_file_that_is_no_checkpoint_is_refused(copy: Path, content: bytes) -> None:
    copy.write_bytes(content)
    with pytest.raises(WeightsError):
        DetoxifyModel.load(copy)


def test_a_checkpoint_changed_after_the_fetch_is_refused(copy: Path) -> None:
    write_pins(copy.parent, ["model.ckpt"])
    DetoxifyModel.load(copy)
    rewrite(copy, lambda stored: stored["state_dict"]["classifier.bias"].add_(1.0))
    with pytest.raises(WeightsError, match=r"model\.ckpt differs"):
        DetoxifyModel.load(copy)


@pytest.mark.parametrize(("path", "sentence"), [(None, "is not set"), ("/nowhere/model.ckpt", "is not there")])
def test_a_missing_checkpoint_is_one_sentence(path: str | None, sentence: str) -> None:
    found = load_detoxify(path)
    assert found.model is None
    assert sentence in found.problem


def test_both_models_answer_together(bert_checkpoint: Path) -> None:
    scorer = load_local("auto", str(bert_checkpoint))
    (scores,) = scorer.score_many(["you are a worthless junkie and everyone here hates you"])
    assert scores.scorer == "detoxify"
    assert set(scores.labels) == set(LABELS)
    assert scores.embedded is not None
    assert scores.embedded["toxicity"] > 0.85 > scores.labels["toxicity"]
    assert scores.labels["sexual_explicit"] == scores.embedded["sexual_explicit"]
    assert scores.crisis is not None
    assert scores.version == scorer.version


def test_a_wrong_checkpoint_leaves_the_builtin_scorer(copy: Path) -> None:
    copy.write_bytes(b"not a checkpoint")
    scorer = load_local("detoxify", str(copy))
    assert scorer.name == "embedded"
    assert "Detoxify is left out" in scorer.status().detail
