"""The models of one process put together: Detoxify speaks for the labels when it is there, the built-in beside it."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

from forum.moderation.scoring.paths import BUILTIN_FOLDER
from forum.moderation.scoring.protocol import Choice, OffScorer, ScorerStatus, WeightsError, wants_detoxify
from forum.moderation.verdict import ScorerName, Scores

if TYPE_CHECKING:
    from forum.moderation.scoring.embedded import BuiltinModel, BuiltinScores
    from forum.moderation.scoring.local_detoxify import DetoxifyModel

Model = TypeVar("Model")


@dataclass(frozen=True, slots=True)
class Loaded(Generic[Model]):
    """A model, or the sentence that says why there is none."""

    model: Model | None
    problem: str = ""


def load_builtin(folder: Path = BUILTIN_FOLDER) -> Loaded[BuiltinModel]:
    """Load the built-in models; never raises for a missing package or an altered file."""
    try:
        # Here and not above: whoever imports this module does not thereby import numpy, onnxruntime or torch.
        from forum.moderation.scoring.embedded import BuiltinModel

        model = BuiltinModel.load(folder)
        return Loaded(model, model.problem)
    except WeightsError as error:
        return Loaded(None, f"The built-in scorer is left out: {error}.")
    except ImportError as error:
        return Loaded(None, f"The built-in scorer is left out: the package {error.name} is not installed.")
    except Exception as error:  # a model must never be able to stop the forum
        return Loaded(None, f"The built-in scorer is left out: loading it failed ({type(error).__name__}).")


def load_detoxify(checkpoint: str | None, *, int8: bool = False) -> Loaded[DetoxifyModel]:
    """Load Detoxify; never raises for a missing package or a wrong checkpoint."""
    if not checkpoint:
        return Loaded(None, "Detoxify is left out: FORUM_DETOXIFY_CHECKPOINT is not set.")
    try:
        from forum.moderation.scoring.local_detoxify import DetoxifyModel

        return Loaded(DetoxifyModel.load(Path(checkpoint), int8=int8))
    except WeightsError as error:
        return Loaded(None, f"Detoxify is left out: {error}.")
    except ImportError as error:
        return Loaded(None, f"Detoxify is left out: the package {error.name} is not installed.")
    except Exception as error:  # a model must never be able to stop the forum
        return Loaded(None, f"Detoxify is left out: loading it failed ({type(error).__name__}).")


@dataclass(frozen=True, slots=True)
class Models:
    """The loaded models. One thread at a time."""

    builtin: BuiltinModel | None = None
    detoxify: DetoxifyModel | None = None

    @property
    def name(self) -> ScorerName:
        """Return the model that speaks for the labels."""
        if self.detoxify:
            return "detoxify"
        return "embedded" if self.builtin else "off"

    @property
    def version(self) -> str:
        """Return the versions of all models, the speaking one first."""
        return " ".join(model.version for model in (self.detoxify, self.builtin) if model)

    def first(self, texts: Sequence[str]) -> list[Scores]:
        """Return what the fast built-in models say; without them, no labels yet."""
        if not self.builtin:
            return [Scores(scorer="off", labels={}) for _ in texts]
        version = self.builtin.version
        return [_scores_of(found, version) for found in self.builtin.score_many(texts)]

    def second(self, texts: Sequence[str], first: Sequence[Scores]) -> list[Scores]:
        """Put Detoxify's labels over what `first` said of the same texts."""
        if not self.detoxify:
            return list(first)
        found = self.detoxify.score_many(texts)
        return [self._join(labels, scores) for labels, scores in zip(found, first, strict=True)]

    def _join(self, labels: Mapping[str, float], scores: Scores) -> Scores:
        # A checkpoint without, say, `sexual_explicit` leaves that label to the built-in scorer.
        joined = {**(scores.embedded or {}), **labels}
        return replace(scores, scorer="detoxify", labels=joined, version=self.version)


def _scores_of(found: BuiltinScores, version: str) -> Scores:
    return Scores(
        scorer="embedded",
        labels=found.labels,
        embedded=found.labels,
        crisis=found.crisis,
        crisis_detail=found.crisis_detail,
        cruelty=found.cruelty,
        version=version,
    )


class LocalScorer:
    """Scores in this process: for the command line, evaluation and tests. A web process uses `ProcessScorer`."""

    def __init__(self, models: Models, detail: str = "") -> None:
        self._models = models
        self._detail = detail

    @property
    def name(self) -> ScorerName:
        """Return the model that speaks for the labels."""
        return self._models.name

    @property
    def version(self) -> str:
        """Return the versions of all models."""
        return self._models.version

    def score(self, text: str, *, deadline_seconds: float) -> Scores:
        """Score one text; nothing interrupts the model, so the deadline is not looked at."""
        return self.score_many([text])[0]

    def score_many(self, texts: Sequence[str]) -> list[Scores]:
        """Score texts in order; short ones are read in batches."""
        started = time.perf_counter()
        found = self._models.second(texts, self._models.first(texts))
        each = (time.perf_counter() - started) * 1000 / max(1, len(texts))
        return [replace(scores, ms=round(each, 2)) for scores in found]

    def status(self) -> ScorerStatus:
        """Return what is loaded, and what is not and why."""
        return ScorerStatus("ready", self.name, self.version, self._detail)

    def close(self) -> None:
        """Do nothing: the models go with the object."""


def load_local(choice: Choice, checkpoint: str | None, *, int8: bool = False) -> LocalScorer | OffScorer:
    """Load the chosen models into this process; what cannot be loaded is left out and named in `status().detail`."""
    if choice == "off":
        return OffScorer()
    builtin = load_builtin()
    detoxify: Loaded[DetoxifyModel] = Loaded(None)
    if wants_detoxify(choice, checkpoint):
        detoxify = load_detoxify(checkpoint, int8=int8)
    detail = " ".join(problem for problem in (detoxify.problem, builtin.problem) if problem)
    if not builtin.model and not detoxify.model:
        return OffScorer(detail)
    return LocalScorer(Models(builtin.model, detoxify.model), detail)
