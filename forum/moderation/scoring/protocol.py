"""What every scorer promises: scores within a deadline, or an honest `ScorerUnavailable`. Never a guess."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from forum.moderation.verdict import ScorerName, Scores

Reason = Literal["off", "loading", "late", "busy", "dead", "garbage", "failed"]
"""Why there is no score. None of them says anything about the author of the text."""

State = Literal["ready", "loading", "off", "failing"]
Choice = Literal["auto", "detoxify", "embedded", "off"]


def wants_detoxify(choice: Choice, checkpoint: str | None) -> bool:
    """Tell whether this choice runs Detoxify: asked for by name, or a checkpoint is set and nothing else was chosen."""
    return choice == "detoxify" or (choice == "auto" and bool(checkpoint))


class ScorerUnavailable(Exception):
    """There is no score for this text now; the caller goes on without and rescans later."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason


class WeightsError(Exception):
    """A model file is missing, altered or unreadable. The message names the file and is fit for operators."""


@dataclass(frozen=True, slots=True)
class ScorerStatus:
    """How the scorer is, in words an operator can act on."""

    state: State
    name: ScorerName
    version: str = ""
    detail: str = ""
    """One plain sentence; empty when there is nothing to say. Never holds a member's text."""
    restarts: int = 0
    """How often the scorer process was started again since this process started."""


class Scorer(Protocol):
    """Anything that scores a text within a deadline."""

    @property
    def name(self) -> ScorerName:
        """Return the model that speaks for the labels."""

    @property
    def version(self) -> str:
        """Return the versions of the models, empty until they are known."""

    def score(self, text: str, *, deadline_seconds: float) -> Scores:
        """Score one text.

        Raises ScorerUnavailable when there is no answer within `deadline_seconds`.
        """

    def status(self) -> ScorerStatus:
        """Return the last known state, without waiting for the model."""

    def close(self) -> None:
        """Let go of processes and sockets. Safe to call twice."""


class ManyScorer(Scorer, Protocol):
    """A scorer that takes many texts at once, for evaluation and `flask forum screen`."""

    def score_many(self, texts: Sequence[str]) -> list[Scores]:
        """Score texts in order, without a deadline."""


class OffScorer:
    """The scorer of a forum that runs on rules alone."""

    name: ScorerName = "off"
    version = ""

    def __init__(self, detail: str = "") -> None:
        self._detail = detail or "No model is in use; rules and people decide."

    def score(self, text: str, *, deadline_seconds: float) -> Scores:
        """Raise ScorerUnavailable("off"), always."""
        raise ScorerUnavailable("off")

    def score_many(self, texts: Sequence[str]) -> list[Scores]:
        """Answer every text with no labels at all."""
        return [Scores(scorer="off", labels={}) for _ in texts]

    def status(self) -> ScorerStatus:
        """Say that no model is in use."""
        return ScorerStatus("off", "off", detail=self._detail)

    def close(self) -> None:
        """Do nothing: nothing is open."""
