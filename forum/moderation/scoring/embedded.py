"""The built-in scorer: patched MiniLM, one head for the seven labels and one for crisis. No torch, no network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from forum.moderation.scoring.crisis_head import CrisisHead, expose
from forum.moderation.scoring.encoder import LAST_HIDDEN_STATE, MAX_TOKENS, Encoder, Floats, Ids
from forum.moderation.scoring.paths import BUILTIN_FOLDER, CRISIS_FOLDER
from forum.moderation.scoring.toxicity_head import ToxicityHead
from forum.moderation.scoring.views import views
from forum.moderation.scoring.weights import BuiltinFiles, read_builtin
from forum.moderation.scoring.wordpiece import WordPiece
from forum.moderation.verdict import LABELS, MAX_TEXT_CHARS

NOTHING_TO_READ: Mapping[str, float] = dict.fromkeys(LABELS, 0.0)
"""A text without one token the model knows (empty, emoji alone): its head would only return its own bias."""

PROBE: Ids = (101, 102)
"""The ids of an empty text."""

Vectors = Mapping[Ids, Mapping[str, Floats]]


@dataclass(frozen=True, slots=True)
class BuiltinScores:
    """What the built-in models say of one text."""

    labels: Mapping[str, float]
    crisis: float | None
    crisis_detail: Mapping[str, float] = field(default_factory=dict)
    """What else the crisis head says; empty when it is left out."""


class BuiltinModel:
    """The encoder and its heads, in this process. One thread at a time."""

    def __init__(
        self, tokenizer: WordPiece, encoder: Encoder, head: ToxicityHead, crisis: CrisisHead | None, version: str
    ) -> None:
        self.problem = "" if crisis else "The crisis model is left out; the crisis rules go on alone."
        """What had to be left out, as a sentence for operators."""
        self._tokenizer = tokenizer
        self._encoder = encoder
        self._head = head
        self._crisis = crisis
        self.version = version

    @classmethod
    def load(cls, folder: Path = BUILTIN_FOLDER, crisis_folder: Path = CRISIS_FOLDER) -> BuiltinModel:
        """Read, check and start the models.

        Raises WeightsError for a missing or altered file, ImportError without onnxruntime. A broken crisis head
        alone is left out and named in `problem`: crisis rules do not depend on it.
        """
        files = read_builtin(folder)
        encoder, crisis = _start(files, crisis_folder)
        version = files.version + (f"+crisis-{crisis.version}" if crisis else "")
        return cls(WordPiece.from_lines(files.vocabulary), encoder, ToxicityHead(files.head), crisis, version)

    def score(self, text: str) -> BuiltinScores:
        """Score one text."""
        return self.score_many([text])[0]

    def score_many(self, texts: Sequence[str]) -> list[BuiltinScores]:
        """Score texts in order. Every distinct view is encoded once, short ones in batches."""
        plans = [self._plan(text[:MAX_TEXT_CHARS]) for text in texts]
        vectors = self._encoder.encode([ids for plan in plans for ids in plan.all_ids()])
        return [self._read(plan, vectors) for plan in plans]

    def _plan(self, text: str) -> _Plan:
        toxicity = views(text, self._tokenizer.count, MAX_TOKENS - 2)
        crisis = self._crisis.views(text) if self._crisis else []
        return _Plan(self._ids_of(toxicity), self._ids_of(crisis))

    def _ids_of(self, parts: Sequence[str]) -> list[Ids]:
        """Return each distinct id sequence once: junk repeats itself, and its windows need not be read twice."""
        found = (self._tokenizer.ids(part, MAX_TOKENS) for part in parts)
        return list(dict.fromkeys(tuple(ids) for ids in found if self._tokenizer.reads(ids)))

    def _read(self, plan: _Plan, vectors: Vectors) -> BuiltinScores:
        labels = highest(self._head(vectors[ids][LAST_HIDDEN_STATE]) for ids in plan.toxicity)
        crisis = self._read_crisis(plan.crisis, vectors)
        level = crisis.pop("crisis", 0.0) if crisis is not None else None
        return BuiltinScores(labels or NOTHING_TO_READ, level, crisis or {})

    def _read_crisis(self, parts: Sequence[Ids], vectors: Vectors) -> dict[str, float] | None:
        head = self._crisis
        if head is None:
            return None
        return dict(head.combine([head(vectors[ids][head.source]) for ids in parts]))


@dataclass(frozen=True, slots=True)
class _Plan:
    """Token ids of all views of one text, for each head."""

    toxicity: list[Ids]
    crisis: list[Ids]

    def all_ids(self) -> list[Ids]:
        return self.toxicity + self.crisis


def highest(parts: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """Return the highest value of each label over all parts: the worst window speaks for the text."""
    best: dict[str, float] = {}
    for part in parts:
        for label, value in part.items():
            best[label] = max(value, best.get(label, 0.0))
    return best


def _start(files: BuiltinFiles, crisis_folder: Path) -> tuple[Encoder, CrisisHead | None]:
    """Start the encoder for both heads and try the crisis head once; without it where anything about it is wrong."""
    try:
        crisis = CrisisHead.load(crisis_folder)
        encoder = Encoder(expose(files.model, crisis.source), [LAST_HIDDEN_STATE, crisis.source])
        crisis(encoder.encode([PROBE])[PROBE][crisis.source])
    except Exception:  # a wrong output name or shape surfaces as whatever onnxruntime or numpy likes to raise
        return Encoder(files.model, [LAST_HIDDEN_STATE]), None
    return encoder, crisis
