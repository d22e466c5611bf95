"""Scorers of all kinds, each closed again, and tiny checkpoints for the real Detoxify class."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import tiny_checkpoint
from scoring_helpers import QUICK

from forum.moderation.scoring.embedded import BuiltinModel
from forum.moderation.scoring.process import ProcessScorer


@pytest.fixture(scope="session")
def builtin() -> BuiltinModel:
    return BuiltinModel.load()


@pytest.fixture
def make_process(tmp_path: Path) -> Iterator[Callable[..., ProcessScorer]]:
    """Give a maker of process scorers over one folder; all of them are closed at the end."""
    made: list[ProcessScorer] = []

    def make(choice: Any = "embedded", checkpoint: Path | None = None, **more: Any) -> ProcessScorer:
        path = str(checkpoint) if checkpoint else None
        settings = {"checkpoint": path, "socket_dir": tmp_path, "timing": QUICK} | more
        made.append(ProcessScorer(choice, **settings))
        return made[-1]

    yield make
    for scorer in made:
        scorer.close()


@pytest.fixture(scope="session")
def bert_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Shaped like Detoxify's `original`."""
    pytest.importorskip("detoxify", reason="Detoxify is not installed here (lean install)")
    return tiny_checkpoint.write_bert(tmp_path_factory.mktemp("bert"))


@pytest.fixture(scope="session")
def roberta_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Shaped like Detoxify's `unbiased`, the model the forum fetches."""
    pytest.importorskip("detoxify", reason="Detoxify is not installed here (lean install)")
    return tiny_checkpoint.write_roberta(tmp_path_factory.mktemp("roberta"))
