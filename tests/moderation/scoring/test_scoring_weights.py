"""A model file that is not the pinned one is refused, by name, and nothing else breaks."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from forum.moderation.phases.cruelty import lines
from forum.moderation.scoring.embedded import BuiltinModel
from forum.moderation.scoring.models import load_builtin, load_local
from forum.moderation.scoring.paths import BUILTIN_FOLDER, CRISIS_FOLDER, CRUELTY_FOLDER
from forum.moderation.scoring.protocol import ScorerUnavailable, WeightsError
from forum.moderation.scoring.weights import read_arrays, read_manifest


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(BUILTIN_FOLDER, tmp_path / "builtin"))


def test_the_shipped_files_are_the_pinned_ones() -> None:
    manifest = read_manifest(BUILTIN_FOLDER)
    for name, pin in manifest["files"].items():
        assert (BUILTIN_FOLDER / name).stat().st_size == pin["size"]
    assert load_builtin().problem == ""


@pytest.mark.parametrize("name", ["patch.bin", "head.npz", "vocab.txt"])
@pytest.mark.parametrize("harm", ["flip", "cut", "gone"])
def test_a_harmed_file_is_refused_by_name(folder: Path, name: str, harm: str) -> None:
    harmed = folder / name
    raw = bytearray(harmed.read_bytes())
    raw[len(raw) // 2] ^= 1
    if harm == "gone":
        harmed.unlink()
    else:
        harmed.write_bytes(raw if harm == "flip" else raw[: len(raw) // 2])
    with pytest.raises(WeightsError, match=name):
        BuiltinModel.load(folder)
    assert name in load_builtin(folder).problem


@pytest.mark.parametrize("content", ["", "[]", "{}", "\x00"])
def test_a_broken_manifest_is_refused(folder: Path, content: str) -> None:
    (folder / "manifest.json").write_text(content)
    assert load_builtin(folder).problem


def test_another_base_model_is_refused(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["base"]["sha256"] = "0" * 64
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(WeightsError, match=r"model\.onnx"):
        BuiltinModel.load(folder)


def test_pickled_arrays_are_never_read(tmp_path: Path) -> None:
    np.savez(tmp_path / "evil.npz", evil=np.array([object()], dtype=object))
    with pytest.raises(WeightsError):
        read_arrays((tmp_path / "evil.npz").read_bytes())


@pytest.mark.parametrize("harm", ["nothing there", "changed weights", "unknown output"])
def test_a_broken_crisis_head_leaves_the_labels(tmp_path: Path, harm: str) -> None:
    crisis_folder = tmp_path / "crisis"
    if harm != "nothing there":
        shutil.copytree(CRISIS_FOLDER, crisis_folder)
        manifest = json.loads((crisis_folder / "manifest.json").read_text())
        manifest |= {"sha256": "0" * 64} if harm == "changed weights" else {"source": "no_such_output"}
        (crisis_folder / "manifest.json").write_text(json.dumps(manifest))
    model = BuiltinModel.load(crisis_folder=crisis_folder)
    found = model.score("you are a worthless junkie")
    assert "crisis model is left out" in model.problem
    assert found.crisis is None
    assert found.labels["toxicity"] > 0.85


@pytest.mark.parametrize("harm", ["nothing there", "changed weights", "unknown output", "another shape"])
def test_a_broken_cruelty_head_leaves_everything_else(tmp_path: Path, harm: str) -> None:
    folder = tmp_path / "cruelty"
    if harm != "nothing there":
        shutil.copytree(CRUELTY_FOLDER, folder)
        manifest = json.loads((folder / "manifest.json").read_text())
        changes = {"changed weights": {"sha256": "0" * 64}, "unknown output": {"source": "no_such_output"}}
        (folder / "manifest.json").write_text(json.dumps(manifest | changes.get(harm, {"layers": 7})))
    model = BuiltinModel.load(cruelty_folder=folder)
    found = model.score("you are a worthless junkie")
    assert model.problem == "The cruelty model is left out; the rules and the seven labels go on without it."
    assert "cruelty" not in model.version
    assert found.cruelty is None
    assert found.crisis is not None
    assert found.labels["toxicity"] > 0.85


def test_the_shipped_cruelty_head_tells_contempt_from_care() -> None:
    scorer = load_local("embedded", None)
    assert scorer.status().detail == ""
    contempt, care, nothing = scorer.score_many(
        [
            "You were pathetic high and you're pathetic sober. At least high you didn't preach.",
            "You're not pathetic, you're knackered. Ring me when you're home.",
            "",
        ]
    )
    assert contempt.cruelty is not None
    assert care.cruelty is not None
    assert care.cruelty <= lines().excuse
    assert contempt.cruelty >= lines().hold
    assert nothing.cruelty == 0.0


def test_off_is_a_scorer_that_always_says_so() -> None:
    scorer = load_local("off", None)
    with pytest.raises(ScorerUnavailable, match="off"):
        scorer.score("hello", deadline_seconds=1.0)
    assert scorer.status().state == "off"


def test_the_local_scorer_scores_many() -> None:
    scorer = load_local("embedded", None)
    kind, cruel = scorer.score_many(["glad you are here", "you are a worthless junkie, go die"])
    assert kind.labels["toxicity"] < 0.1 < 0.85 < cruel.labels["toxicity"]
    assert cruel.scorer == "embedded"
    assert cruel.embedded == cruel.labels
    assert scorer.status().state == "ready"
